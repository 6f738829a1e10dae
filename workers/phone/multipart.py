"""Writes the body of a submission as Collect's HTTP library does: names in UTF-8, the form first."""

from collections.abc import Sequence
from dataclasses import dataclass, field

from workers.phone.deliveries import Attachment

XML_PART = "xml_submission_file"
MORE_FOLLOW = "*isIncomplete*"


@dataclass(frozen=True, slots=True)
class Body:
    content_type: str
    content: bytes = field(repr=False)


def submission_body(
    xml: bytes, xml_name: str, attachments: Sequence[Attachment], fields: Sequence[tuple[str, str]], boundary: str
) -> Body:
    parts = [_file(XML_PART, xml_name, "text/xml", xml)]
    parts += [_file(one.name, one.name, one.content_type, one.content) for one in attachments]
    parts += [f'Content-Disposition: form-data; name="{name}"\r\n\r\n{value}'.encode() for name, value in fields]
    mark = f"--{boundary}".encode()
    content = b"".join(mark + b"\r\n" + part + b"\r\n" for part in parts) + mark + b"--\r\n"
    return Body(f"multipart/form-data; boundary={boundary}", content)


def _file(name: str, filename: str, content_type: str, content: bytes) -> bytes:
    head = f'Content-Disposition: form-data; name="{name}"; filename="{filename}"\r\nContent-Type: {content_type}\r\n'
    return f"{head}Content-Length: {len(content)}\r\n\r\n".encode() + content

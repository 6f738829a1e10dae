"""The OpenRosa side of a phone: form list, manifest, downloads and submissions, as strict as ODK Collect is."""

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import PurePosixPath
from typing import TYPE_CHECKING, Self

from defusedxml import ElementTree
from defusedxml.common import DefusedXmlException

from workers.net import Headers, Reply, Session
from workers.phone.blank import Blank
from workers.phone.canary import Canaries
from workers.phone.deliveries import Delivery, Reason
from workers.phone.multipart import MORE_FOLLOW, Body, submission_body

if TYPE_CHECKING:
    from xml.etree.ElementTree import Element

_LIST = "{http://openrosa.org/xforms/xformsList}"
_MANIFEST = "{http://openrosa.org/xforms/xformsManifest}"
_ANSWER = "{http://openrosa.org/http/response}"
_STORED = frozenset({201, 202})


class PhoneError(Exception):
    """What a person would read on the phone. Names the server's reply, never an answer."""


@dataclass(frozen=True, slots=True)
class ListedForm:
    form_id: str
    name: str
    version: str
    hash: str
    download_url: str
    manifest_url: str


@dataclass(frozen=True, slots=True)
class Sent:
    """`nature` is the server's own code for what it says; `echoes` counts identifiers that it sent back."""

    stored: bool
    status: int
    nature: str
    echoes: int


class Phone:
    """One phone of one team; it tells in every request who holds it, which the server must not keep."""

    def __init__(self, session: Session, canaries: Canaries) -> None:
        self._session, self._canaries = session, canaries
        self._device = {"deviceID": canaries.text("http.device_id")}

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_error: object) -> None:
        self._session.close()

    # ---- what it fetches ---------------------------------------------------------------------------------------------

    def forms(self) -> list[ListedForm]:
        """Collect throws away the whole list when one entry is incomplete."""
        reply = self._fetch_xml("formList")
        entries = _root(reply, f"{_LIST}xforms").findall(f"{_LIST}xform")
        return [self._listed(entry) for entry in entries]

    def download(self, form: ListedForm) -> Blank:
        xform = self._checked(form.download_url, form.hash, f"the form {form.form_id}")
        media = dict(self._media(form.manifest_url)) if form.manifest_url else {}
        return Blank(form.form_id, form.version, form.name, xform, media)

    def _listed(self, entry: "Element") -> ListedForm:
        said = {name: (entry.findtext(f"{_LIST}{name}") or "").strip() for name in _FORM_FIELDS}
        if not (said["formID"] and said["name"] and said["downloadUrl"] and said["hash"].startswith("md5:")):
            raise PhoneError("The form list has an entry without id, name, address or md5 hash; a phone shows no form")
        return ListedForm(*(said[name] for name in _FORM_FIELDS))

    def _media(self, manifest_url: str) -> Iterator[tuple[str, bytes]]:
        manifest = _root(self._fetch_xml(manifest_url), f"{_MANIFEST}manifest")
        for entry in manifest.findall(f"{_MANIFEST}mediaFile"):
            name, found, url = (
                (entry.findtext(f"{_MANIFEST}{field}") or "").strip() for field in ("filename", "hash", "downloadUrl")
            )
            if not (name and found.startswith("md5:") and url):
                raise PhoneError("The manifest has an entry without name, hash or address; a phone fetches no file")
            yield PurePosixPath(name).name, self._checked(url, found, f"the file {PurePosixPath(name).name}")

    def _checked(self, url: str, wanted: str, what: str) -> bytes:
        content = self._session.get(url, params=self._device, headers=self._headers()).body
        found = f"md5:{hashlib.md5(content, usedforsecurity=False).hexdigest()}"
        if found != wanted:
            raise PhoneError(f"What was downloaded as {what} is not what the list promised (md5 hash)")
        return content

    def _fetch_xml(self, url: str) -> Reply:
        reply = self._session.get(url, params=self._device, headers=self._headers())
        if "text/xml" not in reply.headers.get("content-type", "") or "x-openrosa-version" not in reply.headers:
            raise PhoneError("The server does not answer as OpenRosa (text/xml, X-OpenRosa-Version). Is the URL right?")
        return reply

    # ---- what it posts -----------------------------------------------------------------------------------------------

    def send(self, delivery: Delivery, boundary: str) -> Sent:
        """HEAD, then POST. Raises NetError when the server is away: then the phone keeps the interview."""
        head = self._session.send("HEAD", "submission", params=self._device, headers=self._headers())
        if head.status != 204:
            return Sent(stored=False, status=head.status, nature="", echoes=self._echoes(head))
        body = self._body(delivery, boundary)
        content = body.content
        if delivery.reason is Reason.CUT_OFF:
            # Inside the XML: a server may well keep an interview that came whole and lacks a picture only.
            content = content[: content.index(delivery.xml) + len(delivery.xml) * 2 // 3]
        headers = {**self._headers(), "Content-Type": body.content_type}
        reply = self._session.send("POST", "submission", params=self._device, headers=headers, body=content)
        stored = reply.status in _STORED
        return Sent(stored=stored, status=reply.status, nature=_nature(reply), echoes=self._echoes(reply))

    def _body(self, delivery: Delivery, boundary: str) -> Body:
        fields = [(self._canaries.text("multipart.field_name"), self._canaries.text("multipart.field"))]
        if delivery.more_follow:
            fields.append((MORE_FOLLOW, "yes"))
        name = self._canaries.text("multipart.xml_file")
        return submission_body(delivery.xml, name, delivery.attachments, fields, boundary)

    def _headers(self) -> Headers:
        """Arabic goes as raw UTF-8, as some proxies and phones write it."""
        told = self._canaries
        return {
            "X-OpenRosa-Version": "1.0",
            "Date": datetime.now(UTC).strftime("%a, %d %b %Y %I:%M:%S GMT"),
            "User-Agent": told.text("http.user_agent"),
            "X-Enumerator": told.text("http.header"),
            "X-Enumerator-Name": told.text("http.header_arabic").encode(),
            "Cookie": told.text("http.cookie"),
        }

    def _echoes(self, reply: Reply) -> int:
        said = reply.body + repr(dict(reply.headers)).encode()
        return sum(canary.core.encode() in said for canary in self._canaries.values())


_FORM_FIELDS = ("formID", "name", "version", "hash", "downloadUrl", "manifestUrl")


def choose(forms: list[ListedForm], form_id: str) -> ListedForm:
    """The form that was asked for; without a wish the only one there is."""
    wanted = [form for form in forms if form_id in ("", form.form_id)]
    if len(wanted) == 1:
        return wanted[0]
    names = ", ".join(form.form_id for form in forms) or "none"
    raise PhoneError(f"Which form? This phone may fill: {names}. Name one of them with --form")


def _root(reply: Reply, tag: str) -> "Element":
    try:
        root: Element = ElementTree.fromstring(reply.body)
    except (ElementTree.ParseError, DefusedXmlException):
        raise PhoneError("The server's list is not XML. Is the URL right?") from None
    if root.tag != tag:
        raise PhoneError("The server's list is not an OpenRosa list. Is the URL right?")
    return root


def _nature(reply: Reply) -> str:
    """The stable code of the server's message; its words may be in any language."""
    try:
        message = ElementTree.fromstring(reply.body).find(f"{_ANSWER}message")
    except (ElementTree.ParseError, DefusedXmlException):
        return ""
    return str(message.get("nature", "")) if message is not None else ""

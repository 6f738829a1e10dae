"""Files that pages hand out: always as attachments, so that nothing in them runs in a page of ours."""

import io
import re
import zipfile
from collections.abc import Mapping

from flask import Response

XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
YAML = "application/yaml"
HTML = "text/html; charset=utf-8"
ZIP = "application/zip"
_UNSAFE = re.compile(r"[^A-Za-z0-9_.-]")
# The same files give the same bytes.
_FIXED_DAY = (2000, 1, 1, 0, 0, 0)


def download(content: bytes, kind: str, name: str) -> Response:
    safe = _UNSAFE.sub("_", name)
    return Response(content, content_type=kind, headers={"Content-Disposition": f'attachment; filename="{safe}"'})


def zipped(files: Mapping[str, bytes]) -> bytes:
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in files.items():
            archive.writestr(zipfile.ZipInfo(name, _FIXED_DAY), content, zipfile.ZIP_DEFLATED)
    return target.getvalue()

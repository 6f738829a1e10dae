"""The two XML lists a phone reads: which forms there are, and which files a form needs."""

import hashlib
from collections.abc import Iterable
from urllib.parse import quote
from xml.sax.saxutils import escape

from backend.store.door import ListedForm, MediaFile

_HEAD = '<?xml version="1.0" encoding="UTF-8"?>\n'


def md5(content: bytes) -> str:
    """Phones compare files by it; nothing rests on its strength."""
    return hashlib.md5(content, usedforsecurity=False).hexdigest()


def form_list(base: str, forms: Iterable[ListedForm]) -> str:
    """Collect throws the whole list away when one entry lacks an id, a name or an address."""
    entries = "".join(_xform(base, one) for one in forms)
    return f'{_HEAD}<xforms xmlns="http://openrosa.org/xforms/xformsList">{entries}</xforms>\n'


def _xform(base: str, one: ListedForm) -> str:
    address = f"{base}/forms/{quote(one.form_id, safe='')}/{quote(one.version, safe='')}"
    fields = {
        "formID": one.form_id,
        "name": one.title,
        "version": one.version,
        "hash": f"md5:{md5(one.xform)}",
        "downloadUrl": f"{address}.xml",
    }
    if one.has_media:
        fields["manifestUrl"] = f"{address}/manifest"
    return _element("xform", fields)


def manifest(base: str, form_id: str, version: str, files: Iterable[MediaFile]) -> str:
    address = f"{base}/forms/{quote(form_id, safe='')}/{quote(version, safe='')}/media"
    entries = "".join(
        _element(
            "mediaFile",
            {
                "filename": one.filename,
                "hash": f"md5:{one.md5}",
                "downloadUrl": f"{address}/{quote(one.filename, safe='')}",
            },
        )
        for one in files
    )
    return f'{_HEAD}<manifest xmlns="http://openrosa.org/xforms/xformsManifest">{entries}</manifest>\n'


def _element(name: str, fields: dict[str, str]) -> str:
    inner = "".join(f"<{field}>{escape(value)}</{field}>" for field, value in fields.items())
    return f"<{name}>{inner}</{name}>"

"""What phones will get from a server: read back as a phone reads it, and compared with what was built."""

import hashlib
import time
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING

from defusedxml import ElementTree
from defusedxml.common import DefusedXmlException

from workers.net import Session
from workers.servers.target import TargetError

if TYPE_CHECKING:
    from xml.etree.ElementTree import Element

_LIST = "{http://openrosa.org/xforms/xformsList}"
_MANIFEST = "{http://openrosa.org/xforms/xformsManifest}"
_XFORMS = "{http://www.w3.org/2002/xforms}"
_HTML = "{http://www.w3.org/1999/xhtml}"
# KoBo writes these itself; ours are in the hidden lines.
_THEIRS = frozenset({"__version__", "formhub/uuid", "formhub", "meta/instanceID", "meta"})
_OPENROSA = {"X-OpenRosa-Version": "1.0"}
_WAIT_SECONDS = 1.0
_MOST_WAITS = 60
_COMPARED = ("type", "relevant", "required", "constraint", "calculate", "readonly")


class PhoneSide:
    """`http` speaks to the address that phones have, as somebody who may send; `waits`: seconds that files may take.

    KoBo hands the files to its phone side in the background, a few seconds after the deployment.
    """

    def __init__(self, http: Session, pause: Callable[[float], None] = time.sleep, *, waits: int = _MOST_WAITS) -> None:
        self._http, self._pause, self._waits = http, pause, waits

    def check(self, uid: str, xform: bytes, media: Mapping[str, bytes]) -> None:
        """Raises TargetError, with what is different."""
        entry = self._entry(uid)
        found = self._http.get(_text(entry, f"{_LIST}downloadUrl"), headers=_OPENROSA).body
        different = differences(xform, found)
        if different:
            raise TargetError(
                f"Phones would get another form than the one that was built; it differs at {', '.join(different[:5])}"
            )
        self._wait_for_media(_text(entry, f"{_LIST}manifestUrl"), media)

    def _entry(self, uid: str) -> "Element":
        root = _parse(self._http.get("formList", headers=_OPENROSA).body)
        for entry in root.findall(f"{_LIST}xform"):
            if _text(entry, f"{_LIST}formID") == uid:
                return entry
        raise TargetError("The form is deployed and phones do not see it: may this account send interviews?")

    def _wait_for_media(self, manifest_url: str, media: Mapping[str, bytes]) -> None:
        """A form without files may have no manifest at all."""
        if not media and not manifest_url:
            return
        for left in range(self._waits, -1, -1):
            wrong = self._wrong_media(manifest_url, media)
            if not wrong:
                return
            if left:
                self._pause(_WAIT_SECONDS)
        raise TargetError(f"Phones would not get these files as they were built: {', '.join(wrong)}")

    def _wrong_media(self, manifest_url: str, media: Mapping[str, bytes]) -> list[str]:
        """By the promised hashes first; when those are right, by what a phone downloads."""
        manifest = _parse(self._http.get(manifest_url, headers=_OPENROSA).body)
        entries = {_text(one, f"{_MANIFEST}filename"): one for one in manifest.findall(f"{_MANIFEST}mediaFile")}
        hashes = {name: _text(one, f"{_MANIFEST}hash") for name, one in entries.items()}
        wanted = {name: md5(content) for name, content in media.items()}
        wrong = sorted(name for name in set(hashes) | set(wanted) if hashes.get(name) != wanted.get(name))
        return wrong or [
            name
            for name, one in sorted(entries.items())
            if self._http.get(_text(one, f"{_MANIFEST}downloadUrl"), headers=_OPENROSA).body != media[name]
        ]


def differences(ours: bytes, theirs: bytes) -> list[str]:
    """Questions that are not in both forms, or behave differently. The names of the root elements do not count."""
    mine, other = _binds(ours), _binds(theirs)
    return sorted(path for path in set(mine) | set(other) if path not in _THEIRS and mine.get(path) != other.get(path))


def question_paths(xform: bytes) -> frozenset[str]:
    """Of everything that can be answered, without the root."""
    found: set[str] = set()
    root = next(_parse(xform).iter(f"{_XFORMS}instance"), None)
    _collect(root[0] if root is not None and len(root) else None, "", found)
    return frozenset(found)


def title_of(xform: bytes) -> str:
    return _parse(xform).findtext(f".//{_HTML}title") or ""


def _collect(node: "Element | None", above: str, found: set[str]) -> None:
    for child in node if node is not None else ():
        path = f"{above}/{child.tag.rpartition('}')[2]}".lstrip("/")
        if len(child):
            _collect(child, path, found)
        else:
            found.add(path)


def md5(content: bytes) -> str:
    return f"md5:{hashlib.md5(content, usedforsecurity=False).hexdigest()}"


def _binds(xform: bytes) -> dict[str, tuple[str, ...]]:
    found = {}
    for bind in _parse(xform).iter(f"{_XFORMS}bind"):
        nodeset = bind.get("nodeset", "")
        root, path = nodeset.strip("/").partition("/")[::2]
        said = (" ".join(bind.get(name, "").split()).replace(f"/{root}/", "/") for name in _COMPARED)
        found[path] = tuple(said)
    return found


def _parse(content: bytes) -> "Element":
    try:
        root: Element = ElementTree.fromstring(content)
    except (ElementTree.ParseError, DefusedXmlException):
        raise TargetError("What phones would get is not XML: is it the right address for phones?") from None
    return root


def _text(entry: "Element", name: str) -> str:
    return (entry.findtext(name) or "").strip()

"""Searches bytes and folders for identifiers, in every disguise in which software writes text down."""

import base64
import json
import re
import zlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from urllib.parse import quote

from workers.phone.canary import Canary

_MOST_UNPACKED = 64_000_000
_MOST_PACKED = 16_000_000
_DEEPEST = 3
_GZIP = re.compile(rb"\x1f\x8b\x08")
_ZLIB = re.compile(rb"\x78[\x01\x5e\x9c\xda]")
_ZIP = re.compile(rb"PK\x03\x04.{22}(..)(..)", re.DOTALL)


@dataclass(frozen=True, slots=True, order=True)
class Find:
    """An identifier that should not be there: which one, how it was written, and where. Never the text around it."""

    place: str
    writing: str
    where: str


class Search:
    """For the identifiers of one seed."""

    def __init__(self, canaries: Iterable[Canary]) -> None:
        self._canaries = tuple(canaries)
        marks = dict.fromkeys(canary.mark for canary in self._canaries)
        self._marks = tuple({written for mark in marks for written in writings(mark).values()})

    def in_folder(self, folder: Path) -> list[Find]:
        """Every file below it, whatever its name, and the names themselves."""
        finds: set[Find] = set()
        for path in sorted(folder.rglob("*")):
            name = str(path.relative_to(folder))
            finds.update(self.in_bytes(name.encode(), f"{name} (its name)"))
            if path.is_file() and not path.is_symlink():
                finds.update(self.in_bytes(path.read_bytes(), name))
        return sorted(finds)

    def in_bytes(self, data: bytes, where: str) -> list[Find]:
        finds: set[Find] = set()
        for piece, unpacked in _with_unpacked(data):
            if any(mark in piece for mark in self._marks):
                place = f"{where}{unpacked}"
                finds.update(self._named(piece, place) or [Find("part of one", "", place)])
        return sorted(finds)

    def _named(self, piece: bytes, where: str) -> list[Find]:
        return [
            Find(canary.place, writing, where)
            for canary in self._canaries
            for writing, written in writings(canary.core).items()
            if written in piece
        ]


@cache
def writings(text: str) -> dict[str, bytes]:
    """How the text is written -> the bytes to look for. What is the same as another is named by the first."""
    found = {f"{name}": written for name, written in _writings(text)}
    unique: dict[bytes, str] = {}
    for name, written in found.items():
        unique.setdefault(written, name)
    return {name: written for written, name in unique.items()}


def _writings(text: str) -> Iterator[tuple[str, bytes]]:
    plain = text.encode()
    yield "utf-8", plain
    yield "small letters", text.lower().encode()
    yield from _escaped("", text)
    for name, encoding in (("utf-16 le", "utf-16-le"), ("utf-16 be", "utf-16-be")):
        yield name, text.encode(encoding)
    yield "hex", plain.hex().encode()
    yield "hex in capitals", plain.hex().upper().encode()
    yield from _base64(plain)
    # Headers reach a program as Latin-1, whatever they were; written down, each byte becomes a letter.
    twisted = plain.decode("latin-1")
    yield "latin-1", twisted.encode()
    yield from _escaped("latin-1, ", twisted)


def _escaped(prefix: str, text: str) -> Iterator[tuple[str, bytes]]:
    escaped = json.dumps(text)[1:-1]
    yield f"{prefix}json", escaped.encode()
    yield f"{prefix}json in capitals", re.sub(r"(?<=\\u)\w{4}", lambda digits: digits[0].upper(), escaped).encode()
    yield f"{prefix}url", quote(text).encode()
    yield f"{prefix}url in small letters", re.sub(r"%\w\w", lambda digits: digits[0].lower(), quote(text)).encode()
    yield f"{prefix}html", "".join(f"&#{ord(letter)};" for letter in text).encode()
    yield f"{prefix}html, hex", "".join(f"&#x{ord(letter):x};" for letter in text).encode()
    yield f"{prefix}html, hex in capitals", "".join(f"&#x{ord(letter):X};" for letter in text).encode()
    yield f"{prefix}bytes", repr(text.encode())[2:-1].encode()


def _base64(plain: bytes) -> Iterator[tuple[str, bytes]]:
    """The letters in the middle, which do not depend on what stands before and after; three ways to be cut."""
    for offset in range(3):
        first = -(-offset * 8 // 6)
        last = (offset + len(plain)) * 8 // 6
        for name, encode in (("base64", base64.b64encode), ("base64 for urls", base64.urlsafe_b64encode)):
            yield f"{name}, offset {offset}", encode(bytes(offset) + plain)[first:last]


# ---- inside compressed data ------------------------------------------------------------------------------------------


def _with_unpacked(data: bytes, depth: int = 0, path: str = "") -> Iterator[tuple[bytes, str]]:
    yield data, path
    if depth < _DEEPEST:
        for kind, content in _unpacked(data):
            yield from _with_unpacked(content, depth + 1, f"{path}, inside {kind}")


def _unpacked(data: bytes) -> Iterator[tuple[str, bytes]]:
    for match in _GZIP.finditer(data):
        yield from _inflated("gzip", data, match.start(), 31)
    for match in _ZLIB.finditer(data):
        yield from _inflated("zlib", data, match.start(), 15)
    for match in _ZIP.finditer(data):
        names = sum(int.from_bytes(length, "little") for length in match.groups())
        yield from _inflated("zip", data, match.end() + names, -15)


def _inflated(kind: str, data: bytes, start: int, window: int) -> Iterator[tuple[str, bytes]]:
    """Two bytes that look like a beginning are often none; then nothing comes of it."""
    packed = memoryview(data)[start : start + _MOST_PACKED]
    try:
        content = zlib.decompressobj(window).decompress(packed, _MOST_UNPACKED)
    except zlib.error:
        return
    if content:
        yield kind, content

"""A form as a phone holds it before an interview: the XForm and the files that belong to it."""

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Blank:
    form_id: str
    version: str
    title: str
    xform: bytes = field(repr=False)
    media: Mapping[str, bytes] = field(repr=False)

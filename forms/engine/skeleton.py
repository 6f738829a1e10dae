"""A finished instance with gaps: its text, and at each gap a leaf that is written anew for every interview."""

import re
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from enum import StrEnum
from xml.sax.saxutils import escape, unescape

from forms.engine.records import Pool

_ATTRIBUTES = r"(?:\s+[\w:.\-]+\s*=\s*(?:\"[^\"]*\"|'[^']*'))*"
_TAG = re.compile(rf"<(?P<close>/)?(?P<open>(?P<name>[\w:.\-]+){_ATTRIBUTES})\s*(?P<empty>/)?>")


class Role(StrEnum):
    """What a leaf is renewed from: its pool, the day of the interview, or new luck."""

    ANSWER = "answer"
    DAY = "day"
    STAMP = "stamp"
    ID = "id"
    CODE = "code"
    MINUTES = "minutes"


@dataclass(frozen=True, slots=True)
class Leaf:
    """Where it stands in the text; `opening` is its tag without brackets, with attributes."""

    path: str
    start: int
    end: int
    tag: str
    opening: str
    text: str = field(repr=False)

    @property
    def name(self) -> str:
        return name_of(self.path)


@dataclass(frozen=True, slots=True)
class Slot:
    """`written` remembers how each answer of the pool stands in the file."""

    path: str
    role: Role
    tag: str
    opening: str
    text: str = field(repr=False)
    pool: Pool | None = field(repr=False)
    written: dict[str, str] = field(default_factory=dict, repr=False)

    @property
    def name(self) -> str:
        return name_of(self.path)

    def write(self, text: str) -> str:
        found = self.written.get(text)
        return self._write(text) if found is None else found

    def learn(self) -> None:
        for text in self.pool.draws if self.pool else ():
            self.written.setdefault(text, self._write(text))

    def _write(self, text: str) -> str:
        return f"<{self.opening}>{escape(text)}</{self.tag}>" if text else f"<{self.opening} />"


@dataclass(frozen=True, slots=True)
class Skeleton:
    """`between[i]` is the text before slot i, and the last one what follows all slots."""

    between: tuple[str, ...] = field(repr=False)
    slots: tuple[Slot, ...]

    def write(self, texts: list[str]) -> bytes:
        parts = [self.between[0]]
        for slot, text, after in zip(self.slots, texts, self.between[1:], strict=True):
            parts.append(slot.write(text))
            parts.append(after)
        return "".join(parts).encode()


def skeleton(xml: str, slot_of: Callable[[Leaf], Slot | None]) -> Skeleton:
    between, slots, at = [], [], 0
    for leaf in leaves(xml):
        slot = slot_of(leaf)
        if slot is not None:
            slot.learn()
            between.append(xml[at : leaf.start])
            slots.append(slot)
            at = leaf.end
    return Skeleton((*between, xml[at:]), tuple(slots))


def leaves(xml: str) -> Iterator[Leaf]:
    """Every element without elements, in the order of the file, by the path that `Filled.answers` gives it."""
    above: list[_Open] = []
    for match in _TAG.finditer(xml):
        if match["close"]:
            node = above.pop()
            if not node.parent:
                text = unescape(xml[node.inside : match.start()])
                yield Leaf(node.path, node.start, match.end(), node.tag, node.opening, text)
            continue
        path = above[-1].child(_local(match["name"])) if above else f"/{_local(match['name'])}"
        if match["empty"]:
            yield Leaf(path, match.start(), match.end(), match["name"], match["open"], "")
        else:
            above.append(_Open(path, match["name"], match["open"], match.start(), match.end()))


@dataclass(slots=True)
class _Open:
    """An element whose end has not come yet."""

    path: str
    tag: str
    opening: str
    start: int
    inside: int
    parent: bool = False
    turns: Counter[str] = field(default_factory=Counter)

    def child(self, name: str) -> str:
        self.parent = True
        self.turns[name] += 1
        turn = f"[{self.turns[name]}]" if self.turns[name] > 1 else ""
        return f"{self.path}/{name}{turn}"


def name_of(path: str) -> str:
    return path.rpartition("/")[2].partition("[")[0]


def _local(tag: str) -> str:
    return tag.rpartition(":")[2]

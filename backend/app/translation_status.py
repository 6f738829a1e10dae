"""How far the translations of forms are, as a page shows it: language by language, part by part, text by text."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, fields
from functools import lru_cache
from pathlib import Path

from werkzeug.datastructures import MultiDict

from backend.app.words import N_
from forms.catalogue.packs import read_packs
from forms.translation.status import Judged, Progress, Standing, every_progress
from forms.translation.strings import Kind

STANDINGS: Mapping[str, str] = {
    Standing.MISSING: N_("Missing"),
    Standing.NEEDS_WORK: N_("The English changed since"),
    Standing.UNREVIEWED: N_("Not reviewed"),
    Standing.REVIEWED: N_("Reviewed"),
}
TO_DO, DOUBTFUL = "to_do", "doubtful"
SHOWN: Mapping[str, str] = {TO_DO: N_("Missing or not reviewed"), DOUBTFUL: N_("To be looked at"), **STANDINGS}
PARTS: Mapping[str, str] = {
    Kind.QUESTIONS: N_("Questions of indicators"),
    Kind.CHOICES: N_("Answers"),
    Kind.RECALL: N_("Periods"),
    Kind.WORDS: N_("Words of the form itself"),
    "MOD-PUR": N_("Purpose"),
    "MOD-WHO": N_("Who collects"),
    "MOD-SAF": N_("Safety"),
    "MOD-CON": N_("Consent"),
    "MOD-CTX": N_("Place and informant"),
    "MOD-EVI": N_("Evidence"),
    "MOD-DIS": N_("Disclosure"),
    "MOD-CLO": N_("Close"),
    "MOD-PRV": N_("Statements of providers"),
    "MOD-SRC": N_("Sources"),
    "MOD-INC": N_("Incidents"),
}
CHANGES: Mapping[str, str] = {
    "text": N_("Text"),
    "role": N_("Read by (role)"),
    "on": N_("Read on"),
    "comment": N_("Comment"),
}
_MOST_WORDS = 80


@dataclass(frozen=True, slots=True)
class Share:
    """Of some texts: how many there are at all, have words, and were read by a native speaker."""

    texts: int
    present: int
    reviewed: int

    @property
    def percent_present(self) -> int:
        """Rounded down: 100 means that nothing is missing."""
        return 100 * self.present // self.texts if self.texts else 100

    @property
    def percent_reviewed(self) -> int:
        return 100 * self.reviewed // self.texts if self.texts else 100


@dataclass(frozen=True, slots=True, kw_only=True)
class Filter:
    """Empty means all."""

    shown: str = TO_DO
    part: str = ""
    words: str = ""

    def wants(self, one: Judged) -> bool:
        return self._is_shown(one) and self.part in {"", part(one)} and self._has_words(one)

    def _is_shown(self, one: Judged) -> bool:
        if self.shown == TO_DO:
            return one.standing is not Standing.REVIEWED
        return bool(one.doubts) if self.shown == DOUBTFUL else self.shown in {"", one.standing}

    def _has_words(self, one: Judged) -> bool:
        text = " ".join((one.string.key, one.string.english, one.text)).casefold()
        return all(word in text for word in self.words.casefold().split())

    @property
    def chosen(self) -> dict[str, str]:
        """For links."""
        return {one.name: getattr(self, one.name) for one in fields(self)}


def read_filter(given: MultiDict[str, str]) -> Filter:
    """A value that nobody knows counts as none: an old link still shows something."""
    shown, chosen = given.get("shown", TO_DO), given.get("part", "")
    return Filter(
        shown=shown if shown in {"", *SHOWN} else TO_DO,
        part=chosen if chosen in PARTS else "",
        words=given.get("words", "").strip()[:_MOST_WORDS],
    )


def part(one: Judged) -> str:
    """The module of a line that every form has; else the kind of text."""
    kind, _, rest = one.string.key.partition("/")
    return rest.partition("/")[0] if kind == Kind.ITEMS else kind


def share(judged: Sequence[Judged]) -> Share:
    standings = [one.standing for one in judged]
    return Share(len(judged), len(judged) - standings.count(Standing.MISSING), standings.count(Standing.REVIEWED))


def shares(found: Progress) -> dict[str, Share]:
    """By part, in the order of `PARTS`; parts that nobody has named here come last."""
    by_part: dict[str, list[Judged]] = {name: [] for name in PARTS}
    for one in found.judged:
        by_part.setdefault(part(one), []).append(one)
    return {name: share(judged) for name, judged in by_part.items() if judged}


def languages(folder: Path) -> tuple[Progress, ...]:
    """Of every language, with the packs as they are in their folder now. Raises CatalogueError for a broken pack."""
    return _languages(folder, tuple(_stamps(folder)))


@lru_cache(maxsize=2)
def _languages(folder: Path, _stamp: tuple[tuple[str, int, int], ...]) -> tuple[Progress, ...]:
    return tuple(every_progress(read_packs(folder)))


def _stamps(folder: Path) -> Iterator[tuple[str, int, int]]:
    """By which a changed file is known: to judge every text again takes most of a second."""
    for file in sorted(folder.rglob("*.yaml")) if folder.is_dir() else ():
        about = file.stat()
        yield str(file), about.st_mtime_ns, about.st_size

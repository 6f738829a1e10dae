"""How far the translation into a language is, string by string."""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum

from forms.catalogue import load_own
from forms.catalogue.languages import SOURCE, Language, own
from forms.catalogue.packs import Pack, Review, fingerprint
from forms.translation.quality import Doubt, doubts
from forms.translation.strings import String, strings

_NOBODY = Review()


class Standing(StrEnum):
    """From worst to best. `needs_work`: the English changed after the translation was made or read."""

    MISSING = "missing"
    NEEDS_WORK = "needs_work"
    UNREVIEWED = "unreviewed"
    REVIEWED = "reviewed"


@dataclass(frozen=True, slots=True)
class Judged:
    """One string in one language."""

    string: String
    text: str
    standing: Standing
    doubts: tuple[Doubt, ...]
    review: Review

    def as_dict(self) -> dict[str, object]:
        return {"key": self.string.key, "standing": self.standing, "doubts": list(self.doubts)}


@dataclass(frozen=True, slots=True)
class Progress:
    """The translation into one language."""

    language: Language
    judged: tuple[Judged, ...]
    lacks: tuple[str, ...] = ()
    """Kinds of safety words that a new language still needs."""

    @property
    def is_usable(self) -> bool:
        """Whether a brief can name the language; a form may still lack single texts."""
        return not self.lacks

    def of(self, standing: Standing) -> list[Judged]:
        return [one for one in self.judged if one.standing is standing]

    @property
    def doubtful(self) -> list[Judged]:
        return [one for one in self.judged if one.doubts]

    def counts(self) -> dict[str, dict[str, int]]:
        """Kind of string -> standing -> how many."""
        found: dict[str, dict[str, int]] = {}
        for one in self.judged:
            kind = found.setdefault(str(one.string.kind), {str(standing): 0 for standing in Standing})
            kind[str(one.standing)] += 1
        return found

    def as_dict(self) -> dict[str, object]:
        return {
            "language": self.language.code,
            "name": self.language.name,
            "direction": self.language.direction,
            "usable": self.is_usable,
            "safety_words_needed": list(self.lacks),
            "texts": len(self.judged),
            "standing": {str(standing): len(self.of(standing)) for standing in Standing},
            "kinds": self.counts(),
            "doubts": dict(Counter(str(doubt) for one in self.judged for doubt in one.doubts)),
            "to_look_at": [
                one.as_dict()
                for one in self.judged
                if one.doubts or one.standing in {Standing.MISSING, Standing.NEEDS_WORK}
            ],
        }


def progress(code: str, pack: Pack | None) -> Progress:
    language = pack.language if pack else own()[code]
    unread = _unread(code)
    return Progress(
        language, tuple(_judge(one, language, pack, unread) for one in strings()), pack.lacks if pack else ()
    )


def every_progress(packs: Mapping[str, Pack]) -> list[Progress]:
    """Of every language that is translated into: our own, then those of the packs."""
    return [progress(code, packs.get(code)) for code in translated(packs)]


def translated(packs: Iterable[str]) -> list[str]:
    return [code for code in dict.fromkeys((*own(), *packs)) if code != SOURCE]


def _judge(string: String, language: Language, pack: Pack | None, unread: frozenset[str]) -> Judged:
    text = string.text(language.code, pack)
    review = pack.reviews.get(string.key, _NOBODY) if pack else _NOBODY
    return Judged(
        string,
        text,
        _standing(string, text, review, unread),
        doubts(language, string.english, text, string.at_most),
        review,
    )


def _standing(string: String, text: str, review: Review, unread: frozenset[str]) -> Standing:
    if not text:
        return Standing.MISSING
    if review.english and review.english != fingerprint(string.english):
        return Standing.NEEDS_WORK
    if review.text:
        is_read = review.is_reviewed and review.text == fingerprint(text)
    else:
        is_read = bool(string.entry) and string.entry not in unread
    return Standing.REVIEWED if is_read else Standing.UNREVIEWED


def _unread(code: str) -> frozenset[str]:
    """Entries whose texts in this language the catalogue's own files do not call reviewed."""
    catalogue = load_own()
    everything = (string.entry for string in strings())
    return frozenset(catalogue.unreviewed(code) if code in catalogue.languages else everything)

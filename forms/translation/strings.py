"""Every string that a form can show, with its key, where it is shown, and its texts in the languages of the product."""

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from functools import cache

from forms.catalogue import Catalogue, Texts, load_own
from forms.catalogue.languages import SOURCE
from forms.catalogue.merge import guarded_keys
from forms.catalogue.packs import Pack
from forms.questionnaire.words import is_guarded, key_of, own_words

_SHOWN = {
    "title": "title of a section",
    "hint": "hint below a question",
    "message": "message on the phone",
    "when": "condition, on the printed form",
    "paper": "printed form",
    "area": "last entry of every list of areas",
    "practice": "before the title of a practice form",
}
_WHERE = {
    "group": "where a group answers",
    "place": "where a place is looked at",
    "records": "where records are read",
    "incident": "where an incident is reported",
}


class Kind(StrEnum):
    """The first part of a key, and the sheet that holds the strings."""

    QUESTIONS = "questions"
    CHOICES = "choices"
    ITEMS = "items"
    RECALL = "recall"
    WORDS = "words"


@dataclass(frozen=True, slots=True)
class String:
    key: str
    entry: str
    """As the catalogue names the entry in reviews; nothing for the form's own words."""
    where: str
    texts: Texts
    guarded: bool
    """Of safety, consent or disclosure: never shown in another language."""

    @property
    def kind(self) -> Kind:
        return Kind(self.key.partition("/")[0])

    @property
    def english(self) -> str:
        return self.texts[SOURCE]

    @property
    def at_most(self) -> int:
        """Letters that still fit where the English fits: translations run longer, and a phone is narrow."""
        return -(-len(self.english) * 3 // 2 // 10) * 10 + 10

    def text(self, code: str, pack: Pack | None) -> str:
        """What is said in this language; nothing where there is no text."""
        return (pack.texts.get(self.key) if pack else "") or self.texts.get(code, "")


@cache
def strings() -> tuple[String, ...]:
    """In the order of a translator's workbook."""
    catalogue = load_own()
    guarded = guarded_keys(catalogue.entries)
    found = [*_questions(catalogue), *_choices(catalogue), *_items(catalogue), *_recalls(catalogue)]
    strings = [String(key, entry, where, texts, key in guarded) for key, entry, where, texts in found]
    return (*strings, *_words())


_Found = tuple[str, str, str, Texts]


def _questions(catalogue: Catalogue) -> list[_Found]:
    return [
        (f"questions/{one.id}", one.id, f"question: {one.name}. It means: {one.definition}", one.question)
        for one in catalogue.indicators
    ]


def _choices(catalogue: Catalogue) -> list[_Found]:
    used: Mapping[str, list[str]] = defaultdict(list)
    for indicator in catalogue.indicators:
        used[indicator.choices or ""].append(indicator.id)
    for module in catalogue.modules:
        for item in module.items:
            used[item.choices or ""].append(item.name)
    return [
        (f"choices/{one.name}/{choice.name}", f"choices {one.name}", _answer_to(used[one.name]), choice.label)
        for one in catalogue.choice_lists
        for choice in one.choices
    ]


def _answer_to(asked: list[str]) -> str:
    more = f" and {len(asked) - 3} more" if len(asked) > 3 else ""
    return f"answer to {', '.join(asked[:3])}{more}" if asked else "answer"


def _items(catalogue: Catalogue) -> list[_Found]:
    return [
        (f"items/{module.id}/{item.name}", module.id, f"{item.type} in every form", item.label)
        for module in catalogue.modules
        for item in module.items
        if item.label
    ]


def _recalls(catalogue: Catalogue) -> list[_Found]:
    return [
        (f"recall/{one.code}", f"recall {one.code}", "takes the place of {r} in questions", one.label)
        for one in catalogue.recalls
        if one.label
    ]


def _words() -> list[String]:
    found = []
    for name, texts in own_words().items():
        respondent, _, word = name.rpartition(".")
        shown = _SHOWN.get(word.partition("_")[0], "other words for an item of every form")
        where = f"{shown}, {_WHERE[respondent]}" if respondent in _WHERE else shown
        found.append(String(key_of(name), "", where, texts, is_guarded(name)))
    return found

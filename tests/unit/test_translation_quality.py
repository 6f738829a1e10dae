"""What about a translation a machine finds doubtful, and what it does not."""

import pytest

from forms.catalogue.languages import Language, own
from forms.translation.quality import Doubt, doubts


def found(language: str, english: str, text: str, at_most: int = 200) -> list[Doubt]:
    spoken: Language = own()[language]
    return list(doubts(spoken, english, text, at_most))


@pytest.mark.parametrize(
    ("language", "english", "text", "doubt"),
    [
        ("fr", "Since when {r}?", "Depuis quand ?", Doubt.PLACEHOLDERS),
        ("fr", "Since when {r}?", "Depuis quand {p} ?", Doubt.PLACEHOLDERS),
        ("fr", "You chose ${a}", "Vous avez choisi ${b}", Doubt.PLACEHOLDERS),
        ("fr", "Water", "Eau وماء", Doubt.SCRIPTS),
        ("fr", "Water", "Еau", Doubt.SCRIPTS),
        ("ar", "Water", "ماء water supply", Doubt.SCRIPTS),
        ("es", "Not yet", "not yet", Doubt.ENGLISH),
        ("fr", "In 3 months", "En 4 mois", Doubt.NUMBERS),
        ("fr", "In 3 months", "En quelques mois", Doubt.NUMBERS),
        ("fr", "Home (or tent)", "Maison ou tente", Doubt.BRACKETS),
        ("fr", "Work", "T" * 201, Doubt.LONG),
    ],
)
def test_a_sign_of_a_mistake_is_told(language: str, english: str, text: str, doubt: Doubt) -> None:
    assert doubt in found(language, english, text)


@pytest.mark.parametrize(
    ("language", "english", "text"),
    [
        ("fr", "In {r}, 3 months?", "Sur {r}, 3 mois ?"),
        ("ar", "In 3 months", "خلال ٣ أشهر"),
        ("ar", "By WhatsApp", "عبر WhatsApp"),
        ("ar", "Home (or tent)", "منزل (أو خيمة)"),
        ("fr", "At most {n}", "{n} au plus"),
        ("fr", "1–25", "1–25"),
        ("fr", "Water", ""),
        ("en", "Water", "Water"),
    ],
)
def test_a_good_translation_raises_no_doubt(language: str, english: str, text: str) -> None:
    assert found(language, english, text) == []


def test_every_doubt_says_what_it_means() -> None:
    assert all(doubt.meaning for doubt in Doubt)

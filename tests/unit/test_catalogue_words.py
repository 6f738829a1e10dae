"""The lists of forbidden words find what they must in four languages, and leave harmless words alone."""

import pytest

from forms import catalogue
from forms.catalogue.words import Words, found

TOPICS_OF_THE_DESK = ["CTE-HHD-016", "CTE-COM-018", "CTE-COM-031"]
QUESTIONS_ABOUT_TRAFFICKING = [
    *("CTE-IND-001", "CTE-IND-013", "CTE-STR-008", "CTE-STR-009", "CTE-STR-010", "CTE-STR-017", "CTE-STR-018"),
    *("CTE-STR-020", "CTE-STR-022", "CTE-STR-023", "CTE-STR-024"),
]


@pytest.mark.parametrize("language", ["en", "fr", "es", "ar"])
def test_the_desk_questions_about_violence_are_recognised_in_every_language(language: str) -> None:
    hits = [
        found_.id
        for found_ in catalogue.load().indicators
        if found(Words.VIOLENCE, language, found_.question[language])
    ]

    assert hits == TOPICS_OF_THE_DESK


@pytest.mark.parametrize("language", ["en", "fr", "es", "ar"])
def test_the_desk_questions_about_trafficking_are_recognised_in_every_language(language: str) -> None:
    hits = [
        found_.id for found_ in catalogue.load().indicators if found(Words.VICTIM, language, found_.question[language])
    ]

    assert hits == QUESTIONS_ABOUT_TRAFFICKING


@pytest.mark.parametrize("code", ["sexual", "forced_marriage", "armed_use"])
@pytest.mark.parametrize("language", ["en", "fr", "es", "ar"])
def test_the_desk_answers_about_violence_are_recognised_in_every_language(code: str, language: str) -> None:
    labels = {choice.name: choice.label[language] for choice in catalogue.load().choices("exploitation_form")}

    assert found(Words.VIOLENCE, language, labels[code])


@pytest.mark.parametrize(
    ("kind", "language", "text"),
    [
        (Words.VICTIM, "en", "Were there VICTIMS here?"),
        (Words.VICTIM, "en", "Is trafficking known here?"),
        (Words.VICTIM, "fr", "La traite\u00a0des personnes"),
        (Words.VICTIM, "es", "¿Hay víctimas?"),
        (Words.VICTIM, "ar", "هل يوجد ضحايا؟"),
        (Words.VICTIM, "ar", "بالضحايا"),
        (Words.VICTIM, "ar", "للاتّجار بالأشخاص"),
        (Words.IDENTITY, "en", "What is your phone number?"),
        (Words.IDENTITY, "en", "Write the name."),
        (Words.IDENTITY, "fr", "Quel est votre prénom ?"),
        (Words.IDENTITY, "es", "¿Cuál es su dirección?"),
        (Words.IDENTITY, "ar", "ما اسمكم؟"),
        (Words.IDENTITY, "ar", "وعنوانه"),
        (Words.IDENTITY, "ar", "رقم الهاتف"),
        (Words.IDENTITY, "ar", "اســـم الشخص"),
        (Words.VIOLENCE, "ar", "اعتداءات جنسية"),
        (Words.INFORMER, "ar", "والمخبرين"),
    ],
)
def test_a_forbidden_word_is_found_as_it_is_written(kind: Words, language: str, text: str) -> None:
    assert found(kind, language, text)


@pytest.mark.parametrize(
    ("kind", "language", "text"),
    [
        (Words.VICTIM, "en", "Is there traffic on the road?"),
        (Words.VICTIM, "fr", "Qui traite les plaintes ?"),
        (Words.VICTIM, "fr", "Y a-t-il un traitement ?"),
        (Words.VICTIM, "es", "Si se trata de personas mayores"),
        (Words.VICTIM, "ar", "المتاجر"),
        (Words.IDENTITY, "en", "Which of the named services work?"),
        (Words.IDENTITY, "es", "la directora"),
        (Words.IDENTITY, "ar", "المواسم"),
        (Words.VIOLENCE, "fr", "le violon, la violence au travail"),
        (Words.VIOLENCE, "ar", "عديمو الجنسية"),
        (Words.INFORMER, "ar", "مختبر"),
        (Words.INFORMER, "en", "informer"),
    ],
)
def test_a_harmless_word_is_left_alone(kind: Words, language: str, text: str) -> None:
    assert not found(kind, language, text)


def test_every_kind_of_word_has_a_reason() -> None:
    assert all(kind.because for kind in Words)

"""The estimate of the length: words said and answers given, in the slowest language, while the person is there."""

from dataclasses import replace

import pytest

from forms.brief import Chosen
from forms.catalogue import load
from forms.demo import brief as demo_brief
from forms.minutes import AT_MOST, estimate
from forms.questionnaire import Questionnaire
from forms.questionnaire.assemble import assemble
from mappings.areas.demo import load as dorvania


def asked(
    indicators: tuple[str, ...] | None = None, languages: tuple[str, ...] = ("en", "fr", "es", "ar")
) -> Questionnaire:
    chosen = tuple(Chosen(name) for name in indicators or load().core_field_form)
    brief = replace(demo_brief(), indicators=chosen, languages=languages)
    return assemble(brief, load(), dorvania()).questionnaire


def test_the_core_form_stays_within_what_people_bear() -> None:
    assert 10 <= asked().minutes <= AT_MOST


def test_more_questions_take_longer() -> None:
    assert asked(("CTE-COM-001",)).minutes < asked().minutes


def test_the_estimate_is_rounded_up_to_fives() -> None:
    assert asked().minutes % 5 == 0
    assert asked(("CTE-COM-001",)).minutes == 5


def test_a_form_takes_as_long_as_in_its_slowest_language() -> None:
    each = [asked(languages=(language,)).minutes for language in ("en", "fr", "es", "ar")]

    assert asked().minutes == max(each)


def test_what_the_enumerator_does_alone_does_not_count() -> None:
    questionnaire = asked()
    alone = tuple(section for section in questionnaire.sections if section.with_person)

    assert estimate(replace(questionnaire, sections=alone)) == questionnaire.minutes


def test_a_form_of_which_nothing_is_asked_takes_no_time() -> None:
    assert estimate(replace(asked(), sections=())) == 0


@pytest.mark.parametrize("language", ["en", "fr", "es", "ar"])
def test_every_language_has_a_pace(language: str) -> None:
    assert asked(("CTE-COM-001",), (language,)).minutes > 0

"""The estimate of the length: words said and answers given, in the slowest language, while the person is there."""

from dataclasses import replace

import pytest
from kind_forms import form_of

from forms.brief import Chosen
from forms.build import build
from forms.catalogue import load
from forms.demo import brief as demo_brief
from forms.minutes import AT_MOST, Measured, estimate, lengths, pace, whole
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


def test_the_sections_add_up_to_the_whole() -> None:
    questionnaire = asked()
    parts = lengths(questionnaire)

    told = sum(part.seconds for part in parts if part.counted) / 60
    assert [part.section for part in parts] == [section.name for section in questionnaire.sections]
    assert told <= questionnaire.minutes < told + 5
    assert whole(questionnaire) == pytest.approx(sum(part.seconds for part in parts) / 60)
    assert whole(questionnaire) > told


@pytest.mark.parametrize("kind", ["provider_monthly", "desk_structural", "cte_safety", "site_observation"])
def test_where_nobody_is_talked_to_the_whole_form_counts(kind: str) -> None:
    built = form_of(kind)

    assert {part.counted for part in built.lengths} == {True}
    assert 5 <= built.minutes <= 20


def measured(median: float, interviews: int = 40, version: str = "1.0.0-a") -> Measured:
    return Measured(version, median, interviews)


def test_the_pace_is_what_the_field_took_over_what_was_estimated() -> None:
    assert pace([measured(30)], {"1.0.0-a": 20.0}) == 1.5


def test_versions_count_by_their_interviews() -> None:
    both = [measured(30, 30), measured(20, 10, "1.0.0-b")]

    assert pace(both, {"1.0.0-a": 20.0, "1.0.0-b": 20.0}) == 1.38


@pytest.mark.parametrize(
    "nothing", [[], [measured(60, 9)], [measured(60, 40, "unknown")], [measured(60, 40, "never estimated")]]
)
def test_without_enough_interviews_the_estimate_stands(nothing: list[Measured]) -> None:
    assert pace(nothing, {"1.0.0-a": 20.0, "never estimated": 0.0}) == 1.0


def test_a_broken_clock_does_not_change_the_consent_text_without_bounds() -> None:
    assert pace([measured(600)], {"1.0.0-a": 20.0}) == 3.0
    assert pace([measured(0)], {"1.0.0-a": 20.0}) == 0.5


def test_the_consent_text_says_the_corrected_minutes() -> None:
    slow = build(demo_brief(), load(), dorvania(), pace=1.5)

    script = next(found.label for found in slow.questionnaire.questions if found.name == "con_script")
    assert script is not None
    assert slow.minutes > asked().minutes
    assert f"about {slow.minutes} minutes" in script["en"]


@pytest.mark.parametrize(("indicators", "told"), [(("CTE-COM-001",), "نحو 5 دقائق"), (None, "نحو 20 دقيقة")])
def test_arabic_counts_a_few_minutes_in_the_plural(indicators: tuple[str, ...] | None, told: str) -> None:
    script = next(found.label for found in asked(indicators).questions if found.name == "con_script")

    assert script is not None
    assert told in script["ar"]

"""What a brief may not ask, and why.

1. R2: nothing about single persons is asked of anybody; only totals and publications tell of them.
2. R7: an indicator that existing data should answer needs a written reason; existing data were checked first.
3. `never` is asked of nobody and at no place, only read; the same for sensitivity 4; the open note waits for the
   quarantine.
4. Each kind of respondent is asked only what its method allows.
5. A question brings along the one it depends on, and the officer is told.
6. R13, PIM 2: risks assessed, the remaining risk not high, a referral pathway verified in the last 30 days.
7. Two pairs of eyes: the approver is not the author. A team has one supervisor.
8. R10: codes for people, roles for staff, no address or number in any text.
9. PIM 5: raw answers are kept for 30 days at most.
10. R29: a provider is asked for ten totals at most. R30: and says that they speak of assisted persons only.
11. R33: what is read from existing data names its source; who asks people names none.
12. The form for safety asks nothing about the community.
13. The title does not name the subject.
14. A tier stands for all that a kind may be asked without a reason.
"""

from dataclasses import replace

import pytest
from brief_tables import faults, loaded, of_kind

from forms.brief.selection import left_out, tier_asked
from forms.brief.suits import faults as faults_of
from forms.build import build
from forms.catalogue import load
from forms.catalogue.terms import FieldDefault
from forms.kinds import KINDS
from mappings.areas.demo import load as dorvania

WITH_PEOPLE = ["site_ki", "group", "expert", "site_observation"]
FROM_RECORDS = ["provider_monthly", "desk_structural"]


def told(changes: dict[str, object]) -> str:
    """The one fault of a brief."""
    (fault,) = faults(changes)
    return fault


def asked(kind: str, *indicators: object) -> dict[str, object]:
    return of_kind(kind, indicators=list(indicators))


@pytest.mark.parametrize("kind", WITH_PEOPLE)
def test_1_an_indicator_about_single_persons_is_asked_of_nobody(kind: str) -> None:
    fault = told(asked(kind, "CTE-IND-001"))

    assert "is about single persons" in fault
    assert "[R2, no contact" in fault


@pytest.mark.parametrize("kind", FROM_RECORDS)
def test_1_totals_and_publications_tell_of_persons(kind: str) -> None:
    assert faults(asked(kind, "CTE-IND-001")) == []


@pytest.mark.parametrize(("kind", "indicator"), [("site_ki", "CTE-COM-004"), ("group", "CTE-HHD-002")])
def test_2_an_indicator_that_existing_data_should_answer_needs_a_reason(kind: str, indicator: str) -> None:
    assert "[R7, existing data first" in told(asked(kind, indicator))
    assert faults(asked(kind, {"indicator": indicator, "gap_reason": "No market survey since 2024"})) == []


def test_2_an_expert_is_asked_what_stands_in_publications_only_with_a_reason() -> None:
    assert "[R7, existing data first" in told(asked("expert", "CTE-STR-014"))
    assert faults(asked("expert", {"indicator": "CTE-STR-014", "gap_reason": "Roads closed in March"})) == []


def test_2_reading_existing_data_needs_no_reason() -> None:
    assert faults(asked("desk_structural", "CTE-COM-004")) == []


def test_2_existing_data_must_have_been_checked() -> None:
    assert "[R7, existing data first" in told({"purpose.existing_data_checked": "no"})


@pytest.mark.parametrize("reason", ["", "x", "-", "n/a"])
def test_2_a_sign_is_no_written_reason(reason: str) -> None:
    fault = told(asked("site_ki", {"indicator": "CTE-COM-004", "gap_reason": reason}))

    assert "without a written gap reason it is not asked. Give its gap_reason in a few words" in fault


def test_2_the_same_reason_for_several_indicators_is_kept_once() -> None:
    reason = "The only market survey stopped when the crossing closed"
    entries = [{"indicator": f"CTE-COM-{number}", "gap_reason": reason} for number in ("002", "004", "036", "042")]

    brief = loaded({"indicators": entries})

    assert brief.gap_justification.count(reason) == 1
    assert f"CTE-COM-002, CTE-COM-004, CTE-COM-036, CTE-COM-042: {reason}" in brief.gap_justification


def test_2_reasons_longer_than_the_record_say_by_how_much() -> None:
    entries = [
        {"indicator": f"CTE-COM-{number}", "gap_reason": f"Nobody has asked since {number} " + "x" * 120}
        for number in ("002", "004", "036", "042")
    ]

    fault = told({"indicators": entries})

    assert "characters together, and 500 can be kept. Shorten them; the same words for several" in fault


@pytest.mark.parametrize("kind", WITH_PEOPLE)
@pytest.mark.parametrize("indicator", ["CTE-STR-001", "CTE-STR-005"])
def test_3_what_is_never_asked_is_refused_also_with_a_reason(kind: str, indicator: str) -> None:
    fault = told(asked(kind, {"indicator": indicator, "gap_reason": "No other source"}))

    assert "is never asked of people or places" in fault
    assert "[PIM principle 2, do no harm]" in fault


def test_3_sensitivity_4_is_a_guard_of_its_own() -> None:
    asked_freely = replace(load().indicator("CTE-COM-038"), field_default=FieldDefault.YES)

    (fault,) = faults_of(asked_freely, KINDS["expert"], load(), has_reason=True)

    assert fault.what == "is too sensitive to be asked of anybody"
    assert list(faults_of(asked_freely, KINDS["desk_structural"], load(), has_reason=True)) == []


def test_3_the_most_sensitive_may_be_read_from_publications() -> None:
    assert faults(asked("desk_structural", "CTE-COM-038")) == []


@pytest.mark.parametrize("kind", [kind.name for kind in KINDS.values() if kind.keeps_answers])
def test_3_the_open_note_is_refused_until_there_is_a_quarantine(kind: str) -> None:
    fault = told(asked(kind, {"indicator": "CTE-COM-054", "gap_reason": "None"}))

    assert "is the open note, which needs the quarantine" in fault
    assert "[R25" in fault


@pytest.mark.parametrize(
    ("kind", "indicator", "methods"),
    [
        ("site_ki", "CTE-COM-048", "observation"),
        ("group", "CTE-COM-020", "ki"),
        ("site_observation", "CTE-COM-012", "ki, fgd"),
        ("expert", "CTE-COM-012", "ki, fgd"),
        ("provider_monthly", "CTE-STR-001", "desk"),
        ("desk_structural", "CTE-COM-020", "ki"),
    ],
)
def test_4_each_kind_is_asked_only_what_its_method_allows(kind: str, indicator: str, methods: str) -> None:
    fault = told(asked(kind, indicator))

    assert f"cannot be asked of this kind of respondent (its methods: {methods})" in fault
    assert "[R6, method" in fault


def test_4_every_kind_of_the_catalogue_is_built() -> None:
    assert list(KINDS) == [kind.name for kind in load().forms]
    assert [KINDS[kind.name].method for kind in load().forms] == [kind.method or "" for kind in load().forms]


def test_5_a_question_brings_along_the_one_it_depends_on() -> None:
    brief = loaded({"indicators": ["CTE-COM-013", "CTE-COM-033"]})

    assert [(one.indicator, one.pulled_by) for one in brief.indicators] == [
        ("CTE-COM-012", "CTE-COM-013"),
        ("CTE-COM-013", ""),
        ("CTE-COM-032", "CTE-COM-033"),
        ("CTE-COM-033", ""),
    ]


def test_5_what_was_named_is_not_brought_along_again() -> None:
    brief = loaded({"indicators": ["CTE-COM-013", "CTE-COM-012"]})

    assert [(one.indicator, one.pulled_by) for one in brief.indicators] == [("CTE-COM-013", ""), ("CTE-COM-012", "")]


def test_5_the_officer_is_told_what_was_brought_along() -> None:
    notes = build(loaded({"indicators": ["CTE-COM-013"], "languages": ["en"]}), load(), dorvania()).notes

    assert "CTE-COM-012 is asked too, since CTE-COM-013 depends on it." in notes


def test_5_what_is_brought_along_counts_and_keeps_the_rules() -> None:
    """Nothing that a provider is asked depends on anything, so the limit is tried on the observer's method."""
    (fault,) = faults(asked("site_observation", "CTE-COM-033"))[:1]

    assert "CTE-COM-032 (asked since CTE-COM-033 depends on it): cannot be asked" in fault


def test_6_a_high_remaining_risk_stops_everything() -> None:
    fault = told({"purpose.residual_risk": "high"})

    assert "nothing may be collected" in fault
    assert "[R13, risk first" in fault


def test_6_risks_must_have_been_assessed() -> None:
    assert "[PIM principle 2, do no harm]" in told({"purpose.risk_assessed": "no"})


@pytest.mark.parametrize("day", ["2025-12-01", "2026-12-31"])
def test_6_a_referral_pathway_verified_within_30_days_of_the_start_or_later_is_taken(day: str) -> None:
    assert faults({"survey.period_start": "2025-12-31", "purpose.referral_verified_on": day}) == []


@pytest.mark.parametrize("day", ["2025-11-30", "2027-01-01"])
def test_6_a_referral_pathway_verified_too_early_or_too_late_is_refused(day: str) -> None:
    fault = told({"survey.period_start": "2025-12-31", "purpose.referral_verified_on": day})

    assert "the referral pathway" in fault
    assert "[PIM principle 2, do no harm]" in fault


def test_6_without_a_referral_pathway_nobody_is_asked() -> None:
    fault = told({"purpose.referral_verified_on": None})

    assert "nobody is asked in the field without a referral pathway that works" in fault


def test_6_a_period_runs_forward_and_for_a_year_at_most() -> None:
    assert "ends before it starts" in told({"survey.period_end": "2025-12-31"})
    assert "longer than a year" in told({"survey.period_end": "2027-03-01"})


def test_7_the_approver_is_not_the_author() -> None:
    assert "two pairs of eyes" in told({"purpose.approver_role": "information management OFFICER"})


def test_7_a_team_has_one_supervisor() -> None:
    people = [
        {"code": "E01", "team": "T1", "supervisor": "SUP-1"},
        {"code": "E02", "team": "T1", "supervisor": "SUP-2"},
    ]

    assert "team T1 has more than one supervisor" in told({"enumerators": people})


def test_7_an_enumerator_code_belongs_to_one_person() -> None:
    entry = {"code": "E01", "team": "T1", "supervisor": "SUP-1"}

    assert "E01 stands 2 times in enumerators" in told({"enumerators": [entry, dict(entry)]})


@pytest.mark.parametrize(
    "code", ["amina", "AMINA", "Amina1", "HADDAD1", "E 01", "E01@ORG", "0701234567", "07012", "أمينة", "", "E-01-02-03"]
)
def test_8_what_looks_like_a_name_or_a_number_of_a_person_is_no_enumerator_code(code: str) -> None:
    assert "enumerators" in told({"enumerators": [{"code": code, "team": "T1", "supervisor": "SUP-1"}]})


@pytest.mark.parametrize("code", ["E01", "A-12", "TEAM-07", "12", "X1-Y2-Z3"])
def test_8_short_codes_with_a_digit_are_taken(code: str) -> None:
    assert faults({"enumerators": [{"code": code, "team": "T1", "supervisor": "SUP-1"}]}) == []


@pytest.mark.parametrize("role", ["Dr. Haddad", "Mrs Smith", "M. Mme Diallo", "السيدة أمينة", "Officer 0701234"])
def test_8_a_role_is_not_a_person(role: str) -> None:
    assert "looks like a person, not a role" in faults({"purpose.owner_role": role})[0]


@pytest.mark.parametrize("role", ["Protection coordinator", "Responsable de la protection", "مسؤول الحماية"])
def test_8_roles_in_any_language_are_taken(role: str) -> None:
    assert faults({"purpose.owner_role": role}) == []


@pytest.mark.parametrize(
    "text",
    [
        "Ask a.b@example.org",
        "Ask a.b＠example.org",
        "Call +44 20 7946 0000",
        "Call 07012 345 678",
        "Call 0701-234-567",
        "Call (0701) 234/567",
        "Call ٠٧٠١٢٣٤٥٦٧٨",
        "Call ０７０１２３４５６７８",
        "Call 0701\u200b234\u200b567",
    ],
)
def test_8_no_text_of_a_brief_holds_an_address_or_a_telephone_number(text: str) -> None:
    fault = told({"purpose.population": text})

    assert "holds an e-mail address or a telephone number" in fault
    assert "[R10, no identifiers" in fault


@pytest.mark.parametrize(
    "reference", ["ISP-2025-0012 of 2025-03-14, version 2.1", "ISP of 2025-03-14/2026-03-13", "ISP 12 2025-03-14 7"]
)
def test_8_dates_and_references_are_no_telephone_numbers(reference: str) -> None:
    assert faults({"purpose.isp_ref": reference}) == []


def test_9_raw_answers_are_kept_for_30_days_at_most() -> None:
    assert "[PIM principle 5" in told({"purpose.raw_retention_days": "90"})
    assert faults({"purpose.raw_retention_days": "0"}) == []


def test_the_survey_and_its_country_agree() -> None:
    assert "names another country" in told({"survey.country": "XDW"})


def test_10_a_provider_is_asked_for_ten_totals_at_most() -> None:
    fault = told(of_kind("provider_monthly", indicators="recommended"))

    assert "asks at most 10 indicators, and these are 11" in fault
    assert "[R29, low burden" in fault


def test_10_totals_of_services_say_that_they_speak_of_assisted_persons_only() -> None:
    fault = told(of_kind("provider_monthly") | {"purpose.limitations": ["small_n"]})

    assert "speaking of assisted persons only" in fault
    assert "[R30, known bias" in fault


@pytest.mark.parametrize("kind", FROM_RECORDS)
def test_11_what_is_read_from_existing_data_names_its_source(kind: str) -> None:
    changes = of_kind(kind)
    del changes["sources"]

    fault = told(changes)

    assert "no source is named" in fault
    assert "[R33, evidence" in fault


@pytest.mark.parametrize("kind", [*WITH_PEOPLE, "cte_safety"])
def test_11_who_asks_people_names_no_sources(kind: str) -> None:
    assert "sources are named" in told(of_kind(kind, sources=[{"code": "DTM-R12", "citation": "Round 12"}]))


def test_11_a_source_is_a_publication_and_no_person() -> None:
    source = [{"code": "DTM-R12", "citation": "Call +44 20 7946 0000"}]

    assert "[R10, no identifiers" in told(of_kind("desk_structural", sources=source))


def test_11_a_source_stands_once() -> None:
    source = {"code": "DTM-R12", "citation": "Round 12"}

    assert "DTM-R12 stands 2 times in sources" in told(of_kind("desk_structural", sources=[source, dict(source)]))


def test_12_the_form_for_safety_asks_nothing_about_the_community() -> None:
    assert faults(of_kind("cte_safety")) == []
    assert "asks nothing about the community" in told(of_kind("cte_safety", indicators=["CTE-COM-001"]))


@pytest.mark.parametrize("title", ["Survey on trafficking", "Victim survey"])
def test_13_the_title_does_not_name_the_subject(title: str) -> None:
    fault = told({"title": title})

    assert "the title names the subject" in fault
    assert "[PIM principle 2, do no harm]" in fault


@pytest.mark.parametrize(
    ("kind", "numbers"),
    [
        ("site_ki", [20, 24, 43]),
        ("group", [13, 16, 29]),
        ("site_observation", [1, 1, 2]),
        ("expert", [2, 2, 3]),
        ("desk_structural", [12, 16, 27]),
        ("cte_safety", [0, 0, 0]),
    ],
)
def test_14_a_tier_stands_for_all_that_may_be_asked_without_a_reason(kind: str, numbers: list[int]) -> None:
    briefs = [loaded(of_kind(kind, indicators=tier)) for tier in ("core", "recommended", "extended")]

    assert [len(brief.indicators) for brief in briefs] == numbers


def test_14_a_tier_may_stand_beside_single_indicators() -> None:
    reason = {"indicator": "CTE-COM-004", "gap_reason": "No market survey since 2024"}

    brief = loaded({"indicators": ["core", reason, "CTE-COM-001"]})

    assert len(brief.indicators) == 21
    assert brief.indicators[-2].gap_reason == "No market survey since 2024"


def test_14_the_core_of_the_tier_that_waits_for_a_reason_is_named() -> None:
    kind, core = KINDS["group"], [one.indicator for one in loaded(of_kind("group")).indicators]

    assert left_out(kind, load(), core) == ("CTE-HHD-002", "CTE-HHD-003")
    assert left_out(kind, load(), [*core, "CTE-HHD-002"]) == ("CTE-HHD-003",)


@pytest.mark.parametrize(("tier", "waiting"), [("core", 7), ("recommended", 19), ("extended", 26)])
def test_14_what_waits_for_a_reason_is_named_up_to_the_tier_that_is_asked(tier: str, waiting: int) -> None:
    brief = loaded(of_kind("site_ki", indicators=tier))

    notes = build(brief, load(), dorvania()).notes

    told = next(note for note in notes if f"Up to tier {tier}, not asked without a written reason" in note)
    assert told.count("CTE-") == waiting
    assert tier_asked(KINDS["site_ki"], load(), ["CTE-COM-001"]) is None


def test_14_a_word_that_is_no_tier_is_refused() -> None:
    assert "neither a list nor 'core' or 'recommended' or 'extended'" in faults({"indicators": "all"})[0]

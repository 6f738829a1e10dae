"""What a brief may not ask, and why.

1. R2: nothing about single persons is asked in the field.
2. R7: an indicator that existing data should answer needs a written reason; existing data were checked first.
3. `never` is never asked; sensitivity 4 is never asked; the open note waits for the quarantine.
4. Each kind of respondent is asked only what its method allows; other kinds than site_ki are refused for now.
5. A question that depends on another is asked only together with it.
6. R13, PIM 2: risks assessed, the remaining risk not high, a referral pathway verified in the last 30 days.
7. Two pairs of eyes: the approver is not the author. A team has one supervisor.
8. R10: codes for people, roles for staff, no address or number in any text.
9. PIM 5: raw answers are kept for 30 days at most.
"""

import pytest
from brief_tables import faults


def told(changes: dict[str, object]) -> str:
    """The one fault of a brief."""
    (fault,) = faults(changes)
    return fault


def test_1_an_indicator_about_single_persons_is_refused() -> None:
    fault = told({"indicators": ["CTE-IND-001"]})

    assert "is about single persons" in fault
    assert "[R2, no contact" in fault


def test_2_an_indicator_that_existing_data_should_answer_needs_a_reason() -> None:
    assert "[R7, existing data first" in told({"indicators": ["CTE-COM-004"]})
    assert faults({"indicators": [{"indicator": "CTE-COM-004", "gap_reason": "No market survey since 2024"}]}) == []


def test_2_existing_data_must_have_been_checked() -> None:
    assert "[R7, existing data first" in told({"purpose.existing_data_checked": "no"})


def test_3_what_is_never_asked_is_refused() -> None:
    assert "is never asked in the field" in told({"indicators": ["CTE-STR-001"]})


def test_3_the_open_note_is_refused_until_there_is_a_quarantine() -> None:
    fault = told({"indicators": ["CTE-COM-054"]})

    assert "is the open note, which needs the quarantine" in fault
    assert "[R25" in fault


def test_4_an_indicator_for_observers_is_not_asked_of_informants() -> None:
    fault = told({"indicators": ["CTE-COM-048"]})

    assert "cannot be asked of this kind of respondent (its methods: observation)" in fault


@pytest.mark.parametrize(
    "kind", ["group", "site_observation", "expert", "provider_monthly", "desk_structural", "cte_safety"]
)
def test_4_the_other_kinds_of_respondents_are_refused_by_name(kind: str) -> None:
    fault = told({"respondent": kind})

    assert f"forms for '{kind}' are not built in this version. Use one of site_ki" in fault


def test_5_a_question_without_the_one_it_depends_on_is_refused() -> None:
    fault = told({"indicators": ["CTE-COM-013"]})

    assert "CTE-COM-013: is asked only after CTE-COM-012" in fault
    assert faults({"indicators": ["CTE-COM-013", "CTE-COM-012"]}) == []


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

    assert "E01 stands 2 times in enumerators" in told({"enumerators": [entry, entry]})


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
    "text", ["Ask a.b@example.org", "Call +44 20 7946 0000", "Call 07012 345 678", "Call ٠٧٠١٢٣٤٥٦٧٨"]
)
def test_8_no_text_of_a_brief_holds_an_address_or_a_telephone_number(text: str) -> None:
    fault = told({"purpose.population": text})

    assert "holds an e-mail address or a telephone number" in fault
    assert "[R10, no identifiers" in fault


def test_8_dates_and_references_are_no_telephone_numbers() -> None:
    assert faults({"purpose.isp_ref": "ISP-2025-0012 of 2025-03-14, version 2.1"}) == []


def test_9_raw_answers_are_kept_for_30_days_at_most() -> None:
    assert "[PIM principle 5" in told({"purpose.raw_retention_days": "90"})
    assert faults({"purpose.raw_retention_days": "0"}) == []


def test_the_survey_and_its_country_agree() -> None:
    assert "names another country" in told({"survey.country": "XDW"})

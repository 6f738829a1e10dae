"""Apply, with strip out of the way: only the question's own list, and only what its rule allows, becomes an answer."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st
from small_form import MAPPING, PLACES, apply, ids, strip, words

from mappings.apply import Apply, needed_answers
from mappings.guard import NotStrippedError
from mappings.model import AnswerKey, CleanSubmission, Reason, Reject, Scalar

CANARY = "AMINA-SECRET-7731 أمينة"


def clean(**changes: object) -> CleanSubmission:
    found = strip().clean
    assert found is not None
    return found._replace(**changes)


def answers(**changes: Scalar) -> tuple[Scalar, ...]:
    names = ("how_often", "promise", "people", "share")
    values = dict(zip(names, clean().answers, strict=True)) | changes
    return tuple(values[name] for name in names)


def test_a_full_interview_becomes_ids_and_numbers() -> None:
    row = apply()(clean()).row

    assert words(row.c) == [
        "CTE-COM-012 value often",
        "CTE-COM-013 multi",
        "CTE-COM-013 choice job",
        "CTE-COM-013 choice school",
        "CTE-COM-060 value a",
        "CTE-COM-060 value b",
    ]
    assert dict(zip(words(row.nk), row.nv, strict=True)) == {
        "CTE-COM-050 number": 12.0,
        "CTE-COM-051 number": 2.5,
        "CTE-COM-061 number": 4.0,
    }
    assert words(row.e) == ["basis seen", "basis told", "confidence high", "limitation noise", "site_type camp"]


@pytest.mark.parametrize(
    ("given_answer", "expected"),
    [
        ({"how_often": "dk"}, "CTE-COM-012 status dk"),
        ({"how_often": "pna"}, "CTE-COM-012 status pna"),
        ({"how_often": None}, "CTE-COM-012 status skipped"),
        ({"promise": "dk"}, "CTE-COM-013 status dk"),
        ({"promise": None}, "CTE-COM-013 status skipped"),
        ({"people": None}, "CTE-COM-050 status skipped"),
        ({"how_often": "never", "promise": None}, "CTE-COM-013 status not_asked"),
        ({"how_often": "dk", "promise": None}, "CTE-COM-013 status not_asked"),
    ],
)
def test_what_was_not_answered_says_why(given_answer: dict[str, str | None], expected: str) -> None:
    assert expected in words(apply()(clean(answers=answers(**given_answer))).row.c)


def test_none_of_a_select_multiple_is_an_answer() -> None:
    row = apply()(clean(answers=answers(promise="none"))).row

    assert {"CTE-COM-013 multi", "CTE-COM-013 choice none"} <= set(words(row.c))


def test_a_source_group_that_is_not_asked_closes_the_question() -> None:
    row = apply()(clean(source_group="economy", answers=answers(promise=None))).row

    assert "CTE-COM-013 status not_asked" in words(row.c)


@pytest.mark.parametrize(
    ("given_answer", "path", "reason"),
    [
        ({"how_often": CANARY}, "rec/how_often", Reason.NOT_IN_LIST),
        ({"how_often": "some often"}, "rec/how_often", Reason.TOO_MANY),
        ({"how_often": "job"}, "rec/how_often", Reason.NOT_IN_LIST),
        ({"promise": f"job {CANARY}"}, "rec/promise", Reason.NOT_IN_LIST),
        ({"promise": "job job"}, "rec/promise", Reason.NOT_IN_LIST),
        ({"promise": "none job"}, "rec/promise", Reason.NOT_EXCLUSIVE),
        ({"promise": "job school none"}, "rec/promise", Reason.TOO_MANY),
        ({"promise": "  "}, "rec/promise", Reason.NOT_IN_LIST),
        ({"how_often": "never", "promise": "job"}, "rec/promise", Reason.NOT_EXPECTED),
        ({"people": CANARY}, "rec/people", Reason.NOT_A_NUMBER),
        ({"people": "2.5"}, "rec/people", Reason.NOT_A_NUMBER),
        ({"people": "nan"}, "rec/people", Reason.NOT_A_NUMBER),
        ({"people": True}, "rec/people", Reason.NOT_A_NUMBER),
        ({"people": "-1"}, "rec/people", Reason.OUT_OF_RANGE),
        ({"people": "5001"}, "rec/people", Reason.OUT_OF_RANGE),
        ({"share": "inf"}, "rec/share", Reason.OUT_OF_RANGE),
        ({"share": "nan"}, "rec/share", Reason.OUT_OF_RANGE),
    ],
)
def test_a_bad_answer_is_a_reject_and_never_a_value(given_answer: dict[str, Scalar], path: str, reason: Reason) -> None:
    result = apply()(clean(answers=answers(**given_answer)))

    assert result.rejects == (Reject(path, reason),)
    assert CANARY not in repr(result)


def test_a_bad_answer_is_marked_invalid() -> None:
    assert "CTE-COM-012 status invalid" in words(apply()(clean(answers=answers(how_often="?"))).row.c)


def test_bad_evidence_leaves_nothing() -> None:
    result = apply()(clean(about=(CANARY, "high low", "noise noise")))

    assert [reject.path for reject in result.rejects] == ["rec/basis", "rec/confidence"]
    assert words(result.row.e) == ["limitation noise", "site_type camp"]


def test_a_choice_with_the_code_of_a_site_type_is_not_taken_for_it() -> None:
    known = ids()
    known[AnswerKey("choice", "CTE-COM-013", 1, code="camp")] = len(known) + 1

    assert words(Apply(MAPPING, PLACES, known)(clean()).row.e)[-1] == "site_type camp"


def test_bad_evidence_is_a_reject_each_time_it_comes() -> None:
    read, bad = apply(), clean(about=(CANARY, "high", "noise"))

    assert read(bad).rejects == read(bad).rejects == (Reject("rec/basis", Reason.NOT_IN_LIST),)


@pytest.mark.parametrize(
    "field",
    [
        "submission_key",
        "withdrawal_key",
        "collector_key",
        "org_code",
        "adm1_pcode",
        "adm2_pcode",
        "adm3_pcode",
        "site_key",
        "site_type",
        "period",
        "method",
        "source_group",
        "source_sex",
        "clock",
    ],
)
def test_a_head_that_strip_did_not_write_is_refused(field: str) -> None:
    read = apply()
    read(clean())

    with pytest.raises(NotStrippedError) as refusal:
        read(clean(**{field: CANARY}))
    assert field in str(refusal.value)
    assert CANARY not in str(refusal.value)


def test_minutes_that_no_interview_takes_are_refused() -> None:
    with pytest.raises(NotStrippedError, match="minutes"):
        apply()(clean(minutes=963944123))


def test_answers_of_another_form_are_refused() -> None:
    with pytest.raises(NotStrippedError, match="answers"):
        apply()(clean(answers=("often",)))


def test_the_same_answers_have_the_same_revision() -> None:
    revision = apply()(clean()).row.revision

    assert re.fullmatch("[0-9a-f]{16}", revision)
    assert apply()(clean()).row.revision == revision


@pytest.mark.parametrize(
    "change",
    [
        {"answers": ("some", "job", "12", "2.5")},
        {"adm2_pcode": None},
        {"minutes": 26},
        {"about": (None, None, None)},
        {"withdrawal_key": None},
    ],
)
def test_another_answer_has_another_revision(change: dict[str, object]) -> None:
    assert apply()(clean(**change)).row.revision != apply()(clean()).row.revision


def test_the_form_s_own_codes_become_the_standard_s() -> None:
    from msgspec.structs import replace

    first = replace(MAPPING.rules[0], codes={"jamais": "never", "x9": "some", "nsp": "dk"}, exclusive=())
    mapping = replace(MAPPING, rules=(first, *MAPPING.rules[1:]))

    assert "CTE-COM-012 value never" in words(
        apply(mapping)(clean(answers=answers(how_often="jamais", promise=None))).row.c, mapping
    )


@given(st.tuples(*[st.one_of(st.none(), st.text(), st.integers(), st.floats(), st.booleans())] * 4))
def test_whatever_comes_every_question_has_one_verdict(given_answers: tuple[Scalar, ...]) -> None:
    result = apply()(clean(answers=given_answers))

    asked = {"CTE-COM-012", "CTE-COM-013", "CTE-COM-050", "CTE-COM-051"}
    assert asked <= {word.split(" ")[0] for word in words(result.row.c) + words(result.row.nk)}


def test_the_dictionary_has_each_entry_once() -> None:
    needed = needed_answers(MAPPING, ["camp", "camp"])

    assert len(needed) == len(set(needed))

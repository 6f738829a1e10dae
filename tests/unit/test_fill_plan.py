"""A plan says how a survey is answered; the chooser draws from it, the same for the same seed."""

from collections import Counter
from dataclasses import replace
from datetime import date
from itertools import islice
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from forms.engine import Ending, Kind, Plan, exploring_plan
from forms.engine.chooser import Answer, Asked, Chooser
from forms.engine.hints import NOTHING, Hints
from forms.engine.plan import ending_of, matching
from forms.engine.tendencies import Tendencies, leaning

PLAN = Plan(today=date(2026, 3, 4))
MANY = 400


def asked(name: str = "q", kind: Kind = Kind.SELECT_ONE, choices: str = "", hints: Hints = NOTHING) -> Asked:
    return Asked(name, kind, True, tuple(choices.split()), hints)


def firsts(plan: Plan, question: Asked, **known: str) -> Counter[Answer]:
    """The first attempt of many interviews in which some answers were already given."""
    tendencies = Tendencies(plan)
    return Counter(first(tendencies, seed, question, known) for seed in range(MANY))


def first(tendencies: Tendencies, seed: int, question: Asked, known: dict[str, str]) -> Answer:
    chooser = Chooser(tendencies, str(seed))
    for name, answer in known.items():
        chooser.note(name, answer)
    return next(chooser.attempts(question))


# ---- select_one ------------------------------------------------------------------------------------------------------


def test_weights_of_the_plan_decide_how_often_a_code_is_chosen() -> None:
    plan = PLAN.with_weights({"q": {"yes": 0.9, "no": 0.1}})

    drawn = firsts(plan, asked(choices="no yes dk"))

    assert set(drawn) == {"yes", "no"}
    assert 330 < drawn["yes"] < 390


def test_weights_for_codes_that_are_not_offered_are_passed_over() -> None:
    plan = PLAN.with_weights({"q": {"yes": 1.0}})

    assert set(firsts(plan, asked(choices="a b"))) == {"a", "b"}


def test_do_not_know_comes_at_its_rate_and_more_often_with_some_enumerators() -> None:
    plan = replace(PLAN, rates={"dk": 0.1})
    question = asked(choices="a b c dk")

    shares = [firsts(plan, question, ctx_enum=f"E{n}")["dk"] / MANY for n in range(8)]

    assert 0.05 < sum(shares) / 8 < 0.17
    assert max(shares) > 1.5 * min(shares)


def test_a_row_that_is_not_in_the_list_is_rare() -> None:
    drawn = firsts(PLAN, asked("ctx_adm2", choices="ZZ0101 ZZ0102 ZZ01-NIL"))

    assert drawn["ZZ01-NIL"] < 20


def test_places_are_spread_evenly_over_the_survey() -> None:
    drawn = firsts(PLAN, asked("ctx_adm1", choices="A B C D"))

    assert min(drawn.values()) > 70


def test_answers_lean_by_area_and_stay_so() -> None:
    question = asked(choices="never some often")

    here, there = firsts(PLAN, question, ctx_adm2="ZZ0101"), firsts(PLAN, question, ctx_adm2="ZZ0203")

    assert here == firsts(PLAN, question, ctx_adm2="ZZ0101")
    assert sum(abs(here[code] - there[code]) for code in ("never", "some", "often")) > 60


def test_the_order_of_the_choices_does_not_matter() -> None:
    assert firsts(PLAN, asked(choices="c a b")) == firsts(PLAN, asked(choices="a b c"))


# ---- other kinds -----------------------------------------------------------------------------------------------------


def test_codes_that_stand_alone_are_never_picked_with_others() -> None:
    question = asked(kind=Kind.SELECT_MULTIPLE, choices="a b c none x", hints=Hints(alone=frozenset({"x"})))

    picks = [set(answer or ()) for answer in firsts(PLAN, question)]

    assert {"none"} in picks
    assert {"x"} in picks
    assert all(len(codes) == 1 for codes in picks if codes & {"none", "x"})


def test_picks_keep_to_the_limit_and_to_the_order_of_the_form() -> None:
    question = asked(kind=Kind.SELECT_MULTIPLE, choices="d c b a", hints=Hints(most_picks=2))

    answers = set(firsts(PLAN, question))

    assert {len(answer or ()) for answer in answers} == {1, 2}
    assert ("d", "a") in answers
    assert ("a", "d") not in answers


def test_no_code_is_picked_twice() -> None:
    plan = replace(PLAN, picks=1e9)

    assert set(firsts(plan, asked(kind=Kind.SELECT_MULTIPLE, choices="a b c d e"))) == {("a", "b", "c", "d", "e")}


@given(least=st.integers(-50, 50), span=st.integers(0, 400), seed=st.integers(0, 10**6))
def test_numbers_keep_to_their_bounds(least: int, span: int, seed: int) -> None:
    question = asked(kind=Kind.INTEGER, hints=Hints(least=least, most=least + span))

    answer = first(Tendencies(PLAN), seed, question, {})

    assert least <= int(str(answer)) <= least + span


def test_numbers_without_bounds_are_small_and_not_negative() -> None:
    numbers = [int(str(answer)) for answer in firsts(PLAN, asked(kind=Kind.INTEGER)).elements()]

    assert min(numbers) >= 0
    assert sorted(numbers)[MANY // 2] < 20


def test_the_plan_can_say_the_usual_range_of_a_number() -> None:
    drawn = firsts(replace(PLAN, numbers={"q": (50, 52)}), asked(kind=Kind.INTEGER))

    assert set(drawn) <= {"50", "51", "52"}


def test_texts_come_from_the_pool_and_are_cut_to_the_length_of_the_form() -> None:
    plan = replace(PLAN, text_answers=("abcdef", "xy"))

    assert set(firsts(plan, asked(kind=Kind.TEXT, hints=Hints(most_letters=3)))) == {"abc", "xy"}


def test_dates_lie_before_the_day_of_the_interview() -> None:
    drawn = firsts(PLAN, asked(kind=Kind.DATE))

    assert all("2020-01-01" < str(answer) <= "2026-03-04" for answer in drawn)


@pytest.mark.parametrize("kind", list(Kind))
def test_every_kind_of_question_has_an_answer(kind: Kind) -> None:
    assert first(Tendencies(PLAN), 1, asked(kind=kind, choices="a b"), {})


# ---- attempts --------------------------------------------------------------------------------------------------------


def test_a_forced_answer_is_the_only_attempt() -> None:
    chooser = Chooser(Tendencies(PLAN.with_forced(q="a b")), "1")

    assert list(chooser.attempts(asked(kind=Kind.SELECT_MULTIPLE, choices="a b c"))) == [("a", "b")]


def test_an_empty_forced_answer_leaves_the_question_empty() -> None:
    assert list(Chooser(Tendencies(PLAN.with_forced(q="")), "1").attempts(asked(choices="a"))) == [None]


def test_every_offered_code_is_tried_before_giving_up() -> None:
    attempts = Chooser(Tendencies(replace(PLAN, tries=1)), "1").attempts(asked(choices="a b c d e f"))

    assert set(attempts) == set("abcdef")


def test_the_limits_of_a_number_are_tried_before_giving_up() -> None:
    question = asked(kind=Kind.INTEGER, hints=Hints(least=0, most=10_000, literals=("777",)))

    assert set(Chooser(Tendencies(PLAN), "1").attempts(question)) >= {"0", "10000", "777"}


def test_optional_questions_are_skipped_at_the_rate_of_the_plan() -> None:
    question = replace(asked(choices="a b"), required=False)

    drawn = firsts(replace(PLAN, skip=0.3), question)

    assert 80 < drawn[None] < 160


@given(seed=st.text(max_size=8))
def test_the_same_seed_makes_the_same_attempts(seed: str) -> None:
    question = asked(kind=Kind.SELECT_MULTIPLE, choices="a b c d")

    once, again = (list(islice(Chooser(Tendencies(PLAN), seed).attempts(question), 9)) for _ in range(2))

    assert once == again


# ---- the plan itself -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("answers", "ending"),
    [
        ({"saf_card": "no"}, Ending.STOPPED),
        ({"saf_card": "yes", "con_understood": "no"}, Ending.NOT_UNDERSTOOD),
        ({"con_understood": "yes", "con_given": "no"}, Ending.REFUSED),
        ({"con_given": "yes"}, Ending.COMPLETE),
        ({}, Ending.COMPLETE),
    ],
)
def test_the_ending_is_told_from_the_gates(answers: dict[str, str], ending: Ending) -> None:
    assert ending_of(answers) is ending


@pytest.mark.parametrize(
    ("wrong", "words"),
    [
        ({"rates": {"dk": 1.0}}, "rate of dk"),
        ({"weights": {"con_given": {"yes": 0.0}}}, "weights of con_given"),
        ({"weights": {"con_given": {"yes": -1.0, "no": 2.0}}}, "weights of con_given"),
        ({"skip": 1.0}, "skip"),
        ({"tries": 0}, "tries"),
        ({"repeats": (3, 1)}, "repeats"),
    ],
)
def test_a_plan_that_makes_no_sense_is_refused_by_name(wrong: dict[str, Any], words: str) -> None:
    with pytest.raises(ValueError, match=words):
        Plan(today=date(2026, 3, 4), **wrong)


def test_a_plan_travels_as_json() -> None:
    plan = PLAN.with_forced(con_given="no").with_weights({"q": {"a": 1.0}})

    assert msgspec.json.decode(msgspec.json.encode(plan), type=Plan) == plan


def test_new_weights_stand_before_patterns_and_keep_the_others() -> None:
    plan = PLAN.with_weights({"saf_card": {"yes": 1.0}})

    assert matching(plan.weights, "saf_card") == {"yes": 1.0}
    assert matching(plan.weights, "saf_adult") == PLAN.weights["saf_*"]


def test_exploring_draws_flat_and_takes_changes() -> None:
    plan = exploring_plan(date(2026, 3, 4), skip=0.5)

    assert (plan.spread, plan.skip, plan.rates) == (0.0, 0.5, {})


def test_leanings_are_standard_normal() -> None:
    numbers = [leaning("area", str(n)) for n in range(4000)]

    mean = sum(numbers) / 4000
    assert abs(mean) < 0.06
    assert 0.94 < sum((number - mean) ** 2 for number in numbers) / 4000 < 1.06

"""What is generated is what a phone could send: the engine reads it again, and finds nothing to change or to refuse."""

from collections import Counter
from collections.abc import Iterator, Mapping
from contextlib import ExitStack
from datetime import date
from itertools import product

import pytest
from engine_forms import YES_NO, needs_engine, xform

from forms.engine import Engine, Filled, OpenForm, Plan, Templates
from forms.engine.recording import Extent, record_pools
from forms.engine.records import Ending
from forms.generate import Checked, GenerateError, Generator, Order, Plant, Submission, check_sample, read_weights

pytestmark = needs_engine

TODAY = date(2026, 3, 4)
PLAN = Plan(today=TODAY, salt="test")
CSV = {
    "adm2.csv": b"name,label,parent\n"
    + b"".join(f"A{one}{two},District,A{one}\n".encode() for one, two in product(range(3), range(4)))
}

MANY_RULES = xform(
    """
| survey | | | | | | | |
| | type | name | label | relevant | constraint | choice_filter | required |
| | today | ctx_date | | | | | |
| | select_one adm1 | region | Region | | | | yes |
| | select_one_from_file adm2.csv | district | District | | | parent = ${region} | yes |
| | select_one yn | asked | Asked | | | | yes |
| | integer | people | People | ${asked} = 'yes' | . >= 1 and . <= 40 | | yes |
| | integer | women | Women | ${people} > 2 | . >= 0 and . <= ${people} | | yes |
| | decimal | rate | Rate | | . > 0 and . < 500000 | | |
| | select_multiple why | reasons | Reasons | | not(selected(., 'none') and count-selected(.) > 1) | | yes |
| | text | code | Code | | regex(., '^[A-Z]{2}[0-9]{3}$') | | |
| | begin_repeat | person | Person | | | | |
| | integer | age | Age | | . >= 0 and . < 120 | | yes |
| | select_one yn | school | School | ${age} < 18 | | | yes |
| | end_repeat | | | | | | |
"""
    + YES_NO
    + """
| | adm1 | A0 | Zero |
| | adm1 | A1 | One |
| | adm1 | A2 | Two |
| | why | none | None |
| | why | work | Work |
| | why | school | School |
| | why | family | Family |
"""
)
DATED = xform(
    """
| survey | | | | |
| | type | name | label | constraint |
| | today | day | | |
| | date | since | Since | . <= ${day} |
| | integer | n | N | |
"""
)
SOON = xform(
    """
| survey | | | | | |
| | type | name | label | constraint | calculation |
| | date | visit | Visit | . >= today() - 3000 and . <= today() | |
| | calculate | noted | | | once(format-date(today(), '%Y-%m-%d')) |
| | integer | n | N | | |
"""
)
BATTERY = xform(
    """
| survey | | | | |
| | type | name | label | required |
| | today | ctx_date | | |
| | select_one often | q1 | One | yes |
| | select_one often | q2 | Two | yes |
| | select_one often | q3 | Three | yes |
| | select_one often | q4 | Four | yes |
| | select_one often | q5 | Five | yes |
| | integer | n | N | |
| choices | | | |
| | list_name | name | label |
| | often | never | Never |
| | often | rarely | Rarely |
| | often | always | Always |
"""
)
FORMS = {"many rules": (MANY_RULES, CSV), "dates": (DATED, {}), "clock": (SOON, {}), "battery": (BATTERY, {})}


@pytest.fixture(scope="module")
def engine() -> Iterator[Engine]:
    with Engine(seconds=60) as running:
        yield running


def generated(form: OpenForm, order: Order, plan: Plan = PLAN, templates: int = 25) -> list[Submission]:
    made = record_pools([form], plan, Extent(templates, pool=8, days_back=order.days_back), lambda _done: None)
    return list(Generator(Templates.of(made), plan, order).all())


def answers(one: Submission) -> dict[str, str]:
    found = Filled("", one.xml, Ending.COMPLETE, True, (), (), {}, ()).answers
    return {path.removeprefix("/data/"): text for path, text in found.items()}


@pytest.mark.parametrize(("form", "media"), FORMS.values(), ids=FORMS.keys())
def test_the_engine_takes_every_varied_submission_as_it_stands(
    engine: Engine, form: bytes, media: Mapping[str, bytes]
) -> None:
    opened = engine.open_form(form, media)
    found = generated(opened, Order(submissions=120, days_back=20))

    assert check_sample(opened, found) == Checked(120, 120, ())
    # A recording alone has 25 different sets of answers.
    assert len({tuple(sorted(answers(one).items())) for one in found}) == 120
    assert len({one.instance_id for one in found}) == 120


def test_answers_that_others_read_stay_with_what_was_asked_because_of_them(engine: Engine) -> None:
    found = [answers(one) for one in generated(engine.open_form(MANY_RULES, CSV), Order(submissions=200))]

    assert all(one["district"].startswith(one["region"]) for one in found)
    assert all(("people" in one) == (one["asked"] == "yes") for one in found)
    assert all(int(one["women"]) <= int(one["people"]) for one in found if "women" in one)
    assert all(one["reasons"] == "none" or "none" not in one["reasons"] for one in found)
    assert len({one["district"] for one in found}) > 6


BROKEN = {
    "another region": (b"<region>A0</region>", b"<region>A2</region>"),
    "a number out of range": (b"<people>", b"<people>9"),
    "an answer that nobody asked for": (b"<asked>yes</asked>", b"<asked>no</asked>"),
}


@pytest.mark.parametrize(("before", "after"), BROKEN.values(), ids=BROKEN.keys())
def test_the_engine_refuses_what_no_phone_could_send(engine: Engine, before: bytes, after: bytes) -> None:
    form = engine.open_form(MANY_RULES, CSV)
    plan = PLAN.with_forced(asked="yes", region="A0", people="33")
    xml = form.fill(1, plan).xml

    assert form.judge([xml], TODAY)[0].problems == ()
    assert xml.count(before) == 1
    assert form.judge([xml.replace(before, after)], TODAY)[0].problems


def test_a_form_whose_rules_know_the_day_keeps_the_day_of_the_engine(engine: Engine) -> None:
    form = engine.open_form(DATED, {})
    found = generated(form, Order(submissions=60, days_back=9))

    assert all(answers(one)["since"] <= answers(one)["day"] for one in found if "since" in answers(one))
    assert len({one.day for one in found}) > 5
    with pytest.raises(GenerateError, match="today_1970: it keeps no day"):
        generated(form, Order(submissions=1, plants={Plant.TODAY_1970: 0.5}))


def test_planted_errors_are_taken_by_the_engine_too(engine: Engine) -> None:
    form = engine.open_form(BATTERY, {})
    kinds = [kind for kind in Plant if kind is not Plant.TOO_FAST]
    found = generated(form, Order(submissions=150, plants=dict.fromkeys(kinds, 0.1)))

    assert {one.plant for one in found} == {None, *kinds}
    assert check_sample(form, found) == Checked(150, 150, ())


def test_the_same_seed_gives_the_same_bytes_with_one_engine_or_two(engine: Engine) -> None:
    order = Order(submissions=40, seed=8, plants={Plant.SAME_ID: 0.2})
    with ExitStack() as stack:
        forms = [stack.enter_context(Engine(seconds=60)).open_form(BATTERY, {}) for _ in range(2)]
        made = record_pools(forms, PLAN, Extent(12, pool=8, days_back=30), lambda _done: None)
        by_two = [one.xml for one in Generator(Templates.of(made), PLAN, order).all()]

    by_one = [one.xml for one in generated(engine.open_form(BATTERY, {}), order, templates=12)]

    assert by_one == by_two


def test_weights_hold_everywhere_or_where_the_file_says(engine: Engine) -> None:
    told = read_weights(
        b"weights: {q1: {always: 1}}\n"
        b"where:\n- when: {q2: never}\n  weights: {q3: {rarely: 1}}\n"
        b"numbers: {n: [7, 9]}\nareas: []\nteams: []\nempty: 0\n",
        "weights.yaml",
    )

    found = [
        answers(one)
        for one in generated(engine.open_form(BATTERY, {}), Order(submissions=150), told.plan(TODAY, "w"), 60)
    ]

    assert {one["q1"] for one in found} == {"always"}
    assert {one["q3"] for one in found if one["q2"] == "never"} == {"rarely"}
    assert len(Counter(one["q3"] for one in found if one["q2"] != "never")) == 3
    assert {one["n"] for one in found} <= {"7", "8", "9"}

"""What JavaRosa makes of a form decides what a filled form holds: relevance, constraints, cascades, repeats, clocks."""

import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from uuid import UUID

import pytest
from engine_forms import YES_NO, needs_engine, xform

from forms.engine import Ending, Engine, Filled, FormRefusedError, Kind, Plan, ProblemKind
from forms.engine.tendencies import seed_number

pytestmark = needs_engine

PLAN = Plan(today=date(2026, 3, 4))
ALL = replace(PLAN, skip=0.0)
SEEDS = range(40)


@pytest.fixture(scope="module")
def engine() -> Iterator[Engine]:
    with Engine(seconds=60) as running:
        yield running


def values(fills: tuple[Filled, ...], name: str) -> Counter[str]:
    """How often each answer occurs; questions left empty or not asked do not count."""
    return Counter(text for one in fills for path, text in one.answers.items() if path.endswith(f"/{name}"))


RELEVANCE = xform(
    """
| survey | | | | |
| | type | name | label | relevant |
| | select_one yn | con_given | Consent | |
| | begin_group | main | Main | ${con_given}='yes' |
| | text | place | Place | |
| | integer | households | Households | |
| | end_group | | | |
| | text | reason | Reason | ${con_given}='no' |
"""
    + YES_NO
)


def test_a_question_whose_group_is_not_relevant_is_neither_asked_nor_in_the_xml(engine: Engine) -> None:
    form = engine.open_form(RELEVANCE, {})

    filled = form.fill(1, ALL.with_forced(con_given="no"))

    assert filled.asked == ("/data/con_given", "/data/reason")
    assert b"<main" not in filled.xml
    assert filled.valid


def test_a_relevant_group_is_asked_and_answered(engine: Engine) -> None:
    form = engine.open_form(RELEVANCE, {})

    filled = form.fill(1, ALL.with_forced(con_given="yes"))

    assert filled.asked == ("/data/con_given", "/data/main/place", "/data/main/households")
    assert set(filled.answers) >= {"/data/main/place", "/data/main/households", "/data/meta/instanceID"}
    assert b"<reason" not in filled.xml


def test_the_form_tells_its_name_version_and_questions(engine: Engine) -> None:
    table = xform(
        """
| survey | | | | |
| | type | name | label::English (en) | label::Français (fr) | appearance |
| | today | ctx_date | | | |
| | select_one yn | safe | Safe? | Sûr ? | minimal |
| | note | words | Read this | Lisez ceci | |
| | decimal | share | Share | Part | |
| settings | | | |
| | form_id | version | form_title |
| | ki | 7 | Key informants |
| choices | | | | |
| | list_name | name | label::English (en) | label::Français (fr) |
| | yn | yes | Yes | Oui |
"""
    )

    info = engine.open_form(table, {}).info

    assert (info.form_id, info.version, info.title) == ("ki", "7", "Key informants")
    assert set(info.languages) == {"English (en)", "Français (fr)"}
    assert info.days == ("ctx_date",)
    assert [(q.name, q.kind) for q in info.questions] == [
        ("safe", Kind.SELECT_ONE),
        ("words", Kind.NOTE),
        ("share", Kind.DECIMAL),
    ]
    assert info.questions[0].appearance == "minimal"
    assert info.questions[0].label == "Safe?"


TWO_LANGUAGES = xform(
    """
| survey | | | | | |
| | type | name | label::English (en) | label::Français (fr) | calculation |
| | select_one yn | safe | Safe? | Sûr ? | |
| | calculate | word | | | jr:choice-name(${safe}, '${safe}') |
| choices | | | | |
| | list_name | name | label::English (en) | label::Français (fr) |
| | yn | yes | Yes | Oui |
| settings | | |
| | default_language |
| | English (en) |
"""
)


def test_a_form_is_filled_in_the_language_of_the_plan_and_the_next_in_its_own_again(engine: Engine) -> None:
    form = engine.open_form(TWO_LANGUAGES, {})

    french = form.fill(1, replace(ALL, language="Français (fr)"))
    own = form.fill(1, ALL)

    assert french.answers["/data/word"] == "Oui"
    assert own.answers["/data/word"] == "Yes"


def test_a_language_that_the_form_does_not_have_is_refused_with_those_it_has(engine: Engine) -> None:
    form = engine.open_form(TWO_LANGUAGES, {})

    with pytest.raises(FormRefusedError, match=r"no language Klingon.*Français"):
        form.fill(1, replace(ALL, language="Klingon"))


CONSTRAINTS = xform(
    """
| survey | | | | |
| | type | name | label | constraint | required |
| | integer | rooms | Rooms | . >= 1 and . <= 9 | yes |
| | integer | even | Even | . mod 2 = 0 and . > 900 | yes |
| | text | code | Code | regex(., '^[A-Z]{2}-[0-9]{3}$') | yes |
| | date | day | Day | . <= today() | yes |
| | select_one yn | agree | Agree | . = 'yes' | yes |
"""
    + YES_NO
)


def test_answers_keep_to_constraints_after_as_many_tries_as_it_takes(engine: Engine) -> None:
    fills = engine.open_form(CONSTRAINTS, {}).fill_many(SEEDS, PLAN)

    assert all(one.valid and not one.problems for one in fills)
    assert all(1 <= int(text) <= 9 for text in values(fills, "rooms"))
    assert all(int(text) > 900 and int(text) % 2 == 0 for text in values(fills, "even"))
    assert all(re.fullmatch("[A-Z]{2}-[0-9]{3}", text) for text in values(fills, "code"))
    assert values(fills, "agree") == {"yes": 40}


def test_every_answer_that_the_engine_refuses_is_counted(engine: Engine) -> None:
    fills = engine.open_form(CONSTRAINTS, {}).fill_many(SEEDS, PLAN)

    assert sum(one.rejected.get("/data/agree", 0) for one in fills) > 0
    assert not any("/data/rooms" in one.rejected for one in fills)


def test_an_answer_that_was_refused_is_not_tried_again(engine: Engine) -> None:
    table = "| survey | | | | |\n| | type | name | label | constraint |\n| | select_one yn | q | Q | . = 'maybe' |\n"

    filled = engine.open_form(xform(table + YES_NO), {}).fill(1, ALL)

    assert filled.rejected == {"/data/q": 2}


def test_a_constraint_that_nothing_fits_is_reported_with_its_question(engine: Engine) -> None:
    table = "| survey | | | | |\n| | type | name | label | constraint |\n| | integer | odd | Odd | . > 5 and . < 5 |\n"

    filled = engine.open_form(xform(table), {}).fill(1, ALL)

    assert [(problem.kind, problem.path) for problem in filled.problems] == [(ProblemKind.UNSATISFIED, "/data/odd")]
    assert filled.rejected["/data/odd"] > 10


REQUIRED = xform(
    """
| survey | | | | |
| | type | name | label | required |
| | integer | must | Must | yes |
| | integer | may | May | |
"""
)


def test_required_questions_are_always_answered_and_optional_ones_sometimes_skipped(engine: Engine) -> None:
    fills = engine.open_form(REQUIRED, {}).fill_many(SEEDS, replace(PLAN, skip=0.5))

    assert values(fills, "must").total() == 40
    assert 5 < values(fills, "may").total() < 35
    assert all(one.valid for one in fills)


def test_a_required_question_left_empty_by_force_makes_the_form_invalid(engine: Engine) -> None:
    filled = engine.open_form(REQUIRED, {}).fill(1, PLAN.with_forced(must=""))

    assert not filled.valid
    assert [(problem.kind, problem.path) for problem in filled.problems] == [(ProblemKind.INVALID, "/data/must")]


def test_a_forced_answer_that_is_not_offered_is_reported_without_the_answer(engine: Engine) -> None:
    filled = engine.open_form(RELEVANCE, {}).fill(1, PLAN.with_forced(con_given="canary7"))

    assert [problem.kind for problem in filled.problems] == [ProblemKind.FORCED_REFUSED]
    assert "canary7" not in repr(filled)


def test_an_inner_cascade_offers_only_the_children_of_the_parent(engine: Engine) -> None:
    table = """
| survey | | | | | |
| | type | name | label | required | choice_filter |
| | select_one adm1 | ctx_adm1 | Region | yes | |
| | select_one adm2 | ctx_adm2 | District | yes | adm1=${ctx_adm1} |
| choices | | | | |
| | list_name | name | label | adm1 |
| | adm1 | A | A | |
| | adm1 | B | B | |
| | adm2 | A1 | A1 | A |
| | adm2 | A2 | A2 | A |
| | adm2 | B1 | B1 | B |
"""

    fills = engine.open_form(xform(table), {}).fill_many(SEEDS, PLAN)

    assert all(one.answers["/data/ctx_adm2"][0] == one.answers["/data/ctx_adm1"] for one in fills)
    assert set(values(fills, "ctx_adm2")) == {"A1", "A2", "B1"}


CASCADE = xform(
    """
| survey | | | | | | |
| | type | name | label | required | choice_filter | parameters |
| | select_one adm1 | ctx_adm1 | Region | yes | | |
| | select_one_from_file adm2.csv | ctx_adm2 | District | yes | adm1=${ctx_adm1} | value=pcode label=name |
| choices | | | |
| | list_name | name | label |
| | adm1 | ZZ01 | One |
| | adm1 | ZZ02 | Two |
"""
)
ADM2 = "pcode,name,adm1\nZZ0101,حلب · Halab,ZZ01\nZZ0102,Idlib,ZZ01\nZZ0201,Homs,ZZ02\nZZ02-NIL,Not in the list,ZZ02\n"


def test_a_cascade_from_a_csv_gives_codes_of_the_chosen_parent(engine: Engine) -> None:
    fills = engine.open_form(CASCADE, {"adm2.csv": ADM2.encode()}).fill_many(SEEDS, PLAN)

    assert all(one.answers["/data/ctx_adm2"].startswith(one.answers["/data/ctx_adm1"]) for one in fills)
    assert set(values(fills, "ctx_adm2")) >= {"ZZ0101", "ZZ0102", "ZZ0201"}


def test_a_filter_on_a_column_that_is_not_there_shows_as_an_empty_list(engine: Engine) -> None:
    filled = engine.open_form(CASCADE, {"adm2.csv": ADM2.replace("adm1", "parent").encode()}).fill(1, PLAN)

    assert (ProblemKind.EMPTY_LIST, "/data/ctx_adm2") in [(problem.kind, problem.path) for problem in filled.problems]
    assert not filled.valid


def test_a_media_file_that_was_not_given_is_named(engine: Engine) -> None:
    with pytest.raises(FormRefusedError, match=r"adm2\.csv"):
        engine.open_form(CASCADE, {})


def test_new_media_replace_the_old_ones(engine: Engine) -> None:
    engine.open_form(CASCADE, {"adm2.csv": ADM2.encode()})

    other = engine.open_form(CASCADE, {"adm2.csv": b"pcode,name,adm1\nN1,New,ZZ01\nN2,New,ZZ02\n"})

    assert other.fill(1, PLAN).answers["/data/ctx_adm2"] in {"N1", "N2"}


def test_pulldata_reads_the_media_files(engine: Engine) -> None:
    table = """
| survey | | | | |
| | type | name | label | calculation |
| | select_one adm1 | area | Area | |
| | calculate | people | | pulldata('pop','people','pcode',${area}) |
| choices | | | |
| | list_name | name | label |
| | adm1 | ZZ01 | One |
"""

    form = engine.open_form(xform(table), {"pop.csv": b"pcode,people\nZZ01,1200\n"})

    assert form.fill(1, ALL).answers["/data/people"] == "1200"


SEVERAL = xform(
    """
| survey | | | | | |
| | type | name | label | required | constraint |
| | select_multiple n | needs | N | yes | not((selected(.,'none') or selected(.,'dk')) and count-selected(.) > 1) |
| | select_multiple n | top | T | yes | count-selected(.) <= 2 and not(selected(.,'dk') and count-selected(.) > 1) |
| choices | | | |
| | list_name | name | label |
| | n | water | Water |
| | n | food | Food |
| | n | shelter | Shelter |
| | n | work | Work |
| | n | none | None |
| | n | dk | Do not know |
"""
)


def test_exclusive_codes_stand_alone_and_the_limit_of_picks_is_kept(engine: Engine) -> None:
    fills = engine.open_form(SEVERAL, {}).fill_many(range(80), PLAN)

    needs = [set(text.split()) for text in values(fills, "needs").elements()]
    assert all(len(codes) == 1 for codes in needs if codes & {"none", "dk"})
    assert {len(codes) for codes in needs} >= {1, 2, 3}
    assert {len(text.split()) for text in values(fills, "top")} == {1, 2}
    assert any(codes == {"none"} for codes in needs)


def test_the_engine_itself_refuses_an_exclusive_code_beside_another(engine: Engine) -> None:
    filled = engine.open_form(SEVERAL, {}).fill(1, PLAN.with_forced(needs="water none"))

    assert filled.rejected == {"/data/needs": 1}


STANDARD = xform(
    """
| survey | | | | | | | |
| | type | name | label | required | relevant | calculation | trigger |
| | today | ctx_date | | | | | |
| | calculate | t0 | | | ${q_minutes}='' | once(decimal-date-time(now())) | |
| | select_one enum | ctx_enum | Code | yes | | | |
| | select_one yn | saf_private | Private | yes | | | |
| | note | saf_stop | Stop | | ${saf_private}='no' | | |
| | select_one yn | con_understood | Understood | yes | ${saf_private}='yes' | | |
| | select_one yn | con_given | Agrees | yes | ${con_understood}='yes' | | |
| | begin_group | main | Main | | ${con_given}='yes' | | |
| | integer | sites | Sites | | | | |
| | select_one yn | seen | Seen | | | | |
| | end_group | | | | | | |
| | select_one yn | clo_enum_safe | Did you feel safe? | yes | | | |
| | select_one yn | clo_debrief | Talk? | | | | |
| | calculate | clo_code | | | ${con_given}='yes' | CODE | |
| | note | clo_code_note | Code ${clo_code} | | ${con_given}='yes' | | |
| | calculate | q_minutes | | | | once(round((decimal-date-time(now()) - ${t0}) * 1440)) | ${clo_enum_safe} |
| choices | | | |
| | list_name | name | label |
| | yn | yes | Yes |
| | yn | no | No |
| | enum | E1 | E1 |
| | enum | E2 | E2 |
""".replace("CODE", "once(substr(digest(concat(random(), now()),'SHA-256','hex'),0,8))")
)

PATHS = [
    ({"saf_private": "yes", "con_understood": "yes", "con_given": "yes"}, Ending.COMPLETE),
    ({"saf_private": "yes", "con_understood": "yes", "con_given": "no"}, Ending.REFUSED),
    ({"saf_private": "yes", "con_understood": "no"}, Ending.NOT_UNDERSTOOD),
    ({"saf_private": "no"}, Ending.STOPPED),
]


@pytest.mark.parametrize("skip", [0.0, 0.999], ids=["answered", "optional-skipped"])
@pytest.mark.parametrize(("answers", "ending"), PATHS, ids=[ending for _, ending in PATHS])
def test_every_path_leaves_the_minutes_and_no_trace_of_the_start(
    engine: Engine, answers: dict[str, str], ending: Ending, skip: float
) -> None:
    form = engine.open_form(STANDARD, {})

    filled = form.fill(3, replace(PLAN, skip=skip).with_forced(**answers))

    assert filled.ending is ending
    assert filled.valid
    assert b"t0" not in filled.xml
    assert 0 < int(filled.answers["/data/q_minutes"]) < 60


def test_the_code_is_eight_hex_digits_of_the_seed_and_only_there_with_consent(engine: Engine) -> None:
    form = engine.open_form(STANDARD, {})
    full = PLAN.with_forced(**PATHS[0][0])

    first, second = form.fill_many([1, 2], full)

    assert re.fullmatch("[0-9a-f]{8}", first.answers["/data/clo_code"])
    assert first.answers["/data/clo_code"] != second.answers["/data/clo_code"]
    assert b"<clo_code" not in form.fill(1, PLAN.with_forced(**PATHS[1][0])).xml


def test_the_day_is_the_plans_and_the_id_a_uuid_of_the_seed(engine: Engine) -> None:
    form = engine.open_form(STANDARD, {})

    fills = form.fill_many(SEEDS, replace(PLAN, today=date(2031, 12, 30)))

    assert values(fills, "ctx_date") == {"2031-12-30": 40}
    assert len({one.instance_id for one in fills}) == 40
    assert all(re.fullmatch(r"uuid:[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab].*", one.instance_id) for one in fills)


def test_the_id_has_more_randomness_than_the_engines_own(engine: Engine) -> None:
    filled = engine.open_form(STANDARD, {}).fill(5, PLAN)

    number = seed_number("instance", "data", "", "", PLAN.today, "5", bits=128)
    assert filled.instance_id == f"uuid:{UUID(int=number, version=4)}"


def test_the_same_seed_gives_the_same_bytes_in_any_order_and_in_another_process(engine: Engine) -> None:
    here = engine.open_form(STANDARD, {}).fill_many([1, 2, 3], PLAN)

    with Engine() as other:
        there = other.open_form(STANDARD, {}).fill_many([3, 2, 1], PLAN)

    assert here == tuple(reversed(there))
    assert len({one.xml for one in here}) == 3


def test_another_salt_is_another_survey(engine: Engine) -> None:
    form = engine.open_form(STANDARD, {})

    assert form.fill(1, PLAN).instance_id != form.fill(1, replace(PLAN, salt="b")).instance_id


def test_named_leaves_are_rewritten_where_they_are_and_nowhere_else(engine: Engine) -> None:
    form = engine.open_form(STANDARD, {})
    plan = replace(PLAN, rewrite={"clo_code": "00c0ffee"})

    full = form.fill(1, plan.with_forced(**PATHS[0][0]))
    refused = form.fill(1, plan.with_forced(**PATHS[1][0]))

    assert full.answers["/data/clo_code"] == "00c0ffee"
    assert b"00c0ffee" not in refused.xml


def test_refusals_and_stops_come_at_their_rates(engine: Engine) -> None:
    fills = engine.open_form(STANDARD, {}).fill_many(range(600), PLAN)

    endings = Counter(one.ending for one in fills)
    assert 18 <= endings[Ending.REFUSED] <= 60
    assert 3 <= endings[Ending.NOT_UNDERSTOOD] <= 25
    assert endings[Ending.COMPLETE] > 500
    assert all(one.valid for one in fills)


REPEATS = xform(
    """
| survey | | | | | |
| | type | name | label | repeat_count | required |
| | begin_repeat | visit | Visit | | |
| | integer | people | People | | yes |
| | end_repeat | | | | |
| | integer | n | How many | | yes |
| | begin_repeat | item | Item | ${n} | |
| | text | word | Word | | yes |
| | end_repeat | | | | |
"""
)


def test_repeats_have_as_many_turns_as_the_plan_allows(engine: Engine) -> None:
    fills = engine.open_form(REPEATS, {}).fill_many(SEEDS, replace(PLAN, repeats=(2, 3), numbers={"n": (1, 3)}))

    turns = {one.xml.count(b"<people>") for one in fills}
    assert turns == {2, 3}
    assert "/data/visit[2]/people" in fills[0].answers


def test_a_counted_repeat_has_the_turns_that_its_count_says(engine: Engine) -> None:
    fills = engine.open_form(REPEATS, {}).fill_many(SEEDS, replace(PLAN, numbers={"n": (1, 3)}))

    assert all(one.xml.count(b"<word>") == int(one.answers["/data/n"]) for one in fills)
    assert all(one.valid for one in fills)
    assert len(values(fills, "n")) > 2


def test_a_question_made_relevant_by_a_later_answer_is_answered_in_a_second_round(engine: Engine) -> None:
    table = """
| survey | | | | |
| | type | name | label | relevant | required |
| | integer | before | Before | ${after}='yes' | yes |
| | select_one yn | after | After | | yes |
"""

    filled = engine.open_form(xform(table + YES_NO), {}).fill(1, PLAN.with_forced(after="yes"))

    assert filled.asked == ("/data/after", "/data/before")
    assert filled.valid


def test_a_text_that_is_compared_with_a_constant_is_reached(engine: Engine) -> None:
    table = """
| survey | | | | |
| | type | name | label | relevant | required |
| | text | word | Word | | yes |
| | integer | age | Age | | yes |
| | note | open | Open | ${word}='sesame' and ${age} > 618 | |
"""

    fills = engine.open_form(xform(table), {}).fill_many(SEEDS, replace(PLAN, mined=0.9))

    assert any("/data/open" in one.shown for one in fills)


def test_text_comes_from_the_pool_and_survives_every_script_and_sign(engine: Engine) -> None:
    pool = ("Amal خديجة", "a<b & c>\"d\" 'e'", "line one")
    table = "| survey | | | |\n| | type | name | label |\n| | text | note1 | Note |\n"

    fills = engine.open_form(xform(table), {}).fill_many(SEEDS, replace(ALL, text_answers=pool))

    assert set(values(fills, "note1")) == set(pool)


def test_the_phones_properties_come_from_the_plan(engine: Engine) -> None:
    table = """
| survey | | | |
| | type | name | label |
| | deviceid | deviceid | |
| | username | username | |
| | start | start | |
| | end | end | |
| | integer | n | N |
"""
    plan = replace(ALL, properties={"deviceid": "collect:canary", "username": "سارة"})

    answers = engine.open_form(xform(table), {}).fill(1, plan).answers

    assert (answers["/data/deviceid"], answers["/data/username"]) == ("collect:canary", "سارة")
    assert answers["/data/start"].startswith("2026-03-04T")
    assert answers["/data/end"] > answers["/data/start"]


def test_all_kinds_of_questions_are_filled(engine: Engine) -> None:
    table = """
| survey | | | | | |
| | type | name | label | required | parameters |
| | decimal | decimal1 | D | yes | |
| | date | date1 | D | yes | |
| | time | time1 | T | yes | |
| | dateTime | when1 | W | yes | |
| | geopoint | point1 | P | yes | |
| | geotrace | trace1 | P | yes | |
| | geoshape | shape1 | P | yes | |
| | range | range1 | R | yes | start=2 end=10 step=2 |
| | rank yn | rank1 | R | yes | |
| | acknowledge | ok1 | OK | yes | |
| | image | photo1 | P | yes | |
| | barcode | bar1 | B | yes | |
| | start-geopoint | where | | | |
"""

    filled = engine.open_form(xform(table + YES_NO), {}).fill(1, PLAN)

    assert filled.problems == ()
    assert filled.valid
    assert len(filled.asked) == 12
    assert filled.answers["/data/range1"] in {"2", "4", "6", "8", "10"}
    assert set(filled.answers["/data/rank1"].split()) == {"yes", "no"}


def test_areas_differ_and_the_weights_of_the_plan_are_kept(engine: Engine) -> None:
    table = """
| survey | | | | |
| | type | name | label | required |
| | select_one adm1 | ctx_adm1 | Region | yes |
| | select_one freq | seen | Seen | yes |
| | select_one freq | sure | Sure | yes |
| choices | | | |
| | list_name | name | label |
| | adm1 | A | A |
| | adm1 | B | B |
| | freq | never | Never |
| | freq | often | Often |
| | freq | dk | Do not know |
"""
    form = engine.open_form(xform(table), {})
    plan = replace(PLAN, area_spread=1.5).with_weights({"sure": {"often": 0.8, "never": 0.2}})

    in_a = form.fill_many(range(200), plan.with_forced(ctx_adm1="A"))
    in_b = form.fill_many(range(200), plan.with_forced(ctx_adm1="B"))

    assert abs(values(in_a, "seen")["never"] - values(in_b, "seen")["never"]) > 20
    assert 3 < values(in_a, "seen")["dk"] < 30
    assert set(values(in_a, "sure")) == {"often", "never"}
    assert 140 < values(in_a, "sure")["often"] < 180

"""Planted errors are where the list says, and nowhere else; and the files are the same for the same seed.

The templates here are written by hand: what the engine makes of them is tested with the engine.
"""

import csv
import gzip
import json
from collections import Counter
from collections.abc import Mapping
from datetime import date
from pathlib import Path

import pytest

from forms.engine import Ending, Filled, Kind, Plan, Templates
from forms.engine.records import Pool
from forms.engine.templates import Recording, Template
from forms.generate import GenerateError, Generator, Order, Plant, Submission, WeightsError, read_weights
from forms.generate.write import truth_writer, writer

TODAY = date(2026, 3, 4)
PLAN = Plan(today=TODAY, salt="s")
CODES = ("none", "some", "many")
BATTERY = tuple(f"q{number}" for number in range(1, 6))
XML = (
    '<?xml version="1.0"?><data xmlns:orx="http://openrosa.org/xforms" id="f"><ctx_date>2026-01-01</ctx_date>'
    + "".join(f"<{name}>none</{name}>" for name in BATTERY)
    + "<n>7</n><note /><clo_code>0a1b2c3d</clo_code><q_minutes>20</q_minutes>"
    "<orx:meta><orx:instanceID>uuid:old</orx:instanceID></orx:meta></data>"
)
POOLS = {
    **{f"/data/{name}": Pool(Kind.SELECT_ONE, CODES, CODES) for name in BATTERY},
    "/data/n": Pool(Kind.INTEGER, ("5", "6", "7", "8"), (), ("999", "9999")),
    "/data/note": Pool(Kind.TEXT, ("", "a & b", "c")),
}


def templates(*, keeps_day: bool = False, pools: Mapping[str, Pool] = POOLS, xml: str = XML) -> Templates:
    made = (
        Template(xml, Ending.COMPLETE, ("/data/q1",), (), dict(pools)),
        Template(xml.replace("<q1>none</q1>", ""), Ending.REFUSED, (), (), {}),
    )
    return Templates.of(Recording("f", ("ctx_date",), ("clo_code",), made, keeps_day=keeps_day))


def submissions(order: Order, made: Templates | None = None) -> list[Submission]:
    return list(Generator(made or templates(), PLAN, order).all())


def answers(one: Submission) -> dict[str, str]:
    found = Filled("", one.xml, one.ending, True, (), (), {}, ()).answers
    return {path.removeprefix("/data/"): text for path, text in found.items()}


ALL = Order(submissions=2500, days_back=20, plants=dict.fromkeys(Plant, 0.05))


def test_every_error_is_planted_in_about_its_share() -> None:
    counted = Counter(one.plant for one in submissions(ALL))

    assert all(85 <= counted[plant] <= 170 for plant in Plant)


def _found(every: list[Submission]) -> dict[Plant, set[int]]:
    """What somebody finds who looks at the answers alone, in interviews that came to their end."""
    read = {one.number: answers(one) for one in every if one.ending is Ending.COMPLETE}
    ids: dict[str, int] = {}
    contents: dict[tuple[str, ...], int] = {}
    found: dict[Plant, set[int]] = {plant: set() for plant in Plant}
    for number, said in read.items():
        identity = said.pop("meta/instanceID")
        content = tuple(sorted(map(str, said.items())))
        if identity in ids:
            found[Plant.SAME_ID].add(number)
        elif content in contents:
            found[Plant.SAME_CONTENT].add(number)
        elif len({said[name] for name in BATTERY}) == 1:
            found[Plant.STRAIGHT_LINING].add(number)
        elif int(said["q_minutes"]) <= 2:
            found[Plant.TOO_FAST].add(number)
        elif int(said["n"]) > 100:
            found[Plant.OUTLIER].add(number)
        else:
            days = {"1970-01-01": Plant.TODAY_1970, "2026-03-05": Plant.TODAY_TOMORROW}
            plant = Plant.TODAY_LAST_YEAR if said["ctx_date"] < "2025-12" else None
            plant = days.get(said["ctx_date"], plant)
            found[plant].add(number) if plant else None
        ids[identity] = contents[content] = number
    return found


def test_the_errors_are_where_the_list_says_and_nowhere_else() -> None:
    every = submissions(ALL)

    listed = {plant: {one.number for one in every if one.plant is plant} for plant in Plant}

    assert _found(every) == listed


def test_a_copy_names_the_interview_that_it_repeats() -> None:
    every = submissions(ALL)
    whole = {one.instance_id: one for one in every if one.plant is None}

    for copy in (one for one in every if one.plant in {Plant.SAME_ID, Plant.SAME_CONTENT}):
        original = whole[copy.copied]
        assert copy.xml == original.xml.replace(copy.copied.encode(), copy.instance_id.encode())
        assert (copy.instance_id == copy.copied) is (copy.plant is Plant.SAME_ID)
        assert 0 < copy.number - original.number <= 200


def test_without_an_order_for_errors_none_is_there() -> None:
    every = submissions(Order(submissions=1500, days_back=20))

    assert all(found == set() for found in _found(every).values())


def test_the_same_seed_gives_the_same_bytes_and_another_seed_others() -> None:
    one, again, other = (
        [made.xml for made in submissions(Order(submissions=50, seed=seed, plants=ALL.plants))] for seed in (1, 1, 2)
    )

    assert one == again
    assert not {*one} & {*other}


def test_any_submission_can_be_made_without_those_before_it() -> None:
    generator = Generator(templates(), PLAN, ALL)

    assert [generator.submission(number) for number in (77, 3)] == [submissions(ALL)[77], submissions(ALL)[3]]


def test_answers_are_written_as_xml_and_blank_ones_as_an_empty_leaf() -> None:
    texts = [one.xml for one in submissions(Order(submissions=200)) if one.ending is Ending.COMPLETE]

    assert {answers_of.count(b"<note />") for answers_of in texts} == {0, 1}
    assert any(b"<note>a &amp; b</note>" in one for one in texts)


@pytest.mark.parametrize(
    ("plant", "made"),
    [
        (Plant.STRAIGHT_LINING, templates(pools={"/data/n": POOLS["/data/n"]})),
        (Plant.TOO_FAST, templates(xml=XML.replace("q_minutes", "length"))),
        (Plant.TODAY_1970, templates(keeps_day=True)),
        (Plant.TODAY_TOMORROW, templates(xml=XML.replace("ctx_date", "when"))),
    ],
    ids=["straight lining", "too fast", "day of the engine", "no day"],
)
def test_an_error_that_the_form_cannot_show_is_refused(plant: Plant, made: Templates) -> None:
    with pytest.raises(GenerateError, match=f"cannot show {plant.value}"):
        submissions(Order(submissions=1, plants={plant: 0.5}), made)


@pytest.mark.parametrize("shares", [{Plant.TOO_FAST: -0.1}, {Plant.TOO_FAST: 0.6, Plant.SAME_ID: 0.6}])
def test_shares_that_make_no_sense_are_refused(shares: dict[Plant, float]) -> None:
    with pytest.raises(GenerateError, match="shares"):
        Order(submissions=1, plants=shares)


@pytest.mark.parametrize("name", ["out", "out.ndjson", "out.ndjson.gz"])
def test_what_is_written_holds_every_submission_and_is_the_same_again(tmp_path: Path, name: str) -> None:
    every = submissions(Order(submissions=1003, plants=ALL.plants))
    for turn in ("first", "second"):
        (tmp_path / turn).mkdir()
        with writer(tmp_path / turn / name) as put:
            for one in every:
                put(one)

    first, second = ({file.name: file.read_bytes() for file in _files(tmp_path / turn)} for turn in ("first", "second"))
    assert first == second
    assert _read(first) == [one.xml for one in every]


def _files(folder: Path) -> list[Path]:
    return sorted(file for file in folder.rglob("*") if file.is_file())


def _read(files: dict[str, bytes]) -> list[bytes]:
    if len(files) > 1:
        return list(files.values())
    ((name, content),) = files.items()
    lines = (gzip.decompress(content) if name.endswith(".gz") else content).splitlines()
    return [json.loads(line)["xml"].encode() for line in lines]


def test_the_list_of_what_was_planted_names_files_ids_and_questions_and_no_answers(tmp_path: Path) -> None:
    every = submissions(Order(submissions=300, plants=ALL.plants))
    with truth_writer(tmp_path / "truth.csv") as put:
        for one in every:
            put(one)

    rows = list(csv.DictReader((tmp_path / "truth.csv").read_text(encoding="utf-8").splitlines()))

    assert [int(row["number"]) for row in rows] == [one.number for one in every if one.plant]
    assert {tuple(row) for row in rows} == {("number", "instance_id", "error", "questions", "copy_of")}
    straight = next(row for row in rows if row["error"] == "straight_lining")
    assert straight["questions"] == " ".join(BATTERY)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("weights: {q1: {none: much}}", "float"),
        ("wieghts: {}", "unknown field"),
        ("weights: {q1: {none: -1}}", "must not be negative"),
        ("rates: {dk: 2}", "rate of dk"),
        ("weights: [", "not readable as YAML"),
        ("repeats: [3, 1]", "least, most"),
    ],
)
def test_a_file_of_weights_that_cannot_be_used_is_refused_with_its_name(text: str, said: str) -> None:
    with pytest.raises(WeightsError, match=rf"weights\.yaml.*{said}"):
        read_weights(text.encode(), "weights.yaml")


def test_yes_and_no_are_codes_and_no_truth_values() -> None:
    assert read_weights(b"weights: {con_given: {yes: 0.5, no: 0.5}}", "w").codes == (
        ("con_given", "yes"),
        ("con_given", "no"),
    )

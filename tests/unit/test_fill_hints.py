"""What is mined from a form's logic, so that likely answers are tried before unlikely ones."""

import pytest

from forms.engine import FormRefusedError
from forms.engine.hints import Hints, day_names, media_names, mine, parse

FRAME = """<h:html xmlns="http://www.w3.org/2002/xforms" xmlns:h="http://www.w3.org/1999/xhtml"
 xmlns:jr="http://openrosa.org/javarosa"><h:head><h:title>T</h:title><model>
 <instance><data id="f" version="1"/></instance>{model}</model></h:head><h:body>{body}</h:body></h:html>"""


def form(model: str = "", body: str = "") -> bytes:
    return FRAME.format(model=model, body=body).encode()


def hints(constraint: str = "", kind: str = "int", others: str = "") -> Hints:
    escaped = constraint.replace("<", "&lt;").replace('"', "&quot;")
    model = f'<bind nodeset="/data/q" type="{kind}" constraint="{escaped}"/>{others}'
    return mine(parse(form(model)))["/data/q"]


@pytest.mark.parametrize(
    ("constraint", "kind", "bounds"),
    [
        (". >= 0 and . <= 120", "int", (0, 120)),
        (". > 0 and . < 10", "int", (1, 9)),
        (". > 0 and . < 10", "decimal", (0, 10)),
        (".>=-5", "int", (-5, None)),
        (". >= 1 and . <= 9 and . <= 7", "int", (1, 7)),
        (". < 5 or . > 10", "int", (None, None)),
        ("../age > 3", "int", (None, None)),
        ("string-length(.) <= 300", "string", (None, None)),
    ],
)
def test_bounds_come_from_comparisons_of_the_answer_itself(
    constraint: str, kind: str, bounds: tuple[float | None, float | None]
) -> None:
    found = hints(constraint, kind)

    assert (found.least, found.most) == bounds


def test_exclusive_codes_come_from_a_constraint_that_counts_the_picks() -> None:
    found = hints("not((selected(.,'none') or selected(. , 'dk')) and count-selected(.) > 1)", "string")

    assert found.alone == {"none", "dk"}
    assert found.most_picks is None


@pytest.mark.parametrize(("constraint", "most"), [("count-selected(.) <= 3", 3), ("count-selected( . ) < 3", 2)])
def test_the_limit_of_picks_is_found(constraint: str, most: int) -> None:
    assert hints(constraint, "string").most_picks == most


def test_lengths_and_patterns_of_texts_are_found() -> None:
    found = hints("string-length(.) <= 300 and regex(., '^[A-Z]+$')", "string")

    assert (found.most_letters, found.pattern) == (300, "^[A-Z]+$")


@pytest.mark.parametrize(
    "expression",
    ["/data/q = 'blue'", "'blue' = /data/q", "selected( /data/q , 'blue')", "../q!='blue'", "current()/../q = 'blue'"],
)
def test_constants_that_other_questions_compare_with_are_found(expression: str) -> None:
    found = hints("", "string", f'<bind nodeset="/data/next" relevant="{expression}"/>')

    assert "blue" in found.literals


def test_a_number_brings_its_neighbours_unless_the_constraint_forbids_them() -> None:
    found = hints(". <= 18", "int", '<bind nodeset="/data/next" relevant="/data/q &gt;= 18"/>')

    assert set(found.literals) == {"18", "17"}


def test_a_range_question_tells_its_steps() -> None:
    body = '<range ref="/data/q" start="2" end="10" step="2"><label>Q</label></range>'
    found = mine(parse(form('<bind nodeset="/data/q" type="int"/>', body)))["/data/q"]

    assert (found.least, found.most, found.step) == (2, 10, 2)


def test_notes_are_told_from_questions() -> None:
    root = parse(form('<bind nodeset="/data/n" type="string" readonly="true()"/><bind nodeset="/data/q"/>'))

    assert [mine(root)[path].note for path in ("/data/n", "/data/q")] == [True, False]


def test_media_files_and_the_day_of_the_interview_are_named() -> None:
    root = parse(
        form(
            '<instance id="a" src="jr://file-csv/adm2.csv"/><instance id="b" src="jr://file/b.xml"/>'
            '<bind nodeset="/data/ctx_date" type="date" jr:preload="date" jr:preloadParams="today"/>'
        )
    )

    assert media_names(root) == ("adm2.csv", "b.xml")
    assert day_names(root) == ("ctx_date",)


@pytest.mark.parametrize("file", [b"", b"{}", b"<a/>", b'<!DOCTYPE a [<!ENTITY b "c">]><a>&b;</a>'])
def test_what_is_no_form_is_refused(file: bytes) -> None:
    with pytest.raises(FormRefusedError):
        parse(file)

"""Whatever stands in a workbook, there is a report: a check that stops is a check that nobody sees."""

from hypothesis import given, settings
from hypothesis import strategies as st

from forms.checks import check_form, workbook_of
from forms.checks.expression import ExpressionError, parse
from forms.checks.regex import complaint
from forms.checks.solve import answer_itself, holds
from forms.sheets import Table

_TYPES = ("text", "integer", "date", "note", "calculate", "select_one yn", "select_multiple yn", "rank yn", "range")
_MORE = (
    "begin_group",
    "end_group",
    "begin_repeat",
    "end_repeat",
    "select_one_from_file a.csv",
    "today",
    "audit",
    "x y",
)
_NAMES = ("a", "b", "yn", "", "1a", "ä", "meta", "group", "consent")
_PIECES = (
    "${a}",
    "${b}",
    ".",
    "..",
    "../a",
    "/data/a",
    "'yes'",
    "5",
    "(",
    ")",
    ",",
    "[",
    "]",
    " and ",
    " = ",
    " > ",
    "-",
)
_WORDS = ("selected", "count(", "not(", "regex(", "instance('yn')/root/item", "current()", "pulldata('a',", "name", "*")
_LOGIC = st.lists(st.sampled_from(_PIECES + _WORDS), max_size=9).map("".join)
_CELLS = st.one_of(_LOGIC, st.text(max_size=12), st.sampled_from(("yes", "no", "2025-02-30", "start=1 end=1")))
_COLUMNS = (
    *("relevant", "constraint", "calculation", "choice_filter", "default", "required", "parameters", "trigger"),
    *("label::en", "label", "hint::fr", "relevent", "bind::x:y", "repeat_count", "appearance", "constraint_message"),
)


@st.composite
def tables(draw: st.DrawFn) -> dict[str, Table]:
    columns = draw(st.lists(st.sampled_from(_COLUMNS), unique=True, max_size=5))
    header = ("type", "name", *columns)
    row = st.fixed_dictionaries(
        {"type": st.sampled_from(_TYPES + _MORE), "name": st.sampled_from(_NAMES), **dict.fromkeys(columns, _CELLS)}
    )
    choice = {"list_name": "yn", "name": draw(st.sampled_from(("yes", "a b", ""))), "label": draw(_CELLS), "a": "yes"}
    return {
        "survey": Table(header, draw(st.lists(row, max_size=6))),
        "choices": Table(("list_name", "name", "label", "a"), [choice]),
        "settings": Table(("form_id", "default_language"), [{"form_id": "t", "default_language": draw(_CELLS)}]),
    }


@settings(max_examples=150, deadline=None)
@given(tables())
def test_every_workbook_gets_a_report(found: dict[str, Table]) -> None:
    report = check_form(workbook_of("form", found, {"a.csv": b"name,label\n1,One\n"}))

    assert report.summary()
    assert report.text()


@settings(max_examples=300)
@given(st.one_of(_LOGIC, st.text(max_size=40)))
def test_every_expression_is_read_or_refused(text: str) -> None:
    try:
        node = parse(text)
    except ExpressionError:
        return

    answer = answer_itself("integer", ())
    assert answer is not None
    assert holds(node, answer) in {True, False}


@settings(max_examples=200)
@given(st.integers(-50, 50), st.integers(-50, 50), st.integers(-50, 50))
def test_no_constraint_that_some_number_meets_is_called_impossible(low: int, high: int, taken: int) -> None:
    node = parse(f". >= {low} and . <= {high} and . != {taken}")
    answer = answer_itself("integer", ())

    assert answer is not None
    assert holds(node, answer) is any(value != taken for value in range(low, high + 1))


@given(st.text(max_size=30))
def test_every_pattern_is_judged(pattern: str) -> None:
    assert isinstance(complaint(pattern), str)

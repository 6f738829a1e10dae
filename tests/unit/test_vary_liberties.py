"""Which answers of a form may be varied alone. A wrong "yes" here makes submissions that no phone could send.

1. What any expression names is not free: relevance, constraints, calculations, choice filters, counts, defaults.
2. What only its own constraint looks at, and what only labels show, is free.
3. Where an expression may read anything, nothing is free.
4. A form is bound to the clock when a rule on something that is asked depends on the day or time.
"""

import pytest
from pyxform.xls2xform import convert

from forms.engine.hints import parse
from forms.engine.liberties import Liberties, liberties

CHOICES = """
| choices | | | | |
| | list_name | name | label | parent |
| | yn | yes | Yes | |
| | yn | no | No | |
| | site | s1 | One | yes |
| | site | s2 | Two | no |
"""


def of(rows: str) -> Liberties:
    header = (
        "| survey | | | | | | | | | |\n| | type | name | label | relevant | constraint | calculation | choice_filter |"
    )
    table = f"{header} repeat_count | trigger |\n{rows.strip()}\n{CHOICES}"
    return liberties(parse(convert(table, file_type=".md").xform.encode()))


READERS = {
    "relevance": "| | text | b | B | ${a} = 'yes' | | | | | |",
    "constraint": "| | text | b | B | | . != ${a} | | | | |",
    "calculation": "| | calculate | b | | | | concat(${a}, 'x') | | | |",
    "choice filter": "| | select_one site | b | B | | | | parent = ${a} | | |",
    "choice name": "| | calculate | b | | | | jr:choice-name(${a}, '${a}') | | | |",
    "a count": "| | begin_repeat | r | R | | | | | ${a} | |\n"
    "| | text | b | B | | | | | | |\n"
    "| | end_repeat | | | | | | | | |",
    "a trigger": "| | calculate | b | | | | now() | | | ${a} |",
}


@pytest.mark.parametrize("reader", READERS.values(), ids=READERS.keys())
def test_an_answer_that_something_reads_is_not_free(reader: str) -> None:
    found = of(f"| | select_one yn | a | A | | | | | | |\n{reader}\n| | text | c | C | | | | | | |")

    assert "/data/a" not in found.free
    assert "/data/c" in found.free


def test_an_answer_that_only_its_own_constraint_and_labels_look_at_is_free() -> None:
    found = of(
        "| | integer | a | A | | . >= 0 and . <= 9 | | | | |\n"
        "| | note | n | You said ${a} | | | | | | |\n"
        "| | select_one site | b | B | | | | parent = 'yes' | | |"
    )

    assert {"/data/a", "/data/b"} <= {*found.free}


def test_where_an_expression_may_read_anything_nothing_is_free() -> None:
    rows = "| | integer | a | A | | | | | | |\n| | calculate | all | | | | count(/data/*) | | | |"

    assert of(rows).free == ()
    assert of(rows.replace("/data/*", "/data/none")).free == ("/data/a",)


def test_a_star_that_multiplies_or_stands_in_a_text_reads_nothing() -> None:
    rows = "| | text | a | A | | regex(., '^[a-z(]*$') | | | | |\n| | calculate | c | | | | 2 * (3 + 4) | | | |"

    assert of(rows).free == ("/data/a",)


CLOCKED = {
    "a constraint on the day": ("| | date | a | A | | . <= today() | | | | |", True),
    "a rule on what the clock filled": (
        "| | calculate | c | | | | once(now()) | | | |\n| | text | a | A | ${c} != '' | | | | | |",
        True,
    ),
    "a rule on the day that the phone notes": (
        "| | today | d | | | | | | | |\n| | text | a | A | ${d} > '2026' | | | | | |",
        True,
    ),
    "a calculation from the day that the phone notes": (
        "| | today | d | | | | | | | |\n| | calculate | c | | | | format-date(${d}, '%Y') | | | |",
        True,
    ),
    "a rule on the time of the start": (
        "| | start | s | | | | | | | |\n| | text | a | A | ${s} != '' | | | | | |",
        True,
    ),
    "the day without anything that reads it": ("| | today | d | | | | | | | |", False),
    "the clock in a calculation that nothing reads": ("| | calculate | c | | | | once(now()) | | | |", False),
}


@pytest.mark.parametrize(("rows", "bound"), CLOCKED.values(), ids=CLOCKED.keys())
def test_a_form_is_bound_to_the_clock_by_rules_and_not_by_notes(rows: str, bound: bool) -> None:
    assert of(f"{rows}\n| | text | z | Z | | | | | | |").clock_bound is bound


def test_codes_are_what_chance_fills_and_nothing_reads() -> None:
    found = of(
        "| | calculate | code | | | | once(uuid()) | | | |\n"
        "| | calculate | draw | | | | once(random()) | | | |\n"
        "| | text | a | A | ${draw} > 0.5 | | | | | |"
    )

    assert found.codes == ("code",)
    assert {"code", "draw"} <= {*found.volatile}

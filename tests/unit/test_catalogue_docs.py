"""docs/catalogue.md says what the code does."""

import re
from pathlib import Path

from forms import catalogue
from forms.catalogue.rules import ADVICE, RULES, VERSION_RULE
from forms.catalogue.workbook import to_workbook
from forms.sheets import read_tables

DOC = (Path(__file__).parents[2] / "docs" / "catalogue.md").read_text(encoding="utf-8")
ROWS = {
    int(number): (holds, because) for number, holds, because in re.findall(r"^\| (\d+) \| (.+) \| (.+) \|$", DOC, re.M)
}


def test_every_rule_stands_in_the_document_with_its_reason() -> None:
    rules = {rule.number: (rule.holds, rule.because) for rule in (*RULES, *ADVICE)}

    assert {number: row for number, row in ROWS.items() if number != VERSION_RULE} == rules


def test_no_number_is_given_twice_and_none_is_left_out() -> None:
    numbers = [rule.number for rule in (*RULES, *ADVICE)] + [VERSION_RULE]

    assert sorted(numbers) == list(range(1, 30))
    assert list(ROWS) == sorted(numbers)


def test_every_sheet_of_the_workbook_is_described() -> None:
    sheets = read_tables(to_workbook(catalogue.load()), "catalogue.xlsx")

    assert set(sheets) <= set(re.findall(r"^\| `(\w+)` \|", DOC, re.M))


def test_the_state_of_review_is_told_as_it_is() -> None:
    assert catalogue.load().unreviewed_languages == ("fr", "es", "ar")
    assert "French, Spanish and Arabic have not yet been reviewed by a native speaker" in DOC

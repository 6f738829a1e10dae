"""Writes docs/checks.md from the codes: run this file after a change of them; a test compares."""

from pathlib import Path

from forms.checks.codes import Code, Layer

PAGE = Path(__file__).resolve().parents[2] / "docs" / "checks.md"
_HEAD = """# What the checks of a form say

`fieldveil form check FILE` checks any XLSForm (`.xlsx`), also one made elsewhere, with the CSV files that lie beside
it, in `media/` or in `<name>-media/`. `fieldveil form build` and `form deploy` check their own forms in the same way.

Three layers look at a form, and all they find stands in one report: pyxform and ODK Validate; our own reading of the
sheets; and the engine of ODK Collect, which fills the form again and again with random answers from fixed seeds, so
that the same form gives the same findings. What pyxform or Validate say about a row that our reading has found wrong
already is left out.

An **error** keeps a form from phones, and the command ends with 1. A **warning** is a likely mistake; in forms that we
build it counts as an error. A **note** is good to know. Every finding names its cell (`survey!D14`), the reason and
what to do; for a form made from the catalogue it names the entry, too. `--json` gives the same to programs: `code`,
`severity`, `cell`, `sheet`, `row`, `column`, `question`, `entry`, `reason`, `remedy`.
Where more than eight findings of one kind stand in one column, the text shows the first three and counts the others;
`--json` has every one.

Sheets that are not part of an XLSForm are not read, and neither are formulas in columns that no phone reads. The old
format `.xls` and forms as CSV or Markdown are refused: save them as `.xlsx`.

What is not checked: texts in other languages than English, French, Spanish and Arabic for what they ask of people;
conditions that only several answers together make impossible, unless the engine meets them; pictures and sounds beside
the form. The engine can call a question never reached that needs a rare coincidence of answers: give more `--fills`.

This page is made from the program: `python tests/unit/checks_page.py`.
"""


def page() -> str:
    return "\n".join([_HEAD, *(_table(layer) for layer in Layer)])


def _table(layer: Layer) -> str:
    rows = [
        f"| `{code}` | {code.meaning.severity} | {code.meaning.what} | {code.meaning.remedy} |"
        for code in Code
        if code.meaning.layer is layer
    ]
    head = [f"## {layer.value}", "", "| code | | what it means | what to do |", "| --- | --- | --- | --- |"]
    return "\n".join([*head, *rows, ""])


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8")

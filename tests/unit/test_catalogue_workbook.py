"""The catalogue goes out to a workbook and comes back: every edit is seen, nothing else, and rules hold.

1. What was not edited is not a change, and saving it touches no file.
2. Every edit is in the diff exactly once; a habit of a spreadsheet program is shown, never swallowed.
3. Ids stay, meanings have versions (rule 27), and all other rules hold.
4. Faults are named by sheet and row.
"""

import hashlib
import io
from collections.abc import Callable
from copy import deepcopy
from functools import cache
from pathlib import Path

import openpyxl
import pytest
from catalogue_folder import copy_of_the_catalogue
from hypothesis import given, settings
from hypothesis import strategies as st

from forms import catalogue
from forms.archive import SheetError
from forms.catalogue import CatalogueError
from forms.catalogue.changes import Change, ChangeKind, diff, raise_version
from forms.catalogue.files import DATA
from forms.catalogue.workbook import from_workbook, is_stale, save, to_workbook
from forms.sheets import ROW, Table, read_tables, write_tables

Tables = dict[str, list[dict[str, str]]]
KEYS = {"indicators": "id", "recall": "code", "reviews": "entry", "catalogue": "key"}


@pytest.fixture(scope="module")
def exported() -> bytes:
    return to_workbook(catalogue.load())


@cache
def as_read(exported: bytes) -> Tables:
    return read_tables(exported, "catalogue.xlsx")


def edited(exported: bytes, edit: Callable[[Tables], object]) -> bytes:
    tables = deepcopy(as_read(exported))
    edit(tables)
    written = {name: Table([key for key in rows[0] if key != ROW], rows) for name, rows in tables.items() if rows}
    return write_tables(written)


def with_cell(exported: bytes, sheet: str, name: str, column: str, text: str) -> bytes:
    return edited(exported, lambda tables: row_of(tables, sheet, name).update({column: text}))


def row_of(tables: Tables, sheet: str, name: str) -> dict[str, str]:
    """A row by what names it: an id, or 'list: choice'."""
    owner = {"choices": "list", "items": "module"}.get(sheet)
    if owner:
        first, _, second = name.partition(": ")
        return next(row for row in tables[sheet] if (row[owner], row["name"]) == (first, second))
    return next(row for row in tables[sheet] if row[KEYS[sheet]] == name)


def changes(data: bytes) -> list[Change]:
    base = catalogue.load()
    return diff(base, from_workbook(data, base))


def refusal(data: bytes) -> list[str]:
    with pytest.raises(CatalogueError) as refused:
        from_workbook(data, catalogue.load())
    return [str(finding) for finding in refused.value.findings]


def changed(entry: str, field: str, language: str, old: str, new: str) -> Change:
    return Change(ChangeKind.CHANGED, entry, field, language, old, new)


def test_an_unedited_workbook_changes_nothing(exported: bytes, tmp_path: Path) -> None:
    base, copy = catalogue.load(), copy_of_the_catalogue(tmp_path)

    back = from_workbook(exported, base)

    assert diff(base, back) == []
    assert back.digest == base.digest
    assert raise_version(base, back) is back
    assert save(back, copy) == []


def test_the_same_catalogue_gives_the_same_workbook(exported: bytes) -> None:
    assert hashlib.sha256(to_workbook(catalogue.load(DATA))).digest() == hashlib.sha256(exported).digest()


def test_the_workbook_has_one_row_an_entry_and_one_column_a_language(exported: bytes) -> None:
    tables = as_read(exported)

    assert {name: len(rows) for name, rows in tables.items()} == {
        "catalogue": 3,
        "indicators": 122,
        "choices": 615,
        "items": 52,
        "recall": 6,
        "reviews": 1 + 122 + 66 + 11 + 6,
    }
    assert row_of(tables, "indicators", "CTE-COM-012")["question_fr"].endswith("d’ici {r}\u00a0?")
    assert row_of(tables, "choices", "sex_age_group: girls_0_11")["maps_to"] == "sex=f; age=0-11"
    assert row_of(tables, "choices", "yn_dk: dk")["exclusive"] == "yes"
    assert row_of(tables, "items", "MOD-CLO: q_minutes")["trigger"] == "${clo_enum_safe}"


def test_a_cell_edited_in_a_spreadsheet_program_is_the_one_change(exported: bytes) -> None:
    book = openpyxl.load_workbook(io.BytesIO(exported))
    cell = next(row[5] for row in book["choices"].iter_rows() if (row[0].value, row[1].value) == ("yn", "yes"))
    assert cell.value == "نعم"
    cell.value = "أجل"
    target = io.BytesIO()
    book.save(target)

    assert changes(target.getvalue()) == [changed("yn: yes", "label", "ar", "نعم", "أجل")]


@pytest.mark.parametrize(
    ("sheet", "name", "column", "text", "change"),
    [
        ("indicators", "CTE-COM-001", "tier", "extended", ("CTE-COM-001", "tier", "", "core", "extended")),
        ("indicators", "CTE-COM-001", "methods", "ki", ("CTE-COM-001", "methods", "", "observation; ki", "ki")),
        ("indicators", "CTE-COM-034", "version", "2", ("CTE-COM-034", "version", "", "1", "2")),
        ("indicators", "CTE-COM-001", "safeguard", "Stay out.", ("CTE-COM-001", "safeguard", "", "", "Stay out.")),
        ("choices", "season: dry", "maps_to", "X:1; Y", ("season: dry", "maps_to", "", "", "X:1; Y")),
        ("items", "MOD-CTX: ctx_site", "required", "TRUE", ("MOD-CTX: ctx_site", "required", "", "", "true")),
        ("items", "MOD-CLO: clo_limits", "label_es", "¿Y?", ("MOD-CLO: clo_limits", "label", "es", None, "¿Y?")),
        ("recall", "P3M", "label_en", "since May", ("recall: P3M", "label", "en", "in the last 3 months", "since May")),
        ("reviews", "CTE-COM-001", "fr", "reviewed", ("CTE-COM-001", "review", "fr", "", "reviewed")),
        ("reviews", "choices yn", "ar", "reviewed", ("yn", "review", "ar", "", "reviewed")),
        ("reviews", "recall P1M", "es", "reviewed", ("recall: P1M", "review", "es", "", "reviewed")),
        ("reviews", "catalogue", "fr", "reviewed", ("catalogue", "languages", "fr", "unreviewed", "reviewed")),
        ("catalogue", "version", "value", "1.1.0", ("catalogue", "version", "", "1.0.0", "1.1.0")),
    ],
)
def test_an_edit_in_any_sheet_is_shown_with_entry_field_and_language(
    exported: bytes, sheet: str, name: str, column: str, text: str, change: tuple[str, str, str, str | None, str]
) -> None:
    entry, field, language, old, new = change

    [found] = changes(with_cell(exported, sheet, name, column, text))

    assert (found.entry, found.field, found.language, found.new) == (entry, field, language, new)
    assert old is None or found.old == old


def test_the_core_form_can_be_edited(exported: bytes) -> None:
    core = "; ".join(catalogue.load().core_field_form)

    [found] = changes(with_cell(exported, "catalogue", "core_field_form", "value", core + "; CTE-COM-016"))

    assert (found.entry, found.field) == ("catalogue", "core_field_form")
    assert (
        from_workbook(
            with_cell(exported, "catalogue", "core_field_form", "value", core + "; CTE-COM-016"), catalogue.load()
        ).core_field_form[-1]
        == "CTE-COM-016"
    )


def test_lost_no_break_spaces_are_shown_as_what_they_are(exported: bytes) -> None:
    [found] = changes(with_cell(exported, "indicators", "CTE-COM-001", "question_fr", "Quel type de site ?"))
    lost = catalogue.load().indicator("CTE-COM-001").question["fr"].replace("\u00a0", " ")
    [space] = changes(with_cell(exported, "indicators", "CTE-COM-001", "question_fr", lost))

    assert not found.only_spaces
    assert space.only_spaces
    assert str(space) == (
        "CTE-COM-001: question [fr]: De quel type de site ou de communauté s’agit-il⍽? -> "
        "De quel type de site ou de communauté s’agit-il ? (only spaces differ; ⍽ is a no-break space)"
    )


def test_rows_may_be_sorted_where_order_means_nothing(exported: bytes) -> None:
    assert changes(edited(exported, lambda tables: tables["indicators"].reverse())) == []


def test_answers_in_another_order_are_a_change(exported: bytes) -> None:
    def swap(tables: Tables) -> None:
        rows = tables["choices"]
        rows[0], rows[1] = rows[1], rows[0]

    [found] = changes(edited(exported, swap))

    assert found.field == "order"
    assert sorted(found.old.split("; ")) == sorted(found.new.split("; "))


def test_a_new_answer_comes_with_a_new_version_of_its_question(exported: bytes) -> None:
    def add(tables: Tables) -> None:
        rows = tables["choices"]
        where = rows.index(row_of(tables, "choices", "season: festive"))
        labels = {f"label_{language}": f"{rows[where][f'label_{language}']} 2" for language in ("fr", "es", "ar")}
        rows.insert(where, rows[where] | {"name": "sowing", "label_en": "Sowing season", **labels})
        row_of(tables, "indicators", "CTE-COM-041")["version"] = "2"

    found = changes(edited(exported, add))

    assert found == [
        Change(ChangeKind.ADDED, "season: sowing", new="Sowing season"),
        changed("CTE-COM-041", "version", "", "1", "2"),
    ]
    assert str(found[0]) == "season: sowing: added (Sowing season)"


def test_a_new_indicator_is_one_addition(exported: bytes) -> None:
    def add(tables: Tables) -> None:
        model = row_of(tables, "indicators", "CTE-COM-041")
        tables["indicators"].append(model | {"id": "CTE-COM-057", "hxl": "#indicator+cte_com_057+code"})

    [found] = changes(edited(exported, add))

    assert (found.kind, found.entry) == (ChangeKind.ADDED, "CTE-COM-057")


def test_a_removed_answer_is_shown(exported: bytes) -> None:
    def remove(tables: Tables) -> None:
        tables["choices"].remove(row_of(tables, "choices", "season: festive"))
        row_of(tables, "indicators", "CTE-COM-041")["version"] = "2"

    found = changes(edited(exported, remove))

    assert [str(change) for change in found] == [
        "season: festive: removed (Festive periods)",
        "CTE-COM-041: version: 1 -> 2",
    ]


def test_accepted_changes_are_written_to_their_files_only(exported: bytes, tmp_path: Path) -> None:
    copy, base = copy_of_the_catalogue(tmp_path), catalogue.load()
    new = raise_version(base, from_workbook(with_cell(exported, "choices", "yn: yes", "label_fr", "Ouais"), base))

    assert save(new, copy) == ["catalogue.yaml", "choices/yn.yaml"]
    assert catalogue.load(copy).digest == new.digest


@pytest.mark.parametrize(
    ("sheet", "name", "column", "text", "version"),
    [
        ("choices", "yn: yes", "label_fr", "Ouais", "1.0.1"),
        ("reviews", "CTE-COM-001", "fr", "reviewed", "1.0.1"),
        ("indicators", "CTE-COM-001", "tier", "extended", "1.1.0"),
        ("catalogue", "version", "value", "3.0.0", "3.0.0"),
    ],
)
def test_changed_content_has_a_version_of_its_own(
    exported: bytes, sheet: str, name: str, column: str, text: str, version: str
) -> None:
    base = catalogue.load()

    new = raise_version(base, from_workbook(with_cell(exported, sheet, name, column, text), base))

    assert new.version == version
    assert new.digest != base.digest


@pytest.mark.parametrize(
    ("column", "text", "field"),
    [
        ("definition", "Something else", "definition"),
        ("recall", "P6M", "recall"),
        ("unit", "community", "unit"),
        ("choices", "extent", "choices"),
    ],
)
def test_another_meaning_under_the_same_version_is_refused(exported: bytes, column: str, text: str, field: str) -> None:
    assert refusal(with_cell(exported, "indicators", "CTE-COM-020", column, text)) == [
        f"sheet 'indicators', row 60: CTE-COM-020: the meaning changed ({field}) under the same version (rule 27). "
        "Write version 2, or put back what was changed."
    ]


@pytest.mark.parametrize(
    ("sheet", "name", "column", "text", "message"),
    [
        (
            *("indicators", "CTE-COM-034", "max_select", "3"),
            "CTE-COM-034: the meaning changed (max_select) under the same version (rule 27). "
            "Write version 2, or put back what was changed.",
        ),
        (
            *("choices", "season: all_year", "exclusive", ""),
            "CTE-COM-041: the meaning changed (choices) under the same version (rule 27). "
            "Write version 2, or put back what was changed.",
        ),
    ],
)
def test_another_way_of_answering_is_another_meaning(
    exported: bytes, sheet: str, name: str, column: str, text: str, message: str
) -> None:
    [found] = refusal(with_cell(exported, sheet, name, column, text))

    assert found.endswith(message)


def test_another_answer_under_the_same_version_is_refused_for_every_question_that_has_it(exported: bytes) -> None:
    messages = refusal(with_cell(exported, "choices", "presence: few", "name", "several"))

    assert messages == [
        "sheet 'indicators', row 26: CTE-HHD-006: the meaning changed (choices) under the same version (rule 27). "
        "Write version 2, or put back what was changed."
    ]


def test_a_renamed_or_removed_indicator_is_refused(exported: bytes) -> None:
    messages = refusal(with_cell(exported, "indicators", "CTE-COM-052", "id", "CTE-COM-099"))

    assert messages == [
        "indicators/CTE-COM-052.yaml: CTE-COM-052: is gone, and an id is never removed or renamed (rule 27). "
        "Put the row back; to retire an indicator set tier extended and field_default never.",
        "sheet 'reviews', row 165: CTE-COM-052: there is no such entry. Correct or delete the row.",
    ]


@pytest.mark.parametrize(
    ("sheet", "name", "column", "message"),
    [
        ("indicators", "CTE-COM-001", "version", "sheet 'indicators', row 41: CTE-COM-001: the version goes back"),
        ("catalogue", "version", "value", "sheet 'catalogue': version: the version goes back from 1.0.0 to 0.9.0"),
    ],
)
def test_versions_never_go_back(exported: bytes, sheet: str, name: str, column: str, message: str) -> None:
    base = catalogue.load()
    ahead = edited(exported, lambda tables: row_of(tables, "indicators", "CTE-COM-001").update(version="2"))
    later = from_workbook(ahead, base)
    text = "0.9.0" if sheet == "catalogue" else "1"

    with pytest.raises(CatalogueError) as refused:
        from_workbook(with_cell(to_workbook(later), sheet, name, column, text), later)

    assert str(refused.value.findings[0]).startswith(message)


@pytest.mark.parametrize(
    ("sheet", "name", "column", "text", "message"),
    [
        (
            *("indicators", "CTE-COM-001", "question_en", "Who are the victims?"),
            "sheet 'indicators', row 41: CTE-COM-001: the question in 'en' holds 'victims': naming victims or "
            "trafficking puts the person who answers, and others, in danger (rule 3). "
            "Ask about the community in other words.",
        ),
        (
            *("indicators", "CTE-COM-001", "question_ar", ""),
            "sheet 'indicators', row 41: CTE-COM-001: 'question' has no text in 'ar'. Add the text.",
        ),
        (
            *("choices", "yn: no", "label_es", "No\nno"),
            "sheet 'choices', row {yn: no}: yn: no: the text in 'es' holds a line break or an invisible character "
            "(rule 18). Type it again on one line.",
        ),
        (
            *("items", "MOD-CTX: ctx_site", "type", "geopoint"),
            "sheet 'items', row 34: MOD-CTX: ctx_site: 'type' has a word that is not known. Write one of: select_one, "
            "select_multiple, text, integer, date, today, note, calculate.",
        ),
        (
            *("items", "MOD-CTX: ctx_site", "required", "sometimes"),
            "sheet 'items', row 34: MOD-CTX: ctx_site: 'required' is neither true nor false. "
            "Write true, or leave it empty.",
        ),
        (
            *("recall", "P6M", "label_ar", ""),
            "sheet 'recall', row 4: recall: P6M: 'label' has no text in 'ar'. Add the text.",
        ),
        (
            *("reviews", "CTE-COM-001", "fr", "seen"),
            "sheet 'indicators', row 41: CTE-COM-001: 'fr' has a word that is not known. "
            "Write one of: reviewed, unreviewed.",
        ),
        (
            *("catalogue", "core_field_form", "value", "CTE-COM-001; CTE-COM-999"),
            "sheet 'catalogue': core_field_form: CTE-COM-999 does not exist (rule 13). Correct or remove it.",
        ),
        (
            *("indicators", "CTE-COM-001", "id", ""),
            "sheet 'indicators', row 41: has no 'id'. Fill it in or delete the row.",
        ),
    ],
)
def test_a_fault_is_named_by_sheet_and_row(
    exported: bytes, sheet: str, name: str, column: str, text: str, message: str
) -> None:
    number = row_of(as_read(exported), "choices", "yn: no")[ROW]

    assert message.replace("{yn: no}", number) in refusal(with_cell(exported, sheet, name, column, text))


def test_a_row_that_stands_twice_is_refused(exported: bytes) -> None:
    messages = refusal(edited(exported, lambda tables: tables["indicators"].append(tables["indicators"][0])))

    assert messages == [
        "sheet 'indicators', row 124: CTE-IND-001: stands twice (also in sheet 'indicators', row 2). "
        "Delete one of the rows, or give it a new id."
    ]


def test_a_missing_sheet_or_column_and_a_stray_column_are_named(exported: bytes) -> None:
    def spoil(tables: Tables) -> None:
        del tables["recall"]
        for row in tables["indicators"]:
            row["hxl tag"] = row.pop("hxl")

    messages = refusal(edited(exported, spoil))

    assert "sheet 'recall': is missing or empty. Start from a fresh export." in messages
    assert "sheet 'indicators': has no column 'hxl'. Put the column back." in messages
    assert "sheet 'indicators': has a column that is not known ('hxl tag'). Remove it." in messages
    # What each row misses now is no fault of its own.
    assert len(messages) == 3


def test_settings_that_cannot_be_read_are_named_by_their_sheet(exported: bytes) -> None:
    messages = refusal(with_cell(exported, "catalogue", "version", "value", ""))

    assert messages == ["sheet 'catalogue': 'version' is missing. Fill it in."]


def test_a_file_that_is_no_workbook_is_refused_by_its_name() -> None:
    with pytest.raises(SheetError, match=r"mine\.xlsx: not a workbook"):
        from_workbook(b"%PDF", catalogue.load(), "mine.xlsx")


def test_another_workbook_is_told_in_one_line() -> None:
    other = write_tables({"indicators": Table(("indicator",), [{"indicator": "CTE-COM-001"}])})

    with pytest.raises(SheetError, match=r"brief\.xlsx: no export of the catalogue\. Start from"):
        from_workbook(other, catalogue.load(), "brief.xlsx")


def test_a_workbook_of_an_older_state_is_told(exported: bytes) -> None:
    base = catalogue.load()
    newer = raise_version(base, from_workbook(with_cell(exported, "choices", "yn: yes", "label_fr", "Ouais"), base))

    assert not is_stale(exported, base)
    assert is_stale(exported, newer)


WORDS = {"en": "here", "fr": "ici", "es": "aquí", "ar": "هنا"}
TEXT_CELLS = st.sampled_from(
    [
        (sheet, name, column, entry, field, language)
        for sheet, name, column, entry, field in [
            ("indicators", "CTE-COM-012", "question", "CTE-COM-012", "question"),
            ("indicators", "CTE-STR-003", "question", "CTE-STR-003", "question"),
            ("choices", "frequency: rare", "label", "frequency: rare", "label"),
            ("choices", "risk_group: uasc", "label", "risk_group: uasc", "label"),
            ("items", "MOD-SAF: saf_stop", "label", "MOD-SAF: saf_stop", "label"),
            ("recall", "P12M", "label", "recall: P12M", "label"),
        ]
        for language in WORDS
    ]
)


@settings(max_examples=12)
@given(edits=st.lists(st.tuples(TEXT_CELLS, st.integers(1, 3)), unique_by=lambda edit: edit[0], max_size=6))
def test_random_edits_are_in_the_diff_and_nothing_else(
    exported: bytes, edits: list[tuple[tuple[str, ...], int]]
) -> None:
    expected = set()

    def apply(tables: Tables) -> None:
        for (sheet, name, column, entry, field, language), times in edits:
            row = row_of(tables, sheet, name)
            old = row[f"{column}_{language}"]
            row[f"{column}_{language}"] = new = " ".join([old, *[WORDS[language]] * times])
            expected.add(changed(entry, field, language, old, new))

    found = changes(edited(exported, apply))

    assert len(found) == len(expected)
    assert set(found) == expected

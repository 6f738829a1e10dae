"""`fieldveil form check` as a person types it: exit code, text, JSON, files beside the form."""

import json
from pathlib import Path

import pytest
from engine_forms import needs_engine
from form_tables import YES_NO, xlsx
from kind_forms import form_of

from workers.cli.entry import run

GOOD = """
| survey |
| | type | name | label | relevant |
| | select_one yn | consent | Do you agree to take part? | |
| | select_one_from_file areas.csv | area | Area | ${consent} = 'yes' |
| settings |
| | form_title | form_id |
| | T | t |
"""


def written(folder: Path, table: str) -> str:
    file = folder / "form.xlsx"
    file.write_bytes(xlsx(table))
    (folder / "areas.csv").write_text("name,label\nA,Aville\n", encoding="utf-8")
    return str(file)


def test_a_good_form_ends_with_0(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    code = run(("form", "check", written(tmp_path, GOOD + YES_NO), "--no-engine"))

    assert (code, capsys.readouterr().out) == (0, "form.xlsx: nothing found.\n")


def test_an_error_ends_with_1_and_names_the_cell(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    code = run(("form", "check", written(tmp_path, GOOD.replace("areas.csv", "area.csv") + YES_NO), "--no-engine"))

    out = capsys.readouterr().out
    assert code == 1
    assert out.startswith("error missing-file at survey!A3 (area, type): the file area.csv is not there.")
    assert out.endswith("form.xlsx: 1 error.\n")


def test_json_is_one_object(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    code = run(
        ("form", "check", written(tmp_path, GOOD.replace("= 'yes'", "= 'ye'") + YES_NO), "--no-engine", "--json")
    )

    content = json.loads(capsys.readouterr().out)
    assert code == 1
    assert [(one["code"], one["cell"]) for one in content["findings"]] == [("unknown-choice", "survey!D3")]


def test_what_is_no_form_is_said_in_one_line(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = tmp_path / "photo.xlsx"
    file.write_bytes(b"\x89PNG")

    code = run(("form", "check", str(file)))

    assert code == 1
    assert capsys.readouterr().err == "photo.xlsx: not a workbook. Save it again as 'Excel workbook (.xlsx)'.\n"


@needs_engine[0]
@needs_engine[1]
def test_our_own_form_is_clean_and_filled_from_its_folder(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    form = form_of("site_ki")
    (tmp_path / "media").mkdir()
    (tmp_path / "own.xlsx").write_bytes(form.xlsx)
    for name, content in form.media.items():
        (tmp_path / "media" / name).write_bytes(content)

    code = run(("form", "check", str(tmp_path / "own.xlsx"), "--fills", "10"))

    out = capsys.readouterr().out
    assert (code, out.partition(";")[0]) == (0, "own.xlsx: nothing found")

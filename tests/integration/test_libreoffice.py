"""A form that LibreOffice opened and saved is the same form: nothing is lost, turned into a date or cut off."""

import shutil
import subprocess
from dataclasses import replace
from pathlib import Path

import pytest
from brief_tables import loaded, of_kind

from forms.brief import as_workbook, load_brief
from forms.build import BuiltForm, build
from forms.catalogue import load
from forms.catalogue.changes import diff
from forms.catalogue.workbook import from_workbook, to_workbook
from forms.checks.survey import Survey, understand
from forms.checks.workbook import read_workbook
from forms.diff import compare
from forms.kinds import KINDS
from mappings.areas import demo as dorvania

pytestmark = pytest.mark.slow
_OFFICE = shutil.which("soffice")
_SECONDS = 180


@pytest.fixture(scope="module")
def office() -> str:
    if _OFFICE is None:
        pytest.skip("LibreOffice is not here: on Debian and Ubuntu, apt-get install libreoffice-calc-nogui")
    return _OFFICE


def _saved_again(office: str, file: Path) -> bytes:
    """As if a person had opened it and pressed save. The profile is the test's own."""
    folder = file.parent / "saved"
    profile = f"-env:UserInstallation=file://{file.parent / 'profile'}"
    command = [office, profile, "--headless", "--convert-to", "xlsx:Calc MS Excel 2007 XML", "--outdir", str(folder)]
    subprocess.run([*command, str(file)], check=True, capture_output=True, timeout=_SECONDS)
    return (folder / file.name).read_bytes()


def _survey(data: bytes, built: BuiltForm) -> Survey:
    return understand(read_workbook(data, "form.xlsx", built.media), {})


def _cells(data: bytes) -> dict[str, list[list[tuple[str, str]]]]:
    book = read_workbook(data, "form.xlsx", {})
    return {
        name: [sorted((column.header, text) for column, text in row.cells.items()) for row in sheet.rows]
        for name, sheet in book.sheets.items()
    }


@pytest.mark.parametrize("kind", sorted(KINDS))
def test_a_form_comes_back_from_libreoffice_as_it_went(office: str, tmp_path: Path, kind: str) -> None:
    built = build(loaded(of_kind(kind)), load(), dorvania.load())
    file = tmp_path / "form.xlsx"
    file.write_bytes(built.xlsx)

    saved = _saved_again(office, file)

    assert saved != built.xlsx
    assert _cells(saved) == _cells(built.xlsx)
    assert compare(_survey(built.xlsx, built), _survey(saved, built)).changes == ()


def test_a_catalogue_comes_back_from_libreoffice_without_a_change(office: str, tmp_path: Path) -> None:
    base, file = load(), tmp_path / "catalogue.xlsx"
    file.write_bytes(to_workbook(base))

    saved = _saved_again(office, file)

    assert diff(base, from_workbook(saved, base)) == []


@pytest.mark.parametrize("kind", sorted(KINDS))
def test_a_brief_comes_back_from_libreoffice_as_it_went(office: str, tmp_path: Path, kind: str) -> None:
    brief, file = loaded(of_kind(kind)), tmp_path / "brief.xlsx"
    file.write_bytes(as_workbook(brief))

    saved = _saved_again(office, file)

    assert replace(load_brief(saved, "brief.xlsx"), file=brief.file) == brief

"""A copy of the catalogue's files that a test may break, and what is then said of it."""

import shutil
from pathlib import Path

import pytest

from forms import catalogue
from forms.catalogue.files import DATA

Edit = tuple[str, str, str]
"""File, what stands there once, what to put in its place."""


def copy_of_the_catalogue(folder: Path) -> Path:
    shutil.copytree(DATA, folder / "catalogue")
    return folder / "catalogue"


def broken(folder: Path, *edits: Edit) -> list[str]:
    """What the loader says after the edits, a line a finding."""
    copy = copy_of_the_catalogue(folder)
    for file, old, new in edits:
        edit(copy, file, old, new)
    return findings(copy)


def edit(copy: Path, file: str, old: str, new: str) -> None:
    path = copy / file
    text = path.read_text(encoding="utf-8")
    assert text.count(old) == 1, f"{file} holds the text {text.count(old)} times"
    path.write_text(text.replace(old, new), encoding="utf-8")


def findings(copy: Path) -> list[str]:
    with pytest.raises(catalogue.CatalogueError) as refused:
        catalogue.load(copy)
    return [str(finding) for finding in refused.value.findings]

"""The files of others that pages load: as published, with their licences, together under a megabyte."""

import gzip
import hashlib
import json
from pathlib import Path
from typing import Any

import pytest

VENDOR = Path(__file__).parents[2] / "backend" / "app" / "static" / "vendor"
PACKAGES: list[dict[str, Any]] = json.loads((VENDOR / "VENDOR.json").read_text(encoding="utf-8"))
FILES: dict[str, dict[str, Any]] = {file["path"]: file for package in PACKAGES for file in package["files"]}


@pytest.mark.parametrize("path", FILES)
def test_a_file_is_the_one_that_was_published(path: str) -> None:
    content = (VENDOR / path).read_bytes()

    assert hashlib.sha256(content).hexdigest() == FILES[path]["sha256"]
    assert len(content) == FILES[path]["bytes"]


def test_no_file_is_here_that_the_list_does_not_name() -> None:
    found = {path.relative_to(VENDOR).as_posix() for path in VENDOR.rglob("*") if path.is_file()}

    assert found - {"VENDOR.json", ".gitattributes"} == set(FILES)


@pytest.mark.parametrize("package", [package["package"] for package in PACKAGES])
def test_a_package_brings_its_licence_and_where_it_is_from(package: str) -> None:
    described = next(found for found in PACKAGES if found["package"] == package)

    assert any(Path(file["path"]).name == "LICENSE" for file in described["files"])
    assert described["integrity"].startswith("sha512-")
    assert described["tarball"].startswith("https://registry.npmjs.org/")


def test_all_files_together_are_under_a_megabyte_compressed() -> None:
    sizes = [len(gzip.compress((VENDOR / path).read_bytes(), 9)) for path in FILES]

    assert sum(sizes) < 1_000_000

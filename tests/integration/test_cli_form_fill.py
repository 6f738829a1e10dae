"""`fieldveil form fill` as a person types it: files, the list of what was planted, what is refused."""

import csv
import json
import subprocess
import sys
import time
from pathlib import Path

import pytest
from engine_forms import needs_engine
from form_tables import YES_NO, xlsx
from kind_forms import EVERY_KIND, form_of

from workers.cli.entry import run

pytestmark = needs_engine

SMALL = """
| survey |
| | type | name | label | relevant | required |
| | today | ctx_date | | | |
| | select_one yn | consent | Do you agree to take part? | | yes |
| | select_one_from_file areas.csv | area | Area | ${consent} = 'yes' | yes |
| | integer | wells | Wells | ${consent} = 'yes' | |
| settings |
| | form_title | form_id |
| | T | t |
"""


def written(folder: Path, table: str = SMALL) -> str:
    file = folder / "form.xlsx"
    file.write_bytes(xlsx(table + YES_NO))
    (folder / "areas.csv").write_text("name,label\nA,Aville\nB,Bville\n", encoding="utf-8")
    return str(file)


def told(capsys: pytest.CaptureFixture[str]) -> dict[str, object]:
    content: dict[str, object] = json.loads(capsys.readouterr().out)
    return content


def test_a_folder_of_submissions_and_the_list_of_planted_errors(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    form, out = written(tmp_path), tmp_path / "out"
    options = ("--submissions", "80", "--templates", "10", "--plant", "today_1970=0.2", "--plant", "same_id=0.1")

    code = run(("form", "fill", form, "--out", str(out), *options, "--json"))

    rows = list(csv.DictReader((tmp_path / "out.truth.csv").read_text(encoding="utf-8").splitlines()))
    wrong = {file.stem for file in out.rglob("*.xml") if b"<ctx_date>1970-01-01<" in file.read_bytes()}
    content = told(capsys)
    assert code == 0
    assert len(list(out.rglob("*.xml"))) == 80
    assert wrong == {f"{int(row['number']):06d}" for row in rows if row["error"] == "today_1970"}
    assert sum(dict(content["planted"]).values()) == len(rows) > 10  # type: ignore[call-overload]
    assert content["valid"] == content["checked"]
    assert content["findings"] == []


@pytest.mark.parametrize(
    ("options", "code", "said"),
    [
        (("--plant", "lies=0.1"), 2, "Errors: straight_lining"),
        (("--plant", "too_fast=0.1"), 1, "cannot show too_fast: it does not count its minutes"),
        (("--weights", "weights.yaml"), 1, "weights.yaml: the form has no question well. Correct the name"),
    ],
    ids=["unknown error", "error that the form cannot show", "misspelt question"],
)
def test_what_cannot_be_done_is_refused_with_the_reason(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    options: tuple[str, ...],
    code: int,
    said: str,
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("weights.yaml").write_text("weights: {well: {'5': 1}}", encoding="utf-8")

    found = run(("form", "fill", written(tmp_path), "--out", "out", "--submissions", "5", *options))

    assert (found, Path("out").exists()) == (code, False)
    assert said in capsys.readouterr().err


def test_a_form_with_errors_and_an_old_folder_are_refused(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    form = written(tmp_path, SMALL.replace("= 'yes' | yes |", "= 'ye' | yes |"))

    assert run(("form", "fill", form, "--out", str(tmp_path / "out"))) == 1
    assert "fieldveil form check" in capsys.readouterr().err
    assert run(("form", "fill", form, "--out", str(tmp_path))) == 2
    assert "is there already" in capsys.readouterr().err


def test_phones_that_send_recorded_interviews_cannot_vary_them(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(("fill", "--url", "http://127.0.0.1:9/key", "--recorded", "--fast")) == 2
    assert "leave out --recorded" in capsys.readouterr().err


@pytest.mark.slow
@pytest.mark.parametrize("kind", EVERY_KIND)
def test_submissions_of_every_kind_of_respondent_are_valid(
    tmp_path: Path, kind: str, capsys: pytest.CaptureFixture[str]
) -> None:
    built = form_of(kind)
    (tmp_path / "media").mkdir()
    (tmp_path / "form.xml").write_bytes(built.xform)
    for name, content in built.media.items():
        (tmp_path / "media" / name).write_bytes(content)
    options = ("--submissions", "300", "--templates", "30", "--sample", "300", "--plant", "today_1970=0.05")

    code = run(("form", "fill", str(tmp_path / "form.xml"), "--out", str(tmp_path / "out.ndjson"), *options, "--json"))

    content = told(capsys)
    assert (code, content["findings"]) == (0, [])
    assert content["valid"] == content["checked"]


def _memory(form: str, folder: Path, submissions: int) -> int:
    """The most memory, in KB, that a process of its own needed for so many."""
    program = "import sys; from workers.cli.entry import run; sys.exit(run(sys.argv[1:]))"
    out = str(folder / f"{submissions}.ndjson")
    options = ("--submissions", str(submissions), "--templates", "20", "--sample", "0", "--plant", "same_content=0.1")
    with subprocess.Popen([sys.executable, "-c", program, "form", "fill", form, "--out", out, *options]) as process:
        most = 0
        while process.poll() is None:
            most = max(most, _resident(process.pid))
            time.sleep(0.05)
    assert process.returncode == 0
    return most


def _resident(pid: int) -> int:
    try:
        status = Path(f"/proc/{pid}/status").read_text()
    except (FileNotFoundError, ProcessLookupError):
        return 0
    found = [line.split()[1] for line in status.splitlines() if line.startswith("VmHWM:")]
    return int(found[0]) if found else 0


@pytest.mark.slow
def test_a_hundred_thousand_need_no_more_memory_than_a_thousand(tmp_path: Path) -> None:
    form = written(tmp_path)

    few, many = (_memory(form, tmp_path, submissions) for submissions in (1_000, 100_000))

    assert many <= 1.1 * few

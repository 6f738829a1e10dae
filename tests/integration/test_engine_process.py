"""The helper process: it refuses bad forms in words, tells no answers, and never outlives or outwaits its caller."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest
from engine_forms import YES_NO, needs_engine, xform

from forms.engine import (
    Engine,
    EngineError,
    EngineStoppedError,
    FormRefusedError,
    Plan,
    ProblemKind,
    Templates,
    TemplatesRefusedError,
    coverage,
    record,
)
from forms.engine import exploring_plan as exploring

pytestmark = needs_engine

PLAN = Plan(today=date(2026, 3, 4), skip=0.0)
ROOT = Path(__file__).resolve().parents[2]
CANARY = "Canary-سارة-7781"

SIMPLE = xform("| survey | | | |\n| | type | name | label |\n| | text | word | Word |\n")


@pytest.fixture(scope="module")
def engine() -> Iterator[Engine]:
    with Engine(seconds=60) as running:
        yield running


def gone(pid: int) -> bool:
    """Waits up to ten seconds for a process to end; one that waits to be reaped has ended."""
    for _ in range(100):
        try:
            state = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
        except (FileNotFoundError, ProcessLookupError):
            return True
        if state == "Z":
            return True
        time.sleep(0.1)
    return False


def test_the_engine_tells_its_versions(engine: Engine) -> None:
    assert engine.versions["pyxform"].startswith("4.")
    assert int(engine.versions["java"].split(".")[0]) >= 11


# ---- bad forms -------------------------------------------------------------------------------------------------------


def test_a_broken_expression_is_refused_in_words_that_quote_the_form(engine: Engine) -> None:
    broken = SIMPLE.replace(b'nodeset="/data/word"', b'nodeset="/data/word" relevant="( 1 + "')

    with pytest.raises(FormRefusedError, match="word"):
        engine.open_form(broken, {})


def test_an_unknown_function_is_refused_by_name(engine: Engine) -> None:
    broken = SIMPLE.replace(b'nodeset="/data/word"', b'nodeset="/data/word" relevant="frobnicate(1)"')

    with pytest.raises(FormRefusedError, match="frobnicate"):
        engine.open_form(broken, {})


@pytest.mark.parametrize(
    ("file", "words"),
    [
        (b"not xml", "not well-formed"),
        (b"<a><b></a>", "not well-formed"),
        (b"<html/>", "not an XForm"),
        (SIMPLE.replace(b"<h:html", b"<!DOCTYPE html><h:html"), "document type"),
        (b'<!DOCTYPE a [<!ENTITY b "c"><!ENTITY d "&b;&b;">]><a>&d;</a>', "document type"),
    ],
    ids=["text", "cut", "no-form", "doctype", "entities"],
)
def test_what_is_no_form_is_refused_before_the_engine_sees_it(engine: Engine, file: bytes, words: str) -> None:
    with pytest.raises(FormRefusedError, match=words):
        engine.open_form(file, {})


def test_after_a_bad_form_the_same_engine_fills_a_good_one(engine: Engine) -> None:
    with pytest.raises(FormRefusedError):
        engine.open_form(b"<html/>", {})

    assert engine.open_form(SIMPLE, {}).fill(1, PLAN).valid


def test_a_media_name_cannot_leave_its_folder(engine: Engine) -> None:
    with pytest.raises(FormRefusedError, match="bare file name"):
        engine.open_form(SIMPLE, {"../evil.csv": b""})


def test_a_form_that_was_closed_by_another_says_so(engine: Engine) -> None:
    first = engine.open_form(SIMPLE, {})
    engine.open_form(SIMPLE, {})

    with pytest.raises(EngineError, match="closed when another was opened"):
        first.fill(1, PLAN)


def test_filling_after_closing_says_that_no_form_is_open(engine: Engine) -> None:
    form = engine.open_form(SIMPLE, {})
    engine.close_form()

    with pytest.raises(EngineError, match="Open it again"):
        form.fill(1, PLAN)


# ---- ODK Validate ----------------------------------------------------------------------------------------------------


def test_validate_says_nothing_against_a_good_form_and_something_against_a_bad_one(engine: Engine) -> None:
    bad = SIMPLE.replace(b'nodeset="/data/word"', b'nodeset="/data/word" relevant="/data/word = 1"')

    assert engine.validate(SIMPLE) == ()
    assert any("word" in complaint for complaint in engine.validate(bad))


def test_an_open_form_with_media_still_fills_after_another_was_validated(engine: Engine) -> None:
    table = """
| survey | | | | |
| | type | name | label | parameters |
| | select_one_from_file a.csv | place | Place | value=code label=name |
| | username | username | | |
"""
    form = engine.open_form(xform(table), {"a.csv": b"code,name\nP1,One\n"})
    plan = replace(PLAN, properties={"username": "enumerator"})
    before = form.fill(1, plan)

    engine.validate(SIMPLE)

    assert form.fill(1, plan) == before
    assert before.answers["/data/username"] == "enumerator"
    assert before.answers["/data/place"] == "P1"


# ---- answers stay inside ---------------------------------------------------------------------------------------------

FAILING = xform(
    """
| survey | | | | | |
| | type | name | label | constraint | calculation |
| | text | word | Word | | |
| | text | wrong | Wrong | regex(., '[') | |
| | text | late | Late | date(.) < today() | |
"""
)


def test_a_failure_at_run_time_names_the_question_and_never_the_answer(engine: Engine) -> None:
    plan = replace(PLAN, text_answers=(CANARY,))

    filled = engine.open_form(FAILING, {}).fill(1, plan)

    failures = {problem.path for problem in filled.problems if problem.kind is ProblemKind.ENGINE_ERROR}
    assert failures == {"/data/wrong", "/data/late"}
    assert any("regular expression" in problem.text for problem in filled.problems)
    assert CANARY in filled.answers["/data/word"]
    assert "7781" not in repr(filled)


def test_the_helper_writes_nothing_but_replies(capfd: pytest.CaptureFixture[str]) -> None:
    with Engine() as own:
        own.open_form(FAILING, {}).fill(1, replace(PLAN, text_answers=(CANARY,)))

    captured = capfd.readouterr()

    assert (captured.out, captured.err) == ("", "")


def test_no_answer_reaches_the_disk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TMPDIR", str(tmp_path))
    monkeypatch.setattr("tempfile.tempdir", None)

    with Engine() as own:
        own.open_form(SIMPLE, {"x.csv": b"a"}).fill(1, replace(PLAN, text_answers=(CANARY,)))
        files = [path for path in tmp_path.rglob("*") if path.is_file()]

    assert [path.name for path in files] == ["x.csv"]
    assert list(tmp_path.iterdir()) == []


# ---- life and death --------------------------------------------------------------------------------------------------


ENDLESS = xform(
    "| survey | | | | |\n| | type | name | label | constraint |\n| | text | t | T | regex(., 'P') |\n"
).replace(b"'P'", rb"'^(a|aa)+\1\1x$'")
ENDLESS_ANSWER = "a" * 60 + "!"


def test_a_helper_that_hangs_is_killed_and_the_error_says_what_to_do() -> None:
    with Engine(seconds=4) as own:
        form = own.open_form(ENDLESS, {})

        with pytest.raises(EngineStoppedError, match=r"gave no answer for 4 seconds.*start a new engine"):
            form.fill(1, PLAN.with_forced(t=ENDLESS_ANSWER))


def test_a_helper_that_dies_is_noticed_at_once() -> None:
    with Engine() as own:
        form = own.open_form(SIMPLE, {})
        os.kill(own.pid, signal.SIGKILL)

        with pytest.raises(EngineStoppedError, match="ended by itself"):
            form.fill(1, PLAN)


def test_leaving_the_block_ends_the_helper() -> None:
    with Engine() as own:
        pid = own.pid

    assert gone(pid)


PARENTS = {
    "idle": "import time; time.sleep(60)",
    "busy": "form.fill(1, Plan(today=date(2026, 3, 4), forced={'t': 'ANSWER'}))".replace("ANSWER", ENDLESS_ANSWER),
}


@pytest.mark.skipif(not Path("/proc").is_dir(), reason="needs /proc to look at processes")
@pytest.mark.parametrize("doing", list(PARENTS))
def test_the_helper_ends_when_its_parent_is_killed(doing: str, tmp_path: Path) -> None:
    (tmp_path / "form.xml").write_bytes(ENDLESS)
    script = f"""
from datetime import date
from forms.engine import Engine, Plan
with Engine() as engine:
    form = engine.open_form(open({str(tmp_path / "form.xml")!r}, "rb").read(), {{}})
    print(engine.pid, flush=True)
    {PARENTS[doing]}
"""
    command = [sys.executable, "-c", script]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE) as parent:
        assert parent.stdout is not None
        helper = int(parent.stdout.readline())
        time.sleep(0.3)
        parent.kill()

        assert gone(helper)


def test_an_engine_outside_its_block_says_how_to_use_it() -> None:
    with pytest.raises(EngineError, match="with block"):
        Engine().open_form(SIMPLE, {})


# ---- the form gate ---------------------------------------------------------------------------------------------------


def test_coverage_finds_what_pyxform_and_validate_let_through(engine: Engine) -> None:
    table = """
| survey | | | | | | | |
| | type | name | label | relevant | constraint | choice_filter | required |
| | select_one yn | fine | Fine | | | | yes |
| | note | seen | Seen | ${fine}='yes' | | | |
| | text | never | Never | ${fine}='maybe' | | | |
| | integer | dead | Dead | | . > 'x' | | |
| | select_one yn | empty | Empty | | | nothing=${fine} | |
"""
    form = engine.open_form(xform(table + YES_NO), {})

    rows = {row.path: row for row in coverage(form.info, form.fill_many(range(40), exploring(date(2026, 3, 4))))}

    assert {path for path, row in rows.items() if row.never_reached} == {"/data/never"}
    assert {path for path, row in rows.items() if row.never_answerable} == {"/data/dead", "/data/empty"}
    assert rows["/data/dead"].unsatisfied > 20
    assert rows["/data/dead"].rejected == rows["/data/dead"].unsatisfied
    assert 0 < rows["/data/seen"].reached < 40
    assert rows["/data/fine"].rejected == 0


# ---- recorded templates ----------------------------------------------------------------------------------------------


def test_what_the_engine_filled_is_recorded_and_replayed_without_it(engine: Engine) -> None:
    table = """
| survey | | | | |
| | type | name | label | calculation |
| | today | day | | |
| | text | word | Word | |
| | calculate | clo_code | | once(substr(digest(concat(random(), now()),'SHA-256','hex'),0,8)) |
"""
    source = xform(table)
    form = engine.open_form(source, {})

    data = record(form, range(20), PLAN)
    replayed = Templates(data, source, {}).fill_many(range(50), replace(PLAN, today=date(2027, 1, 1)))

    assert data == record(form, range(20), PLAN)
    assert {one.answers["/data/day"] for one in replayed} == {"2027-01-01"}
    assert len({one.answers["/data/clo_code"] for one in replayed}) == 50
    assert len({one.instance_id for one in replayed}) == 50


def test_a_form_that_cannot_be_filled_is_not_recorded(engine: Engine) -> None:
    table = "| survey | | | | |\n| | type | name | label | required |\n| | integer | n | N | yes |\n"
    form = engine.open_form(xform(table), {})

    with pytest.raises(TemplatesRefusedError, match="nothing to record"):
        record(form, range(3), PLAN.with_forced(n=""))

"""Identifiers where a phone can put them, and everything going wrong: none is in database, logs, errors or files."""

import pickle
import traceback
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from small_form import FULL
from small_letters import context, post, send, xml
from sqlalchemy import Engine, text

from backend.store.engine import transaction
from workers import tasks
from workers.context import Context
from workers.demo.canary_search import Search
from workers.phone.canary import Canaries
from workers.pull import pull_form

CANARIES = Canaries(7)
TEXTS = [CANARIES.text(place) for place in CANARIES]
NAME = CANARIES.text("xml.respondent_name")
ARABIC = CANARIES.text("xml.respondent_name_arabic")


@pytest.fixture
def field(sqlite_engine: Engine, tmp_path: Path) -> Context:
    return context(sqlite_engine, tmp_path / "home", page_size=3)


def everywhere(answer: str) -> dict[str, str]:
    """The answer in every question of the form but those that let the interview through."""
    open_gate = {"saf/private", "con/understood", "con/given", "who/adm1"}
    return {path: answer for path in FULL if "/" in path and not path.startswith("meta") and path not in open_gate}


def post_canaries(field: Context) -> None:
    """Identifiers in nodes the form does not have, in every answer, and in the names of versions and instances."""
    extra = "".join(f"<n{number}>{words}</n{number}>" for number, words in enumerate(TEXTS))
    plain = xml("uuid:1").decode().replace("</data>", f"{extra}</data>")
    letters = [
        ("uuid:1", "", plain.encode()),
        ("uuid:2", "", xml("uuid:2", **everywhere(NAME))),
        ("uuid:3", "", xml("uuid:3", **everywhere(ARABIC))),
        (NAME, "", xml(NAME)),
        ("uuid:5", ARABIC, xml("uuid:5", previous=ARABIC)),
        ("uuid:6", "", xml("uuid:6", version=NAME)),
        ("uuid:7", "", xml("uuid:7", form_id=ARABIC)),
        ("uuid:8", "", f"<data id='small' version='v1'>{NAME}".encode()),
        ("uuid:9", "", xml("uuid:9", **{"who/adm1": NAME})),
    ]
    post(field, letters)


@contextmanager
def refused_writes(field: Context, table: str) -> Iterator[None]:
    """The database takes nothing more into one table, as when a rule of it is broken."""
    trigger = f"CREATE TRIGGER refuse BEFORE INSERT ON {table} BEGIN SELECT RAISE(ABORT, 'refused'); END"
    with transaction(field.engine) as session:
        session.execute(text(trigger))
    yield
    with transaction(field.engine) as session:
        session.execute(text("DROP TRIGGER refuse"))


def found(tmp_path: Path, *told: str) -> list[str]:
    search = Search(CANARIES.values())
    finds = [*search.in_folder(tmp_path), *search.in_bytes("\n".join(told).encode(), "what was told")]
    return [f"{find.place} as {find.writing} in {find.where}" for find in finds]


def test_the_search_finds_what_is_there(tmp_path: Path) -> None:
    (tmp_path / "leak.txt").write_text(f"name: {ARABIC}")

    assert found(tmp_path)


def test_a_pull_of_canaries_leaves_none(field: Context, heard: Path, tmp_path: Path) -> None:
    post_canaries(field)
    report = pull_form(field, "small")

    assert report is not None
    assert report.read == 9
    assert found(tmp_path, repr(report)) == []


@pytest.mark.parametrize("table", ["submission", "ledger", "reject", "counter", "daily", "inbox"])
def test_a_refused_write_tells_nothing(field: Context, heard: Path, tmp_path: Path, table: str) -> None:
    post_canaries(field)
    send(field, "uuid:note", **{"clo/talk": "yes", "rec/how_often": NAME})

    with refused_writes(field, table), pytest.raises(Exception, match="refused") as failure:
        pull_form(field, "small")
    told = "".join(traceback.format_exception(failure.value)) + repr(failure.value.__dict__)
    assert found(tmp_path, told) == []
    pull_form(field, "small")
    assert found(tmp_path) == []


def test_a_crash_in_the_middle_of_a_page_tells_nothing(
    field: Context, heard: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    post_canaries(field)

    def crash(*arguments: object) -> None:
        raise RuntimeError(f"crashed with {arguments!r}")

    monkeypatch.setattr("workers.reading.Item.of", crash)
    with pytest.raises(RuntimeError) as failure:
        pull_form(field, "small")

    told = "".join(traceback.format_exception(failure.value))
    # What strip and apply hand on is already clean, so even a careless message about it holds nobody.
    assert found(tmp_path, told) == []


def test_a_failing_task_logs_its_kind_and_nothing_else(
    field: Context, heard: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    post_canaries(field)
    monkeypatch.setattr(tasks, "worker_context", lambda: field)

    with refused_writes(field, "submission"):
        tasks.pull_one_form("small")

    assert found(tmp_path) == []


def test_what_a_task_is_sent_is_an_id(field: Context) -> None:
    message = tasks.pull_one_form.s("small")

    assert pickle.loads(pickle.dumps(dict(message)))["args"] == ("small",)  # noqa: S301 (our own bytes)

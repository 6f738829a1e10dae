"""Tasks take ids only, and every task that is sent by name exists."""

import inspect
import re
import typing
from pathlib import Path

import pytest

from workers import tasks
from workers.app import app

NAMES = sorted(name for name in app.tasks if not name.startswith("celery."))
ROOT = Path(__file__).parents[2]


def test_there_are_tasks() -> None:
    assert tasks.pull_one_form.name in NAMES


@pytest.mark.parametrize("name", NAMES)
def test_a_task_takes_at_most_one_id(name: str) -> None:
    run = app.tasks[name].run
    hints = typing.get_type_hints(run)
    parameters = list(inspect.signature(run).parameters)

    assert len(parameters) <= 1
    assert all(parameter.endswith("_id") and hints[parameter] is str for parameter in parameters)


@pytest.mark.parametrize("name", NAMES)
def test_a_task_gives_nothing_back(name: str) -> None:
    assert typing.get_type_hints(app.tasks[name].run)["return"] is type(None)
    assert app.conf.task_ignore_result
    assert app.conf.result_backend is None


def test_the_schedule_names_tasks_that_exist() -> None:
    assert {entry["task"] for entry in app.conf.beat_schedule.values()} <= set(NAMES)


def test_whoever_wakes_a_task_names_one_that_exists() -> None:
    sources = [path.read_text(encoding="utf-8") for path in (ROOT / "backend").rglob("*.py")]
    woken = {name for source in sources for name in re.findall(r"wake\([^,]+, \"([a-z_.]+)\"", source)}

    assert woken <= set(NAMES)


def test_only_json_is_understood() -> None:
    assert app.conf.accept_content == ["json"]
    assert app.conf.task_serializer == "json"


def test_a_task_ends_before_the_broker_gives_it_to_another_worker() -> None:
    visible = app.conf.broker_transport_options["visibility_timeout"]

    assert app.conf.task_soft_time_limit < app.conf.task_time_limit < visible

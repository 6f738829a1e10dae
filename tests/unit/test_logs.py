"""What a stranger learns from the logs: nothing about a person, no token, no value out of an exception."""

import json
import logging
from collections.abc import Callable, Iterator
from typing import Any

import pytest
import structlog
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import create_engine
from sqlalchemy.exc import OperationalError

from backend import logs
from backend.logs import BLOT, redact

Lines = Callable[[], list[dict[str, Any]]]


@pytest.fixture
def lines(capsys: pytest.CaptureFixture[str]) -> Iterator[Lines]:
    """What was logged since the last look, as the JSON of production."""
    root = logging.getLogger()
    before = root.handlers[:], root.level
    logs.configure("INFO", as_json=True)
    yield lambda: [json.loads(line) for line in capsys.readouterr().err.splitlines()]
    root.handlers[:], root.level = before
    structlog.reset_defaults()


@pytest.mark.parametrize(
    "secret",
    [
        "+963 944 123 456",
        "0944123456",
        "(0944) 12-34-56",
        "٠٩٤٤١٢٣٤٥٦",
        "amina.k@example.org",
        "5f4dcc3b5aa765d61d8327deb882cf995f4dcc3b5aa765d61d8327deb882cf99",
    ],
)
def test_what_leads_to_a_person_is_blotted_out(secret: str) -> None:
    assert redact(f"seen {secret} here") == f"seen {BLOT} here"


@pytest.mark.parametrize(
    "path", ["/letterbox/{}/submission", "/letterbox/{}", "/enter/{}", "/fill/{}", "/v1/key/{}/projects/1"]
)
def test_a_token_in_a_path_is_blotted_out(path: str) -> None:
    assert redact(path.format("x9-Qz_tok")) == path.format(BLOT)


@pytest.mark.parametrize(
    "harmless", ["2026-11-22", "took 12.5 ms", "1000 rows", "task pull.form CTE-F-12", "version 2026.11", "DV0102"]
)
def test_what_an_operator_needs_stays(harmless: str) -> None:
    assert redact(harmless) == harmless


@given(st.from_regex(r"\+?[0-9]{7,15}", fullmatch=True))
def test_no_number_as_long_as_a_telephone_number_gets_through(number: str) -> None:
    assert number not in redact(f"call {number}")


@given(st.text())
def test_redacting_twice_changes_nothing_more(text: str) -> None:
    assert redact(redact(text)) == redact(text)


@pytest.mark.parametrize("name", ["token", "password", "Authorization", "Cookie", "csrf_token"])
def test_a_value_named_like_a_secret_is_blotted_out(lines: Lines, name: str) -> None:
    structlog.get_logger("test").info("asked", **{name: "opensesame"})

    assert lines()[0][name] == BLOT


def test_values_inside_other_values_are_redacted(lines: Lines) -> None:
    structlog.get_logger("test").info("asked", headers={"Cookie": "abc", "Accept": ["a@example.org"]})

    assert lines()[0]["headers"] == {"Cookie": BLOT, "Accept": [BLOT]}


def test_an_object_is_named_not_printed(lines: Lines) -> None:
    structlog.get_logger("test").info("read", row=ValueError("Amina"))

    assert lines()[0]["row"] == "ValueError"


def test_lines_of_libraries_are_redacted_too(lines: Lines) -> None:
    logging.getLogger("werkzeug").warning("GET %s from %s", "/letterbox/tok123/formList", "a@example.org")

    assert lines()[0]["event"] == f"GET /letterbox/{BLOT}/formList from {BLOT}"


def _fail() -> None:
    try:
        int("Amina said it")
    except ValueError as error:
        raise KeyError("Amina") from error


def test_an_error_is_logged_by_types_and_places_without_its_message(lines: Lines) -> None:
    try:
        _fail()
    except KeyError:
        structlog.get_logger("test").error("failed", exc_info=True)

    told = json.dumps(lines())
    assert "Amina" not in told
    assert "KeyError" in told
    assert "in _fail" in told


def test_of_the_places_in_libraries_only_the_innermost_is_told(lines: Lines) -> None:
    try:
        create_engine("sqlite:////nowhere/at/all.sqlite").connect()
    except OperationalError:
        structlog.get_logger("test").error("failed", exc_info=True)

    [line] = lines()
    kind, mine, innermost, *_ = line["error"]
    assert kind == "OperationalError"
    assert "test_logs.py" in mine
    assert innermost.startswith("  sqlalchemy/")
    assert len(line["error"]) < 6


def test_an_error_logged_by_a_library_loses_its_message_too(lines: Lines) -> None:
    try:
        _fail()
    except KeyError:
        logging.getLogger("library").exception("it broke")

    told = json.dumps(lines())
    assert "Amina" not in told
    assert "ValueError" in told


# As Celery, gunicorn and Flask word what went wrong; the last one comes put together.
@pytest.mark.parametrize(
    ("line", "arguments", "left"),
    [
        (
            "Task %(name)s[%(id)s] %(description)s: %(exc)s",
            ({"name": "pull.form", "id": "t1", "description": "raised unexpected", "exc": "ValueError('Amina')"},),
            f"Task pull.form[t1] raised unexpected: {BLOT}",
        ),
        ("Error handling request %s %s", ("GET", "/forms/Amina"), f"Error handling request {BLOT} {BLOT}"),
        ("Exception on /forms/Amina [GET]", (), "Exception on "),
    ],
)
def test_what_a_library_says_of_an_error_holds_no_value(
    lines: Lines, line: str, arguments: tuple[object, ...], left: str
) -> None:
    try:
        _fail()
    except KeyError:
        logging.getLogger("celery.app.trace").exception(line, *arguments)

    told = lines()[0]
    assert told["event"] == left
    assert "Amina" not in json.dumps(told)


def test_an_error_that_a_library_logs_as_its_own_words_is_named_not_printed(lines: Lines) -> None:
    try:
        _fail()
    except KeyError as error:
        said: object = error
        logging.getLogger("library").exception(said)

    assert lines()[0]["event"] == "KeyError"


def test_gunicorn_does_not_quote_a_request_that_is_no_http(lines: Lines) -> None:
    logging.getLogger("gunicorn.error").warning("Invalid request from ip=192.0.2.1: Invalid HTTP header name: 'Amina'")

    assert lines()[0]["event"] == "a request that is no HTTP was refused"

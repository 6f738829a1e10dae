"""Structured logs without values: tokens, addresses and numbers are blotted out; of an error only types and places."""

import logging
import re
import sys
import traceback
from collections.abc import Mapping, MutableMapping
from copy import copy
from types import TracebackType
from typing import Any

import structlog

BLOT = "***"
_SECRET_NAMES = frozenset(
    {
        "authorization",
        "authentication-token",
        "cookie",
        "csrf_token",
        "key",
        "password",
        "secret",
        "set-cookie",
        "token",
    }
)
_TOKEN_IN_PATH = re.compile(r"(/(?:letterbox|enter|fill|key)/)[^/\s\"'?]+")
_EMAIL = re.compile(r"[\w.+-]+@[\w-]+(?:\.[\w-]+)+")
_HEX = re.compile(r"(?<![0-9a-fA-F])[0-9a-fA-F]{32,}(?![0-9a-fA-F])")
# \d means the digits of every script here, Arabic-Indic ones too.
_DIGITS = re.compile(r"(?<![\w.-])\+?\(?\d[\d\s().\-/]{5,}\d(?!\w)")
_DATE = re.compile(r"\d{4}-\d{2}-\d{2}")
# What Celery puts into its line about a failed task, and what there is no identifier in.
_NAMES_OF_TASKS = frozenset({"name", "id", "description"})
_BEFORE_VALUES = re.compile(r"[\w ,.-]*")
_LIBRARIES = "/site-packages/"
# Installed as a package, the product lies among the libraries.
_FLOORS = frozenset({"workers", "backend", "forms", "mappings"})

_EventDict = MutableMapping[str, Any]
_ExcInfo = tuple[type[BaseException], BaseException, TracebackType | None]


def redact(text: str) -> str:
    """Blots out what may lead to a person or open a door. Dates stay: a log without them is of no use."""
    text = _TOKEN_IN_PATH.sub(rf"\1{BLOT}", text)
    text = _HEX.sub(BLOT, _EMAIL.sub(BLOT, text))
    return _DIGITS.sub(_blot_number, text)


def _blot_number(match: re.Match[str]) -> str:
    found = match.group()
    digits = sum(character.isdigit() for character in found)
    return found if digits < 7 or _DATE.fullmatch(found) else BLOT


def _clean(value: Any) -> Any:
    if isinstance(value, str):
        return redact(value)
    if isinstance(value, Mapping):
        return {redact(str(name)): BLOT if _is_secret(name) else _clean(inner) for name, inner in value.items()}
    if isinstance(value, list | tuple | set | frozenset):
        return [_clean(inner) for inner in value]
    # Anything else could print what it holds.
    return value if isinstance(value, bool | int | float | None) else type(value).__name__


def _is_secret(name: object) -> bool:
    return str(name).lower() in _SECRET_NAMES


def redact_event(_logger: Any, _method: str, event: _EventDict) -> _EventDict:
    return {name: BLOT if _is_secret(name) else _clean(value) for name, value in event.items()}


def places_of_error(_logger: Any, _method: str, event: _EventDict) -> _EventDict:
    """Replaces the exception by its types and places: the message of a foreign exception may quote an answer."""
    raised = event.pop("exc_info", None)
    found = _as_exc_info(raised)
    if found is not None:
        event["error"] = _chain(found[1])
    return event


def _as_exc_info(raised: Any) -> _ExcInfo | None:
    if isinstance(raised, BaseException):
        return type(raised), raised, raised.__traceback__
    current = sys.exc_info() if raised is True else raised
    return current if isinstance(current, tuple) and isinstance(current[1], BaseException) else None


def _chain(error: BaseException) -> list[str]:
    lines: list[str] = []
    link: BaseException | None = error
    while link is not None and len(lines) < 100:
        lines.append(type(link).__name__)
        lines += _places(traceback.extract_tb(link.__traceback__))
        link = link.__cause__ or (None if link.__suppress_context__ else link.__context__)
    return lines


def _places(frames: list[traceback.FrameSummary]) -> list[str]:
    """Ours, and the innermost: the forty of a library in between say nothing about what to mend."""
    kept = [frame for frame in frames[:-1] if _is_ours(frame.filename)] + frames[-1:]
    return [f"  {frame.filename.rsplit(_LIBRARIES, 1)[-1]}:{frame.lineno} in {frame.name}" for frame in kept]


def _is_ours(filename: str) -> bool:
    if _LIBRARIES in filename:
        return filename.rsplit(_LIBRARIES, 1)[-1].partition("/")[0] in _FLOORS
    return not filename.startswith("<")


def _without_values(record: logging.LogRecord) -> logging.LogRecord:
    """A library's line about an error quotes the error, or the address that was asked for: its own words are enough."""
    if not record.exc_info or isinstance(record.msg, Mapping):
        return record
    careful = copy(record)
    careful.msg, careful.args = _own_words(record), ()
    return careful


def _own_words(record: logging.LogRecord) -> str:
    text = record.msg if isinstance(record.msg, str) else type(record.msg).__name__
    try:
        if isinstance(record.args, Mapping):
            return text % {name: value if name in _NAMES_OF_TASKS else BLOT for name, value in record.args.items()}
        if record.args:
            return text % tuple(value if isinstance(value, int | float) else BLOT for value in record.args)
    except (TypeError, ValueError, KeyError):
        pass  # a line that cannot be put together: as one that was
    return _BEFORE_VALUES.match(text).group()  # type: ignore[union-attr]  # it matches nothing, too


class RedactedLines(logging.Handler):
    """Writes to whatever standard error is at that moment; told apart from handlers that others put on the root."""

    def emit(self, record: logging.LogRecord) -> None:
        try:
            print(self.format(_without_values(record)), file=sys.stderr)  # noqa: T201 (this is where log lines leave)
        except (OSError, ValueError):
            self.handleError(record)


def configure(level: str, *, as_json: bool) -> None:
    """Sends our own and every library's log lines the same way, through the same redaction, to standard error."""
    shared: list[Any] = [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_logger_name,
        structlog.stdlib.add_log_level,
        places_of_error,
        redact_event,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
    ]
    renderer = structlog.processors.JSONRenderer() if as_json else structlog.dev.ConsoleRenderer(colors=False)
    structlog.configure(
        processors=[*shared, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.stdlib.BoundLogger,
        cache_logger_on_first_use=False,
    )
    handler = RedactedLines()
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=shared,
            processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, renderer],
        )
    )
    root = logging.getLogger()
    root.handlers[:] = [*(other for other in root.handlers if not isinstance(other, RedactedLines)), handler]
    root.setLevel(level.upper())
    _take_over_gunicorn()


def _take_over_gunicorn() -> None:
    """It has handlers of its own, and quotes requests that are no HTTP."""
    own = logging.getLogger("gunicorn.error")
    own.handlers.clear()
    own.propagate = True
    own.filters[:] = [_without_request]


def _without_request(record: logging.LogRecord) -> bool:
    if str(record.msg).startswith("Invalid request"):
        record.msg, record.args = "a request that is no HTTP was refused", ()
    return True

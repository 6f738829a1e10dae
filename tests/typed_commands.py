"""The command line as a person types it in the tests."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import Engine

from backend import logs
from backend.settings import settings
from backend.store import areas
from backend.store.audit import Audit
from backend.store.engine import transaction
from forms.brief import as_yaml
from forms.demo import brief
from mappings.areas import demo as dorvania
from workers.cli.entry import run
from workers.cli.store import today

Typed = Callable[..., tuple[int, str, str]]
"""Types a command: exit code, standard output, standard error."""


@contextmanager
def terminal(capsys: pytest.CaptureFixture[str], *before: str) -> Iterator[Typed]:
    """`before` stands before every command that is typed. Logging is put back afterwards: it is the whole process's."""

    def command(*words: str | Path) -> tuple[int, str, str]:
        capsys.readouterr()
        code = run([*before, *(str(word) for word in words)])
        answer = capsys.readouterr()
        return code, answer.out, answer.err

    yield command
    logs.configure("WARNING", as_json=False)


def install(monkeypatch: pytest.MonkeyPatch, engine: Engine, home: Path) -> None:
    """An installation on this database, with the areas of the invented country."""
    monkeypatch.setenv("FIELDVEIL_HOME", str(home))
    monkeypatch.setenv("FIELDVEIL_DATABASE_URL", str(engine.url))
    settings.cache_clear()
    entry = Audit("test", "areas.imported", "", {})
    with transaction(engine) as session:
        areas.save_set(session, dorvania.load(), {}, source="demo", imported_on=today(), audit=entry)


def fresh_brief(folder: Path) -> Path:
    """The demo's, with a referral pathway that was verified yesterday."""
    made = brief()
    purpose = replace(made.purpose, referral_verified_on=today() - timedelta(days=1))
    file = folder / "brief.yaml"
    file.write_bytes(as_yaml(replace(made, purpose=purpose)))
    return file

"""What several of these tests begin with: a terminal, an installation, a log, a browser."""

import logging
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from sqlalchemy import Engine
from typed_commands import Typed, install, terminal

from backend import logs

if TYPE_CHECKING:
    from apiflask import APIFlask
    from flask.testing import FlaskClient

_NAMES = ("chromium", "chromium-browser", "google-chrome")
_OPTIONS = ["--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage"]


@pytest.fixture
def typed(capsys: pytest.CaptureFixture[str]) -> Iterator[Typed]:
    """Types a command."""
    with terminal(capsys) as command:
        yield command


@pytest.fixture
def installed(monkeypatch: pytest.MonkeyPatch, sqlite_engine: Engine, tmp_path: Path) -> None:
    """Commands meet an installation that has areas."""
    install(monkeypatch, sqlite_engine, tmp_path / "home")


@pytest.fixture
def officer(app: "APIFlask", sqlite_engine: Engine) -> "FlaskClient":
    """An IM officer, signed in to the pages that the module serves as `app`."""
    # Most tests serve no pages, and loading what serves them takes a second.
    import web_site

    from backend.access import Role

    return web_site.visitor(app, sqlite_engine, Role.IM_OFFICER)


@pytest.fixture
def heard(tmp_path: Path) -> Iterator[Path]:
    """Every log record there is, written as the product writes it."""
    file = tmp_path / "everything.log"
    handler = logging.FileHandler(file)
    root = logging.getLogger()
    logs.configure("DEBUG", as_json=True)
    root.addHandler(handler)
    yield file
    root.removeHandler(handler)
    handler.close()


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    """A test that asks for it carries the marker `browser`."""
    sync_api = pytest.importorskip("playwright.sync_api")
    chromium = next(filter(None, map(shutil.which, _NAMES)), None)
    if chromium is None:
        pytest.skip("no Chromium here: ci/apt.txt names the package")
    with sync_api.sync_playwright() as playwright:
        found = playwright.chromium.launch(executable_path=chromium, args=_OPTIONS)
        yield found
        found.close()

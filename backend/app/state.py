"""What every request needs and nobody imports as a global: settings, the database, and who is asking."""

from dataclasses import dataclass, field

from flask import Flask, current_app
from flask_security import current_user
from sqlalchemy import Engine

from backend.access import Viewer
from backend.app.places import Places
from backend.settings import Environment, Settings
from backend.store.accounts import Account

_EXTENSION = "fieldveil"


@dataclass(frozen=True, slots=True)
class State:
    settings: Settings
    engine: Engine
    places: Places = field(default_factory=Places)

    @property
    def is_production(self) -> bool:
        return self.settings.environment is Environment.PRODUCTION


def keep(app: Flask, state: State) -> None:
    app.extensions[_EXTENSION] = state


def state() -> State:
    return of(current_app)


def of(app: Flask) -> State:
    found = app.extensions[_EXTENSION]
    assert isinstance(found, State)  # noqa: S101 (tells the type checker what `keep` put there)
    return found


def account() -> Account | None:
    """The signed-in account."""
    return current_user._get_current_object() if current_user.is_authenticated else None


def viewer() -> Viewer:
    """Who is asking, with roles, areas and team; nobody has no role."""
    found = account()
    return found.viewer if found is not None else Viewer(name="nobody")

"""What every piece of work is handed: the settings and the database. Nothing of it is a ready-made global."""

from dataclasses import dataclass
from functools import lru_cache

from sqlalchemy import Engine

from backend.settings import Settings, settings
from backend.store.engine import open_engine
from forms.catalogue import packs


@dataclass(frozen=True, slots=True)
class Context:
    settings: Settings
    engine: Engine


def open_context(chosen: Settings) -> Context:
    """Forms, checks and catalogue know the language packs of the installation from here on."""
    packs.use(chosen.language_packs)
    return Context(chosen, open_engine(chosen.database))


@lru_cache(maxsize=1)
def worker_context() -> Context:
    """The one of a worker process: opened at its first task, so that no connection is shared over a fork."""
    return open_context(settings())

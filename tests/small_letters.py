"""Letters of the small form: XML as a phone writes it, sealed as the door seals it, in a store where phones have it."""

import hashlib
from collections.abc import Iterable
from datetime import date
from pathlib import Path
from typing import Any
from xml.sax.saxutils import escape

from small_form import DEPLOYED, FULL, MAPPING, RECEIVED
from small_store import put_areas, put_form
from sqlalchemy import Engine

from backend.crypto import seal
from backend.settings import Settings
from backend.store.engine import transaction
from backend.store.letter_keys import living_keys
from backend.store.letter_plan import Letter, LetterKind
from backend.store.letters import add_letters
from workers.context import Context
from workers.letter_keys import keep
from workers.pseudonym_keys import create_keys


def context(engine: Engine, home: Path, **changes: Any) -> Context:
    """Everything a pull of the small form needs, on disk under `home` and in the database."""
    chosen = Context(Settings(home=home, **changes), engine)
    keep(chosen, RECEIVED)
    create_keys(chosen.settings, survey_id=MAPPING.survey_id, country="XAA")
    put_areas(engine)
    put_form(engine)
    return chosen


def xml(instance: str, previous: str = "", version: str = "v1", form_id: str = "small", **answers: Any) -> bytes:
    """A filled form. `answers` replace those of a full interview; None leaves one out."""
    rows = FULL | answers
    meta = {"meta/instanceID": instance, "meta/deprecatedID": previous or None}
    flat = {
        path: value for path, value in (rows | meta).items() if "/" in path or path in ("today", "q_minutes", "rep")
    }
    flat = {path: value for path, value in flat.items() if not path.startswith("meta/root") and value is not None}
    return f'<data id="{form_id}" version="{version}">{_nested(flat)}</data>'.encode()


def _nested(flat: dict[str, Any]) -> str:
    groups: dict[str, dict[str, Any]] = {}
    for path, value in flat.items():
        group, _, name = path.rpartition("/")
        groups.setdefault(group, {})[name] = value
    pieces = []
    for group, leaves in groups.items():
        inner = "".join(_leaf(name, value) for name, value in leaves.items())
        pieces.append(f"<{group}>{inner}</{group}>" if group else inner)
    return "".join(pieces)


def _leaf(name: str, value: Any) -> str:
    if isinstance(value, list):
        return "".join(
            f"<{name}>{''.join(_leaf(p.rpartition('/')[2], v) for p, v in row.items())}</{name}>" for row in value
        )
    return f"<{name}>{escape(str(value))}</{name}>"


def post(
    context: Context,
    documents: Iterable[tuple[str, str, bytes]],
    *,
    received_on: date = RECEIVED,
    form_id: str = "small",
) -> None:
    """What the door does with (instance id, id of the version before or '', XML)."""
    with transaction(context.engine) as session:
        key = living_keys(session)[0]
        letters = [
            Letter(
                form_id=form_id,
                key_id=key.key_id,
                kind=LetterKind.EDIT if previous else LetterKind.ORIGINAL,
                receipt=name_of(instance),
                content=name_of(document.decode()),
                received_on=received_on,
                sealed=seal(key.public_key, form_id, document),
                previous=name_of(previous) if previous else None,
            )
            for instance, previous, document in documents
        ]
        add_letters(session.connection(), letters)


def send(context: Context, instance: str, previous: str = "", **answers: Any) -> None:
    """One interview, posted."""
    post(context, [(instance, previous, xml(instance, previous, **answers))])


def name_of(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()[:32]


__all__ = ["DEPLOYED", "context", "post", "send", "xml"]

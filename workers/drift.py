"""Looks once a day whether a form on its server is still the form that was built, and whether answers fit it."""

from datetime import date

from backend.store import drifts
from backend.store.drifts import Drifted, Look
from backend.store.engine import reading, transaction
from backend.store.forms import FormHead, form_head
from mappings.drift import form_names, unknown_names, without_groups
from mappings.xform import UnreadableError
from workers.context import Context
from workers.servers.schemas import Sample, Schema, look_at
from workers.servers.source import PullError

ADDED, MISSING = "added", "missing"


def look(context: Context, form_id: str, today: date) -> Look:
    """Asks the server, keeps what is found for the pages, and returns it. Raises NetError and PullError."""
    with reading(context.engine) as session:
        head = _head(form_head(session, form_id), form_id)
        built = {version: _names(xform) for version, xform in drifts.built_forms(session, form_id).items()}
        sample = look_at(session, context, head)
    found = judge(head, built, sample, today)
    with transaction(context.engine) as session:
        drifts.keep_look(session, found)
    return found


def judge(head: FormHead, built: dict[str, frozenset[str]], sample: Sample, today: date) -> Look:
    known = frozenset[str]().union(*built.values(), *(schema.names for schema in sample.schemas))
    unknown = sum(unknown_names(names, known) for names in sample.rows)
    current = built.get(head.current_version or "", frozenset())
    names = sorted({one for schema in sample.schemas for one in _compared(_ours(built, schema, current), schema)})
    return Look(head.form_id, today, len(sample.rows), unknown, tuple(names))


def _ours(built: dict[str, frozenset[str]], schema: Schema, current: frozenset[str]) -> frozenset[str]:
    """An adopted version by the server's own name of it, else the one it says it is."""
    return built.get(schema.version) or built.get(schema.own, current)


def _compared(ours: frozenset[str], schema: Schema) -> list[Drifted]:
    """Against the version it says it is, else against the one that phones were given last."""
    if not ours:
        return []
    theirs, mine = without_groups(schema.names), without_groups(ours)
    added = [Drifted(schema.version, name, ADDED) for name in theirs - ours]
    return added + [Drifted(schema.version, name, MISSING) for name in mine - schema.names]


def _names(xform: bytes) -> frozenset[str]:
    try:
        return form_names(xform)
    except UnreadableError:
        return frozenset()


def _head(head: FormHead | None, form_id: str) -> FormHead:
    if head is None:
        raise PullError("form_unknown", f"Form {form_id}", "`fieldveil form list` shows those that are.")
    return head

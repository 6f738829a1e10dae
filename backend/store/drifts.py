"""Keeps how the form on a server differs from the form as it was built: names of schemas, and counts."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date

from sqlalchemy import delete, insert, select
from sqlalchemy.orm import Session

from backend.store.audit import Audit, record
from backend.store.bulk import upsert
from backend.store.tables import drift, drift_look, form_version

_LONGEST = 300


@dataclass(frozen=True, slots=True, order=True)
class Drifted:
    """`what`: `added` on the server, or `missing` there. `version` is the server's name of its version."""

    version: str
    name: str
    what: str


@dataclass(frozen=True, slots=True)
class Look:
    """`unknown` of `scanned` submissions hold something that is in no schema; its name is kept nowhere."""

    form_id: str
    looked_on: date
    scanned: int
    unknown: int
    names: tuple[Drifted, ...] = ()

    @property
    def is_clean(self) -> bool:
        return not (self.names or self.unknown)


def built_forms(session: Session, form_id: str) -> dict[str, bytes]:
    """The XForm of each version that phones have had, the oldest first."""
    columns = (form_version.c.version, form_version.c.xform)
    mine = (form_version.c.form_id == form_id, form_version.c.deployed_on.is_not(None))
    query = select(*columns).where(*mine).order_by(form_version.c.deployed_on, form_version.c.version)
    return dict(session.execute(query).all())


def keep_look(session: Session, look: Look) -> None:
    """In the place of the look before. A change of what is found is noted in the audit."""
    before = {one.form_id: one for one in looks(session, [look.form_id])}.get(look.form_id)
    session.execute(delete(drift).where(drift.c.form_id == look.form_id))
    rows = [
        {"form_id": look.form_id, "version": one.version, "name": one.name[:_LONGEST], "what": one.what}
        for one in look.names
    ]
    if rows:
        session.execute(insert(drift), rows)
    figures = {"looked_on": look.looked_on, "scanned": look.scanned, "unknown": look.unknown}
    upsert(session, drift_look, {"form_id": look.form_id, **figures}, ("form_id",))
    if (before.names if before else ()) != look.names:
        details: dict[str, str | int | bool] = {"names": len(look.names), "unknown": look.unknown}
        record(session, Audit("system", "form.drifted", look.form_id, details))


def looks(session: Session, form_ids: Collection[str]) -> list[Look]:
    names: dict[str, list[Drifted]] = {}
    columns = (drift.c.form_id, drift.c.version, drift.c.name, drift.c.what)
    for form_id, *rest in session.execute(select(*columns).where(drift.c.form_id.in_(form_ids))):
        names.setdefault(form_id, []).append(Drifted(*rest))
    figures = (drift_look.c.form_id, drift_look.c.looked_on, drift_look.c.scanned, drift_look.c.unknown)
    rows: Sequence[tuple[str, date, int, int]] = session.execute(
        select(*figures).where(drift_look.c.form_id.in_(form_ids)).order_by(drift_look.c.form_id)
    ).all()
    return [Look(*row, tuple(sorted(names.get(row[0], [])))) for row in rows]

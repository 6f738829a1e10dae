"""Keeps the versions of the area list; old ones stay, since forms and observations were made with them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import insert, select, update
from sqlalchemy.orm import Session

from backend.store.audit import Audit, record
from backend.store.tables import area, area_alias, area_set, area_shape, site
from mappings.areas import Area, AreaRegistry, Geometry, InUse, Site

_SOURCE_LENGTH = 200


@dataclass(frozen=True, slots=True)
class AreaSet:
    """One stored version."""

    id: int
    label: str
    source: str
    imported_on: date
    content_sha256: str
    is_current: bool


@dataclass(frozen=True, slots=True)
class Saved:
    set_id: int
    changed: bool
    """False when this very content was already in use."""


def save_set(
    session: Session,
    registry: AreaRegistry,
    shapes: Mapping[str, Geometry],
    *,
    source: str,
    imported_on: date,
    audit: Audit,
) -> Saved:
    """Makes it the version in use. Content that was stored before is taken up again, never stored twice."""
    known = session.execute(
        select(area_set.c.id, area_set.c.is_current).where(area_set.c.content_sha256 == registry.content_sha256)
    ).one_or_none()
    if known is not None and known.is_current:
        return Saved(known.id, changed=False)
    session.execute(update(area_set).where(area_set.c.is_current).values(is_current=False))
    if known is not None:
        session.execute(update(area_set).where(area_set.c.id == known.id).values(is_current=True))
        set_id = known.id
    else:
        set_id = _insert_set(session, registry, source, imported_on)
        _insert_rows(session, set_id, registry, shapes)
    record(session, audit)
    return Saved(set_id, changed=True)


def sets(session: Session) -> tuple[AreaSet, ...]:
    """All versions, the newest first."""
    columns = [area_set.c[name] for name in AreaSet.__dataclass_fields__]
    return tuple(AreaSet(*row) for row in session.execute(select(*columns).order_by(area_set.c.id.desc())))


def current_id(session: Session) -> int | None:
    return session.scalar(select(area_set.c.id).where(area_set.c.is_current))


def current(session: Session) -> AreaRegistry | None:
    """Runs five queries: keep the result for the whole task or page."""
    set_id = current_id(session)
    return None if set_id is None else load(session, set_id)


def in_use(session: Session) -> InUse | None:
    """The version in use with its polygons, for an import that brings only a part."""
    set_id = current_id(session)
    if set_id is None:
        return None
    found = session.execute(select(area_shape.c.pcode, area_shape.c.geojson).where(area_shape.c.set_id == set_id))
    return InUse(load(session, set_id), {row.pcode: row.geojson for row in found})


def load(session: Session, set_id: int) -> AreaRegistry:
    """Raises NoResultFound for a version that does not exist. Runs four queries."""
    head = session.execute(select(area_set.c.label, area_set.c.content_sha256).where(area_set.c.id == set_id)).one()
    former = session.execute(select(area_alias.c.old_pcode, area_alias.c.pcode).where(area_alias.c.set_id == set_id))
    return AreaRegistry(
        label=head.label,
        areas=_areas(session, set_id),
        sites=_sites(session, set_id),
        aliases={row.old_pcode: row.pcode for row in former},
        content_sha256=head.content_sha256,
    )


def shapes(session: Session, set_id: int, level: int) -> dict[str, Any]:
    """A FeatureCollection for maps; areas without a polygon are left out.

    `name` is the p-code: a map joins its figures by it, and the page puts the name in the reader's language on it.
    """
    query = (
        select(area.c.pcode, area.c.parent, area.c.names, area_shape.c.geojson)
        .join(area_shape, (area_shape.c.set_id == area.c.set_id) & (area_shape.c.pcode == area.c.pcode))
        .where(area.c.set_id == set_id, area.c.level == level)
    )
    features = [
        {
            "type": "Feature",
            "properties": {"name": pcode, "pcode": pcode, "parent": parent, "names": names},
            "geometry": geometry,
        }
        for pcode, parent, names, geometry in sorted(session.execute(query), key=_first)
    ]
    return {"type": "FeatureCollection", "features": features}


def _insert_set(session: Session, registry: AreaRegistry, source: str, imported_on: date) -> int:
    query = insert(area_set).values(
        label=registry.label,
        source=source[:_SOURCE_LENGTH],
        imported_on=imported_on,
        content_sha256=registry.content_sha256,
        is_current=True,
    )
    return int(session.execute(query.returning(area_set.c.id)).scalar_one())


def _insert_rows(session: Session, set_id: int, registry: AreaRegistry, drawn: Mapping[str, Geometry]) -> None:
    areas = [
        {
            "pcode": item.pcode,
            "level": item.level,
            "parent": item.parent,
            "names": item.names,
            "valid_from": item.valid_from,
        }
        for item in registry.areas.values()
    ]
    sites = [
        {
            "site_code": item.code,
            "names": item.names,
            "pcode": item.pcode,
            "site_type": item.site_type,
            "valid_from": item.valid_from,
        }
        for item in registry.sites.values()
    ]
    aliases = [{"old_pcode": former, "pcode": today} for former, today in registry.aliases.items()]
    polygons = [{"pcode": pcode, "geojson": shape} for pcode, shape in drawn.items()]
    for table, rows in ((area, areas), (site, sites), (area_alias, aliases), (area_shape, polygons)):
        if rows:
            session.execute(insert(table), [{"set_id": set_id, **row} for row in rows])


def _areas(session: Session, set_id: int) -> dict[str, Area]:
    query = select(area.c.pcode, area.c.level, area.c.parent, area.c.names, area.c.valid_from)
    rows = session.execute(query.where(area.c.set_id == set_id))
    return {row.pcode: Area(*row) for row in sorted(rows, key=_first)}


def _sites(session: Session, set_id: int) -> dict[str, Site]:
    query = select(site.c.site_code, site.c.pcode, site.c.names, site.c.site_type, site.c.valid_from)
    rows = session.execute(query.where(site.c.set_id == set_id))
    return {row.site_code: Site(*row) for row in sorted(rows, key=_first)}


def _first(row: Sequence[Any]) -> str:
    """Sorted here, by code point: PostgreSQL would sort by the language it was set up with."""
    return str(row[0])

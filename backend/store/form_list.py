"""Forms and their versions as the pages show them, and the built files they hand out."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date

from sqlalchemy import and_, case, select
from sqlalchemy.orm import Session

from backend.store.tables import asked, form, form_media, form_version, survey


@dataclass(frozen=True, slots=True)
class FormSummary:
    form_id: str
    survey_id: str
    title: str
    respondent_kind: str
    practice: bool
    server: str
    state: str
    current_version: str | None
    closed_on: date | None
    languages: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class VersionSummary:
    form_id: str
    version: str
    catalogue_version: str
    mapping_version: str
    minutes: int
    deployed_on: date | None
    form_sha256: str
    overlay: str = ""
    adapted: tuple[tuple[str, float], ...] = ()
    """What is not asked just as in the standard, with its comparability, from 1 down to 0."""
    adopted_from: str | None = None
    """The version of ours it was made from, where somebody else published it."""


@dataclass(frozen=True, slots=True)
class BuiltVersion:
    xform: bytes = field(repr=False)
    media: Mapping[str, bytes] = field(repr=False)


def forms(session: Session) -> list[FormSummary]:
    """Real forms first, the newest survey first."""
    columns = (
        form.c.form_id,
        form.c.survey_id,
        form.c.title,
        form.c.respondent_kind,
        form.c.practice,
        form.c.server,
        form.c.state,
        form.c.current_version,
        form.c.closed_on,
        survey.c.language.label("languages"),
    )
    order = (form.c.practice, survey.c.period_start.desc(), form.c.form_id)
    rows = session.execute(select(*columns).join(survey, survey.c.survey_id == form.c.survey_id).order_by(*order))
    return [FormSummary(**{**row, "languages": tuple(row["languages"])}) for row in rows.mappings()]


def real_forms(session: Session) -> list[FormSummary]:
    """Practice is apart: it is listed among the forms, never counted."""
    return [one for one in forms(session) if not one.practice]


def versions(session: Session) -> list[VersionSummary]:
    """The newest version of each form first. The built files stay in the database: they are large."""
    columns = (
        form_version.c.form_id,
        form_version.c.version,
        form_version.c.catalogue_version,
        form_version.c.mapping_version,
        form_version.c.minutes,
        form_version.c.deployed_on,
        form_version.c.form_sha256,
        form_version.c.overlay,
    )
    rows = session.execute(
        select(*columns, form_version.c.adopted_from).order_by(form_version.c.form_id, form_version.c.version.desc())
    )
    adapted = _adapted(session)
    return [
        VersionSummary(*row[:-1], tuple(adapted.get((row.form_id, row.version), ())), row.adopted_from) for row in rows
    ]


def _adapted(session: Session) -> dict[tuple[str, str], list[tuple[str, float]]]:
    """By form and version, the least comparable first."""
    columns = (asked.c.form_id, asked.c.form_version, asked.c.indicator_id, asked.c.comparability)
    query = select(*columns).where(asked.c.comparability < 1).order_by(asked.c.comparability, asked.c.indicator_id)
    found: dict[tuple[str, str], list[tuple[str, float]]] = {}
    for form_id, version, indicator, score in session.execute(query):
        found.setdefault((form_id, version), []).append((indicator, score))
    return found


def preview(session: Session, form_id: str, version: str | None) -> BuiltVersion | None:
    """One version, deployed or not; without a name, the current one, else the newest that was built."""
    is_current = form_version.c.version == form.c.current_version
    wanted = (
        form_version.c.form_id == form_id
        if version is None
        else and_(form_version.c.form_id == form_id, form_version.c.version == version)
    )
    row = session.execute(
        select(form_version.c.version, form_version.c.xform)
        .join(form, form.c.form_id == form_version.c.form_id)
        .where(wanted)
        .order_by(case((is_current, 0), else_=1), form_version.c.version.desc())
        .limit(1)
    ).one_or_none()
    if row is None:
        return None
    files = select(form_media.c.filename, form_media.c.content).where(
        form_media.c.form_id == form_id, form_media.c.version == row.version
    )
    return BuiltVersion(row.xform, dict(session.execute(files).all()))


def workbook(session: Session, form_id: str, version: str) -> bytes | None:
    """The XLSX of one version."""
    wanted = (form_version.c.form_id == form_id, form_version.c.version == version)
    found: bytes | None = session.scalar(select(form_version.c.xlsx).where(*wanted))
    return found

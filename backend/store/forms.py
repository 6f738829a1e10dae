"""Form versions with everything that belongs to one: recipe, brief, XForm, files, and the legend of its enumerators."""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from functools import lru_cache
from typing import Any, NamedTuple

from sqlalchemy import Table, exists, insert, select, update
from sqlalchemy.orm import Session

from backend.store.answers import register_form_version
from backend.store.audit import Audit, record
from backend.store.connections import NOWHERE
from backend.store.letter_keys import hold_promises
from backend.store.local_words import LocalWord, keep_words
from backend.store.tables import form, form_media, form_version, legend, survey
from mappings.language import FormMapping, dump, load


@dataclass(frozen=True, slots=True, kw_only=True)
class NewVersion:
    """One form version as it goes to the store. `survey` is the row of the survey table."""

    survey: Mapping[str, Any]
    form_id: str
    version: str
    title: str
    practice: bool
    server: str
    server_form_id: str
    mapping: FormMapping
    brief: str
    xform: bytes = field(repr=False)
    xlsx: bytes = field(repr=False)
    media: Mapping[str, bytes] = field(repr=False)
    sha256: str
    area_set_id: int
    minutes: int
    deployed_on: date
    local_words: Sequence[LocalWord] = ()


@dataclass(frozen=True, slots=True)
class LegendEntry:
    """An enumerator as the supervisor of the team may see it; `sealed` is the code, encrypted."""

    collector_key: str
    team: str
    sealed: bytes = field(repr=False)


@dataclass(frozen=True, slots=True)
class ReadableVersion:
    """What a pull needs of a form version."""

    version: str
    mapping: FormMapping
    deployed_on: date
    area_set_id: int


@dataclass(frozen=True, slots=True)
class FormHead:
    form_id: str
    survey_id: str
    country: str
    server: str
    server_form_id: str
    practice: bool
    state: str
    current_version: str | None
    former_version: str | None = None


@dataclass(frozen=True, slots=True)
class StoredVersion:
    """Everything of a version that was on phones, to give it to them again."""

    title: str
    mapping: FormMapping
    brief: str
    xform: bytes = field(repr=False)
    xlsx: bytes = field(repr=False)
    media: Mapping[str, bytes] = field(repr=False)
    area_set_id: int
    minutes: int


class Where(NamedTuple):
    """The server, and the name of the form there."""

    server: str
    server_form_id: str


@dataclass(frozen=True, slots=True)
class Issue:
    """A version that is `of` again but for its name, since some servers publish a name only once."""

    of: str
    mapping: FormMapping
    xform: bytes = field(repr=False)
    xlsx: bytes = field(repr=False)
    sha256: str
    deployed_on: date


def is_registered(session: Session, form_id: str, version: str) -> bool:
    wanted = (form_version.c.form_id == form_id, form_version.c.version == version)
    return session.scalar(select(form_version.c.version).where(*wanted)) is not None


def register_version(session: Session, new: NewVersion, entries: Sequence[LegendEntry], audit: Audit) -> None:
    """Stores a new form version and makes it the one phones get. The version must not be there yet."""
    _keep_survey(session, new)
    _keep_form(session, new)
    session.execute(
        insert(form_version).values(
            form_id=new.form_id,
            version=new.version,
            catalogue_version=new.mapping.catalogue_version,
            overlay=new.mapping.overlay,
            mapping_version=new.mapping.version,
            deid_profile=new.mapping.deid_profile,
            source_kind=new.mapping.source_kind,
            mapping=dump(new.mapping),
            brief=new.brief,
            xform=new.xform,
            xlsx=new.xlsx,
            form_sha256=new.sha256,
            area_set_id=new.area_set_id,
            minutes=new.minutes,
            deployed_on=new.deployed_on,
        )
    )
    files = [
        {"filename": name, "content": content, "md5": hashlib.md5(content, usedforsecurity=False).hexdigest()}
        for name, content in sorted(new.media.items())
    ]
    if files:
        session.execute(insert(form_media), [{"form_id": new.form_id, "version": new.version, **one} for one in files])
    register_form_version(session, new.mapping)
    keep_words(session, new.local_words)
    _keep_legend(session, new.survey["survey_id"], entries)
    record(session, audit)


def has_brief(session: Session, form_id: str, version: str, brief: str) -> bool:
    wanted = (form_version.c.form_id == form_id, form_version.c.version == version)
    return session.scalar(select(form_version.c.brief).where(*wanted)) == brief


def renew_record(session: Session, new: NewVersion, entries: Sequence[LegendEntry], audit: Audit) -> None:
    """For a version that is there already: the same form, and another brief, survey and teams."""
    mine = (form_version.c.form_id == new.form_id, form_version.c.version == new.version)
    session.execute(update(form_version).where(*mine).values(brief=new.brief))
    _keep_survey(session, new)
    _keep_legend(session, new.survey["survey_id"], entries)
    record(session, audit)


def register_issue(session: Session, form_id: str, issue: Issue, where: Where, audit: Audit) -> None:
    """Stores it beside the version it repeats, with the same files, and makes it the one phones get."""
    own = {
        "version": issue.mapping.form_version,
        "mapping": dump(issue.mapping),
        "mapping_version": issue.mapping.version,
        "xform": issue.xform,
        "xlsx": issue.xlsx,
        "form_sha256": issue.sha256,
        "deployed_on": issue.deployed_on,
    }
    _copy(session, form_version, form_id, issue.of, own)
    _copy(session, form_media, form_id, issue.of, {"version": issue.mapping.form_version})
    register_form_version(session, issue.mapping)
    make_current(session, form_id, issue.mapping.form_version, where, audit)


def _copy(session: Session, table: Table, form_id: str, of: str, changed: Mapping[str, Any]) -> None:
    """All columns, for once: it is the same version but for what `changed` names."""
    wanted = select(table).where(table.c.form_id == form_id, table.c.version == of)
    rows = [{**row, **changed} for row in session.execute(wanted).mappings()]
    if rows:
        session.execute(insert(table), rows)


def make_current(session: Session, form_id: str, version: str, where: Where, audit: Audit) -> None:
    """Gives phones a registered version. `where` is new when the form moved, or was made anew on its server."""
    same = (form.c.form_id == form_id, form.c.current_version == version)
    values: dict[str, Any] = {"current_version": version, "state": "open", "closed_on": None, **where._asdict()}
    if session.scalar(select(form.c.form_id).where(*same)) is None:
        values["former_version"] = form.c.current_version
    session.execute(update(form).where(form.c.form_id == form_id).values(**values))
    record(session, audit)


def _keep_survey(session: Session, new: NewVersion) -> None:
    """A practice form is none of the round's: it changes nothing in a record that is there."""
    known = session.scalar(select(survey.c.survey_id).where(survey.c.survey_id == new.survey["survey_id"]))
    if known is None:
        session.execute(insert(survey).values(**new.survey))
    elif not new.practice:
        hold_promises(session)
        session.execute(update(survey).where(survey.c.survey_id == known).values(**new.survey))


def organisation_of(session: Session, survey_id: str) -> str | None:
    """Whose survey it is; None when no form of it was deployed but for practice."""
    real = exists(select(form.c.form_id).where(form.c.survey_id == survey.c.survey_id, ~form.c.practice))
    found: str | None = session.scalar(select(survey.c.org_code).where(survey.c.survey_id == survey_id, real))
    return found


def _keep_form(session: Session, new: NewVersion) -> None:
    values: dict[str, Any] = {
        "survey_id": new.survey["survey_id"],
        "respondent_kind": new.mapping.respondent_kind,
        "title": new.title,
        "practice": new.practice,
        "server": new.server,
        "server_form_id": new.server_form_id,
        "current_version": new.version,
        "state": "open",
        "closed_on": None,
    }
    if session.scalar(select(form.c.form_id).where(form.c.form_id == new.form_id)) is None:
        session.execute(insert(form).values(form_id=new.form_id, **values))
    else:
        values["former_version"] = form.c.current_version
        session.execute(update(form).where(form.c.form_id == new.form_id).values(**values))


def _keep_legend(session: Session, survey_id: str, entries: Sequence[LegendEntry]) -> None:
    known = set(session.scalars(select(legend.c.collector_key).where(legend.c.survey_id == survey_id)))
    for entry in entries:
        if entry.collector_key in known:
            moved = update(legend).where(legend.c.survey_id == survey_id, legend.c.collector_key == entry.collector_key)
            session.execute(moved.values(team=entry.team, sealed=entry.sealed))
    new = [
        {"survey_id": survey_id, "collector_key": entry.collector_key, "team": entry.team, "sealed": entry.sealed}
        for entry in entries
        if entry.collector_key not in known
    ]
    if new:
        session.execute(insert(legend), new)


def form_head(session: Session, form_id: str) -> FormHead | None:
    columns = (
        form.c.form_id,
        form.c.survey_id,
        survey.c.country_iso3,
        form.c.server,
        form.c.server_form_id,
        form.c.practice,
        form.c.state,
        form.c.current_version,
        form.c.former_version,
    )
    query = select(*columns).join(survey, survey.c.survey_id == form.c.survey_id).where(form.c.form_id == form_id)
    row = session.execute(query).one_or_none()
    return FormHead(*row) if row else None


def stored_version(session: Session, form_id: str, version: str) -> StoredVersion | None:
    columns = (
        form.c.title,
        form_version.c.mapping,
        form_version.c.brief,
        form_version.c.xform,
        form_version.c.xlsx,
        form_version.c.area_set_id,
        form_version.c.minutes,
    )
    wanted = (form_version.c.form_id == form_id, form_version.c.version == version)
    query = select(*columns).join(form, form.c.form_id == form_version.c.form_id).where(*wanted)
    row = session.execute(query).one_or_none()
    if row is None:
        return None
    files = select(form_media.c.filename, form_media.c.content)
    files = files.where(form_media.c.form_id == form_id, form_media.c.version == version)
    return StoredVersion(
        title=row.title,
        mapping=load(row.mapping, name=f"mapping of {form_id} {version}"),
        brief=row.brief,
        xform=row.xform,
        xlsx=row.xlsx,
        media=dict(session.execute(files.order_by(form_media.c.filename)).all()),
        area_set_id=row.area_set_id,
        minutes=row.minutes,
    )


def pulled_forms(session: Session) -> list[str]:
    """Forms whose answers workers fetch: real ones that phones have, open or in their days of grace."""
    here = (form.c.practice.is_(False), form.c.state.in_(("open", "closed")), form.c.server != NOWHERE)
    query = select(form.c.form_id).where(*here)
    return list(session.scalars(query.order_by(form.c.form_id)))


def readable_versions(session: Session, form_id: str) -> list[ReadableVersion]:
    columns = (form_version.c.version, form_version.c.mapping, form_version.c.deployed_on, form_version.c.area_set_id)
    rows = session.execute(select(*columns).where(form_version.c.form_id == form_id).order_by(form_version.c.version))
    return [
        ReadableVersion(version, _mapping(text, f"mapping of {form_id} {version}"), deployed_on, area_set_id)
        for version, text, deployed_on, area_set_id in rows
        if deployed_on is not None
    ]


@lru_cache(maxsize=64)
def _mapping(text: str, name: str) -> FormMapping:
    """Read once in a process: a stored version never changes, and to read one takes as long as fifty letters."""
    return load(text, name=name)

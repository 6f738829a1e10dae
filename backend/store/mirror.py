"""Compares a server's own list of a form with what was read here, inside the database, and settles what disappeared.

A walk is one way through the server's list. Only a whole and steady walk may say that something is gone.
"""

from collections.abc import Collection, Sequence
from datetime import UTC, date, datetime
from typing import NamedTuple

from sqlalchemy import ColumnElement, Select, Table, and_, delete, exists, func, insert, literal, or_, select, update
from sqlalchemy.orm import Session

from backend.store import restores
from backend.store.audit import Audit, record
from backend.store.bulk import among, insert_rows
from backend.store.save import NO_REVISION, drop_rows
from backend.store.tables import census, ledger, mirror, vanished, verdict
from backend.store.verdicts import Standing, Why
from mappings.model import Outcome

_MOST_AT_ONCE = 20
_SHARE_AT_ONCE = 0.02
_CAREFUL_DAYS = 30
_CENSUS_COLUMNS = ("form_id", "walk", "part", "submission_key", "version_key", "review")
_MIRROR_COLUMNS = ("form_id", "submission_key", "version_key", "review", "read_with")


class Listed(NamedTuple):
    """One row of a server's list. `version_key` is the pseudonym of its newest edit."""

    submission_key: str
    version_key: str
    review: str


class Read(NamedTuple):
    """One submission as it was read: which edit, and with which mapping."""

    submission_key: str
    version_key: str
    review: str
    read_with: str


class Difference(NamedTuple):
    """`unread`: in the list and not read so. `gone`: read once, and in the list no more."""

    on_server: int
    here: int
    unread: int
    gone: int

    @property
    def many_gone(self) -> bool:
        """Whether a person must look first. A single row is always believed: it is how a server is cleaned by hand."""
        return self.gone > max(1, min(_MOST_AT_ONCE, int(self.here * _SHARE_AT_ONCE)))


class WaitingRows(NamedTuple):
    form_id: str
    found_on: date
    rows: int


def begin_walk(session: Session, form_id: str) -> None:
    """Older walks of this form are over, whether they came to their end or not."""
    session.execute(delete(census).where(census.c.form_id == form_id))


def unread_of_part(
    session: Session, form_id: str, walk: str, part: int, rows: Sequence[Listed], mappings: Collection[str]
) -> set[str]:
    """Notes one part of the list; returns the keys in it that are new, edited, or were read with other mappings."""
    insert_rows(session, census, _CENSUS_COLUMNS, [(form_id, walk, part, *row) for row in rows])
    query = _unread(form_id, walk, mappings).where(census.c.part == part)
    return set(session.scalars(query))


def keep_read(session: Session, form_id: str, rows: Sequence[Read]) -> None:
    """In the transaction that saves them. What was purged at the source and is there again is an ordinary row again."""
    found = {row.submission_key: row for row in rows}
    session.execute(delete(mirror).where(mirror.c.form_id == form_id, among(session, mirror.c.submission_key, found)))
    insert_rows(session, mirror, _MIRROR_COLUMNS, [(form_id, *row) for row in found.values()])
    back = (ledger.c.form_id == form_id, ledger.c.purged_at_source, among(session, ledger.c.submission_key, found))
    session.execute(update(ledger).where(*back).values(purged_at_source=False))


def difference(session: Session, form_id: str, walk: str, mappings: Collection[str]) -> Difference:
    in_list = select(func.count(census.c.submission_key.distinct())).where(*_of_walk(form_id, walk))
    in_mirror = select(func.count()).select_from(mirror).where(mirror.c.form_id == form_id)
    unread = select(func.count()).select_from(_unread(form_id, walk, mappings).subquery())
    gone = select(func.count()).select_from(_gone(form_id, walk).subquery())
    counts = [session.scalar(query) or 0 for query in (in_list, in_mirror, unread, gone)]
    return Difference(*counts)


def settle_gone(session: Session, form_id: str, walk: str, found: Difference) -> int:
    """Takes what the server deleted out of the answers, or puts it before a person; returns how many wait.

    What waits is never believed later, however much the form grows meanwhile: only its return to the server's list or
    a person ends that. Until then whatever else disappears waits with it.
    """
    session.execute(delete(vanished).where(vanished.c.form_id == form_id, _in_list(form_id, walk, vanished)))
    # After a restore rows may be here again that were purged on the server since the backup: nobody else has them now.
    is_doubtful = bool(found.gone) and bool(restores.noticed(session, _CAREFUL_DAYS))
    if not found.many_gone and not is_doubtful and not count_waiting(session, form_id):
        take_out(session, form_id, list(session.scalars(_gone(form_id, walk))))
        return 0
    known = exists().where(vanished.c.form_id == form_id, vanished.c.submission_key == mirror.c.submission_key)
    today = literal(datetime.now(UTC).date(), vanished.c.found_on.type)
    fresh = _gone(form_id, walk).where(~known).add_columns(mirror.c.form_id, today)
    session.execute(insert(vanished).from_select(["submission_key", "form_id", "found_on"], fresh))
    return found.gone


def count_waiting(session: Session, form_id: str) -> int:
    """Rows of the form that a person has to decide about."""
    return session.scalar(select(func.count()).select_from(vanished).where(vanished.c.form_id == form_id)) or 0


def keep_reviews(session: Session, form_id: str, walk: str) -> None:
    """A reviewer's decision changes no answer, so nothing is read again for it."""
    same = and_(*_of_walk(form_id, walk), census.c.submission_key == mirror.c.submission_key)
    other = exists().where(same, census.c.review != mirror.c.review)
    decided = select(func.max(census.c.review)).where(same).scalar_subquery()
    session.execute(update(mirror).where(mirror.c.form_id == form_id, other).values(review=decided))


def end_walk(session: Session, form_id: str, walk: str) -> None:
    session.execute(delete(census).where(*_of_walk(form_id, walk)))


def reviews(session: Session, form_id: str) -> dict[str, int]:
    """How many submissions have which review state on the server; '' is received."""
    query = select(mirror.c.review, func.count()).where(mirror.c.form_id == form_id).group_by(mirror.c.review)
    return dict(session.execute(query).all())


# ---- what disappeared ------------------------------------------------------------------------------------------------


def deleted(session: Session, form_id: str) -> set[str]:
    """Keys of the submissions that were here and are deleted on the server."""
    wanted = (ledger.c.form_id == form_id, ledger.c.outcome == Outcome.DELETED.value)
    return set(session.scalars(select(ledger.c.submission_key).where(*wanted)))


def take_out(session: Session, form_id: str, keys: Sequence[str]) -> None:
    """The answers of deleted submissions go; the ledger remembers that they were there. A withdrawal stays one."""
    if not keys:
        return
    drop_rows(session, form_id, keys)
    mine = (ledger.c.form_id == form_id, among(session, ledger.c.submission_key, keys))
    standing = ledger.c.outcome != Outcome.WITHDRAWN.value
    gone = {"outcome": Outcome.DELETED.value, "revision": NO_REVISION}
    session.execute(update(ledger).where(*mine, standing).values(**gone))
    _forget(session, form_id, keys)


def delete_vanished(session: Session, form_id: str, audit: Audit) -> int:
    """A person says that the server is right: what is gone there goes here. Returns how many."""
    keys = _waiting(session, form_id)
    take_out(session, form_id, keys)
    _settle_verdict(session, form_id)
    record(session, audit)
    return len(keys)


def waiting_by_day(session: Session) -> list[WaitingRows]:
    """What waits for a person: numbers only, by form and the day it was noticed."""
    keys = (vanished.c.form_id, vanished.c.found_on)
    query = select(*keys, func.count()).group_by(*keys).order_by(*keys)
    return [WaitingRows(*row) for row in session.execute(query)]


def keep_vanished(session: Session, form_id: str, audit: Audit) -> int:
    """A person says that the answers stay although the server lost them: marked like what we purged there ourselves."""
    keys = _waiting(session, form_id)
    mark_purged(session, form_id, keys)
    _settle_verdict(session, form_id)
    record(session, audit)
    return len(keys)


def mark_purged(session: Session, form_id: str, keys: Sequence[str]) -> None:
    """They are not on the server any more and stay here: a later list without them is no difference."""
    mine = (ledger.c.form_id == form_id, among(session, ledger.c.submission_key, keys))
    session.execute(update(ledger).where(*mine).values(purged_at_source=True))
    _forget(session, form_id, keys)


def _forget(session: Session, form_id: str, keys: Sequence[str]) -> None:
    for table in (mirror, vanished):
        session.execute(delete(table).where(table.c.form_id == form_id, among(session, table.c.submission_key, keys)))


def _waiting(session: Session, form_id: str) -> list[str]:
    return list(session.scalars(select(vanished.c.submission_key).where(vanished.c.form_id == form_id)))


def _settle_verdict(session: Session, form_id: str) -> None:
    """Equal by the numbers until the next pull: this was not compared again."""
    mine = (verdict.c.form_id == form_id, verdict.c.reason == Why.MANY_GONE.value)
    agreed = {"waiting": 0, "standing": Standing.COUNT_EQUAL.value, "reason": Why.NOTHING.value, "proof": None}
    session.execute(update(verdict).where(*mine).values(**agreed))


# ---- parts of the questions ------------------------------------------------------------------------------------------


def _of_walk(form_id: str, walk: str) -> tuple[ColumnElement[bool], ColumnElement[bool]]:
    return census.c.form_id == form_id, census.c.walk == walk


def _unread(form_id: str, walk: str, mappings: Collection[str]) -> Select[tuple[str]]:
    joined = and_(mirror.c.form_id == census.c.form_id, mirror.c.submission_key == census.c.submission_key)
    older = or_(
        mirror.c.submission_key.is_(None),
        mirror.c.version_key != census.c.version_key,
        mirror.c.read_with.not_in(sorted(mappings)),
    )
    listed = select(census.c.submission_key).distinct().select_from(census.outerjoin(mirror, joined))
    return listed.where(*_of_walk(form_id, walk), older)


def _gone(form_id: str, walk: str) -> Select[tuple[str]]:
    return select(mirror.c.submission_key).where(mirror.c.form_id == form_id, ~_in_list(form_id, walk, mirror))


def _in_list(form_id: str, walk: str, table: Table) -> ColumnElement[bool]:
    return exists().where(*_of_walk(form_id, walk), census.c.submission_key == table.c.submission_key)

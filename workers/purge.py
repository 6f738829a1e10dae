"""Deletes raw answers where phones sent them: only what is here exactly, is old enough, and was marked first.

    verdict ─▶ server's list, row by row ─▶ batch: mark, then delete ─▶ server's list again: proof of what is gone

A crash anywhere costs a second reading of at most one batch. The next purge settles what was begun.
"""

from collections.abc import Iterable, Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, timedelta
from typing import NamedTuple
from uuid import uuid4

from sqlalchemy.orm import Session

from backend.store import letter_end, pulls, purges, verdicts
from backend.store.audit import Audit
from backend.store.engine import reading, transaction
from backend.store.forms import FormHead, form_head
from backend.store.held import numbered, read_before, settled
from backend.store.purges import fingerprint, hashed
from backend.store.servers import ServerKind
from backend.store.status import Totals, totals
from backend.store.verdicts import Standing, Verdict, Why
from workers.context import Context
from workers.net import NetError
from workers.reading import Reading, open_reading
from workers.servers.breaker import change_refusal
from workers.servers.central import client as central_client
from workers.servers.central.form import CentralForm
from workers.servers.central.purge import CentralPurge
from workers.servers.credentials import Credentials
from workers.servers.kobo import client as kobo_client
from workers.servers.kobo.form import KoboForm
from workers.servers.kobo.purge import KoboPurge
from workers.servers.purgeable import OnServer, Purgeable, PurgeError
from workers.servers.registry import LETTERBOX, require_server

BATCH = 200


class _Due(NamedTuple):
    name: str
    key: str
    version_key: str


@dataclass(frozen=True, slots=True)
class Purged:
    """`rows`: due in a dry run, else gone. `on_server`: all that was there. `earlier`: gone of a purge broken off.

    `remaining`: still in the server's list although it was asked to delete them. `spared`: due, and changed meanwhile.
    """

    form_id: str
    server: str
    rows: int
    on_server: int
    is_done: bool
    afterwards: str
    earlier: int = 0
    remaining: int = 0
    spared: int = 0
    hashes: tuple[str, ...] = field(default=(), repr=False)


def purge_form(
    context: Context, form_id: str, entered: Credentials | None, *, today: date, actor: str, dry_run: bool = True
) -> Purged:
    """`entered` may delete; the credentials that pull should not. Without them only a dry run is possible.

    Raises PurgeError, PullError and NetError.
    """
    head = _head(context, form_id)
    with reading(context.engine) as session:
        if head.server != LETTERBOX and not dry_run and not purges.is_allowed(session, form_id):
            raise PurgeError(
                f"Form {form_id} keeps its raw answers on the server: `fieldveil purge {form_id} --switch on` allows "
                f"them to be deleted"
            )
        before = today - timedelta(days=purges.raw_retention(session, form_id))
    with _alone(context, form_id) as owner:
        verdict = _verdict(context, head)
        if head.server == LETTERBOX:
            return _destroy_letters(context, verdict, today, actor, dry_run=dry_run)
        with transaction(context.engine) as session:
            opened = open_reading(session, context.settings, head)
            source = _open(session, context, head, opened, entered)
        with closing(source):
            run = _Run(context, opened, source, owner, actor)
            return run.carry_out(head.server, verdict, before, dry_run=dry_run)


def _open(
    session: Session, context: Context, head: FormHead, opened: Reading, entered: Credentials | None
) -> Purgeable:
    server, name = require_server(session, head.server), head.server_form_id
    if server.kind is ServerKind.KOBO:
        reads = kobo_client.open_client(context, server)
        deletes = kobo_client.open_client(context, server, entered=entered) if entered else None
        return KoboPurge(KoboForm(reads, name, None), opened, numbered(session, head.form_id), deletes)
    central = central_client.open_client(context, server)
    removes = central_client.open_client(context, server, entered=entered) if entered else None
    return CentralPurge(CentralForm(central, name), opened, removes)


def _head(context: Context, form_id: str) -> FormHead:
    with reading(context.engine) as session:
        head = form_head(session, form_id)
    if head is None:
        raise PurgeError(f"There is no form {form_id}: `fieldveil form list` shows them")
    if head.practice:
        raise PurgeError(f"Form {form_id} is for practice: its answers are never pulled, and never deleted from here")
    return head


def _verdict(context: Context, head: FormHead) -> Verdict:
    """Equal by the numbers is enough, since every row is compared once more before it goes; letters that were lost are
    lost, and each letter that goes was read."""
    with reading(context.engine) as session:
        found = verdicts.read_verdict(session, head.form_id)
        if found is None and head.server == LETTERBOX:
            found = _verdict_of_letters(totals(session, head.form_id), head.form_id)
    if found is None or (found.standing is Standing.DIFFERENT and found.reason is not Why.LOST):
        raise PurgeError(
            f"Form {head.form_id} is not known to equal the one on its server: pull it, and look at what the verdict "
            f"says; nothing is deleted before"
        )
    return found


def _verdict_of_letters(found: Totals, form_id: str) -> Verdict:
    standing, why = (Standing.EQUAL, Why.NOTHING) if found.agree else (Standing.DIFFERENT, Why.UNACCOUNTED)
    behind = max(found.posted - found.pulled, 0)
    return Verdict(form_id, datetime.now(UTC), standing, why, found.posted, behind, found.conflicts)


@contextmanager
def _alone(context: Context, form_id: str) -> Iterator[str]:
    """Holds the lease of the pull: what is marked here must not be read in the same moment."""
    owner, lasting = uuid4().hex, timedelta(seconds=context.settings.lease_seconds)
    with transaction(context.engine) as session:
        if not pulls.take_lease(session, form_id, owner, datetime.now(UTC), lasting):
            raise PurgeError(f"A worker reads form {form_id} in this moment: try again in a little while")
    try:
        yield owner
    finally:
        with transaction(context.engine) as session:
            pulls.drop_lease(session, form_id, owner)


class _Run:
    """One purge of one form on another server. `owner` holds the lease."""

    def __init__(self, context: Context, opened: Reading, source: Purgeable, owner: str, actor: str) -> None:
        self._engine, self._lasting = context.engine, timedelta(seconds=context.settings.lease_seconds)
        self._opened, self._source, self._owner, self._actor = opened, source, owner, actor
        self._form_id = opened.form_id

    def carry_out(self, server: str, verdict: Verdict, before: date, *, dry_run: bool) -> Purged:
        if not dry_run:
            self._check_rights(server)
        due, there, on_server = list[_Due](), set[str](), 0
        for part in self._source.listed():
            on_server += len(part)
            there.update(hashed(row.listed.submission_key) for row in part)
            due += self._due([row for row in part if row.received_on < before])
        hashes = tuple(sorted({hashed(row.key) for row in due}))
        done = Purged(self._form_id, server, len(due), on_server, not dry_run, self._source.afterwards, hashes=hashes)
        if dry_run:
            return done
        earlier = self._settle(there)
        asked = set[str]()
        for first in range(0, len(due), BATCH):
            asked |= self._purge(server, verdict, due[first : first + BATCH])
        there = {hashed(row.listed.submission_key) for part in self._source.listed() for row in part} if due else set()
        gone = self._settle(there) if due else 0
        left, spared = tuple(sorted(asked - there)), len(hashes) - len(asked)
        return replace(done, rows=gone, earlier=earlier, remaining=len(asked & there), spared=spared, hashes=left)

    def _check_rights(self, server: str) -> None:
        try:
            self._source.check_rights()
        except NetError as error:
            raise change_refusal(error, server, is_entered=True) from None

    def _due(self, rows: Sequence[OnServer]) -> list[_Due]:
        """Rows that are here exactly as they are there, and whose raw answers nothing needs any more."""
        keys = [row.listed.submission_key for row in rows]
        with reading(self._engine) as session:
            known = read_before(session, self._form_id, keys)
            safe = settled(session, self._form_id, keys)
        return [
            _Due(row.name, row.listed.submission_key, row.listed.version_key)
            for row in rows
            if row.listed.submission_key in safe
            and row.listed.submission_key in known
            and known[row.listed.submission_key].version_key == row.listed.version_key
            and known[row.listed.submission_key].read_with in self._opened.mapping_versions
        ]

    def _purge(self, server: str, verdict: Verdict, due: Sequence[_Due]) -> set[str]:
        """The hashes of those it asked for to be deleted. With many rows it is long since the list was read, and an
        edit that came meanwhile is nowhere else."""
        now = self._source.as_now([row.name for row in due])
        rows = [row for row in due if row.name in now and now[row.name].version_key == row.version_key]
        if not rows:
            return set()
        keys = sorted({row.key for row in rows})
        with transaction(self._engine) as session:
            pulls.renew_lease(session, self._form_id, self._owner, datetime.now(UTC) + self._lasting)
            purges.begin_batch(session, verdict, server, keys, self._entry("raw.purging", map(hashed, keys)))
        self._source.delete([row.name for row in rows])
        return set(map(hashed, keys))

    def _settle(self, there: set[str]) -> int:
        with transaction(self._engine) as session:
            open_batches = [batch for batch in purges.batches(session, self._form_id) if not batch.is_done]
            gone = {one for batch in open_batches for one in batch.hashes} - there
            if not open_batches:
                return 0
            return purges.settle_batches(session, self._form_id, there, self._entry("raw.purged", gone))

    def _entry(self, action: str, hashes: Iterable[str]) -> Audit:
        listed = sorted(hashes)
        return Audit(self._actor, action, self._form_id, {"rows": len(listed), "fingerprint": fingerprint(listed)})


# ---- the letterbox ---------------------------------------------------------------------------------------------------

_LETTERS_AFTERWARDS = (
    "The sealed letters are gone from the database. Backups of it hold them until the private half of their month's "
    "key is destroyed, 62 days after that month at the latest. Receipts stay until the form is closed and its days of "
    "grace and retention are over"
)


def _destroy_letters(context: Context, verdict: Verdict, today: date, actor: str, *, dry_run: bool) -> Purged:
    form_id = verdict.form_id
    with transaction(context.engine) as session:
        on_server = letter_end.count_bodies(session, form_id)
        due = letter_end.read_past_retention(session, form_id, today)
        receipts = sorted({hashed(receipt) for _, receipt in due})
        done = Purged(form_id, LETTERBOX, len(due), on_server, not dry_run, _LETTERS_AFTERWARDS, hashes=tuple(receipts))
        if not dry_run and due:
            letter_end.destroy(session, [seq for seq, _ in due])
            entry = Audit(actor, "raw.purged", form_id, {"rows": len(due), "fingerprint": fingerprint(receipts)})
            purges.add_batch(session, verdict, LETTERBOX, receipts, is_done=True, audit=entry)
    return done

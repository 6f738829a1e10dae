"""Deletes raw answers on a KoBoToolbox that are safely here and past their retention: only what is marked first.

A row is marked here before it is deleted there: a crash in between costs a second reading, never an answer.
"""

import hashlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import NamedTuple

import msgspec
from sqlalchemy import Engine

from backend.store import mirror, verdicts
from backend.store.audit import Audit, record
from backend.store.engine import reading, transaction
from backend.store.held import read_before, settled
from backend.store.verdicts import Standing
from mappings.kobo import KoboRow
from workers.reading import Reading
from workers.servers.kobo.client import KoboClient
from workers.servers.kobo.form import KoboForm
from workers.servers.kobo.reader import RowReader, received_on

_AT_ONCE = 200
_REFUSED, _GONE = frozenset({400}), frozenset({404})


class PurgeError(Exception):
    """Nothing was deleted. The message says why and what to do."""


class _Due(NamedTuple):
    id: int
    key: str


@dataclass(frozen=True, slots=True)
class Purged:
    """`proof` has one line a submission: the hash of its pseudonym. `is_done` is False for a dry run."""

    form_id: str
    rows: int
    is_done: bool
    proof: tuple[str, ...] = field(repr=False)

    @property
    def fingerprint(self) -> str:
        """Of the whole list, as the audit keeps it."""
        return hashlib.sha256("\n".join(self.proof).encode()).hexdigest()


class Purge:
    """`client` signs in with a credential of its own, entered for this: the one that pulls may not delete."""

    def __init__(self, engine: Engine, form: KoboForm, opened: Reading, client: KoboClient) -> None:
        self._engine, self._form, self._opened, self._client = engine, form, opened, client
        self._reader = RowReader(form, opened)

    def carry_out(self, *, today: date, retention_days: int, actor: str, dry_run: bool = True) -> Purged:
        """Raises PurgeError unless the last pull left no difference; each row is compared once more before it goes."""
        form_id = self._opened.form_id
        self._check()
        due = list(self._due(today - timedelta(days=retention_days)))
        proof = tuple(sorted(hashlib.sha256(row.key.encode()).hexdigest() for row in due))
        done = Purged(form_id, len(due), not dry_run, proof)
        if dry_run or not due:
            return done
        with transaction(self._engine) as session:
            mirror.mark_purged(session, form_id, [row.key for row in due])
            counted = Audit(actor, "raw.purged", form_id, {"rows": done.rows, "fingerprint": done.fingerprint})
            record(session, counted)
        for first in range(0, len(due), _AT_ONCE):
            self._delete([row.id for row in due[first : first + _AT_ONCE]])
        return done

    def _check(self) -> None:
        with reading(self._engine) as session:
            last = verdicts.read_verdict(session, self._opened.form_id)
        if last is None or last.standing is Standing.DIFFERENT:
            raise PurgeError(
                f"Form {self._opened.form_id} is not known to equal the one on its server: pull it, and look at what "
                f"the verdict says; nothing is deleted before"
            )

    def _due(self, before: date) -> Iterator[_Due]:
        """Rows of the server's list that are old enough and are here exactly as they are there."""
        last, top = 0, self._form.head().top
        while last < top:
            part = self._form.dated_part(last, top)
            old = [row for row in part.rows if received_on(row) < before]
            yield from self._held(old)
            last = part.rows[-1].id if len(part.rows) < part.matching else top

    def _held(self, rows: Sequence[KoboRow]) -> list[_Due]:
        listed = [self._reader.listed(row) for row in rows]
        keys = [one.submission_key for one in listed]
        with reading(self._engine) as session:
            known = read_before(session, self._opened.form_id, keys)
            safe = settled(session, self._opened.form_id, keys)
        return [
            _Due(row.id, one.submission_key)
            for row, one in zip(rows, listed, strict=True)
            if one.submission_key in safe
            and one.submission_key in known
            and known[one.submission_key].version_key == one.version_key
            and known[one.submission_key].read_with in self._opened.mapping_versions
        ]

    def _delete(self, ids: Sequence[int]) -> None:
        """By their ids, always: without ids KoBo's call deletes everything. One unknown id spoils a whole call."""
        path = f"api/v2/assets/{self._form.asset}/data/"
        body = msgspec.json.encode({"payload": {"submission_ids": list(ids)}})
        headers = {"Content-Type": "application/json"}
        reply = self._client.ask(f"{path}bulk/", method="DELETE", headers=headers, body=body, accept=_REFUSED)
        if reply.status in _REFUSED:
            for number in ids:
                self._client.ask(f"{path}{number}/", method="DELETE", accept=_GONE)

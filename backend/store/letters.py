"""The letters of the letterbox: stored once each, read by workers, destroyed when their time is over."""

from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field, fields
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Connection,
    Select,
    and_,
    bindparam,
    case,
    delete,
    distinct,
    exists,
    false,
    func,
    insert,
    or_,
    select,
    text,
    update,
)
from sqlalchemy.orm import Session

from backend.store.audit import Audit, record
from backend.store.bulk import among, among_numbers
from backend.store.letter_plan import (
    COUNTED_BEFORE,
    HELD_BACK,
    LETTERBOX,
    Known,
    Letter,
    LetterKind,
    NewRow,
    Plan,
    plan,
)
from backend.store.tables import form, ledger, letter, letter_body, letter_total, pull, survey

# What comes so long after a form was closed still counts; later letters are sealed, counted, and never read.
GRACE_DAYS = 14
# A letter that no worker could read waits longer than its survey says, but never longer than any survey may say.
LONGEST_RETENTION = 30
_KINDS = {kind.value: kind for kind in LetterKind}


@dataclass(frozen=True, slots=True)
class SealedLetter:
    """`was_read`: with an older mapping, or in vain."""

    seq: int
    key_id: str
    kind: LetterKind
    received_on: date
    root_receipt: str
    sealed: bytes = field(repr=False)
    was_read: bool = False


@dataclass(frozen=True, slots=True)
class PageMark:
    """What a worker once found in a letter sealed in a page: receipts of the instance id and of the XML."""

    seq: int
    instance: str
    content: str
    root_receipt: str


@dataclass(frozen=True, slots=True)
class LetterCounts:
    """`received` counts an interview once, however often it was edited or sent again."""

    received: int
    unread: int
    conflicts: int
    after_grace: int
    attachments: int
    lost: int


@dataclass(frozen=True, slots=True)
class Destroyed:
    """`unread` is not zero only when workers could not read for weeks: those answers are gone."""

    read: int
    unread: int


# ---- what the door does ----------------------------------------------------------------------------------------------

# Built once: to build them takes longer than to run them, and every letter runs them.
_KNOWN = select(*(letter.c[field_.name] for field_ in fields(Known))).where(
    letter.c.form_id.in_(bindparam("forms", expanding=True)),
    letter.c.receipt.in_(bindparam("receipts", expanding=True)),
)
_ADD = insert(letter).returning(letter.c.seq, sort_by_parameter_order=True)
_ADD_BODY = insert(letter_body)
_TAKE_TURNS = text("SELECT pg_advisory_xact_lock(k) FROM unnest(CAST(:keys AS bigint[])) AS k")


def add_letters(connection: Connection, letters: Sequence[Letter]) -> None:
    """Stores what is not here yet: a retry stores nothing, the same id with other content is stored as a conflict.

    On a bare connection: a session would cost a letter as much time as sealing it.
    """
    receipts = {item.receipt for item in letters} | {item.previous for item in letters if item.previous is not None}
    if connection.dialect.name == "postgresql":
        _take_turns(connection, receipts)
    forms = {item.form_id for item in letters}
    known = connection.execute(_KNOWN, {"forms": list(forms), "receipts": list(receipts)})
    _carry_out(connection, plan(letters, [Known(*row) for row in known]))


def _take_turns(connection: Connection, receipts: Collection[str]) -> None:
    """Two processes that get the same submission must not both find it missing. SQLite has one writer anyway."""
    # In one order everywhere, or two batches could wait for each other.
    keys = sorted(int.from_bytes(bytes.fromhex(receipt)[:8], signed=True) for receipt in receipts)
    connection.execute(_TAKE_TURNS, {"keys": keys})


def _carry_out(connection: Connection, todo: Plan) -> None:
    if todo.new:
        rows = [_row(item) for item in todo.new]
        numbers = connection.scalars(_ADD, rows).all()
        bodies = [{"seq": seq, "sealed": item.letter.sealed} for seq, item in zip(numbers, todo.new, strict=True)]
        connection.execute(_ADD_BODY, bodies)
    if todo.attachments:
        more = update(letter).where(letter.c.seq == bindparam("row")).values(attachments=bindparam("count"))
        connection.execute(more, [{"row": seq, "count": count} for seq, count in todo.attachments.items()])
    for moved in todo.new_roots:
        belongs = (letter.c.form_id == moved.form_id, letter.c.root_receipt == moved.receipt)
        connection.execute(update(letter).where(*belongs).values(root_receipt=moved.root))


def _row(item: NewRow) -> dict[str, object]:
    return {
        "form_id": item.letter.form_id,
        "key_id": item.letter.key_id,
        "receipt": item.letter.receipt,
        "content": item.letter.content,
        "root_receipt": item.root_receipt,
        "kind": item.kind,
        "received_on": item.letter.received_on,
        "attachments": item.attachments,
    }


# ---- what workers do -------------------------------------------------------------------------------------------------


def unread(
    session: Session, form_id: str, mapping_versions: Collection[str], *, after: int, limit: int
) -> list[SealedLetter]:
    """The next letters that none of these mapping versions has read; conflicts wait for a person, late ones for nobody.

    `after` only turns the pages of one reading. Never keep it: on PostgreSQL a letter can be committed after one with
    a higher number was read, and a kept number would skip it for ever. The mark of `mark_read` does not.
    """
    # Numbers first: SQLite would carry the letters themselves through its sort.
    next_ones = (
        select(letter.c.seq)
        .join(letter_body, letter_body.c.seq == letter.c.seq)
        .where(letter.c.form_id == form_id, letter.c.seq > after, letter.c.kind.not_in(HELD_BACK))
        .where(~is_late(session, [form_id]))
        .where(or_(letter.c.read_with.is_(None), letter.c.read_with.not_in(mapping_versions)))
        .order_by(letter.c.seq)
        .limit(limit)
    )
    columns = (letter.c.seq, letter.c.key_id, letter.c.kind, letter.c.received_on, letter.c.root_receipt)
    rows = session.execute(
        select(*columns, letter_body.c.sealed, letter.c.read_with.is_not(None))
        .join(letter_body, letter_body.c.seq == letter.c.seq)
        .where(letter.c.seq.in_(next_ones.subquery().select()))
        .order_by(letter.c.seq)
    ).all()
    return [SealedLetter(row[0], row[1], _KINDS[row[2]], *row[3:]) for row in rows]


def mark_read(session: Session, read_with: Mapping[int, str]) -> None:
    """In the transaction that saves the page: a crash repeats a page, never skips one."""
    for version in sorted(set(read_with.values())):
        of_version = among_numbers(session, letter.c.seq, [seq for seq, with_ in read_with.items() if with_ == version])
        session.execute(update(letter).where(of_version).values(read_with=version))


def page_marks(session: Session, form_id: str) -> list[PageMark]:
    """Of the letters that were the first with their instance id."""
    columns = (letter.c.seq, letter.c.instance_mark, letter.c.content_mark, letter.c.root_receipt)
    marked = (letter.c.form_id == form_id, letter.c.instance_mark.is_not(None))
    return [PageMark(*row) for row in session.execute(select(*columns).where(*marked))]


def in_ledger(session: Session, form_id: str, keys: Collection[str]) -> set[str]:
    """Those of the submission keys that some letter has brought already."""
    wanted = (ledger.c.form_id == form_id, among(session, ledger.c.submission_key, sorted(keys)))
    return set(session.scalars(select(ledger.c.submission_key).where(*wanted)))


def keep_page_marks(session: Session, marks: Sequence[PageMark]) -> None:
    values: dict[str, Any] = {"instance_mark": bindparam("of_instance"), "content_mark": bindparam("of_content")}
    rows = [{"row": mark.seq, "of_instance": mark.instance, "of_content": mark.content} for mark in marks]
    _change(session, values, rows)


def join_roots(session: Session, roots: Mapping[int, str]) -> None:
    """Letters that hold an interview, or the id of one, which is here already: it counts once."""
    rows = [{"row": seq, "root": root} for seq, root in sorted(roots.items())]
    _change(session, {"root_receipt": bindparam("root")}, rows)


def root_receipts(session: Session, seqs: Collection[int]) -> dict[int, str]:
    """By number; those of today, since edits that came meanwhile may have moved them."""
    wanted = among_numbers(session, letter.c.seq, sorted(seqs))
    return dict(session.execute(select(letter.c.seq, letter.c.root_receipt).where(wanted)).all())


def roots_read(session: Session, form_id: str, roots: Collection[str], *, besides: Collection[int]) -> set[str]:
    """Those of the root receipts of which a letter was read, `besides` these."""
    mine = (letter.c.form_id == form_id, among(session, letter.c.root_receipt, sorted(roots)))
    read = select(letter.c.seq, letter.c.root_receipt).where(*mine, letter.c.read_with.is_not(None))
    return {root for seq, root in session.execute(read) if seq not in besides}


def set_conflicts(session: Session, seqs: Collection[int]) -> None:
    """Letters in which a worker found the instance id of another one with other content: a person decides."""
    rows = [{"row": seq, "becomes": LetterKind.CONFLICT} for seq in sorted(seqs)]
    _change(session, {"kind": bindparam("becomes")}, rows)


def _change(session: Session, values: Mapping[str, Any], rows: Sequence[Mapping[str, Any]]) -> None:
    if rows:
        session.connection().execute(update(letter).where(letter.c.seq == bindparam("row")).values(**values), rows)


def conflicts(session: Session, form_id: str) -> int:
    """How many letters came with the id of another one and other content: the IM officer decides."""
    counted = select(func.count()).where(letter.c.form_id == form_id, letter.c.kind == LetterKind.CONFLICT)
    return session.scalar(counted) or 0


def is_late(session: Session, form_ids: Collection[str] | None = None) -> ColumnElement[bool]:
    """Of a letter of one of these forms, or of any: it came when the days of grace of its form were over."""
    closed = select(form.c.form_id, form.c.closed_on).where(form.c.closed_on.is_not(None))
    if form_ids is not None:
        closed = closed.where(form.c.form_id.in_(form_ids))
    late = [
        and_(letter.c.form_id == form_id, letter.c.received_on > closed_on + timedelta(days=GRACE_DAYS))
        for form_id, closed_on in session.execute(closed)
    ]
    return or_(false(), *late)


def count_letters(session: Session, form_id: str) -> LetterCounts:
    late = is_late(session, [form_id])
    in_time = and_(letter.c.kind.not_in(HELD_BACK), ~late)
    counts_here = and_(in_time, letter.c.root_receipt != COUNTED_BEFORE)
    waits = and_(letter.c.read_with.is_(None), in_time)
    row = session.execute(
        select(
            func.count(distinct(letter.c.root_receipt)).filter(counts_here).label("received"),
            func.count().filter(waits, letter_body.c.seq.is_not(None)).label("unread"),
            func.count().filter(letter.c.kind == LetterKind.CONFLICT).label("conflicts"),
            func.count().filter(late, letter.c.kind.not_in(HELD_BACK)).label("after_grace"),
            func.coalesce(func.sum(letter.c.attachments), 0).label("attachments"),
            func.count().filter(waits, letter_body.c.seq.is_(None)).label("lost"),
        )
        .select_from(letter)
        .outerjoin(letter_body, letter_body.c.seq == letter.c.seq)
        .where(letter.c.form_id == form_id)
    ).one()
    counts = Counter({name: int(count) for name, count in row._mapping.items()})
    counts.update(_figures_kept(session, form_id))
    return LetterCounts(**{one.name: counts[one.name] for one in fields(LetterCounts)})


def _figures_kept(session: Session, form_id: str) -> dict[str, int]:
    """What was counted before the receipts of a closed form were destroyed."""
    names = ("received", "conflicts", "after_grace", "attachments", "lost")
    query = select(*(letter_total.c[name] for name in names)).where(letter_total.c.form_id == form_id)
    row = session.execute(query).one_or_none()
    return dict(zip(names, row, strict=True)) if row else {}


# ---- the end of a letter ---------------------------------------------------------------------------------------------


def destroy_letters(session: Session, today: date) -> Destroyed:
    """Deletes the sealed bytes past their survey's retention; the row stays as a receipt until the round is closed.

    A letter nobody has read yet, and a conflict nobody has settled, wait beyond it, at most LONGEST_RETENTION days.
    """
    due = _past_retention(session, today)
    is_unread = and_(letter.c.read_with.is_(None), letter.c.kind.not_in(HELD_BACK))
    counts = session.execute(
        select(func.count().filter(~is_unread), func.count().filter(is_unread))
        .select_from(letter)
        .where(letter.c.seq.in_(due), letter.c.seq.in_(select(letter_body.c.seq)))
    ).one()
    session.execute(delete(letter_body).where(letter_body.c.seq.in_(due)))
    destroyed = Destroyed(read=counts[0], unread=counts[1])
    if any(counts):
        details: dict[str, str | int | bool] = {"read": destroyed.read, "unread": destroyed.unread}
        record(session, Audit(actor="system", action="letters.destroyed", object="letterbox", details=details))
    return destroyed


def _past_retention(session: Session, today: date) -> Select[tuple[int]]:
    # Days are subtracted here, since the two databases count days in different words.
    days = range(LONGEST_RETENTION + 1)
    kept_from = case({day: today - timedelta(days=day) for day in days}, value=survey.c.raw_retention_days)
    # Of a closed form nobody will read what came too late; what came in time waits for a worker like any other.
    is_done = or_(letter.c.read_with.is_not(None), letter.c.kind == LetterKind.SET_ASIDE, is_late(session))
    return (
        select(letter.c.seq)
        .join(form, form.c.form_id == letter.c.form_id)
        .join(survey, survey.c.survey_id == form.c.survey_id)
        .where(
            or_(
                and_(is_done, letter.c.received_on < kept_from),
                and_(
                    letter.c.received_on < today - timedelta(days=LONGEST_RETENTION),
                    or_(letter.c.read_with.is_not(None), letter.c.kind.in_(HELD_BACK), ~waits_for_a_look(today)),
                ),
            )
        )
    )


def waits_for_a_look(today: date) -> ColumnElement[bool]:
    """Of a form: no worker has tried to read its letters to the end since `today` began.

    After weeks without a worker, or when its clock leaps ahead, letters are read before they are found too old. A
    worker that was killed in the middle has not tried those it had yet to read: its lease is still there.
    """
    midnight = datetime.combine(today, time(), UTC)
    ended = pull.c.lease_owner.is_(None)
    tried = exists().where(pull.c.form_id == form.c.form_id, pull.c.last_started >= midnight, ended)
    return and_(form.c.practice.is_(False), form.c.server == LETTERBOX, ~tried)

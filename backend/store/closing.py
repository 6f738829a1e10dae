"""The end of a form: closed to phones; after its days of grace and retention its receipts become figures."""

from datetime import date, timedelta

from sqlalchemy import ColumnElement, delete, distinct, exists, func, select, update
from sqlalchemy.orm import Session

from backend.store.audit import Audit, record
from backend.store.bulk import dialect_insert
from backend.store.letter_end import lost_here
from backend.store.letter_plan import COUNTED_BEFORE, HELD_BACK, LETTERBOX, LetterKind
from backend.store.letters import GRACE_DAYS
from backend.store.purges import raw_retention
from backend.store.tables import early_count, form, letter, letter_body, letter_total


def close_form(session: Session, form_id: str, today: date, audit: Audit) -> bool:
    """Phones no longer find the form; what they send within GRACE_DAYS still counts. False: it was not open."""
    closed = session.execute(
        update(form)
        .where(form.c.form_id == form_id, form.c.state == "open")
        .values(state="closed", closed_on=today)
        .returning(form.c.form_id)
    )
    if closed.first() is None:
        return False
    record(session, audit)
    return True


def ends_on(session: Session, form_id: str, closed_on: date) -> date:
    """From this day on the receipts of a form may go, once no letter that counts is left."""
    return closed_on + timedelta(days=GRACE_DAYS + raw_retention(session, form_id) + 1)


def finish_closed(session: Session, today: date) -> list[str]:
    """Destroys the receipts of forms that are over, and keeps their figures. Returns the forms.

    What still comes afterwards is sealed, counted as too late, and goes in the same way when its days are over.
    """
    query = select(form.c.form_id, form.c.closed_on).where(
        form.c.state == "closed", form.c.server == LETTERBOX, form.c.closed_on < today - timedelta(days=GRACE_DAYS)
    )
    ended = [
        (form_id, closed_on)
        for form_id, closed_on in session.execute(query.order_by(form.c.form_id)).all()
        if today >= ends_on(session, form_id, closed_on) and not _waits(session, form_id, closed_on)
    ]
    return [form_id for form_id, closed_on in ended if _destroy_receipts(session, form_id, closed_on)]


def _late(closed_on: date) -> ColumnElement[bool]:
    return letter.c.received_on > closed_on + timedelta(days=GRACE_DAYS)


def _has_body() -> ColumnElement[bool]:
    return exists().where(letter_body.c.seq == letter.c.seq)


def _waits(session: Session, form_id: str, closed_on: date) -> bool:
    """Whether a letter that counts is still here: unread, or with the id of another one, for a person to settle."""
    one = select(letter.c.seq).where(letter.c.form_id == form_id, ~_late(closed_on), _has_body()).limit(1)
    return session.scalar(one) is not None


def _destroy_receipts(session: Session, form_id: str, closed_on: date) -> int:
    mine, late, counts = letter.c.form_id == form_id, _late(closed_on), letter.c.kind.not_in(HELD_BACK)
    is_counted = letter.c.root_receipt != COUNTED_BEFORE
    row = session.execute(
        select(
            func.count(),
            func.count(distinct(letter.c.root_receipt)).filter(~late, counts, is_counted).label("received"),
            func.count().filter(letter.c.kind == LetterKind.CONFLICT).label("conflicts"),
            func.count().filter(late, counts).label("after_grace"),
            func.coalesce(func.sum(letter.c.attachments), 0).label("attachments"),
        ).where(mine, ~_has_body())
    ).one()
    if not row[0]:
        return 0
    figures = {name: int(row._mapping[name]) for name in ("received", "conflicts", "after_grace", "attachments")}
    figures["lost"] = lost_here(session, form_id)
    _add_figures(session, form_id, figures)
    session.execute(delete(letter).where(mine, ~_has_body()))
    session.execute(delete(early_count).where(early_count.c.form_id == form_id))
    record(session, Audit("system", "receipts.destroyed", form_id, {"rows": int(row[0])}))
    return int(row[0])


def _add_figures(session: Session, form_id: str, figures: dict[str, int]) -> None:
    new = dialect_insert(session)(letter_total).values(form_id=form_id, **figures)
    more = {name: letter_total.c[name] + new.excluded[name] for name in figures}
    session.execute(new.on_conflict_do_update(index_elements=["form_id"], set_=more))

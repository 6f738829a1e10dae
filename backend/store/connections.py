"""Which form here is read from which form on a server. A form may be on none."""

from sqlalchemy import delete, select, update
from sqlalchemy.orm import Session

from backend.store.audit import Audit, record
from backend.store.letter_plan import LETTERBOX
from backend.store.tables import census, checkpoint, form, ledger, letter, mirror, vanished, verdict

NOWHERE = "none"
"""The server of a form that is pulled no more."""


class ConnectError(Exception):
    """A form that cannot be connected to a server, or taken off it. The message says what to do."""


def connected_forms(session: Session, server_id: str) -> dict[str, str]:
    """Name on the server to our own."""
    query = select(form.c.server_form_id, form.c.form_id).where(form.c.server == server_id)
    return dict(session.execute(query).all())


def can_move(session: Session, form_id: str, server_id: str) -> bool:
    """Whether the form may be deployed to this server: it is there, or nothing of it would stay behind elsewhere."""
    where = session.scalar(select(form.c.server).where(form.c.form_id == form_id))
    if where in (None, server_id, NOWHERE):
        return True
    sent = select(letter.c.seq).where(letter.c.form_id == form_id).limit(1)
    return where == LETTERBOX and session.scalar(sent) is None


def connect_form(session: Session, form_id: str, server_id: str, server_form_id: str, audit: Audit) -> None:
    """From now on the answers of the form are pulled from there. Raises ConnectError."""
    row = session.execute(select(form.c.server, form.c.practice).where(form.c.form_id == form_id)).one_or_none()
    if row is None:
        raise ConnectError(f"There is no form {form_id} here: `fieldveil form list` shows them")
    if row.practice:
        raise ConnectError(f"Form {form_id} is for practice: its answers are never pulled")
    if row.server not in (LETTERBOX, NOWHERE):
        raise ConnectError(f"Form {form_id} is on {row.server} already: `fieldveil server disconnect {form_id}` first")
    if session.scalar(select(letter.c.seq).where(letter.c.form_id == form_id).limit(1)) is not None:
        raise ConnectError(
            f"Phones have sent answers of form {form_id} to the letterbox: build a form with another id for the server"
        )
    other = connected_forms(session, server_id).get(server_form_id)
    if other is not None:
        raise ConnectError(f"{server_form_id} on {server_id} is read as form {other} already: one form is read once")
    session.execute(
        update(form).where(form.c.form_id == form_id).values(server=server_id, server_form_id=server_form_id)
    )
    record(session, audit)


def disconnect_form(session: Session, form_id: str, audit: Audit) -> bool:
    """What was read stays. Returns whether the form is the letterbox's again: only if nothing was read.

    Raises ConnectError.
    """
    where = session.scalar(select(form.c.server).where(form.c.form_id == form_id))
    if where is None or where in (LETTERBOX, NOWHERE):
        raise ConnectError(f"Form {form_id} is on no server: `fieldveil form list` shows where forms are")
    if session.scalar(select(vanished.c.submission_key).where(vanished.c.form_id == form_id).limit(1)) is not None:
        raise ConnectError(
            f"Rows of {form_id} are gone from the server: `fieldveil server gone {form_id}` decides about them first"
        )
    is_empty = session.scalar(select(ledger.c.submission_key).where(ledger.c.form_id == form_id).limit(1)) is None
    values = {"server": LETTERBOX, "server_form_id": form_id} if is_empty else {"server": NOWHERE, "server_form_id": ""}
    session.execute(update(form).where(form.c.form_id == form_id).values(**values))
    for table in (census, mirror, checkpoint, verdict):
        session.execute(delete(table).where(table.c.form_id == form_id))
    record(session, audit)
    return is_empty

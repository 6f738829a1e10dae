"""The tasks. Each takes at most one id: submissions never ride in Redis, and a task is pages, never one submission."""

from datetime import UTC, datetime

import structlog
from sqlalchemy.exc import SQLAlchemyError

from backend.store import inbox, letters, server_requests
from backend.store.closing import finish_closed
from backend.store.due import PULL, clear_due, due_now, is_due
from backend.store.engine import reading, transaction
from backend.store.forms import pulled_forms
from backend.store.pulls import LeaseLostError
from workers import days, drift, letter_keys, restores, wishes
from workers.app import app
from workers.context import worker_context
from workers.net import NetError
from workers.pull import pull_form
from workers.servers import requests
from workers.servers.source import PullError

_log = structlog.get_logger(__name__)


@app.task(name="pull.form")  # type: ignore[untyped-decorator]
def pull_one_form(form_id: str) -> None:
    """Reads one form for a bounded number of pages; what is left goes to the next task, so that forms take turns.

    So does what came in the meantime: whoever asked while the form was read has left a row that is still due.
    """
    context = worker_context()
    try:
        report = pull_form(context, form_id, max_pages=context.settings.pages_per_task)
    except PullError as error:
        _log.error("pull_failed", form_id=form_id, code=error.code)
        return
    except LeaseLostError:
        _log.warning("pull_handed_over", form_id=form_id)
        return
    except SQLAlchemyError as error:
        # The driver's own text may quote a row; its kind is enough, and the next pull repeats the page.
        _log.error("pull_failed", form_id=form_id, code=type(error).__name__)
        return
    if report is None:
        return
    _log.info("pulled", form_id=form_id, pages=report.pages, read=report.read, new=report.new, changed=report.changed)
    with reading(context.engine) as session:
        was_asked_for = is_due(session, PULL, form_id)
    if not report.finished or was_asked_for:
        pull_one_form.delay(form_id)


@app.task(name="pull.every_form")  # type: ignore[untyped-decorator]
def pull_every_form() -> None:
    context = worker_context()
    missing = restores.notice(context)
    if missing is not None:
        _log.error("database_restored", letters_missing=missing, remedy="docs/operations.md, Restore")
    with reading(context.engine) as session:
        forms = pulled_forms(session)
    for form_id in forms:
        pull_one_form.delay(form_id)


@app.task(name="servers.carry_out")  # type: ignore[untyped-decorator]
def carry_out_server_request(request_id: str) -> None:
    """What somebody asked of a server in the pages; the answer is in the database, where the page looks for it."""
    context = worker_context()
    with transaction(context.engine) as session:
        clear_due(session, "servers.carry_out", request_id)
    problem = requests.carry_out(context, request_id)
    _log.info("server_request_done", problem=problem or None)


@app.task(name="servers.forget_requests")  # type: ignore[untyped-decorator]
def forget_server_requests() -> None:
    with transaction(worker_context().engine) as session:
        server_requests.forget_old(session, datetime.now(UTC))


@app.task(name="wishes.carry_out")  # type: ignore[untyped-decorator]
def carry_out_wish(wish_id: str) -> None:
    """What somebody asked for in the pages, of a draft or of versions that were published by hand."""
    context = worker_context()
    with transaction(context.engine) as session:
        clear_due(session, "wishes.carry_out", wish_id)
    problem = wishes.carry_out(context, wish_id, datetime.now(UTC).date())
    _log.info("wish_done", problem=problem or None)


@app.task(name="due.sweep")  # type: ignore[untyped-decorator]
def sweep_due() -> None:
    """Sends what was asked for while the broker was away. A task that is asked for twice finds nothing to do."""
    with reading(worker_context().engine) as session:
        waiting = due_now(session, datetime.now(UTC))
    for task, argument in waiting:
        app.send_task(task, args=[argument])


@app.task(name="letters.keep_keys")  # type: ignore[untyped-decorator]
def keep_letter_keys() -> None:
    """This month's and next month's key pair are there; private halves past their use are gone."""
    context = worker_context()
    letter_keys.keep(context, datetime.now(UTC).date())


@app.task(name="letters.destroy_old")  # type: ignore[untyped-decorator]
def destroy_old_letters() -> None:
    context = worker_context()
    day = days.to_destroy_by(context.settings, datetime.now(UTC).date())
    with transaction(context.engine) as session:
        gone, ended = letters.destroy_letters(session, day), finish_closed(session, day)
    _log.info("letters_destroyed", read=gone.read, unread=gone.unread, forms_ended=len(ended))


@app.task(name="drift.look")  # type: ignore[untyped-decorator]
def look_for_drift(form_id: str) -> None:
    """Whether the form on its server is still the one that was built."""
    context = worker_context()
    try:
        found = drift.look(context, form_id, datetime.now(UTC).date())
    except (PullError, NetError) as error:
        # The next pull says what is wrong with the server; tomorrow it is looked at again.
        _log.warning("drift_not_looked_at", form_id=form_id, kind=type(error).__name__)
        return
    _log.info("drift_looked_at", form_id=form_id, names=len(found.names), unknown=found.unknown)


@app.task(name="drift.every_form")  # type: ignore[untyped-decorator]
def look_for_drift_everywhere() -> None:
    with reading(worker_context().engine) as session:
        forms = pulled_forms(session)
    for form_id in forms:
        look_for_drift.delay(form_id)


@app.task(name="inbox.expire")  # type: ignore[untyped-decorator]
def expire_inbox() -> None:
    context = worker_context()
    day = days.to_destroy_by(context.settings, datetime.now(UTC).date())
    with transaction(context.engine) as session:
        inbox.delete_expired(session, day)

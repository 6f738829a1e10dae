"""What somebody asked a worker to do with a draft, or with versions published by hand, and what came of it."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import ColumnElement, delete, func, insert, select, update
from sqlalchemy.orm import Session

from backend.store.audit import Audit, record
from backend.store.tables import wish


class WishAction(StrEnum):
    # With a draft: the engine's check, the way to phones, and the way to phones for practice.
    CHECK = "check"
    DEPLOY = "deploy"
    PRACTICE = "practice"
    # With versions of a form that somebody published by hand: to compare them, and to read one from now on.
    LOOK = "look"
    ADOPT = "adopt"

    @property
    def is_of_draft(self) -> bool:
        return self in (WishAction.CHECK, WishAction.DEPLOY, WishAction.PRACTICE)


@dataclass(frozen=True, slots=True)
class Wish:
    """`subject_id` is a draft's or a form's. `problem` is None until a worker has answered; '' when it could do it.

    `version` and `seen` are what somebody saw and confirmed: `seen` is the revision of a draft, or the version of the
    mapping. Both are '' for a mere look.
    """

    subject_id: str
    action: WishAction
    version: str
    seen: str
    actor: str
    asked_at: datetime
    problem: str | None = None
    report: Mapping[str, Any] | None = field(default=None, repr=False)

    @property
    def is_open(self) -> bool:
        return self.problem is None

    @property
    def wish_id(self) -> str:
        return f"{self.subject_id}:{self.action.value}"


def ask(session: Session, new: Wish, audit: Audit) -> None:
    """Takes the place of the last one of its kind."""
    session.execute(delete(wish).where(wish.c.wish_id == new.wish_id))
    subject = {"draft_id" if new.action.is_of_draft else "form_id": new.subject_id}
    wanted = {"action": new.action.value, "version": new.version, "seen": new.seen}
    who = {"actor": new.actor, "asked_at": new.asked_at}
    session.execute(insert(wish).values(wish_id=new.wish_id, **subject, **wanted, **who))
    record(session, audit)


def find(session: Session, wish_id: str) -> Wish | None:
    return next(iter(_wishes(session, wish.c.wish_id == wish_id).values()), None)


def of_draft(session: Session, draft_id: str) -> dict[WishAction, Wish]:
    return _wishes(session, wish.c.draft_id == draft_id)


def of_form(session: Session, form_id: str) -> dict[WishAction, Wish]:
    return _wishes(session, wish.c.form_id == form_id)


def answer(session: Session, done: Wish, problem: str, report: Mapping[str, Any] | None = None) -> None:
    """Only of the wish it answers: somebody may have asked anew in between."""
    same = (wish.c.wish_id == done.wish_id, wish.c.version == done.version, wish.c.seen == done.seen)
    found = {"problem": problem, "report": report, "done_at": datetime.now(UTC)}
    session.execute(update(wish).where(*same, wish.c.problem.is_(None)).values(**found))


def _wishes(session: Session, condition: ColumnElement[bool]) -> dict[WishAction, Wish]:
    columns = (
        func.coalesce(wish.c.draft_id, wish.c.form_id),
        wish.c.action,
        wish.c.version,
        wish.c.seen,
        wish.c.actor,
        wish.c.asked_at,
        wish.c.problem,
        wish.c.report,
    )
    found = [Wish(row[0], WishAction(row[1]), *row[2:]) for row in session.execute(select(*columns).where(condition))]
    return {one.action: one for one in found}

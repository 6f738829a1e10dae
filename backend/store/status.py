"""The figures of one form that must agree: what was posted, read, and what became of it."""

from dataclasses import dataclass

from sqlalchemy import func, select, text
from sqlalchemy.orm import Session

from backend.store.letter_end import lost_interviews
from backend.store.letters import count_letters
from backend.store.tables import form, ledger, reject


@dataclass(frozen=True, slots=True)
class Totals:
    """`posted`: interviews answered 201; `pulled`: interviews read. Edits and retries count with the original.

    `rejects` counts bad answers, `rejected` whole submissions, `counted` those of forms that keep no answers.
    `observations` counts rows of the long view. `lost`: interviews whose letters were destroyed before they were read.
    """

    posted: int
    pulled: int
    stored: int
    refused: int
    rejected: int
    counted: int
    withdrawn: int
    deleted: int
    rejects: int
    observations: int
    conflicts: int
    lost: int = 0

    @property
    def agree(self) -> bool:
        settled = self.stored + self.refused + self.rejected + self.counted + self.withdrawn + self.deleted
        return self.posted == self.pulled + self.lost and self.pulled == settled


def totals(session: Session, form_id: str) -> Totals:
    """Runs four queries, one of them over all answers: for the command line, not for a page."""
    counted = select(ledger.c.outcome, func.count()).where(ledger.c.form_id == form_id).group_by(ledger.c.outcome)
    outcomes: dict[str, int] = dict(session.execute(counted).all())
    posted = count_letters(session, form_id)
    names = ("stored", "refused", "rejected", "counted", "withdrawn", "deleted")
    return Totals(
        posted=posted.received,
        pulled=sum(outcomes.values()),
        **{name: outcomes.get(name, 0) for name in names},
        rejects=session.scalar(select(func.count()).where(reject.c.form_id == form_id)) or 0,
        observations=_observations(session, form_id),
        conflicts=posted.conflicts,
        lost=lost_interviews(session, form_id),
    )


def _observations(session: Session, form_id: str) -> int:
    survey_id = session.scalar(select(form.c.survey_id).where(form.c.form_id == form_id))
    query = text("SELECT COUNT(*) FROM observation WHERE survey_id = :survey_id")
    return session.scalar(query, {"survey_id": survey_id}) or 0

"""The figures of a demo run, and whether they agree: nothing lost, nothing doubled, nothing of a person kept."""

from dataclasses import dataclass

from backend.store.status import Totals
from workers.demo.canary_search import Find
from workers.phone.fill import FillReport


@dataclass(frozen=True, slots=True)
class Figures:
    """`first` after the pull by the worker, `second` after one more pull, which must change nothing."""

    phones: FillReport
    first: Totals
    second: Totals
    finds: tuple[Find, ...]
    searched: dict[str, int]
    seconds: float
    database: str

    @property
    def canary(self) -> int:
        """Identifiers found where none may be, those that the server sent back to a phone included."""
        return len(self.finds) + self.phones.echoes

    def faults(self) -> list[str]:
        """What does not hold; empty when all is well."""
        checks = {
            "Not every interview was posted: the server refused some": self.phones.posted == self.phones.submissions,
            "The phones and the letterbox count different numbers of interviews": self.first.posted
            == self.phones.posted,
            "Posted, pulled and refused + stored + rejected do not agree": self.first.agree,
            "After a second pull they do not agree": self.second.agree,
            "The second pull changed something": self.first == self.second,
            "Identifiers were found": self.canary == 0,
        }
        return [fault for fault, holds in checks.items() if not holds]

    def record(self) -> dict[str, object]:
        """What `--json` prints."""
        totals = self.second
        return {
            "posted": totals.posted,
            "pulled": totals.pulled,
            "refused": totals.refused,
            "stored": totals.stored,
            "rejected": totals.rejected,
            "rejects": totals.rejects,
            "observations": totals.observations,
            "canary": self.canary,
            "conflicts": totals.conflicts,
            "submissions": self.phones.submissions,
            "sent": self.phones.counts,
            "endings": self.phones.endings,
            "misfits": sum(self.phones.misfits.values()),
            "filled_by": self.phones.source.value,
            "database": self.database,
            "searched_bytes": self.searched,
            "found": [f"{find.place} ({find.writing}) in {find.where}" for find in self.finds],
            "faults": self.faults(),
            "seconds": self.seconds,
        }

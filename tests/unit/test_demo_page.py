"""docs/demo.md describes every field that `fieldveil demo --json` and `fieldveil fill --json` print, and no other."""

import re
from pathlib import Path

from backend.store.status import Totals
from forms.engine import Ending
from workers.cli.fill import record
from workers.demo.figures import Figures
from workers.phone.deliveries import Reason
from workers.phone.fill import FillReport
from workers.phone.fillers import Source

PAGE = (Path(__file__).parents[2] / "docs" / "demo.md").read_text(encoding="utf-8")
TOTALS = Totals(1, 1, 1, 0, 0, 0, 0, 0, 0, 90, 0)
REPORT = FillReport("f", "1", 1, 1, {}, {}, {}, {}, 0, 0, Source.ENGINE, "", 1, 1.0)
FIGURES = Figures(REPORT, TOTALS, TOTALS, (), {"files": 100}, 1.0, "SQLite")


def rows(first_column: str) -> list[str]:
    table = PAGE.split(f"| {first_column} | meaning |\n|---|---|\n")[1].split("\n\n")[0]
    return [name for line in table.splitlines() for name in re.findall(r"`(\w+)`", line.split("|")[1])]


def test_every_field_of_the_demo_is_described_in_its_order() -> None:
    assert rows("field") == list(FIGURES.record())


def test_every_kind_of_sending_is_described() -> None:
    assert sorted(rows("kind")) == sorted([*Reason, "attachments", "parts", "answered_201"])


def test_every_field_of_simulated_phones_is_described() -> None:
    assert sorted(rows("key")) == sorted(record(REPORT))


def test_every_ending_and_every_way_of_filling_is_named() -> None:
    assert [name for name in (*Ending, *Source) if f"`{name}`" not in PAGE] == []

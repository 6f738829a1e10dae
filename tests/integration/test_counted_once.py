"""A submission of another server that can be read only later counts then, and not once more."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from central_lab import V2, central_lab, fields
from kobo_lab import KOBO_NAMES, kobo_lab
from sqlalchemy import Engine, func, select

from backend.store.engine import reading
from backend.store.tables import counter, daily, early_count, inbox
from workers.pull import pull_form

_ANSWERS = {"con/given": "no", "clo/safe": "no"}


@pytest.fixture(params=["central", "kobo"])
def lab(request: pytest.FixtureRequest, engine: Engine, tmp_path: Path) -> Iterator[Any]:
    """With a form that somebody changed on the server itself, and an interview made with that version."""
    opened = central_lab if request.param == "central" else kobo_lab
    with opened(engine, tmp_path / "home") as found:
        if request.param == "central":
            found.fake.store.publish(found.form, "v2", fields(V2))
            found.send(1, version="v2", **_ANSWERS)
        else:
            found.fake.store.publish(found.form, KOBO_NAMES["v2"], "v2")
            found.send("r1", version="v2", **_ANSWERS)
        yield found


def _counts(lab: Any) -> tuple[int, int, int, int]:
    """Received by counter and by day, refused, and messages to the supervisor."""
    with reading(lab.context.engine) as session:
        kinds = dict(session.execute(select(counter.c.kind, func.sum(counter.c.n)).group_by(counter.c.kind)).all())
        days = session.scalar(select(func.sum(daily.c.n))) or 0
        notes = session.scalar(select(func.count()).select_from(inbox)) or 0
    return kinds.get("received", 0), days, kinds.get("refused", 0), notes


def test_a_refusal_in_an_unknown_version_counts_when_it_can_be_read(lab: Any) -> None:
    pull_form(lab.context, "small")
    before = _counts(lab)

    lab.register(V2)
    pull_form(lab.context, "small")

    assert (before, _counts(lab)) == ((1, 1, 0, 0), (1, 1, 1, 1))
    with reading(lab.context.engine) as session:
        assert session.scalar(select(func.count()).select_from(early_count)) == 0

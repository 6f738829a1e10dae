"""Every kind of form on one letterbox: phones fetch and fill it, post with identifiers everywhere, a worker reads it.

What the phones count is what the product counts, and no identifier that was put anywhere is found again.
"""

from collections.abc import Iterator
from datetime import timedelta

import pytest
from engine_forms import needs_engine
from kind_forms import EVERY_KIND, fresh_form_of
from phone_stage import HERE, OFTEN, Line, open_line, today
from sqlalchemy import text

from backend.store.app_users import create_app_user
from backend.store.audit import Audit
from backend.store.engine import reading, transaction
from backend.store.status import Totals, totals
from forms.kinds import KINDS
from workers.demo.canary_search import Search
from workers.deploy import deploy
from workers.phone.canary import Canaries
from workers.phone.fill import FillReport, fill
from workers.phone.interviews import Survey
from workers.pull import pull_form

pytestmark = needs_engine

SEED = 40
INTERVIEWS = 14
USUAL = ("provider_monthly", "cte_safety")
"""What differs most from the demo's key informants; starting the engine for all kinds is for the slow proofs."""
KIND_PARAMS = [pytest.param(kind, marks=() if kind in USUAL else pytest.mark.slow) for kind in EVERY_KIND]


@pytest.fixture(scope="module")
def line(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Line]:
    with open_line(tmp_path_factory.mktemp("kinds")) as found:
        yield found


@pytest.fixture(scope="module")
def done(line: Line) -> dict[str, tuple[FillReport, Totals]]:
    """Made when a test first asks for a kind: deployed, filled by two phones, posted and pulled twice."""
    return _Kinds(line)


class _Kinds(dict[str, tuple[FillReport, Totals]]):
    def __init__(self, line: Line) -> None:
        super().__init__()
        self._line = line

    def __missing__(self, kind: str) -> tuple[FillReport, Totals]:
        self[kind] = _through_the_door(self._line, kind)
        return self[kind]


def _through_the_door(line: Line, kind: str) -> tuple[FillReport, Totals]:
    opened = today() - timedelta(days=25)
    built = fresh_form_of(kind, opened)
    deploy(line.context, built, today=opened, actor="test")
    with transaction(line.context.engine) as session:
        entry = Audit("test", "phone.created", kind)
        phone = create_app_user(session, label=kind, forms=[built.form_id], today=today(), audit=entry)
    url = f"{line.context.settings.public_url}/letterbox/{phone.token}"
    report = fill([url], Survey(INTERVIEWS, SEED, today(), 20, OFTEN), reach=HERE, phones=2, form_id=built.form_id)
    for _ in range(2):
        pull_form(line.context, built.form_id)
    with reading(line.context.engine) as session:
        return report, totals(session, built.form_id)


@pytest.mark.parametrize("kind", KIND_PARAMS)
def test_what_phones_posted_is_read_and_settled(done: dict[str, tuple[FillReport, Totals]], kind: str) -> None:
    report, found = done[kind]

    assert report.posted == found.posted == found.pulled == INTERVIEWS
    assert found.agree


@pytest.mark.parametrize("kind", [kind for kind in KIND_PARAMS if kind.values != ("cte_safety",)])
def test_answers_become_rows_with_the_method_of_the_kind(
    line: Line, done: dict[str, tuple[FillReport, Totals]], kind: str
) -> None:
    query = text(
        "SELECT DISTINCT o.method, o.source_kind, o.source_ref IS NULL FROM observation o"
        " JOIN submission s ON s.submission_key = o.submission_key WHERE s.form_id = :form_id"
    )
    found = done[kind][1]
    with reading(line.context.engine) as session:
        rows = [tuple(row) for row in session.execute(query, {"form_id": f"t_{kind}"})]

    is_secondary = KINDS[kind].names_source
    assert found.stored > 0
    assert rows == [(KINDS[kind].method, "secondary" if is_secondary else "primary", int(not is_secondary))]


def test_of_the_safety_form_only_counters_and_notes_stay(
    line: Line, done: dict[str, tuple[FillReport, Totals]]
) -> None:
    found = done["cte_safety"][1]
    with reading(line.context.engine) as session:
        kinds = set(session.scalars(text("SELECT kind FROM counter WHERE form_id = 't_cte_safety'")))
        rows = session.scalar(text("SELECT COUNT(*) FROM submission WHERE form_id = 't_cte_safety'"))

    assert (rows, found.stored, found.refused) == (0, 0, 0)
    assert found.counted + found.rejected == INTERVIEWS
    assert {kind.partition(":")[0] for kind in kinds} == {"received", "disclosure_action"}


def test_no_identifier_is_found_in_anything_that_was_written(
    line: Line, done: dict[str, tuple[FillReport, Totals]]
) -> None:
    assert len(done) >= len(USUAL)
    assert Search(Canaries(SEED).values()).in_folder(line.context.settings.home) == []

"""An informant withdraws with the code of the conversation: the answers go, and nothing brings them back.

1. One interview with the code: its answers, bad answers and counts go, ledger and audit say so without it.
2. None or several: nothing goes, and the message says what to do. Five wrong codes a day. Of several a person chooses.
3. What was withdrawn stays so: read again, edited, edited in the wrong order, on the letterbox and on Central; and what
   comes later with the code is not stored.
4. Once the round is over it is too late; while a worker reads the form it has to wait.
"""

import io
import shutil
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from central_lab import central_lab
from msgspec.structs import replace
from small_form import KEYS, MAPPING
from small_letters import context as letter_context
from small_letters import send
from small_store import put_form
from sqlalchemy import Engine, Table, func, select, update

from backend import logs
from backend.settings import settings
from backend.store import conflicts, pulls
from backend.store.audit import Audit
from backend.store.closing import close_form
from backend.store.conflicts import Choice
from backend.store.engine import reading, transaction
from backend.store.forms import form_head
from backend.store.letters import GRACE_DAYS
from backend.store.status import Totals, totals
from backend.store.tables import (
    audit,
    coverage,
    ledger,
    letter,
    letter_body,
    reject,
    rollup,
    submission,
    withdrawn,
)
from backend.store.verdicts import Standing
from backend.store.withdrawals import WRONG_TRIES, Withdrawal, is_too_late, withdraw
from mappings.privacy.pseudonym import withdrawal_key
from workers.cli.entry import run
from workers.cli.store import today
from workers.context import Context
from workers.pull import pull_form

CODE, OTHER, WRONG = "0123abcd", "89efba10", "ffffffff"
Typed = Callable[..., tuple[int, str]]


@pytest.fixture
def typed(
    engine: Engine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Iterator[Typed]:
    """Asks with a code on standard input: exit code, and everything that was said."""
    monkeypatch.setenv("FIELDVEIL_HOME", str(tmp_path / "home"))
    monkeypatch.setenv("FIELDVEIL_DATABASE_URL", engine.url.render_as_string(hide_password=False))
    settings.cache_clear()

    def command(code: str, form_id: str = "small", *more: str) -> tuple[int, str]:
        capsys.readouterr()
        monkeypatch.setattr("sys.stdin", io.StringIO(f"{code}\n"))
        found = run(["withdraw", form_id, *more])
        said = capsys.readouterr()
        return found, said.out + said.err

    yield command
    logs.configure("WARNING", as_json=False)


@pytest.fixture
def field(engine: Engine, tmp_path: Path) -> Context:
    return letter_context(engine, tmp_path / "home")


def figures(field: Context) -> Totals:
    with reading(field.engine) as session:
        return totals(session, "small")


def rows(field: Context, table: Table) -> int:
    with reading(field.engine) as session:
        return session.scalar(select(func.count()).select_from(table)) or 0


def entries(field: Context) -> list[tuple[str, dict[str, object]]]:
    with reading(field.engine) as session:
        columns = (audit.c.action, audit.c.details)
        found = session.execute(select(*columns).where(audit.c.action.startswith("withdrawal.")).order_by(audit.c.id))
        return [(action, details) for action, details in found]


def two_interviews(field: Context) -> None:
    """One bad answer in the first, and three in the second, which is from another area."""
    send(field, "uuid:1", **{"rec/people": "no number"})
    send(field, "uuid:2", **{"clo/code": OTHER, "who/adm1": "XA02"})
    pull_form(field, "small")


# ---- 1 ---------------------------------------------------------------------------------------------------------------


def test_1_the_answers_go_and_so_do_their_counts(field: Context, typed: Typed) -> None:
    two_interviews(field)
    before = [rows(field, table) for table in (submission, reject)]

    code, said = typed(CODE)

    after = [rows(field, table) for table in (submission, reject)]
    assert (code, before, after) == (0, [2, 4], [1, 3])
    assert "One interview of small is withdrawn" in said
    with reading(field.engine) as session:
        assert list(session.scalars(select(submission.c.adm1_pcode))) == ["XA02"]
        assert set(session.scalars(select(rollup.c.adm1_pcode))) == {"XA02"}
        assert set(session.scalars(select(coverage.c.adm1_pcode))) == {"XA02"}
    assert (figures(field).withdrawn, figures(field).stored, figures(field).agree) == (1, 1, True)


def test_1_neither_audit_nor_words_hold_the_code(field: Context, typed: Typed) -> None:
    two_interviews(field)

    said = typed(CODE)[1]

    assert entries(field) == [("withdrawal.done", {})]
    assert CODE not in said


@pytest.mark.parametrize("written", ["0123 ABCD", " 01 23 ab cd ", "O123abcd", "0l23ABCD"])
def test_1_a_code_may_be_spelt_as_a_hand_writes_it(field: Context, typed: Typed, written: str) -> None:
    two_interviews(field)

    assert typed(written)[0] == 0


# ---- 2 ---------------------------------------------------------------------------------------------------------------


def test_2_a_code_that_no_interview_has_is_counted(field: Context, typed: Typed) -> None:
    two_interviews(field)

    code, said = typed(WRONG)

    assert code == 1
    assert "No interview of small has this code" in said
    assert WRONG not in said
    assert entries(field) == [("withdrawal.not_found", {})]
    assert figures(field).stored == 2


def test_2_what_cannot_be_a_code_costs_no_try(field: Context, typed: Typed) -> None:
    assert [typed(text)[0] for text in ("", "0123abc", "0123abcde", "0123abcg")] == [1, 1, 1, 1]
    assert entries(field) == []


def test_2_of_two_interviews_with_one_code_none_goes(field: Context, typed: Typed) -> None:
    send(field, "uuid:1")
    send(field, "uuid:2")
    pull_form(field, "small")

    code, said = typed(CODE)

    assert code == 1
    assert "none was withdrawn" in said
    assert "IM officer" in said
    assert entries(field) == [("withdrawal.several", {"with_code": 2, "gone": 0})]
    assert figures(field).stored == 2


def test_2_a_form_takes_five_wrong_codes_a_day(field: Context, typed: Typed) -> None:
    two_interviews(field)
    for _ in range(WRONG_TRIES):
        typed(WRONG)

    code, said = typed(CODE)

    assert code == 1
    assert "no more until tomorrow" in said
    assert figures(field).stored == 2
    with transaction(field.engine) as session:
        session.execute(update(audit).values(at=datetime.now(UTC) - timedelta(days=1)))
    assert typed(CODE)[0] == 0


def test_2_wrong_codes_of_one_form_do_not_block_another(field: Context, typed: Typed) -> None:
    two_interviews(field)
    put_form(field.engine, replace(MAPPING, form_id="other"))
    with transaction(field.engine) as session:
        key = withdrawal_key(KEYS, "other", WRONG)
        tries = [withdraw(session, "other", key, datetime.now(UTC), "cli").result for _ in range(WRONG_TRIES + 1)]

    assert tries == [Withdrawal.NOT_FOUND] * WRONG_TRIES + [Withdrawal.TOO_MANY_TRIES]
    assert typed(CODE)[0] == 0


def test_2_a_form_that_is_not_there_is_named(field: Context, typed: Typed) -> None:
    code, said = typed(CODE, "nowhere")

    assert code == 1
    assert "There is no form nowhere" in said
    assert entries(field) == []


def twins(field: Context) -> str:
    """Two interviews with one code, of one month and two areas; the month."""
    send(field, "uuid:1")
    send(field, "uuid:2", **{"who/adm1": "XA02"})
    pull_form(field, "small")
    with reading(field.engine) as session:
        return str(session.scalar(select(submission.c.period)))


def test_2_of_two_with_one_code_the_officer_is_told_month_and_area(field: Context, typed: Typed) -> None:
    month = twins(field)

    said = typed(CODE)[1]

    assert f"  {month}  XA01 › XA0101 › XA010101\n  {month}  XA02" in said
    assert CODE not in said


@pytest.mark.parametrize(("area", "left"), [("XA01", "XA02"), ("XA0101", "XA02"), ("XA02", "XA01")])
def test_2_the_one_that_was_there_goes_and_the_other_stays(field: Context, typed: Typed, area: str, left: str) -> None:
    month = twins(field)

    code, said = typed(CODE, "small", "--month", month, "--area", area)

    assert code == 0
    assert "One interview of small is withdrawn" in said
    with reading(field.engine) as session:
        assert list(session.scalars(select(submission.c.adm1_pcode))) == [left]
    assert entries(field) == [("withdrawal.chosen", {"with_code": 2, "gone": 1})]


def test_2_the_one_that_stays_may_still_be_edited(field: Context, typed: Typed) -> None:
    twins(field)
    typed(CODE, "small", "--area", "XA02")
    send(field, "uuid:1b", previous="uuid:1")

    pull_form(field, "small")

    assert (figures(field).withdrawn, figures(field).stored, figures(field).agree) == (1, 1, True)


def test_2_where_nobody_can_tell_all_go(field: Context, typed: Typed) -> None:
    twins(field)

    code, said = typed(CODE, "small", "--all")

    assert code == 0
    assert "2 interviews of small are withdrawn" in said
    assert (figures(field).withdrawn, figures(field).stored, figures(field).agree) == (2, 0, True)
    assert rows(field, rollup) == 0


@pytest.mark.parametrize("choice", [("--area", "XA03"), ("--month", "1999-01"), ("--area", "XA03", "--all")])
def test_2_what_was_elsewhere_stays(field: Context, typed: Typed, choice: tuple[str, ...]) -> None:
    send(field, "uuid:1")
    pull_form(field, "small")

    code, said = typed(CODE, "small", *choice)

    assert code == 1
    assert "was there and then" in said
    assert "XA01" in said
    assert (figures(field).stored, [action for action, _ in entries(field)]) == (1, ["withdrawal.elsewhere"])


def test_2_a_month_has_a_shape(field: Context, typed: Typed) -> None:
    assert typed(CODE, "small", "--month", "November")[0] == 2


# ---- 3 ---------------------------------------------------------------------------------------------------------------


def test_3_letters_that_are_read_again_bring_nothing_back(field: Context, typed: Typed) -> None:
    two_interviews(field)
    typed(CODE)
    with transaction(field.engine) as session:
        session.execute(update(letter).values(read_with="an older mapping"))

    report = pull_form(field, "small")

    assert report is not None
    assert report.read == 1
    assert (figures(field).withdrawn, figures(field).stored, figures(field).agree) == (1, 1, True)


def test_3_its_sealed_letters_are_destroyed_and_no_others(field: Context, typed: Typed) -> None:
    two_interviews(field)
    send(field, "uuid:1b", previous="uuid:1")
    pull_form(field, "small")
    before = rows(field, letter_body)

    said = typed(CODE)[1]

    assert (before, rows(field, letter_body), rows(field, letter)) == (3, 1, 3)
    assert "2 sealed letters destroyed with it" in said
    with transaction(field.engine) as session:
        session.execute(update(letter).values(read_with="an older mapping"))
    pull_form(field, "small")
    assert (figures(field).withdrawn, figures(field).stored, figures(field).agree) == (1, 1, True)


@pytest.mark.parametrize(
    ("choice", "code", "left"),
    [
        (Choice.FIRST, CODE, []),
        (Choice.SECOND, OTHER, []),
        (Choice.BOTH, CODE, ["separate"]),
        (Choice.BOTH, OTHER, ["original"]),
    ],
)
def test_3_of_what_came_twice_all_letters_of_the_one_interview_go_and_no_others(
    field: Context, typed: Typed, choice: Choice, code: str, left: list[str]
) -> None:
    """Which of them count, and whether it was one interview or two, an IM officer has said."""
    send(field, "uuid:1")
    pull_form(field, "small")
    send(field, "uuid:1", **{"clo/code": OTHER})
    with transaction(field.engine) as session:
        conflicts.settle(session, conflicts.waiting(session)[0].number, choice, "test")
    pull_form(field, "small")

    found = typed(code)[0]

    with reading(field.engine) as session:
        kinds = select(letter.c.kind).join(letter_body, letter_body.c.seq == letter.c.seq)
        assert (found, list(session.scalars(kinds))) == (0, left)
    assert (figures(field).withdrawn, figures(field).agree) == (1, True)


def test_3_of_two_with_one_code_the_letter_of_the_other_stays(field: Context, typed: Typed) -> None:
    twins(field)

    typed(CODE, "small", "--area", "XA02")

    with reading(field.engine) as session:
        left = select(letter.c.root_receipt).join(letter_body, letter_body.c.seq == letter.c.seq)
        first = select(letter.c.root_receipt).order_by(letter.c.seq).limit(1)
        assert session.scalars(left).all() == session.scalars(first).all()


def test_3_a_letter_whose_key_is_away_stays_and_is_said_so(field: Context, typed: Typed, tmp_path: Path) -> None:
    two_interviews(field)
    field.settings.worker_keys.rename(tmp_path / "elsewhere")
    shutil.copytree(tmp_path / "elsewhere", field.settings.worker_keys, ignore=shutil.ignore_patterns("letter*"))

    code, said = typed(CODE)

    assert (code, rows(field, letter_body)) == (0, 2)
    assert "or none that could be opened" in said


def test_3_an_edit_brings_nothing_back(field: Context, typed: Typed) -> None:
    two_interviews(field)
    typed(CODE)
    send(field, "uuid:1b", previous="uuid:1")

    pull_form(field, "small")

    assert (figures(field).withdrawn, figures(field).stored, figures(field).agree) == (1, 1, True)


def test_3_nor_do_edits_in_the_wrong_order(field: Context, typed: Typed) -> None:
    """The second edit comes before the first, so nobody knows yet that it belongs to what was withdrawn."""
    two_interviews(field)
    typed(CODE)
    send(field, "uuid:1c", previous="uuid:1b")
    pull_form(field, "small")
    send(field, "uuid:1b", previous="uuid:1")

    pull_form(field, "small")

    assert (figures(field).withdrawn, figures(field).stored, figures(field).agree) == (1, 1, True)


def test_3_a_letter_that_was_not_read_yet_is_not_stored(field: Context, typed: Typed) -> None:
    two_interviews(field)
    send(field, "uuid:3", **{"clo/code": "11112222"})
    code, said = typed("11112222")

    pull_form(field, "small")

    assert (code, "it is not stored" in said) == (1, True)
    assert (figures(field).withdrawn, figures(field).stored, figures(field).agree) == (1, 2, True)
    assert rows(field, submission) == 2


def test_3_nothing_of_it_stays_sealed_once_it_was_read(field: Context, typed: Typed) -> None:
    """Nor of an edit that comes later; what came with its id and other content waits for a person."""
    two_interviews(field)
    send(field, "uuid:3", **{"clo/code": "11112222"})
    typed("11112222")
    pull_form(field, "small")
    after_reading = rows(field, letter_body)
    send(field, "uuid:3", **{"clo/code": "11112222", "rec/people": "7"})
    send(field, "uuid:3b", previous="uuid:3", **{"clo/code": "11112222"})

    pull_form(field, "small")

    assert (after_reading, rows(field, letter_body), rows(field, letter)) == (2, 3, 5)
    assert (figures(field).withdrawn, figures(field).lost, figures(field).agree) == (1, 0, True)
    with reading(field.engine) as session:
        kinds = select(letter.c.kind).join(letter_body, letter_body.c.seq == letter.c.seq).order_by(letter.c.seq)
        assert session.scalars(kinds).all() == ["original", "original", "conflict"]


def test_3_nor_is_one_whose_version_was_not_known(field: Context, typed: Typed) -> None:
    send(field, "uuid:1", version="v9")
    pull_form(field, "small")
    typed(CODE)
    put_form(field.engine, replace(MAPPING, form_version="v9"))

    pull_form(field, "small")

    assert (figures(field).withdrawn, figures(field).stored, figures(field).agree) == (1, 0, True)
    assert rows(field, submission) + rows(field, reject) == 0


def test_3_an_edit_is_not_stored_before_anybody_knows_what_it_edits(field: Context, typed: Typed) -> None:
    two_interviews(field)
    typed(CODE)
    send(field, "uuid:1c", previous="uuid:1b")

    pull_form(field, "small")

    with reading(field.engine) as session:
        assert list(session.scalars(select(submission.c.adm1_pcode))) == ["XA02"]


def test_3_nor_is_a_copy_under_another_name(field: Context, typed: Typed) -> None:
    two_interviews(field)
    typed(CODE)
    send(field, "uuid:9")

    pull_form(field, "small")

    assert (figures(field).withdrawn, figures(field).stored, figures(field).agree) == (2, 1, True)


def test_3_what_is_kept_of_a_code_is_tied_to_no_interview(field: Context, typed: Typed) -> None:
    two_interviews(field)
    typed(CODE)
    typed(WRONG)

    with reading(field.engine) as session:
        kept = [tuple(row) for row in session.execute(select(withdrawn))]
        names = set(session.scalars(select(ledger.c.submission_key)))
    assert [form_id for form_id, _ in kept] == ["small", "small"]
    assert not {CODE, WRONG, *names} & {key for _, key in kept}


def test_3_an_edit_on_central_brings_nothing_back_and_the_verdict_is_equal(
    engine: Engine, tmp_path: Path, typed: Typed
) -> None:
    with central_lab(engine, tmp_path / "home") as lab:
        lab.send(1)
        lab.send(2, **{"clo/code": OTHER})
        lab.pull()
        code, said = typed(CODE)
        lab.pull()
        standings = [lab.verdict().standing]
        lab.edit("uuid:1", people="40")
        lab.pull()
        standings.append(lab.verdict().standing)

        assert (code, standings) == (0, [Standing.EQUAL, Standing.EQUAL])
        assert "stays until it is deleted there: `fieldveil purge small`" in said
        assert list(lab.stored()) == [lab.key("uuid:2")]
        assert lab.outcomes() == {lab.key("uuid:1"): "withdrawn", lab.key("uuid:2"): "stored"}


# ---- 4 ---------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("days", "late"), [(0, False), (GRACE_DAYS, False), (GRACE_DAYS + 1, True)])
def test_4_a_closed_form_takes_codes_as_long_as_it_takes_letters(
    field: Context, typed: Typed, days: int, late: bool
) -> None:
    two_interviews(field)
    with transaction(field.engine) as session:
        close_form(session, "small", today() - timedelta(days=days), Audit("test", "form.closed", "small"))

    code, said = typed(CODE)

    assert (code == 1, "It is too late" in said, figures(field).stored == 2) == (late, late, late)


def test_4_an_open_form_is_never_too_late(field: Context) -> None:
    with reading(field.engine) as session:
        assert form_head(session, "small") is not None
        assert not is_too_late(session, "small", today() + timedelta(days=999))


def test_4_while_a_worker_reads_the_form_it_waits(field: Context, typed: Typed) -> None:
    two_interviews(field)
    with transaction(field.engine) as session:
        pulls.take_lease(session, "small", "a worker", datetime.now(UTC), timedelta(minutes=5))

    code, said = typed(CODE)

    assert code == 1
    assert "try again in a little while" in said
    assert (figures(field).stored, entries(field)) == (2, [])


def test_4_the_lease_is_given_back(field: Context, typed: Typed) -> None:
    two_interviews(field)
    typed(WRONG)
    send(field, "uuid:3", **{"clo/code": "11112222"})

    assert pull_form(field, "small") is not None
    assert rows(field, ledger) == 3

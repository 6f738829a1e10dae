"""Letters sealed in a page: the door cannot see which interview is inside, so a worker decides."""

from pathlib import Path

import pytest
import small_letters
from small_form import RECEIVED
from sqlalchemy import Engine, func, select

from backend.crypto import seal
from backend.store.engine import reading, transaction
from backend.store.letter_keys import living_keys
from backend.store.letter_plan import Letter, LetterKind
from backend.store.letters import LetterCounts, add_letters, count_letters
from backend.store.tables import ledger, letter, reject, submission
from workers.context import Context
from workers.pull import pull_form


@pytest.fixture
def context(engine: Engine, tmp_path: Path) -> Context:
    return small_letters.context(engine, tmp_path)


def _post(context: Context, name: str, content: bytes, *, is_sealed: bool = True) -> None:
    """What the door does with a letter of a page; `name` stands for the letter id that the page made."""
    with transaction(context.engine) as session:
        key = living_keys(session)[0]
        found = Letter(
            form_id="small",
            key_id=key.key_id,
            kind=LetterKind.PAGE,
            receipt=small_letters.name_of(name),
            content=small_letters.name_of(name + content.hex()),
            received_on=RECEIVED,
            sealed=seal(key.public_key, "small", content) if is_sealed else content,
        )
        add_letters(session.connection(), [found])


def _counts(context: Context) -> LetterCounts:
    with reading(context.engine) as session:
        return count_letters(session, "small")


def _ledger(context: Context) -> dict[str, int]:
    with reading(context.engine) as session:
        grouped = select(ledger.c.outcome, func.count()).group_by(ledger.c.outcome)
        return dict(session.execute(grouped).all())


def _reasons(context: Context) -> list[str]:
    with reading(context.engine) as session:
        return list(session.scalars(select(reject.c.reason)))


def _minutes(context: Context) -> list[int]:
    with reading(context.engine) as session:
        return list(session.scalars(select(submission.c.minutes)))


def test_an_interview_sealed_in_a_page_is_stored_like_any_other(context: Context) -> None:
    _post(context, "a", small_letters.xml("uuid:1"))

    pull_form(context, "small")

    assert (_ledger(context), _counts(context).received) == ({"stored": 1}, 1)


@pytest.mark.parametrize("together", [True, False], ids=["in one pull", "in two pulls"])
def test_the_same_interview_in_two_letters_counts_once(context: Context, together: bool) -> None:
    _post(context, "a", small_letters.xml("uuid:1"))
    if not together:
        pull_form(context, "small")
    _post(context, "b", small_letters.xml("uuid:1"))

    pull_form(context, "small")

    assert (_ledger(context), _counts(context)) == ({"stored": 1}, LetterCounts(1, 0, 0, 0, 0, 0))


@pytest.mark.parametrize("together", [True, False], ids=["in one pull", "in two pulls"])
def test_the_same_id_with_another_content_is_a_conflict_and_changes_nothing(context: Context, together: bool) -> None:
    _post(context, "a", small_letters.xml("uuid:1", q_minutes="21"))
    if not together:
        pull_form(context, "small")
    _post(context, "b", small_letters.xml("uuid:1", q_minutes="44"))

    pull_form(context, "small")
    pull_form(context, "small")

    assert (_minutes(context), _ledger(context)) == ([21], {"stored": 1})
    assert _counts(context) == LetterCounts(received=1, unread=0, conflicts=1, after_grace=0, attachments=0, lost=0)


def test_a_page_cannot_replace_what_a_phone_sent(context: Context) -> None:
    small_letters.send(context, "uuid:1", q_minutes="21")
    pull_form(context, "small")
    _post(context, "a", small_letters.xml("uuid:1", q_minutes="44"))
    _post(context, "b", small_letters.xml("uuid:2", previous="uuid:1", q_minutes="55"))

    pull_form(context, "small")

    assert (_minutes(context), _ledger(context)) == ([21], {"stored": 1, "rejected": 1})
    assert (_counts(context).conflicts, _counts(context).received) == (1, 2)


def test_a_phone_cannot_replace_what_a_page_sent(context: Context) -> None:
    _post(context, "a", small_letters.xml("uuid:1", q_minutes="21"))
    small_letters.send(context, "uuid:1", q_minutes="44")

    pull_form(context, "small")

    assert (_minutes(context), _counts(context).conflicts) == ([21], 1)


@pytest.mark.parametrize("content", [b"not a form", b"<data", small_letters.xml("uuid:1", form_id="other")])
def test_a_forged_letter_is_one_reject_and_the_sums_add_up(context: Context, content: bytes) -> None:
    _post(context, "a", small_letters.xml("uuid:7"))
    _post(context, "b", content)

    pull_form(context, "small")

    assert _ledger(context) == {"stored": 1, "rejected": 1}
    assert len(_reasons(context)) == 1
    assert (_counts(context).received, _counts(context).unread) == (2, 0)


def test_garbage_that_was_never_sealed_is_one_reject(context: Context) -> None:
    _post(context, "a", b"\x04" + b"garbage" * 40, is_sealed=False)

    pull_form(context, "small")

    assert (_ledger(context), _reasons(context), _counts(context).received) == ({"rejected": 1}, ["unreadable"], 1)


def test_reading_again_with_a_corrected_mapping_finds_the_same_twins(context: Context) -> None:
    _post(context, "a", small_letters.xml("uuid:1", q_minutes="21"))
    _post(context, "b", small_letters.xml("uuid:1", q_minutes="21"))
    pull_form(context, "small")
    with transaction(context.engine) as session:
        session.execute(letter.update().values(read_with="an older mapping"))

    pull_form(context, "small")

    assert (_ledger(context), _counts(context)) == ({"stored": 1}, LetterCounts(1, 0, 0, 0, 0, 0))


def test_a_letter_does_not_lead_to_the_row_of_its_interview(context: Context) -> None:
    _post(context, "a", small_letters.xml("uuid:1"))
    pull_form(context, "small")

    with reading(context.engine) as session:
        marks = set(session.execute(select(letter.c.instance_mark, letter.c.content_mark)).one())
        keys = set(session.scalars(select(submission.c.submission_key)))

    assert None not in marks
    assert not marks & keys

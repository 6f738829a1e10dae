"""Wishes that a page writes and a worker carries out: the last of each kind, answered once."""

from datetime import UTC, datetime

import pytest
import web_site
from sqlalchemy import Engine

from backend.store import drafts, wishes
from backend.store.engine import reading, transaction
from backend.store.wishes import Wish, WishAction

CHECK = f"{web_site.DRAFT}:check"


def wish(seen: str) -> Wish:
    return Wish(web_site.DRAFT, WishAction.CHECK, "v1", seen, "amina", datetime.now(UTC))


def ask(engine: Engine, seen: str) -> Wish:
    with transaction(engine) as session:
        wishes.ask(session, wish(seen), web_site.ENTRY)
    with reading(engine) as session:
        found = wishes.find(session, CHECK)
    assert found is not None
    return found


@pytest.fixture
def drafted(engine: Engine) -> Engine:
    web_site.add_draft(engine, web_site.demo_draft())
    return engine


def test_an_answer_to_what_was_asked_before_is_no_answer_to_what_is_asked_now(drafted: Engine) -> None:
    first, second = ask(drafted, "1"), ask(drafted, "2")

    with transaction(drafted) as session:
        wishes.answer(session, first, "draft_broken")
    with reading(drafted) as session:
        between = wishes.of_draft(session, web_site.DRAFT)
    with transaction(drafted) as session:
        wishes.answer(session, second, "", {"errors": 0})

    with reading(drafted) as session:
        found = wishes.of_draft(session, web_site.DRAFT)[WishAction.CHECK]
    assert (list(between), between[WishAction.CHECK].is_open) == ([WishAction.CHECK], True)
    assert (found.seen, found.problem, found.report) == ("2", "", {"errors": 0})


def test_an_answer_stays(drafted: Engine) -> None:
    asked = ask(drafted, "1")

    for problem in ("", "interrupted"):
        with transaction(drafted) as session:
            wishes.answer(session, asked, problem)

    with reading(drafted) as session:
        found = wishes.find(session, CHECK)
    assert found is not None
    assert found.problem == ""


def test_a_wish_goes_with_its_draft(drafted: Engine) -> None:
    ask(drafted, "1")

    with transaction(drafted) as session:
        drafts.delete_draft(session, web_site.DRAFT, web_site.ENTRY)

    with reading(drafted) as session:
        assert wishes.find(session, CHECK) is None

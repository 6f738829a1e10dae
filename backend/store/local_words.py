"""The words of what only a country asks: the catalogue does not have them, and pages must show them."""

from collections.abc import Sequence
from typing import NamedTuple

from sqlalchemy import delete, insert, select
from sqlalchemy.orm import Session

from backend.store.tables import local_word


class LocalWord(NamedTuple):
    """`code` is '' for the question itself."""

    indicator_id: str
    code: str
    language: str
    text: str


def keep_words(session: Session, words: Sequence[LocalWord]) -> None:
    """The newest words of an indicator take the place of all older ones: it has one meaning, said better."""
    named = sorted({word.indicator_id for word in words})
    if named:
        session.execute(delete(local_word).where(local_word.c.indicator_id.in_(named)))
        session.execute(insert(local_word), [word._asdict() for word in words])


def local_words(session: Session) -> list[LocalWord]:
    """All of them: a country has a handful."""
    columns = (local_word.c.indicator_id, local_word.c.code, local_word.c.language, local_word.c.text)
    return [LocalWord(*row) for row in session.execute(select(*columns).order_by(*columns[:3]))]

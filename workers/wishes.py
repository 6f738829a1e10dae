"""Carries out what people ask for in the pages: of a draft, or of versions that were published by hand."""

from collections.abc import Mapping
from datetime import date
from typing import Any

from backend.store import wishes
from backend.store.engine import reading, transaction
from backend.store.wishes import Wish
from forms.sentences import keepable
from workers import draft_wishes, version_wishes
from workers.context import Context


def carry_out(context: Context, wish_id: str, today: date) -> str:
    """The problem as a code, '' for none. A wish that was answered already, or taken back, is left alone."""
    with reading(context.engine) as session:
        wish = wishes.find(session, wish_id)
    if wish is None or not wish.is_open:
        return ""
    problem, report = "interrupted", None
    try:
        problem, report = _done(context, wish, today)
    finally:
        with transaction(context.engine) as session:
            wishes.answer(session, wish, problem, keepable(report))
    return problem


def _done(context: Context, wish: Wish, today: date) -> tuple[str, Mapping[str, Any] | None]:
    if wish.action.is_of_draft:
        return draft_wishes.done(context, wish, today)
    return version_wishes.done(context, wish)

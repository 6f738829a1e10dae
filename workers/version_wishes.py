"""Carries out what people ask of versions that were published by hand, in the pages: to look, and to adopt one.

What is adopted is the version as it was shown: should another mapping come out of it by now, nothing is adopted.
"""

from collections.abc import Mapping
from typing import Any

from backend.store.wishes import Wish, WishAction
from workers.adoption import AdoptionError, Choice, look, take_over
from workers.context import Context
from workers.servers.source import PullError


def done(context: Context, wish: Wish) -> tuple[str, Mapping[str, Any] | None]:
    """The problem as a code, '' for none, and what there is to tell."""
    try:
        if wish.action is WishAction.ADOPT:
            return _adopt(context, wish), {"version": wish.version}
        return "", {"versions": [one.as_dict() for one in look(context, wish.subject_id)]}
    except (AdoptionError, PullError) as error:
        return error.code, None


def _adopt(context: Context, wish: Wish) -> str:
    found = look(context, wish.subject_id, Choice(wish.version))
    for one in found:
        if one.adoption is None or one.adoption.mapping is None:
            return "version_refused"
        if one.adoption.mapping.version != wish.seen:
            return "version_changed"
        take_over(context, wish.subject_id, one, actor=wish.actor)
    return "" if found else "version_gone"

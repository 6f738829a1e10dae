"""How a question of a list or a number is answered: appearance, hints, what must hold, and what the phone says then."""

from collections.abc import Collection
from typing import Any

from forms.questionnaire.lists import LONG, Lists
from forms.questionnaire.words import joined, word

LARGEST_NUMBER = 9_999_999
"""Eight digits could be a telephone number; no count of a place needs them."""
SEARCHED = "minimal autocomplete"


def select_one(lists: Lists, list_name: str, *, required: bool) -> dict[str, Any]:
    answers = lists.use(list_name)
    return {
        "list_name": list_name,
        "appearance": SEARCHED if len(answers) > LONG and lists.is_own(list_name) else "",
        **must_answer(required, [answer.code for answer in answers]),
    }


def select_multiple(
    lists: Lists, list_name: str, *, required: bool, spoken: bool, at_most: int | None = None
) -> dict[str, Any]:
    answers = lists.use(list_name)
    alone = [f"not(selected(., '{code}') and count-selected(.) > 1)" for code in lists.exclusive[list_name]]
    limit = [f"count-selected(.) <= {at_most}"] if at_most else []
    hints = [word("hint_spontaneous") if spoken else word("hint_mark_all")]
    messages = [word("message_alone")] if alone else []
    if at_most:
        hints.append(word("hint_at_most", n=at_most))
        messages.append(word("message_too_many", n=at_most))
    return {
        "list_name": list_name,
        "hint": joined(*hints),
        "constraint": " and ".join([*limit, *alone]),
        "constraint_message": joined(*messages) if messages else None,
        **must_answer(required, [answer.code for answer in answers]),
    }


def number(*, whole: bool, percent: bool) -> dict[str, Any]:
    """Never required: a number has no answer that says 'not known', so it may be left empty."""
    return {
        "hint": word("hint_number" if whole else "hint_decimal"),
        "constraint": f". >= 0 and . <= {largest(percent=percent)}",
        "constraint_message": word("message_percent") if percent else word("message_number"),
    }


def largest(*, percent: bool) -> int:
    return 100 if percent else LARGEST_NUMBER


def must_answer(required: bool, codes: Collection[str] = ()) -> dict[str, Any]:
    """The message names the ways out where the list has them."""
    message = word("message_required_way_out") if {"dk", "pna"} <= set(codes) else word("message_required")
    return {"required": required, "required_message": message if required else None}

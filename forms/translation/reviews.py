"""What a row of a translator's workbook says about who has read the text."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import date

from forms.brief.reader import is_person
from forms.catalogue.packs import Review
from forms.translation.status import Judged, Standing
from forms.translation.workbook import COMMENT, DAY, ROLE, STATE

_LONGEST_ROLE, _LONGEST_COMMENT = 80, 300


class ReviewError(ValueError):
    """What is wrong with it, and what to do."""


def review_in(row: Mapping[str, str], known: Judged, *, changed: bool, today: date) -> Review:
    """The review that the row asks for. It never outlives the text: another text needs another reading."""
    state, comment = row[STATE], row[COMMENT]
    before = known.review
    if state not in {"", *Standing}:
        raise ReviewError(f"'{STATE}' has a word that is not known. Write one of: {', '.join(Standing)}.")
    if len(comment) > _LONGEST_COMMENT or "\n" in comment:
        raise ReviewError(f"the comment is longer than one line of {_LONGEST_COMMENT} characters. Shorten it.")
    said = replace(before, comment=comment)
    same_reading = (row[ROLE], row[DAY]) == (before.role, before.on.isoformat() if before.on else "")
    if same_reading and not changed and state == known.standing:
        return said
    if state != Standing.REVIEWED or (changed and same_reading):
        return replace(said, role="", on=None)
    return _read(row, said, is_again=same_reading, today=today)


def _read(row: Mapping[str, str], said: Review, *, is_again: bool, today: date) -> Review:
    role = row[ROLE]
    if not role or is_person(role) or len(role) > _LONGEST_ROLE:
        raise ReviewError(f"'{ROLE}' is not a role. Write what the reader is, such as 'Protection officer'; no name.")
    day = _day(row[DAY], today)
    if is_again and day != today:
        raise ReviewError(f"it was read before the English changed. Write under '{DAY}' when it was read again.")
    return replace(said, role=role, on=day)


def _day(text: str, today: date) -> date:
    try:
        day = date.fromisoformat(text)
    except ValueError:
        raise ReviewError(f"'{DAY}' is not a day. Write the day of the reading like 2026-03-31.") from None
    if day > today:
        raise ReviewError(f"'{DAY}' lies in the future. Write the day of the reading.")
    return day

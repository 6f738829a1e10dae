"""What a phone posts for one interview, in order: once if all goes well, and again when an answer never arrived."""

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from enum import StrEnum
from random import Random
from uuid import UUID

from workers.phone.canary import Canaries
from workers.phone.interviews import Interview, Survey, edited, luck


class Reason(StrEnum):
    FIRST = "first"
    CUT_OFF = "cut_off"
    LOST_ANSWER = "lost_answer"
    EDIT = "edit"
    CONFLICT = "conflict"
    DUPLICATE = "duplicate"


@dataclass(frozen=True, slots=True)
class Attachment:
    name: str
    content_type: str
    content: bytes = field(repr=False)


@dataclass(frozen=True, slots=True)
class Delivery:
    """One POST. `more_follow` marks a part of a split upload that is not the last."""

    xml: bytes = field(repr=False)
    reason: Reason
    attachments: tuple[Attachment, ...] = ()
    more_follow: bool = False


def deliveries(survey: Survey, interview: Interview, canaries: Canaries) -> Iterator[Delivery]:
    """Only the first one counts as an interview; every other must change nothing, or replace it."""
    habits, xml = survey.habits, interview.xml

    def happens(what: Reason | str, rate: float) -> bool:
        return luck(survey, interview.number, what).random() < rate

    first = Delivery(xml, Reason.FIRST)
    if happens("attachments", habits.attachments):
        first = replace(first, attachments=_attachments(canaries))
    if happens(Reason.CUT_OFF, habits.cut_off):
        yield replace(first, reason=Reason.CUT_OFF)
    yield from _parts(first) if first.attachments and happens("split", habits.split) else [first]
    if happens(Reason.LOST_ANSWER, habits.lost_answer):
        yield replace(first, reason=Reason.LOST_ANSWER)
    if happens(Reason.EDIT, habits.edit):
        yield from _edits(survey, interview, twice=happens("edit again", habits.edit_again))
    if happens(Reason.CONFLICT, habits.conflict):
        changed = edited(xml, instance_id=interview.instance_id, edits=None, rng=_draw(survey, interview, "conflict"))
        yield Delivery(changed, Reason.CONFLICT)
    if happens(Reason.DUPLICATE, habits.duplicate):
        yield Delivery(xml, Reason.DUPLICATE)


def _parts(whole: Delivery) -> Iterator[Delivery]:
    """Collect repeats the form in every part and says in all but the last that more follow."""
    *others, last = whole.attachments
    for attachment in others:
        yield replace(whole, attachments=(attachment,), more_follow=True)
    yield replace(whole, attachments=(last,))


def _edits(survey: Survey, interview: Interview, *, twice: bool) -> Iterator[Delivery]:
    before, xml = interview.instance_id, interview.xml
    for turn in range(2 if twice else 1):
        rng = _draw(survey, interview, f"edit {turn}")
        after = f"uuid:{UUID(int=rng.getrandbits(128), version=4)}"
        xml = edited(xml, instance_id=after, edits=before, rng=rng)
        yield Delivery(xml, Reason.EDIT)
        before = after


def _draw(survey: Survey, interview: Interview, purpose: str) -> Random:
    return luck(survey, interview.number, purpose)


def _attachments(canaries: Canaries) -> tuple[Attachment, ...]:
    """Our forms ask for none. A foreign or changed phone sends them all the same, and they say who and where."""
    photo = b"\xff\xd8\xff\xe1" + canaries.text("multipart.file_content").encode() + bytes(200) + b"\xff\xd9"
    sound = b"ID3\x04" + canaries.text("multipart.file_content_arabic").encode() + bytes(200)
    return (
        Attachment(canaries.text("multipart.file"), "image/jpeg", photo),
        Attachment(canaries.text("multipart.file_arabic"), "image/jpeg", photo),
        Attachment(canaries.text("xml.audit"), "text/csv", b"event,node\nopen," + sound),
    )

"""The differences of one question: type, place, texts and rules."""

from collections.abc import Iterator, Mapping
from dataclasses import replace

from forms.checks.expression import references
from forms.checks.survey import TEXTS, Item, Survey
from forms.diff.kinds import Grade, Kind
from forms.diff.model import Aliases, Change
from forms.diff.stakes import Stakes
from forms.diff.words import pairs, plain, same_but_one_number, same_words, text_column, texts
from forms.sentences import Sentence, say

_RULES: Mapping[str, Kind] = {
    "relevant": Kind.RELEVANT,
    "required": Kind.REQUIRED,
    "constraint": Kind.CONSTRAINT,
    "calculation": Kind.CALCULATION,
    "choice_filter": Kind.CHOICE_FILTER,
    "default": Kind.DEFAULT,
    "appearance": Kind.APPEARANCE,
}
_TEXTS: Mapping[str, Kind] = {
    "label": Kind.LABEL,
    "hint": Kind.HINT,
    "guidance_hint": Kind.HINT,
    "constraint_message": Kind.MESSAGE,
    "required_message": Kind.MESSAGE,
}
_ELSEWHERE = frozenset({"type", "name"})
_NO = frozenset({"", "no", "false", "false()"})
_YES = frozenset({"yes", "true", "true()"})
_STRUCTURE = frozenset(
    {Kind.TYPE, Kind.REPEAT, Kind.MEANING, Kind.RELEVANT, Kind.REQUIRED, Kind.CONSTRAINT}
    | {Kind.CALCULATION, Kind.DEFAULT}
)
"""Changes of a gate question that decide whether the gate still stands."""


def changed_question(
    before: Item, after: Item, old: Survey, new: Survey, aliases: Aliases, stakes: Stakes
) -> Iterator[Change]:
    for change in (
        *_shape(before, after, old, new, stakes),
        *_rules(before, after, old, new, aliases),
        *(_meant(change, before, old, new, aliases, stakes) for change in _texts(before, after, old, new, stakes)),
    ):
        if before.name in stakes.gate and change.kind in _STRUCTURE:
            yield replace(change, kind=Kind.GATE, grade=Grade.BREAKING)
        elif change.kind is Kind.RELEVANT and _opens(before, after, stakes):
            what = say("it no longer waits for the consent or safety question that it waited for")
            yield replace(change, kind=Kind.GATE, grade=Grade.BREAKING, what=what)
        else:
            yield change


def _opens(before: Item, after: Item, stakes: Stakes) -> bool:
    asked, still = ({name for name, _ in references(item.get("relevant"))} & stakes.gate for item in (before, after))
    return not asked <= still


def _shape(before: Item, after: Item, old: Survey, new: Survey, stakes: Stakes) -> Iterator[Change]:
    place_before = old.place(before)
    if before.kind != after.kind:
        is_group = before.is_group or after.is_group
        kind = Kind.REPEAT if is_group else Kind.TYPE
        is_grave = is_group or (before.is_asked and stakes.is_read(before.name))
        what = say("%(before)s became %(after)s", before=before.kind, after=after.kind)
        grade = Grade.BREAKING if is_grave else Grade.REVIEW
        place = new.place(after, "type")
        yield Change(kind, grade, before.name, what, place, place_before=old.place(before, "type"))
    if len(before.repeats) != len(after.repeats) and not before.is_group:
        grade = Grade.BREAKING if stakes.is_read(before.name) else Grade.REVIEW
        what = (
            say("it moved into a repeat")
            if len(after.repeats) > len(before.repeats)
            else say("it moved out of a repeat")
        )
        yield Change(Kind.REPEAT, grade, before.name, what, new.place(after), place_before=place_before)
    if _parent(before) != _parent(after):
        what = say(
            "it stands in %(group)s, not in %(before)s",
            group=_parent(after) or say("no group"),
            before=_parent(before) or say("no group"),
        )
        yield Change(Kind.GROUP, Grade.HARMLESS, before.name, what, new.place(after), place_before=place_before)


def _parent(item: Item) -> str:
    return item.above[-1].name if item.above else ""


def _rules(before: Item, after: Item, old: Survey, new: Survey, aliases: Aliases) -> Iterator[Change]:
    keys = {column.key for item in (before, after) for column in item.row.cells} - TEXTS - _ELSEWHERE
    for key in sorted(keys):
        one, other = plain(before.get(key), aliases.questions), plain(after.get(key), {})
        if one == other or (one.lower() in _NO and other.lower() in _NO) or {one.lower(), other.lower()} <= _YES:
            continue
        kind = _RULES.get(key, Kind.OTHER)
        what = _new if not one else _gone if not other else _another
        yield Change(
            kind,
            kind.meaning.grade,
            before.name,
            what(key),
            new.place(after, key if other else ""),
            place_before=old.place(before, key if one else ""),
            was=before.get(key),
            is_now=after.get(key),
        )


def _texts(before: Item, after: Item, old: Survey, new: Survey, stakes: Stakes) -> Iterator[Change]:
    for key in sorted(TEXTS):
        one, other = texts(before.row, key, old), texts(after.row, key, new)
        for was, is_now in pairs(old, new):
            text, other_text = one.get(was, ""), other.get(is_now, "")
            if text == other_text:
                continue
            kind = _TEXTS.get(key, Kind.OTHER)
            grade, what = _weighed(key, text, other_text, before.name in stakes.computed)
            yield Change(
                kind,
                Grade.HARMLESS if before.is_group else grade or kind.meaning.grade,
                before.name,
                say("%(what)s (%(language)s)", what=what, language=is_now) if is_now else what,
                new.at(after, text_column(after.row, key, is_now, new)),
                is_now,
                old.at(before, text_column(before.row, key, was, old)),
                text,
                other_text,
            )


def _meant(change: Change, item: Item, old: Survey, new: Survey, aliases: Aliases, stakes: Stakes) -> Change:
    """Labels that slipped by a row in the spreadsheet: every name is still there, and asks what its neighbour asked."""
    if change.kind is not Kind.LABEL or change.grade is Grade.HARMLESS or not (item.is_asked and change.is_now):
        return change
    for was, is_now in pairs(old, new):
        for other in old.items if is_now == change.language else ():
            if other.name == item.name or not other.is_asked or not _says(other, was, change.is_now, old):
                continue
            heir = new.one(aliases.questions.get(other.name, other.name))
            if heir is None or not _says(heir, is_now, change.is_now, new):
                grade = Grade.BREAKING if stakes.is_read(item.name) else Grade.REVIEW
                what = say("its label is the one that %(code)s had", code=other.name)
                return replace(change, kind=Kind.MEANING, grade=grade, what=what)
    return change


def _says(item: Item, language: str, text: str, survey: Survey) -> bool:
    return same_words(texts(item.row, "label", survey).get(language, ""), text)


def _weighed(key: str, text: str, other: str, computed: bool) -> tuple[Grade | None, Sentence]:
    """How much the words differ; without a grade it is the usual one of such a change."""
    if same_words(text, other):
        return Grade.HARMLESS, say("%(key)s is spaced or punctuated otherwise", key=key)
    if computed and same_but_one_number(text, other):
        what = say("%(key)s tells another number of minutes, worked out from the questions", key=key)
        return Grade.HARMLESS, what
    return None, _new(key) if not text else _gone(key) if not other else say("%(key)s has other words", key=key)


def _new(key: str) -> Sentence:
    return say("%(key)s is new", key=key)


def _gone(key: str) -> Sentence:
    return say("%(key)s is gone", key=key)


def _another(key: str) -> Sentence:
    return say("%(key)s is another", key=key)

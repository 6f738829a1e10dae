"""The differences of one question: type, place, texts and rules."""

from collections.abc import Iterator, Mapping

from forms.checks.expression import references
from forms.checks.survey import TEXTS, Item, Survey
from forms.diff.kinds import Grade, Kind
from forms.diff.model import Aliases, Change
from forms.diff.stakes import Stakes
from forms.diff.words import pairs, plain, same_words, texts

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
    {Kind.TYPE, Kind.REPEAT, Kind.RELEVANT, Kind.REQUIRED, Kind.CONSTRAINT, Kind.CALCULATION, Kind.DEFAULT}
)
"""Changes of a gate question that decide whether the gate still stands."""


def changed_question(
    before: Item, after: Item, old: Survey, new: Survey, aliases: Aliases, stakes: Stakes
) -> Iterator[Change]:
    for change in (
        *_shape(before, after, new, stakes),
        *_rules(before, after, new, aliases),
        *_texts(before, after, old, new),
    ):
        if before.name in stakes.gate and change.kind in _STRUCTURE:
            yield Change(Kind.GATE, Grade.BREAKING, change.subject, change.what, change.place)
        elif change.kind is Kind.RELEVANT and _opens(before, after, stakes):
            what = "it no longer waits for the consent or safety question that it waited for"
            yield Change(Kind.GATE, Grade.BREAKING, change.subject, what, change.place)
        else:
            yield change


def _opens(before: Item, after: Item, stakes: Stakes) -> bool:
    asked, still = ({name for name, _ in references(item.get("relevant"))} & stakes.gate for item in (before, after))
    return not asked <= still


def _shape(before: Item, after: Item, new: Survey, stakes: Stakes) -> Iterator[Change]:
    if before.kind != after.kind:
        is_group = before.is_group or after.is_group
        kind = Kind.REPEAT if is_group else Kind.TYPE
        is_grave = is_group or (before.is_asked and stakes.is_read(before.name))
        what = f"{before.kind} became {after.kind}"
        yield Change(kind, Grade.BREAKING if is_grave else Grade.REVIEW, before.name, what, new.place(after, "type"))
    if len(before.repeats) != len(after.repeats) and not before.is_group:
        grade = Grade.BREAKING if stakes.is_read(before.name) else Grade.REVIEW
        what = "it moved into a repeat" if len(after.repeats) > len(before.repeats) else "it moved out of a repeat"
        yield Change(Kind.REPEAT, grade, before.name, what, new.place(after))
    if _parent(before) != _parent(after):
        what = f"it stands in {_parent(after) or 'no group'}, not in {_parent(before) or 'none'}"
        yield Change(Kind.GROUP, Grade.HARMLESS, before.name, what, new.place(after))


def _parent(item: Item) -> str:
    return item.above[-1].name if item.above else ""


def _rules(before: Item, after: Item, new: Survey, aliases: Aliases) -> Iterator[Change]:
    keys = {column.key for item in (before, after) for column in item.row.cells} - TEXTS - _ELSEWHERE
    for key in sorted(keys):
        one, other = plain(before.get(key), aliases.questions), plain(after.get(key), {})
        if one == other or (one.lower() in _NO and other.lower() in _NO) or {one.lower(), other.lower()} <= _YES:
            continue
        kind = _RULES.get(key, Kind.OTHER)
        verb = "is new" if not one else "is gone" if not other else "is another"
        yield Change(kind, kind.meaning.grade, before.name, f"{key} {verb}", new.place(after, key if other else ""))


def _texts(before: Item, after: Item, old: Survey, new: Survey) -> Iterator[Change]:
    for key in sorted(TEXTS):
        one, other = texts(before.row, key, old), texts(after.row, key, new)
        for was, is_now in pairs(old, new):
            if one.get(was, "") != other.get(is_now, ""):
                kind = _TEXTS.get(key, Kind.OTHER)
                is_same = same_words(one.get(was, ""), other.get(is_now, ""))
                grade = Grade.HARMLESS if is_same or before.is_group else kind.meaning.grade
                what = f"{key} {'is spaced or punctuated otherwise' if is_same else 'has other words'}"
                yield Change(kind, grade, before.name, f"{what}{_in(is_now)}", new.place(after, key), is_now)


def _in(language: str) -> str:
    return f" in {language}" if language else ""

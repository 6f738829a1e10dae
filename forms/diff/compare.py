"""Compares two forms question by question, in whatever order and under whatever names they stand."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from difflib import SequenceMatcher
from functools import cached_property

from forms.checks import Place
from forms.checks.survey import Item, Survey
from forms.diff.choices import changed_choices, changed_files
from forms.diff.kinds import Grade, Kind
from forms.diff.model import Aliases, Change, FormDiff, form_diff
from forms.diff.questions import changed_question
from forms.diff.stakes import HIDDEN, Stakes
from forms.diff.words import identity, languages, pairs, texts
from forms.sentences import Sentence, listed, say

_NO_ALIASES = Aliases()
_NO_STAKES = Stakes()
_OWN_RULE = frozenset({"form_id", "version"})


def compare(old: Survey, new: Survey, *, aliases: Aliases = _NO_ALIASES, stakes: Stakes = _NO_STAKES) -> FormDiff:
    """What is different in `new`. `stakes` are those of the old form."""
    sides = Sides(old, new, aliases, stakes)
    changes = [
        *_languages(old, new),
        *_questions(sides),
        *_order(sides),
        *changed_choices(sides.pairs, old, new, aliases, stakes),
    ]
    changes += [*changed_files(old, new), *_settings(old, new)]
    changes += _identity(old, new, bool(changes))
    return form_diff(old.workbook.file, new.workbook.file, changes)


@dataclass(frozen=True)
class Sides:
    """The two forms, and which question of the one is which of the other."""

    old: Survey
    new: Survey
    aliases: Aliases
    stakes: Stakes

    @cached_property
    def before(self) -> dict[str, Item]:
        return _named(self.old)

    @cached_property
    def after(self) -> dict[str, Item]:
        return _named(self.new)

    @cached_property
    def names(self) -> dict[str, str]:
        """Old identity -> new identity, of what is in both."""
        renamed = self.aliases.questions
        found = {name: renamed.get(name, name) for name in self.before}
        return {name: to for name, to in found.items() if to in self.after and (name in renamed or name == to)}

    @cached_property
    def pairs(self) -> list[tuple[Item, Item]]:
        return [(self.before[name], self.after[to]) for name, to in self.names.items()]

    @cached_property
    def gone(self) -> list[Item]:
        return [item for name, item in self.before.items() if name not in self.names]

    @cached_property
    def added(self) -> list[Item]:
        known = set(self.names.values())
        return [item for name, item in self.after.items() if name not in known]


def _named(survey: Survey) -> dict[str, Item]:
    shared = {name for name, items in survey.by_name.items() if len(items) > 1}
    return {identity(item, shared): item for item in survey.items if item.name and item.name not in HIDDEN}


def _questions(sides: Sides) -> Iterator[Change]:
    for item in sides.gone:
        yield _gone(item, sides)
    for item in sides.added:
        kind = Kind.GROUP_ADDED if item.is_group else Kind.QUESTION_ADDED
        grade = kind.meaning.grade if item.is_asked or item.is_group else Grade.HARMLESS
        what = say("the %(item)s is new", item=_word(item))
        yield Change(kind, grade, item.name, what, sides.new.place(item), is_now=_label(item, sides.new))
    for before, after in sides.pairs:
        if before.name != after.name:
            what = say("%(before)s is now called %(after)s", before=before.name, after=after.name)
            yield Change(
                Kind.QUESTION_RENAMED,
                Grade.REVIEW,
                before.name,
                what,
                sides.new.place(after, "name"),
                place_before=sides.old.place(before, "name"),
            )
        yield from changed_question(before, after, sides.old, sides.new, sides.aliases, sides.stakes)


def _gone(item: Item, sides: Sides) -> Change:
    gone = Change(
        Kind.GROUP_REMOVED,
        Grade.HARMLESS,
        item.name,
        say("the %(item)s is gone", item=_word(item)),
        place_before=sides.old.place(item),
        was=_label(item, sides.old),
    )
    if item.name in sides.stakes.gate:
        return replace(
            gone, kind=Kind.GATE, grade=Grade.BREAKING, what=say("the %(item)s of the gate is gone", item=_word(item))
        )
    if item.is_group:
        return gone
    if item.kind == "note":
        return replace(gone, kind=Kind.NOTE_REMOVED, grade=Kind.NOTE_REMOVED.meaning.grade)
    grade = Grade.BREAKING if item.is_asked and sides.stakes.is_read(item.name) else Grade.REVIEW
    twin = next((other.name for other in sides.added if _alike(item, other, sides)), "")
    seems = [say("%(twin)s looks the same: was it renamed?", twin=twin)] if twin else []
    return replace(gone, kind=Kind.QUESTION_REMOVED, grade=grade, what=listed([gone.what, *seems]))


def _label(item: Item, survey: Survey) -> str:
    """In the first language that has one."""
    return next(iter(texts(item.row, "label", survey).values()), "")


def twins(old: Survey, new: Survey) -> Mapping[str, str]:
    """Old name -> new name, of questions that are gone and of new ones that look the same."""
    sides = Sides(old, new, _NO_ALIASES, _NO_STAKES)
    return {gone.name: added.name for gone in sides.gone for added in sides.added if _alike(gone, added, sides)}


def _alike(gone: Item, added: Item, sides: Sides) -> bool:
    if gone.kind != added.kind or not gone.is_asked:
        return False
    before, after = texts(gone.row, "label", sides.old), texts(added.row, "label", sides.new)
    return any(before.get(one) and before.get(one) == after.get(other) for one, other in pairs(sides.old, sides.new))


def _word(item: Item) -> Sentence:
    if item.is_group:
        return say("repeat") if item.kind == "repeat" else say("group")
    return say("note") if item.kind == "note" else say("question") if item.is_asked else say("line")


def _order(sides: Sides) -> Iterator[Change]:
    asked = [(name, to) for name, to in sides.names.items() if sides.before[name].is_asked]
    position = {name: number for number, name in enumerate(sides.after)}
    before = [to for _, to in asked]
    after = sorted(before, key=position.__getitem__)
    kept = {
        block.a + step
        for block in SequenceMatcher(None, before, after, autojunk=False).get_matching_blocks()
        for step in range(block.size)
    }
    for number, name in enumerate(before):
        if number not in kept:
            item, was = sides.after[name], sides.before[asked[number][0]]
            place, place_before = sides.new.place(item), sides.old.place(was)
            what = say("it is asked at another place")
            yield Change(Kind.ORDER, Grade.REVIEW, item.name, what, place, place_before=place_before)


def _languages(old: Survey, new: Survey) -> Iterator[Change]:
    before, after = languages(old), languages(new)
    for key in before.keys() - after.keys():
        yield Change(Kind.LANGUAGE_REMOVED, Grade.REVIEW, before[key] or "default", say("the language is gone"))
    for key in after.keys() - before.keys():
        yield Change(Kind.LANGUAGE_ADDED, Grade.HARMLESS, after[key] or "default", say("the language is new"))


def _settings(old: Survey, new: Survey) -> Iterator[Change]:
    for key in sorted((old.settings.keys() | new.settings.keys()) - _OWN_RULE):
        if old.settings.get(key) != new.settings.get(key):
            was, is_now = old.settings.get(key, ""), new.settings.get(key, "")
            place = Place("settings")
            yield Change(
                Kind.SETTING, Grade.HARMLESS, key, say("the setting is another"), place, was=was, is_now=is_now
            )


def _identity(old: Survey, new: Survey, is_changed: bool) -> Iterator[Change]:
    place = Place("settings", 2)
    if old.settings.get("form_id", "") != new.settings.get("form_id", ""):
        yield Change(Kind.FORM_ID, Grade.BREAKING, "form_id", say("the form has another form_id"), place)
    if is_changed and old.settings.get("version", "") == new.settings.get("version", ""):
        yield Change(
            Kind.VERSION_KEPT, Grade.BREAKING, "version", say("the content is another, the version is the same"), place
        )

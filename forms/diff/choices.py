"""The differences of choice lists, and of the files beside the form that hold the long ones."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from forms.checks import Place
from forms.checks.media import csv_of
from forms.checks.survey import TEXTS, Choice, ChoiceList, Item, Survey
from forms.diff.kinds import Grade, Kind
from forms.diff.model import Aliases, Change
from forms.diff.stakes import Stakes
from forms.diff.words import pairs, same_words, text_column, texts
from forms.sentences import Sentence, say

_OWN = frozenset({"list_name", "name"}) | TEXTS
_VALUE = "name"


@dataclass(frozen=True)
class _Lists:
    """An old list and what it became. `is_local`: only questions about places and staff use it."""

    old: ChoiceList
    new: ChoiceList
    is_read: bool
    is_local: bool

    def grade(self, kind: Kind) -> Grade:
        if self.is_local:
            return Grade.HARMLESS
        return kind.meaning.grade if self.is_read or kind.meaning.grade is not Grade.BREAKING else Grade.REVIEW


def changed_choices(
    asked: Sequence[tuple[Item, Item]], old: Survey, new: Survey, aliases: Aliases, stakes: Stakes
) -> Iterator[Change]:
    """Once for each list, however many questions use it."""
    users: dict[tuple[str, str], list[str]] = {}
    for before, after in asked:
        if before.list_name in old.lists and after.list_name in new.lists:
            users.setdefault((before.list_name, after.list_name), []).append(before.name)
    for (before_list, after_list), names in users.items():
        lists = _Lists(
            old.lists[before_list],
            new.lists[after_list],
            any(stakes.is_read(name) for name in names),
            all(name in stakes.local for name in names),
        )
        yield from _compare(lists, old, new, dict(aliases.choices.get(before_list, {})))


def changed_files(old: Survey, new: Survey) -> Iterator[Change]:
    before, after = old.workbook.media, new.workbook.media
    for name in sorted(before.keys() | after.keys()):
        if name not in after:
            yield Change(Kind.FILE_REMOVED, Grade.REVIEW, name, say("the file is gone"))
        elif name not in before:
            yield Change(Kind.FILE_ADDED, Grade.HARMLESS, name, say("the file is new"))
        elif before[name] != after[name]:
            yield _file(name, old, new)


def _file(name: str, old: Survey, new: Survey) -> Change:
    one, other = csv_of(old, name), csv_of(new, name)
    if one is None or other is None:
        return Change(Kind.FILE_ROWS, Grade.REVIEW, name, say("its content is another"))
    lost = [column for column in one.header if column not in other.header]
    if lost:
        return Change(Kind.FILE_ROWS, Grade.BREAKING, name, say("the columns are gone: %(lost)s", lost=", ".join(lost)))
    column = _VALUE if _VALUE in one.header else one.header[0]
    codes, now = set(one.columns[column]), set(other.columns[column])
    what = say("%(n)s rows are new, %(n2)s are gone", n=len(now - codes), n2=len(codes - now))
    return Change(Kind.FILE_ROWS, Grade.REVIEW if codes - now else Grade.HARMLESS, name, what)


def _compare(lists: _Lists, old: Survey, new: Survey, renamed: dict[str, str]) -> Iterator[Change]:
    before = {choice.name: choice for choice in lists.old.choices}
    after = {choice.name: choice for choice in lists.new.choices}
    same = {code: renamed.get(code, code) for code in before if renamed.get(code, code) in after}
    for code, choice in before.items():
        if code not in same:
            gone = _change(Kind.CHOICE_REMOVED, lists, code, say("the choice is gone"), Place())
            yield replace(gone, place_before=old.choices.place(choice.row), was=_label(choice, old))
        elif same[code] != code:
            what = say("%(code)s is now called %(same)s", code=code, same=same[code])
            renamed_one = _change(Kind.CHOICE_RENAMED, lists, code, what, new.choices.place(after[same[code]].row))
            yield replace(renamed_one, place_before=old.choices.place(choice.row))
    for code, choice in after.items():
        if code not in same.values():
            added = _change(Kind.CHOICE_ADDED, lists, code, say("the choice is new"), new.choices.place(choice.row))
            yield replace(added, is_now=_label(choice, new))
    both = [(before[code], after[to]) for code, to in same.items()]
    yield from _order(lists, list(same.values()), list(after))
    for one, other in both:
        yield from _labels(lists, one, other, old, new)
    yield from _columns(lists, both)


def _label(choice: Choice, survey: Survey) -> str:
    """In the first language that has one."""
    return next(iter(texts(choice.row, "label", survey).values()), "")


def _order(lists: _Lists, before: list[str], after: list[str]) -> Iterator[Change]:
    now = [code for code in after if code in set(before)]
    if before != now:
        yield Change(Kind.CHOICE_ORDER, Grade.HARMLESS, lists.old.name, say("the choices stand in another order"))


def _labels(lists: _Lists, one: Choice, other: Choice, old: Survey, new: Survey) -> Iterator[Change]:
    before, after = texts(one.row, "label", old), texts(other.row, "label", new)
    for was, is_now in pairs(old, new):
        if before.get(was, "") == after.get(is_now, ""):
            continue
        text, other_text = before.get(was, ""), after.get(is_now, "")
        kind, grade, what = _weighed(lists, one, was, text, other_text, old)
        yield Change(
            kind,
            grade,
            f"{lists.old.name}:{one.name}",
            say("%(what)s (%(language)s)", what=what, language=is_now) if is_now else what,
            new.choices.place(other.row, text_column(other.row, "label", is_now, new)),
            is_now,
            old.choices.place(one.row, text_column(one.row, "label", was, old)),
            text,
            other_text,
        )


def _weighed(
    lists: _Lists, one: Choice, language: str, text: str, other: str, old: Survey
) -> tuple[Kind, Grade, Sentence]:
    if same_words(text, other):
        return Kind.CHOICE_LABEL, Grade.HARMLESS, say("its label is spaced or punctuated otherwise")
    for choice in lists.old.choices if other else ():
        if choice.name != one.name and same_words(texts(choice.row, "label", old).get(language, ""), other):
            # Labels that slipped by a row in the spreadsheet: every code is still there, and means its neighbour.
            kind = Kind.CHOICE_MEANING
            return kind, lists.grade(kind), say("its label is the one that %(code)s had", code=choice.name)
    return Kind.CHOICE_LABEL, lists.grade(Kind.CHOICE_LABEL), say("its label has other words")


def _columns(lists: _Lists, both: list[tuple[Choice, Choice]]) -> Iterator[Change]:
    keys = {column.key for pair in both for choice in pair for column in choice.row.cells} - _OWN
    for key in sorted(keys):
        times = sum(one.row.get(key) != other.row.get(key) for one, other in both)
        if times:
            what = say("column %(key)s is another in %(times)s choices", key=key, times=times)
            yield Change(Kind.CHOICE_COLUMN, lists.grade(Kind.CHOICE_COLUMN), f"{lists.old.name}:{key}", what)


def _change(kind: Kind, lists: _Lists, code: str, what: str, place: Place) -> Change:
    return Change(kind, lists.grade(kind), f"{lists.old.name}:{code}", what, place)

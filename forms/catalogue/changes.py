"""What differs between two catalogues, and whether a new one may follow the old: ids stay, meanings have versions."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from enum import StrEnum

from forms.catalogue.collection import Catalogue, Entries
from forms.catalogue.entries import Indicator
from forms.catalogue.fault import Fault, about, about_settings
from forms.catalogue.files import Tree
from forms.catalogue.render import digest, trees
from forms.sentences import say

_BY_LANGUAGE = frozenset({"question", "hint", "examples", "label", "review", "languages"})
_INNER = {"choices": "name", "items": "name", "periods": "code"}
_VISIBLE = str.maketrans({"\u00a0": "⍽", "\u202f": "⍽", "\u2009": "⍽"})
Values = dict[tuple[str, str], str]
"""(field, language or "") -> what it says."""


class ChangeKind(StrEnum):
    """What happened to an entry."""

    ADDED = "added"
    REMOVED = "removed"
    CHANGED = "changed"


@dataclass(frozen=True, slots=True)
class Change:
    """One field of one entry that reads differently, or an entry that came or went."""

    kind: ChangeKind
    entry: str
    field: str = ""
    language: str = ""
    old: str = ""
    new: str = ""

    @property
    def only_spaces(self) -> bool:
        """True where a spreadsheet program put another kind of space and nobody meant a change."""
        return self.kind is ChangeKind.CHANGED and self.old.split() == self.new.split()

    def __str__(self) -> str:
        if self.kind is not ChangeKind.CHANGED:
            return f"{self.entry}: {self.kind} ({self.old or self.new})"
        place = f"{self.field} [{self.language}]" if self.language else self.field
        note = " (only spaces differ; ⍽ is a no-break space)" if self.only_spaces else ""
        old, new = (text.translate(_VISIBLE) or "(empty)" for text in (self.old, self.new))
        return f"{self.entry}: {place}: {old} -> {new}{note}"


def diff(old: Catalogue, new: Catalogue) -> list[Change]:
    """Every difference in content, entry by entry; empty when both have the same digest."""
    return changed_entries(_flat(old.entries), _flat(new.entries))


def changed_entries(before: Mapping[str, Values], after: Mapping[str, Values]) -> list[Change]:
    """Of entries by name: first what is gone, then what is new or other, in the order of `after`."""
    changes = [Change(ChangeKind.REMOVED, name, old=_gist(before[name])) for name in before if name not in after]
    for name, values in after.items():
        if name not in before:
            changes.append(Change(ChangeKind.ADDED, name, new=_gist(values)))
        else:
            changes += _changed(name, before[name], values)
    return changes


def raise_version(old: Catalogue, new: Catalogue) -> Catalogue:
    """Gives changed content a version of its own, where its owner has not: a form names only the version."""
    if new.digest == old.digest or new.version != old.version:
        return new
    major, minor, patch = (int(part) for part in old.version.split("."))
    wording = all(change.language or change.only_spaces for change in diff(old, new))
    version = f"{major}.{minor}.{patch + 1}" if wording else f"{major}.{minor + 1}.0"
    entries = replace(new.entries, settings=replace(new.settings, version=version))
    return Catalogue(entries, digest(entries))


def may_follow(old: Entries, new: Entries) -> Iterator[Fault]:
    """Rule 27: stored answers name an id and a version; neither may come to mean something else."""
    for name, indicator in old.indicators.items():
        if name not in new.indicators and name not in new.broken:
            remedy = say("Put the row back; to retire an indicator set tier extended and field_default never")
            yield about(indicator, say("is gone, and an id is never removed or renamed"), remedy)
    for name, indicator in new.indicators.items():
        if name in old.indicators:
            yield from _version_fits(old.indicators[name], indicator, old, new)
    if _numbers(new.settings.version) < _numbers(old.settings.version):
        what = say(
            "the version goes back from %(version)s to %(version2)s",
            version=old.settings.version,
            version2=new.settings.version,
        )
        yield about_settings(what, say("Keep it or raise it"), "version")


def _version_fits(old: Indicator, new: Indicator, before: Entries, after: Entries) -> Iterator[Fault]:
    was, now = _meaning(old, before), _meaning(new, after)
    differing = [field for field in was if was[field] != now[field]]
    if new.version < old.version:
        yield about(
            new,
            say("the version goes back from %(version)s to %(version2)s", version=old.version, version2=new.version),
            say("Keep it or raise it"),
        )
    elif differing and new.version == old.version:
        what = say("the meaning changed (%(differing)s) under the same version", differing=", ".join(differing))
        yield about(new, what, say("Write version %(text)s, or put back what was changed", text=old.version + 1))


def _meaning(indicator: Indicator, entries: Entries) -> Mapping[str, object]:
    """Two answers can be put into one series only if all of this is the same."""
    choices = entries.choice_lists.get(indicator.choices or "")
    return {
        "definition": indicator.definition,
        "response_type": indicator.response_type,
        "unit": indicator.unit,
        "recall": indicator.recall,
        "max_select": indicator.max_select,
        "choices": {(choice.name, choice.exclusive) for choice in choices.choices} if choices else None,
    }


def _numbers(version: str) -> tuple[int, ...]:
    return tuple(int(part) for part in version.split(".") if part.isdigit())


def _flat(entries: Entries) -> dict[str, Values]:
    flat: dict[str, Values] = {}
    for file, tree in trees(entries).items():
        name = file.rsplit("/", 1)[-1].removesuffix(".yaml")
        flat[name] = {}
        for key, value in tree.items() if isinstance(tree, dict) else ():
            if key in _INNER and isinstance(value, list) and value and isinstance(value[0], dict):
                inner = {f"{name}: {part[_INNER[key]]}": values_of(part) for part in value if isinstance(part, dict)}
                flat |= inner
                flat[name]["order", ""] = "; ".join(str(part).removeprefix(f"{name}: ") for part in inner)
            else:
                flat[name] |= values_of({key: value})
    return flat


def values_of(tree: dict[str, Tree]) -> Values:
    """Of one entry, field by field; texts also language by language."""
    values: Values = {}
    for key, value in tree.items():
        match value:
            case dict():
                for inner, text in value.items():
                    place = (key, inner) if key in _BY_LANGUAGE else (f"{key}.{inner}", "")
                    values[place] = _text(text)
            case _:
                values[key, ""] = _text(value)
    return values


def _text(value: Tree) -> str:
    match value:
        case list():
            return "; ".join(_text(part) for part in value)
        case dict():
            return ", ".join(f"{key} {_text(part)}" for key, part in value.items())
        case bool():
            return "true" if value else "false"
        case _:
            return str(value)


def _changed(entry: str, before: Values, after: Values) -> Iterator[Change]:
    for place in dict.fromkeys((*before, *after)):
        old, new = before.get(place, ""), after.get(place, "")
        if place == ("order", ""):
            old, new = _common_order(old, new)
        if old != new:
            yield Change(ChangeKind.CHANGED, entry, *place, old, new)


def _common_order(old: str, new: str) -> tuple[str, str]:
    """Only the names that both have: what came or went is a change of its own."""
    before, after = old.split("; "), new.split("; ")
    return "; ".join(name for name in before if name in after), "; ".join(name for name in after if name in before)


def _gist(values: Values) -> str:
    named = (values.get(place, "") for place in (("question", "en"), ("label", "en"), ("name", ""), ("order", "")))
    return next((text for text in named if text), "no text")

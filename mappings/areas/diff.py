"""What changes between two versions of the area list; shown before an import is applied."""

from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, fields

from mappings.areas.columns import clean
from mappings.areas.registry import LEVELS, AreaRegistry


@dataclass(frozen=True, slots=True)
class Change:
    code: str
    before: str = ""
    after: str = ""

    def __str__(self) -> str:
        return f"{self.code}: {self.before} -> {self.after}" if self.before or self.after else self.code


@dataclass(frozen=True, slots=True)
class AreaDiff:
    """`renamed` has one change a language; `aliased` and `suggested` go from the former to the present p-code."""

    added: tuple[Change, ...] = ()
    removed: tuple[Change, ...] = ()
    renamed: tuple[Change, ...] = ()
    moved: tuple[Change, ...] = ()
    aliased: tuple[Change, ...] = ()
    suggested: tuple[Change, ...] = ()
    """Removed and added under the same name and parent: perhaps a changed p-code. Never applied by itself."""
    sites_added: tuple[Change, ...] = ()
    sites_removed: tuple[Change, ...] = ()
    sites_changed: tuple[Change, ...] = ()

    @property
    def is_empty(self) -> bool:
        return not any(self.parts().values())

    def parts(self) -> dict[str, tuple[Change, ...]]:
        return {item.name: getattr(self, item.name) for item in fields(self)}


def diff(old: AreaRegistry, new: AreaRegistry) -> AreaDiff:
    aliases = {former: today for former, today in new.aliases.items() if former in old.areas}
    pairs = {pcode: aliases.get(pcode, pcode) for pcode in old.areas}
    stayed = {former: today for former, today in pairs.items() if today in new.areas}
    reached = set(stayed.values())
    return AreaDiff(
        added=tuple(Change(pcode) for pcode in new.areas if pcode not in reached),
        removed=tuple(Change(pcode) for pcode in old.areas if pcode not in stayed),
        renamed=tuple(_renamed(old, new, stayed)),
        moved=tuple(_moved(old, new, stayed)),
        aliased=tuple(Change(former, former, today) for former, today in sorted(aliases.items())),
        suggested=tuple(Change(former, former, today) for former, today in suggest_aliases(old, new).items()),
        sites_added=tuple(Change(code) for code in new.sites if code not in old.sites),
        sites_removed=tuple(Change(code) for code in old.sites if code not in new.sites),
        sites_changed=tuple(_changed_sites(old, new)),
    )


def suggest_aliases(old: AreaRegistry, new: AreaRegistry) -> dict[str, str]:
    """Level by level, so that the children of a parent whose p-code changed are recognised too."""
    found: dict[str, str] = {}
    for level in LEVELS:
        gone = [area for area in old.level(level) if new.resolve(area.pcode) is None]
        fresh = {area.pcode for area in new.level(level)} - old.areas.keys() - set(new.aliases.values())
        by_name: dict[tuple[str | None, str, str], set[str]] = defaultdict(set)
        for pcode in fresh:
            for language, name in new.areas[pcode].names.items():
                by_name[(new.areas[pcode].parent, language, _plain(name))].add(pcode)
        taken: dict[str, list[str]] = defaultdict(list)
        for area in gone:
            parent = (new.resolve(area.parent) or found.get(area.parent)) if area.parent else None
            keys = [(parent, language, _plain(name)) for language, name in area.names.items()]
            matches = set().union(*(by_name.get(key, set()) for key in keys))
            if len(matches) == 1:
                taken[matches.pop()].append(area.pcode)
        found.update({formers[0]: pcode for pcode, formers in taken.items() if len(formers) == 1})
    return dict(sorted(found.items()))


def _plain(name: str) -> str:
    return clean(name).casefold()


def _renamed(old: AreaRegistry, new: AreaRegistry, stayed: Mapping[str, str]) -> Iterator[Change]:
    for former, today in stayed.items():
        before, after = old.areas[former].names, new.areas[today].names
        for language in sorted(before.keys() | after.keys()):
            if before.get(language) != after.get(language):
                yield Change(today, *(f"{names.get(language, '-')} ({language})" for names in (before, after)))


def _moved(old: AreaRegistry, new: AreaRegistry, stayed: Mapping[str, str]) -> Iterator[Change]:
    for former, today in stayed.items():
        before, after = old.areas[former], new.areas[today]
        above = stayed.get(before.parent) if before.parent else None
        if above != after.parent or before.level != after.level:
            yield Change(today, before.parent or f"level {before.level}", after.parent or f"level {after.level}")


def _changed_sites(old: AreaRegistry, new: AreaRegistry) -> Iterator[Change]:
    for code in sorted(old.sites.keys() & new.sites.keys()):
        before, after = old.sites[code], new.sites[code]
        if (new.resolve(before.pcode) or before.pcode) != after.pcode:
            yield Change(code, before.pcode, after.pcode)
        if before.site_type != after.site_type:
            yield Change(code, before.site_type, after.site_type)
        for language in sorted(before.names.keys() | after.names.keys()):
            if before.names.get(language) != after.names.get(language):
                yield Change(
                    code, *(f"{names.get(language, '-')} ({language})" for names in (before.names, after.names))
                )

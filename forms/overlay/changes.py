"""What differs between two states of an overlay, and the version of the newer one."""

from collections.abc import Iterator
from dataclasses import replace

from forms.catalogue.changes import Change, Values, changed_entries, values_of
from forms.catalogue.files import Tree
from forms.overlay.model import Overlay
from forms.overlay.source import HEAD, SECTIONS, Entry
from forms.overlay.write import as_tree

_NAMING = frozenset(key for keys in SECTIONS.values() for key in keys)


def diff(old: Overlay | None, new: Overlay) -> list[Change]:
    """Every difference, entry by entry; without an old one everything is added."""
    return changed_entries(dict(_flat(old)) if old else {}, dict(_flat(new)))


def differences(old: Overlay | None, new: Overlay) -> list[Change]:
    """The same for somebody who has never seen it: of what was added every field, but none that only names it."""
    before, after = dict(_flat(old)) if old else {}, dict(_flat(new))
    added = after.keys() - before.keys()
    found = changed_entries({**dict.fromkeys(after, values_of({})), **before}, after)
    return [one for one in found if one.entry not in added or one.field not in _NAMING]


def raise_version(old: Overlay | None, new: Overlay) -> Overlay:
    """Another content has another version; its owner may have raised it already."""
    if old is None or old == new or new.version > old.version:
        return new
    return replace(new, version=old.version + 1)


def _flat(overlay: Overlay) -> Iterator[tuple[str, Values]]:
    tree = as_tree(overlay)
    yield HEAD, values_of({key: value for key, value in tree.items() if key not in SECTIONS})
    for section, keys in SECTIONS.items():
        entries = tree.get(section, [])
        for value in entries if isinstance(entries, list) else ():
            entry = Entry("", value if isinstance(value, dict) else _bare(keys[0], value))
            yield f"{section} {entry.name(section)}", values_of(entry.tree)


def _bare(key: str, value: Tree) -> dict[str, Tree]:
    return {key: value}

"""Areas by name in the reader's language, from the list in use. It stays in memory: versions never change."""

from collections.abc import Mapping

from sqlalchemy.orm import Session

from backend.store import areas
from mappings.areas import Area, AreaRegistry


class Places:
    def __init__(self) -> None:
        self._kept: tuple[int, AreaRegistry] | None = None

    def current(self, session: Session) -> AreaRegistry | None:
        set_id = areas.current_id(session)
        if set_id is None:
            return None
        kept = self._kept
        if kept is None or kept[0] != set_id:
            kept = self._kept = (set_id, areas.load(session, set_id))
        return kept[1]


def name_in(names: Mapping[str, str], language: str) -> str:
    """English, then whatever there is, where the list has no name in the reader's language."""
    return names.get(language) or names.get("en") or next(iter(names.values()))


def area_name(registry: AreaRegistry | None, pcode: str, language: str) -> str:
    """A p-code of an older list that is gone from the new one stands for itself."""
    found = None if registry is None else registry.areas.get(registry.aliases.get(pcode, pcode))
    return pcode if found is None else name_in(found.names, language)


def place_today(registry: AreaRegistry | None, adm1: str, adm2: str | None) -> tuple[str, str | None]:
    """Areas of levels 1 and 2 as they are called today: what was stored under a former p-code is of the same place."""
    if registry is None:
        return adm1, adm2
    second = registry.aliases.get(adm2, adm2) if adm2 else None
    found = registry.areas.get(second) if second else None
    return (found and found.parent) or registry.aliases.get(adm1, adm1), second


def with_former(registry: AreaRegistry | None, limits: frozenset[str]) -> frozenset[str]:
    """A limit to an area holds for its former p-codes, too.

    Not the other way round: the area of today may be larger than the one that somebody was limited to.
    """
    former = registry.aliases.items() if registry and limits else ()
    return limits | {old for old, today in former if today in limits}


def former_codes(registry: AreaRegistry | None, pcode: str | None) -> frozenset[str] | None:
    """One area that somebody picked, under all its p-codes; None is none."""
    return with_former(registry, frozenset({pcode})) if pcode else None


def in_scope(registry: AreaRegistry | None, level: int, limits: frozenset[str]) -> list[Area]:
    """The areas of level 1 or 2 that somebody limited to `limits` may see; no limits means all."""
    if registry is None:
        return []
    return [
        area for area in registry.level(level) if not limits or area.pcode in limits or (area.parent or "") in limits
    ]

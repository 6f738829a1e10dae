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


def in_scope(registry: AreaRegistry | None, level: int, limits: frozenset[str]) -> list[Area]:
    """The areas of level 1 or 2 that somebody limited to `limits` may see; no limits means all."""
    if registry is None:
        return []
    return [
        area for area in registry.level(level) if not limits or area.pcode in limits or (area.parent or "") in limits
    ]

"""Where a submission says it comes from, held against the registry."""

from dataclasses import dataclass

from mappings.areas.nil import nil
from mappings.areas.registry import AreaRegistry

STEPS = ("adm1", "adm2", "adm3", "site")


@dataclass(frozen=True, slots=True)
class Place:
    """Codes of today; None where not asked, "not in the list", or not fitting."""

    adm1: str | None
    adm2: str | None = None
    adm3: str | None = None
    site: str | None = None
    not_listed: tuple[str, ...] = ()
    """The steps answered "not in the list", to be counted."""
    misfit: str | None = None
    """The first step whose code is unknown or not below the one before it; nothing below it is kept."""


def place(registry: AreaRegistry, adm1: str, adm2: str = "", adm3: str = "", site: str = "") -> Place:
    """An empty code means not asked; a code below an empty one is a misfit, since nothing vouches for it."""
    top = registry.resolve(adm1)
    if top is None or registry.areas[top].level != 1:
        return Place(None, misfit="adm1")
    found: dict[str, str] = {"adm1": top}
    not_listed = []
    above = top
    for step, answer in zip(STEPS[1:], (adm2, adm3, site), strict=True):
        code = answer if step == "site" and answer in registry.sites else registry.canonical(answer)
        if not code:
            above = ""
        elif above and code == nil(above):
            not_listed.append(step)
            above = code
        elif above and _is_offered(registry, step, code, above):
            found[step] = above = code
        else:
            return Place(**found, not_listed=tuple(not_listed), misfit=step)
    return Place(**found, not_listed=tuple(not_listed))


def _is_offered(registry: AreaRegistry, step: str, code: str, above: str) -> bool:
    if step == "site":
        return code in registry.sites and registry.offered_under(code) == above
    return code in registry.areas and registry.areas[code].parent == above

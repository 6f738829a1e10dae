"""Where an interview took place: p-codes of the registry, 'not in the list' as null, a keyed pseudonym for the site."""

from collections.abc import Mapping
from typing import NamedTuple

from mappings.areas.nil import nil
from mappings.language import Interview
from mappings.model import Reason, Reject, Scalar
from mappings.places import Places
from mappings.privacy.pseudonym import Keys, site_key


class Place(NamedTuple):
    """`adm1` is '' when unknown: the submission is then rejected. `nil` names the levels where the list lacked it."""

    adm1: str
    adm2: str | None
    adm3: str | None
    site_key: str | None
    site_type: str | None
    nil: tuple[str, ...]


class Locate:
    """Compiled for one form version. A place that does not lie in the one above it is a reject, never a guess."""

    def __init__(self, interview: Interview, places: Places, keys: Keys) -> None:
        self._paths = interview
        self._places = places
        self._keys = keys
        self._seen: dict[tuple[Scalar, ...], Place] = {}

    def __call__(self, asked: tuple[Scalar, ...], rejects: list[Reject]) -> Place:
        """`asked` holds adm1, adm2, adm3 and site as the phone sent them."""
        known = self._seen.get(asked)
        if known is not None:
            return known
        found: list[Reject] = []
        place = self._read(asked, found)
        if place.adm1 and not found:
            # Only places of the registry get here, so the memory is bounded by it and holds nothing a phone made up.
            self._seen[asked] = place
        rejects.extend(found)
        return place

    def _read(self, asked: tuple[Scalar, ...], rejects: list[Reject]) -> Place:
        adm1 = self._places.resolve(str(asked[0] or ""))
        if adm1 not in self._places.adm1:
            return _NOWHERE
        nil = tuple(
            f"nil:{level}" for level, above, code in zip(_BELOW, asked, asked[1:], strict=False) if _is_nil(code, above)
        )
        adm2 = self._below(asked[:2], adm1, self._places.adm2, self._paths.adm2, rejects)
        adm3 = self._below(asked[1:3], adm2, self._places.adm3, self._paths.adm3, rejects)
        site, site_type = self._site(asked[2:], (adm1, adm2, adm3), rejects)
        return Place(adm1, adm2, adm3, site, site_type, nil)

    def _below(
        self,
        asked: tuple[Scalar, ...],
        above: str | None,
        parents: Mapping[str, str],
        path: str,
        rejects: list[Reject],
    ) -> str | None:
        if asked[1] is None or _is_nil(asked[1], asked[0]):
            return None
        pcode = self._places.resolve(str(asked[1]))
        if pcode not in parents:
            rejects.append(Reject(path, Reason.NOT_IN_LIST))
            return None
        if parents[pcode] != above:
            rejects.append(Reject(path, Reason.OUTSIDE_PARENT))
            return None
        return pcode

    def _site(
        self, asked: tuple[Scalar, ...], areas: tuple[str | None, ...], rejects: list[Reject]
    ) -> tuple[str | None, str | None]:
        if asked[1] is None or _is_nil(asked[1], asked[0]):
            return None, None
        known = self._places.sites.get(str(asked[1]))
        if known is None:
            rejects.append(Reject(self._paths.site, Reason.NOT_IN_LIST))
            return None, None
        site_type, pcode = known
        if not {area for area in areas if area} <= self._places.chain(pcode):
            rejects.append(Reject(self._paths.site, Reason.OUTSIDE_PARENT))
            return None, None
        return site_key(self._keys, str(asked[1])), site_type


_BELOW = ("adm2", "adm3", "site")
_NOWHERE = Place("", None, None, None, None, ())


def _is_nil(code: Scalar, above: Scalar) -> bool:
    """'Not in the list' of the list that the answer above opened; the form's own lists have no other such row."""
    return code is not None and code == nil(str(above))

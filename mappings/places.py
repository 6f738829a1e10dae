"""The areas and sites of a form as flat look-up tables: strip asks them once for every submission."""

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Places:
    """`parents`: p-code of every area below level 1 to its parent. `sites`: site code to (type, p-code of its area).

    `aliases`: former p-codes to today's.
    """

    adm1: frozenset[str]
    adm2: Mapping[str, str]
    adm3: Mapping[str, str]
    sites: Mapping[str, tuple[str, str]]
    aliases: Mapping[str, str]

    def resolve(self, pcode: str) -> str:
        return self.aliases.get(pcode, pcode)

    def chain(self, pcode: str) -> frozenset[str]:
        """The area and all areas it lies in."""
        found = [pcode]
        while (above := self.adm3.get(found[-1]) or self.adm2.get(found[-1])) is not None:
            found.append(above)
        return frozenset(found)

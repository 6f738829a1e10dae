"""Writes the areas and sites into a form: adm1 as translated choices, everything below as CSV files beside it.

A list that comes from a CSV file has one label column for all languages, so a label holds the names themselves.
"""

import csv
import io
import unicodedata
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence, Set
from dataclasses import dataclass
from functools import lru_cache
from typing import NamedTuple

from forms.catalogue.languages import SOURCE
from forms.questionnaire.words import word
from mappings.areas import Area, AreaRegistry, Site, nil

HEADER = ("name", "label", "parent")
"""What `select_one_from_file` reads by default, and what the choice filter compares with the answer above."""
JOINER = " · "
ADM2, ADM3, SITES = "adm2.csv", "adm3.csv", "sites.csv"


@dataclass(frozen=True, slots=True)
class AreaChoice:
    """One answer of the internal list adm1."""

    name: str
    labels: Mapping[str, str]
    """In every language that was asked for."""


class _Line(NamedTuple):
    name: str
    label: str
    parent: str


_Named = tuple[str, Mapping[str, str]]
"""A code and its names."""


def adm1_choices(
    registry: AreaRegistry, languages: Sequence[str], scope: Set[str] | None = None
) -> tuple[AreaChoice, ...]:
    """Ordered by the label in the first language. A name that is missing is shown in another language."""
    reach = registry.reach(scope) if scope is not None else registry.areas.keys()
    choices = [_choice(area, languages) for area in registry.level(1) if area.pcode in reach]
    return tuple(sorted(choices, key=lambda choice: _by_label((choice.name, choice.labels[languages[0]]))))


def _choice(area: Area, languages: Sequence[str]) -> AreaChoice:
    fallbacks = [*languages, *sorted(area.names)]
    order = {language: [language, *fallbacks] for language in languages}
    labels = {
        language: next(area.names[other] for other in others if other in area.names)
        for language, others in order.items()
    }
    return AreaChoice(area.pcode, labels)


def csv_media(
    registry: AreaRegistry, languages: Sequence[str], scope: Set[str] | None = None, *, sites: Set[str] | None = None
) -> dict[str, bytes]:
    """File name -> content. `scope` are p-codes of any level, each with all below it; `sites` are site codes.

    None means all. Same registry, same arguments, same bytes.
    """
    reach = registry.reach(scope) if scope is not None else registry.areas.keys()
    areas: dict[str, list[_Named]] = defaultdict(list)
    for area in registry.areas.values():
        if area.parent and area.pcode in reach:
            areas[area.parent].append((area.pcode, area.names))
    places: dict[str, list[_Named]] = defaultdict(list)
    for site in _chosen(registry, reach, sites):
        places[registry.offered_under(site.code)].append((site.code, site.names))
    adm1 = [choice.name for choice in adm1_choices(registry, languages, scope)]
    adm2 = _lines(adm1, areas, languages)
    adm3 = _lines([line.name for line in adm2], areas, languages)
    below = _lines([line.name for line in adm3], places, languages)
    return {ADM2: _csv(adm2), ADM3: _csv(adm3), SITES: _csv(below)}


def label(names: Mapping[str, str], languages: Sequence[str]) -> str:
    """The name in the first language that has one, and the first name in another script: `Halab · حلب`.

    More would not fit the width of a phone. An area without a name in these languages is shown in another one.
    """
    first = script = ""
    for language in languages:
        name = names.get(language, "")
        if name and not first:
            first, script = name, _script(name)
        elif name and name != first and _script(name) != script:
            return first + JOINER + name
    return first or next(names[language] for language in sorted(names) if names[language])


def nil_label(languages: Sequence[str]) -> str:
    """In all languages of the form: an enumerator who reads only one of them must find it."""
    said = word("area_not_in_list")
    return JOINER.join(dict.fromkeys(said.get(language, said[SOURCE]) for language in languages))


def _chosen(registry: AreaRegistry, reach: Set[str], sites: Set[str] | None) -> Iterator[Site]:
    unknown = sorted((sites or set()) - registry.sites.keys())
    if unknown:
        raise KeyError(f"no such site in '{registry.label}': {', '.join(unknown)}")
    for site in registry.sites.values():
        if site.pcode in reach and (sites is None or site.code in sites):
            yield site


def _lines(parents: Iterable[str], below: Mapping[str, Sequence[_Named]], languages: Sequence[str]) -> list[_Line]:
    """Below each parent its entries by label, and last "not in the list"."""
    stranger = nil_label(languages)
    lines = []
    for parent in parents:
        if parent in below:
            entries = [(code, label(names, languages)) for code, names in below[parent]]
            times = Counter(text for _, text in entries)
            texts = [(code, text if times[text] == 1 else f"{text} ({code})") for code, text in entries]
            lines += [_Line(code, text, parent) for code, text in sorted(texts, key=_by_label)]
        lines.append(_Line(nil(parent), stranger, parent))
    return lines


class _WithoutMarks(dict[int, int | None]):
    """A table for `str.translate` that drops combining marks, and learns each letter the first time it meets it."""

    def __missing__(self, code: int) -> int | None:
        self[code] = None if unicodedata.combining(chr(code)) else code
        return self[code]


_WITHOUT_MARKS = _WithoutMarks()


def _by_label(entry: tuple[str, str]) -> tuple[str, str, str]:
    code, text = entry
    if text.isascii():
        return text.casefold(), text, code
    return unicodedata.normalize("NFKD", text).translate(_WITHOUT_MARKS).casefold(), text, code


def _script(name: str) -> str:
    """That of the first letter."""
    for char in name:
        if script := _script_of(char):
            return script
    return ""


@lru_cache(maxsize=4096)
def _script_of(char: str) -> str:
    """The first word of a letter's Unicode name: LATIN, ARABIC, CYRILLIC, ETHIOPIC ...; '' for what is no letter."""
    return unicodedata.name(char, "").partition(" ")[0] if char.isalpha() else ""


def _csv(lines: Sequence[_Line]) -> bytes:
    target = io.StringIO(newline="")
    writer = csv.writer(target, lineterminator="\n")
    writer.writerow(HEADER)
    writer.writerows(lines)
    return target.getvalue().encode()

"""From the catalogue to a form: what our part costs beside pyxform's conversion of the same rows.

100 indicators in four languages, 5,000 areas in files beside the form. The goals are 1.2 for rows and conversion, and 2
with the workbook written. What our own lint adds in `build` is printed beside them.
"""

import statistics
import time
from collections.abc import Callable
from dataclasses import replace

from pyxform.xls2xform import convert as convert_xlsform

from forms import demo
from forms.brief import Brief
from forms.brief.model import Chosen
from forms.catalogue import Catalogue, load
from forms.catalogue.terms import ResponseType
from forms.checks import check_form, workbook_of
from forms.questionnaire.assemble import assemble
from forms.xlsform import Sheets, sheets
from mappings.areas import AreaRegistry, build_registry
from mappings.areas import demo as dorvania

_INDICATORS = 100
_AREAS = 5_000
_TURNS = 7


def main() -> None:
    catalogue, registry = load(), _grown(dorvania.load())
    brief = _large(catalogue)
    rows = sheets(assemble(brief, catalogue, registry).questionnaire)
    ways: dict[str, Callable[[], object]] = {
        "pyxform alone": lambda: _convert(rows),
        "rows + pyxform": lambda: _convert(_rows(brief, catalogue, registry)),
        "rows + pyxform + XLSX": lambda: _with_workbook(_rows(brief, catalogue, registry)),
        "rows + pyxform + lint": lambda: _linted(brief, catalogue, registry),
    }
    seconds = _in_turns(ways)
    print(f"{len(brief.indicators)} indicators, {len(brief.languages)} languages, {len(registry.areas):,} areas")
    for name, took in seconds.items():
        print(f"{name:24} {took / seconds['pyxform alone']:5.2f} x   ({took * 1000:.0f} ms)")


def _in_turns(ways: dict[str, Callable[[], object]]) -> dict[str, float]:
    """Median processor time of each, one after the other in every turn, so that a busy moment strikes all."""
    found: dict[str, list[float]] = {name: [] for name in ways}
    for turn in range(_TURNS + 1):
        for name, way in ways.items():
            begun = time.process_time()
            way()
            if turn:
                found[name].append(time.process_time() - begun)
    return {name: statistics.median(took) for name, took in found.items()}


def _convert(rows: Sheets) -> object:
    return convert_xlsform(rows.tables(), warnings=[], form_name="data")


def _rows(brief: Brief, catalogue: Catalogue, registry: AreaRegistry) -> Sheets:
    return sheets(assemble(brief, catalogue, registry).questionnaire)


def _with_workbook(rows: Sheets) -> object:
    return _convert(rows), rows.workbook()


def _linted(brief: Brief, catalogue: Catalogue, registry: AreaRegistry) -> object:
    assembled = assemble(brief, catalogue, registry)
    rows = sheets(assembled.questionnaire)
    tables = {"survey": rows.survey, "choices": rows.choices, "settings": rows.settings}
    return check_form(workbook_of("large.xlsx", tables, dict(assembled.files)), catalogue=catalogue)


def _large(catalogue: Catalogue) -> Brief:
    """More than the rules let any brief hold, as the goal asks; they are judged when a brief is read, not here."""
    asked = [one.id for one in catalogue.indicators if one.response_type is not ResponseType.TEXT]
    return replace(demo.brief(), areas=None, sites=None, indicators=tuple(Chosen(one) for one in asked[:_INDICATORS]))


def _grown(registry: AreaRegistry) -> AreaRegistry:
    """With as many areas more as are missing, spread over those of level 2."""
    parents = registry.level(2)
    missing = _AREAS - len(registry.areas)
    more = (
        replace(
            parents[number % len(parents)],
            pcode=f"{parents[number % len(parents)].pcode}{number:04}",
            parent=parents[number % len(parents)].pcode,
            level=3,
        )
        for number in range(missing)
    )
    return build_registry([*registry.areas.values(), *more], label="5,000 areas", sites=registry.sites.values())

"""Judges the tree that the rows make: codes, parents, names. Errors row by row; habits not followed in one line."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import replace

from mappings.areas.findings import Finding, Source, error, sample, warning
from mappings.areas.nil import SUFFIX, is_reserved
from mappings.areas.read import AreaRows, Unit
from mappings.areas.registry import LEVELS

MAX_CODE = 28
"""The store and the forms hold 40 characters; three times "not in the list" may follow a code."""
MAX_NAME = 200
_CODE = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_.-]*")
_FORMULA = re.compile(r"[=+@]|-.")


def check_areas(found: AreaRows) -> list[Finding]:
    findings = []
    for unit in found.units.values():
        findings += check_code("p-code", unit.area.pcode, unit.source)
        findings += _check_named(unit)
        findings += _check_parent(unit, found.units)
    for former, (today, source) in found.aliases.items():
        findings += _check_alias(former, today, source, found.units)
    named = [(unit.area.pcode, unit.area.names, unit.source) for unit in found.units.values()]
    return findings + _check_whole(found) + missing_languages("areas", named)


def check_code(kind: str, code: str, source: Source) -> list[Finding]:
    if is_reserved(code):
        what = f"{kind} {ascii(code)[1:-1]} ends in {SUFFIX}, which means 'not in the list'"
        return [error(source, what, "Use another code")]
    if not _CODE.fullmatch(code):
        what = f"{kind} {code!a} holds other characters than A-Z, a-z, 0-9, _ . -" if code else f"the {kind} is empty"
        return [error(source, what, "Write the code as the owner of the list publishes it")]
    if len(code) > MAX_CODE:
        return [error(source, f"{kind} {code} has more than {MAX_CODE} characters", "Use a shorter code")]
    return []


def check_names(what: str, names: Mapping[str, str], source: Source) -> list[Finding]:
    if not names:
        return [error(source, f"{what} has no name in any language", "Fill in a name, in a column such as ADM1_EN")]
    if any(len(name) > MAX_NAME for name in names.values()):
        return [error(source, f"{what} has a name of more than {MAX_NAME} characters", "Shorten the name")]
    if any(_FORMULA.match(name) for name in names.values()):
        fault = f"{what} has a name that a spreadsheet program takes for a formula"
        return [error(source, fault, "Write it without the = + - or @ at its beginning")]
    return []


def missing_languages(kind: str, named: Iterable[tuple[str, Mapping[str, str], Source]]) -> list[Finding]:
    """One line for each language that some have and others lack."""
    listed = [item for item in named if item[1]]
    languages = sorted({language for _, names, _ in listed for language in names})
    findings = []
    for language in languages:
        lacking = [(code, source) for code, names, source in listed if language not in names]
        if lacking:
            what = f"{kind} without a name in '{language}': {sample([code for code, _ in lacking])}"
            remedy = "Fill them in; until then forms show a name in another language"
            findings.append(warning(replace(lacking[0][1], row=0), what, remedy))
    return findings


def _check_named(unit: Unit) -> list[Finding]:
    if unit.area.names or unit.is_own_row:
        return check_names(f"area {unit.area.pcode}", unit.area.names, unit.source)
    what = f"area {unit.area.pcode} is named as a parent and described nowhere"
    return [error(unit.source, what, "Correct the p-code, or add the area")]


def _check_parent(unit: Unit, units: Mapping[str, Unit]) -> list[Finding]:
    area = unit.area
    if area.level == LEVELS[0]:
        return []
    above = area.level - 1
    if area.parent is None:
        what = f"area {area.pcode} of level {area.level} has no parent"
        return [error(unit.source, what, f"Fill in ADM{above}_PCODE in its row")]
    parent = units.get(area.parent)
    if parent is None or parent.area.level != above:
        what = f"area {area.pcode}: its parent {area.parent} is not an area of level {above}"
        return [error(unit.source, what, f"Correct ADM{above}_PCODE, or add the parent")]
    return []


def _check_alias(former: str, today: str, source: Source, units: Mapping[str, Unit]) -> list[Finding]:
    findings = check_code("old p-code", former, source)
    if former in units:
        what = f"old p-code {former} is still an area of this list"
        findings.append(error(source, what, "Delete the line: a p-code that is in use cannot be a former one"))
    if today not in units:
        what = f"old p-code {former} points to {today or 'nothing'}, which is not in this list"
        findings.append(error(source, what, "Write the p-code that the area has today"))
    return findings


def _check_whole(found: AreaRows) -> list[Finding]:
    if not found.units and found.left_out:
        remedy = "Write the names of the columns into the first row, and one area into each below; see docs/areas.md"
        return [error(source, f"no areas: {why}", remedy) for source, why in found.left_out]
    if not any(unit.area.level == LEVELS[0] for unit in found.units.values()):
        return [error(Source("area list"), "no area of level 1", "Add a file or sheet with the column ADM1_PCODE")]
    return _odd_prefixes(found.units) + _nothing_below(found.units)


def _odd_prefixes(units: Mapping[str, Unit]) -> list[Finding]:
    findings = []
    for level in LEVELS[1:]:
        odd = [unit for unit in units.values() if unit.area.level == level]
        odd = [unit for unit in odd if unit.area.parent and not unit.area.pcode.startswith(unit.area.parent)]
        if odd:
            codes = sample([unit.area.pcode for unit in odd])
            what = f"p-codes of level {level} that do not begin with their parent's: {codes}"
            remedy = "Check the parent, and that no spreadsheet has dropped leading zeros"
            findings.append(warning(replace(odd[0].source, row=0), what, remedy))
    return findings


def _nothing_below(units: Mapping[str, Unit]) -> list[Finding]:
    parents = {unit.area.parent for unit in units.values()}
    findings = []
    for level in LEVELS[:-1]:
        bare = [unit for unit in units.values() if unit.area.level == level and unit.area.pcode not in parents]
        if bare:
            codes = sample([unit.area.pcode for unit in bare])
            what = f"areas of level {level} with no area below them: {codes}"
            remedy = "Nothing, if that is so; forms offer only 'not in the list' there"
            findings.append(warning(replace(bare[0].source, row=0), what, remedy))
    return findings

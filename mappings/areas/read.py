"""Reads areas and former p-codes out of table rows; judges single rows only, the tree is judged in `check`."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date

from mappings.areas.columns import Columns, Row, columns, day, row_number
from mappings.areas.findings import Finding, Source, error, warning
from mappings.areas.registry import LEVELS, Area

Tables = Mapping[str, Mapping[str, Sequence[Row]]]
"""File -> sheet -> rows."""


@dataclass(frozen=True, slots=True)
class Unit:
    """An area as found in one row. A row is about its deepest area and repeats the ones above it."""

    area: Area
    source: Source
    is_own_row: bool


@dataclass(frozen=True, slots=True)
class AreaRows:
    units: dict[str, Unit] = field(default_factory=dict)
    aliases: dict[str, tuple[str, Source]] = field(default_factory=dict)
    findings: list[Finding] = field(default_factory=list)
    left_out: list[tuple[Source, str]] = field(default_factory=list)
    """Sheets that seem to hold no areas, and why."""


def read_area_rows(tables: Tables) -> AreaRows:
    found = AreaRows()
    for source, rows in _sheets(tables):
        _read_sheet(found, source, rows)
    return found


def read_alias_rows(tables: Tables, found: AreaRows) -> None:
    """A file of its own with the columns old_pcode and pcode."""
    for source, rows in _sheets(tables):
        names = columns(rows[0] if rows else ())
        if not {"old_pcode", "pcode"} <= names.headers.keys():
            found.findings.append(
                error(source, "columns old_pcode and pcode are missing", "Name the two columns old_pcode and pcode")
            )
            continue
        for row in rows:
            _add_alias(found, names.cell(row, "old_pcode"), names.cell(row, "pcode"), _at(source, row))


def _sheets(tables: Tables) -> Iterator[tuple[Source, Sequence[Row]]]:
    for file, sheets in tables.items():
        for sheet, rows in sheets.items():
            yield Source(file, sheet), rows


def _at(source: Source, row: Row) -> Source:
    return replace(source, row=row_number(row))


def _read_sheet(found: AreaRows, source: Source, rows: Sequence[Row]) -> None:
    names = columns(rows[0] if rows else ())
    if not names.pcodes.keys() & set(LEVELS):
        if 0 not in names.pcodes:
            why = "it has no column such as ADM1_PCODE" if rows else "it holds no rows"
            found.left_out.append((source, why))
            found.findings.append(warning(source, f"left out: {why}", "Nothing, if it holds no areas"))
        return
    if any(level > LEVELS[-1] for level in names.pcodes):
        found.findings.append(
            warning(source, f"levels below {LEVELS[-1]} are not read", "Nothing; forms and releases end at level 3")
        )
    ended = 0
    for row in rows:
        if _is_hashtag_row(names, row):
            continue
        if names.valid_to(row):
            ended += 1
        else:
            _read_row(found, names, row, _at(source, row))
    if ended:
        found.findings.append(
            warning(
                source, f"rows left out since their valid-to is filled: {ended}", "Nothing, if these areas have ended"
            )
        )


def _is_hashtag_row(names: Columns, row: Row) -> bool:
    return any(row.get(header, "").startswith("#") for header in names.pcodes.values())


def _read_row(found: AreaRows, names: Columns, row: Row, source: Source) -> None:
    codes = {level: names.pcode(row, level) for level in names.pcodes}
    filled = [level for level, code in sorted(codes.items()) if code]
    if not filled or filled == [0]:
        found.findings.append(error(source, "no p-code in the row", "Fill in the p-code, or delete the row"))
        return
    valid_from = _valid_from(found, names.valid_from(row), source)
    for level in LEVELS:
        if codes.get(level):
            parent = codes.get(level - 1) or None if level > 1 else None
            area = Area(codes[level], level, parent, names.area_names(row, level), valid_from)
            _merge(found, Unit(area, source, is_own_row=level == filled[-1]))
    if filled[-1] in LEVELS:
        _add_alias(found, names.cell(row, "old_pcode"), codes[filled[-1]], source)


def _valid_from(found: AreaRows, text: str, source: Source) -> date | None:
    valid_from = day(text) if text else None
    if text and valid_from is None:
        found.findings.append(warning(source, "the date was not understood", "Write it as 2024-01-31"))
    return valid_from


def _merge(found: AreaRows, new: Unit) -> None:
    pcode = new.area.pcode
    known = found.units.get(pcode)
    if known is None:
        found.units[pcode] = new
        return
    if problem := _contradiction(known, new):
        what = f"p-code {pcode} {problem} ({known.source})"
        found.findings.append(error(new.source, what, "Give each area one p-code, one parent and one row"))
        return
    first, second = (new, known) if new.is_own_row else (known, new)
    dates = [first.area.valid_from, *([] if first.is_own_row else [second.area.valid_from])]
    area = replace(
        first.area,
        parent=first.area.parent or second.area.parent,
        names={**second.area.names, **first.area.names},
        valid_from=min(filter(None, dates), default=None),
    )
    if area != known.area or first is not known:
        found.units[pcode] = replace(first, area=area)


def _contradiction(known: Unit, new: Unit) -> str:
    one, two = known.area, new.area
    if one.level != two.level:
        return f"is used at level {one.level} and at level {two.level}"
    if one.parent and two.parent and one.parent != two.parent:
        return f"lies in {one.parent} and in {two.parent}"
    if (
        known.is_own_row
        and new.is_own_row
        and (known.source.file, known.source.sheet)
        == (
            new.source.file,
            new.source.sheet,
        )
    ):
        return "stands in two rows"
    differing = sorted(code for code in one.names.keys() & two.names.keys() if one.names[code] != two.names[code])
    return f"has two names in '{differing[0]}'" if differing else ""


def _add_alias(found: AreaRows, former: str, today: str, source: Source) -> None:
    if not former or former == today:
        return
    known = found.aliases.setdefault(former, (today, source))
    if known[0] != today:
        what = f"old p-code {former} points to {known[0]} and to {today}"
        found.findings.append(error(source, what, "Keep the one that holds most of the old area"))

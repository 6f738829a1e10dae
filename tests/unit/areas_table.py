"""Lets a test show an area list as the table a person would see, or draw any list at all."""

from collections.abc import Mapping
from datetime import date

from hypothesis import strategies as st

from mappings.areas import Area, AreaFiles, AreaRegistry, Draft, InUse, Site, build_registry, read_areas

THREE_LEVELS = """
    | ADM1_EN | ADM1_AR | ADM1_PCODE | ADM2_EN | ADM2_AR | ADM2_PCODE | ADM3_EN | ADM3_AR | ADM3_PCODE | validOn    |
    | North   | شمال    | XA01       | Halab   | حلب     | XA0101     | Azel    | عزل     | XA010101   | 2024-01-31 |
    | North   | شمال    | XA01       | Halab   | حلب     | XA0101     | Barem   | بارم    | XA010102   | 2024-01-31 |
    | North   | شمال    | XA01       | Idra    | إدرا    | XA0102     | Carun   | كارون   | XA010201   | 2024-01-31 |
    | South   | جنوب    | XA02       | Homar   | هومر    | XA0201     | Damel   | داميل   | XA020101   | 2024-01-31 |
"""
SITES = """
    | site_code | name_en    | name_ar  | ADM3_PCODE | site_type     |
    | XA-S1     | Azel camp  | مخيم عزل | XA010101   | planned_site  |
    | XA-S2     | Old market | السوق    | XA020101   | urban         |
"""


def rows(text: str) -> list[dict[str, str]]:
    """Rows as the spreadsheet reader gives them, numbered from 2 on."""
    lines = [[cell.strip() for cell in line.strip().strip("|").split("|")] for line in text.strip().splitlines()]
    header, *body = lines
    return [dict(zip(header, line, strict=True)) | {"": str(number)} for number, line in enumerate(body, start=2)]


def draft(
    areas: str = THREE_LEVELS,
    *,
    sites: str = "",
    aliases: str = "",
    shapes: Mapping[str, bytes] | None = None,
    in_use: InUse | None = None,
) -> Draft:
    files = AreaFiles(
        areas={"areas.csv": {"areas": rows(areas)}} if areas else {},
        sites={"sites.csv": {"sites": rows(sites)}} if sites else {},
        aliases={"aliases.csv": {"aliases": rows(aliases)}} if aliases else {},
        shapes=shapes or {},
    )
    return read_areas(files, label="Test country", in_use=in_use, site_types={"planned_site", "urban"})


def said(found: Draft) -> str:
    """All findings, one a line."""
    return "\n".join(map(str, found.findings))


names = st.dictionaries(
    st.sampled_from(["en", "fr", "ar"]),
    st.text(st.characters(categories=["Lu", "Ll", "Lo"], max_codepoint=0x6FF), min_size=1, max_size=12),
    min_size=1,
)
days = st.none() | st.dates(date(2000, 1, 1), date(2030, 1, 1))


@st.composite
def trees(draw: st.DrawFn) -> AreaRegistry:
    areas = []
    parents: list[str | None] = [None]
    for level in (1, 2, 3):
        own = []
        for parent in parents:
            width = draw(st.integers(1 if level == 1 else 0, 3))
            codes = [f"{parent or 'X'}{number:02d}" for number in range(1, width + 1)]
            areas += [Area(code, level, parent, draw(names), draw(days)) for code in codes]
            own += codes
        parents = list(own)
    places = [area.pcode for area in areas if area.level > 1]
    count = draw(st.integers(0, 4)) if places else 0
    sites = [
        Site(f"S{number}", draw(st.sampled_from(places)), draw(names), "urban", draw(days)) for number in range(count)
    ]
    aliases = {f"OLD-{number}": draw(st.sampled_from(areas)).pcode for number in range(draw(st.integers(0, 3)))}
    return build_registry(areas, label="Any country", sites=sites, aliases=aliases)


def as_rows(registry: AreaRegistry) -> AreaFiles:
    """One sheet a level, as an owner of a list would publish it."""
    sheets = {
        f"adm{level}": [
            {
                "": str(number),
                f"ADM{level}_PCODE": area.pcode,
                "validOn": area.valid_from.isoformat() if area.valid_from else "",
            }
            | {f"ADM{level}_{language}": area.names.get(language, "") for language in ("EN", "FR", "AR")}
            | {f"ADM{level}_{language.upper()}": name for language, name in area.names.items()}
            | ({f"ADM{level - 1}_PCODE": area.parent} if area.parent else {})
            for number, area in enumerate(registry.level(level), start=2)
        ]
        for level in (1, 2, 3)
        if registry.level(level)
    }
    sites = [
        {"": str(number), "site_code": site.code, "site_type": site.site_type, "pcode": site.pcode}
        | {f"name_{language}": site.names.get(language, "") for language in ("en", "fr", "ar")}
        | {"valid_from": site.valid_from.isoformat() if site.valid_from else ""}
        for number, site in enumerate(registry.sites.values(), start=2)
    ]
    aliases = [
        {"": str(number), "old_pcode": former, "pcode": today}
        for number, (former, today) in enumerate(registry.aliases.items(), start=2)
    ]
    return AreaFiles(
        {"areas.xlsx": sheets},
        sites={"sites.csv": {"sites": sites}} if sites else {},
        aliases={"aliases.csv": {"aliases": aliases}} if aliases else {},
    )

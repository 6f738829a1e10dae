"""Lets a test show an area list as the table a person would see."""

from collections.abc import Mapping

from mappings.areas import AreaFiles, Draft, InUse, read_areas

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

"""`fieldveil areas`: the area list of a country, shown before it is stored, kept in versions."""

from collections.abc import Iterable, Iterator
from pathlib import Path

import click

from backend.store import areas as kept
from backend.store.audit import Audit
from backend.store.engine import reading, transaction
from forms.area_files import open_area_files
from forms.catalogue import load
from mappings.areas import LEVELS, AreaDiff, AreaRegistry, Draft, build_registry, diff, read_areas
from workers.cli.output import as_json, note, plural, print_json, print_table, say
from workers.cli.store import ACTOR, opened, today
from workers.context import Context

_FILE = click.Path(exists=True, dir_okay=False, path_type=Path)
_SHOWN = 20


@click.group(epilog="docs/areas.md says what the files hold and what is checked.")
def areas() -> None:
    """Import areas, sites and polygons, and see what each import changes."""


@areas.command("import")
@click.argument("files", type=_FILE, nargs=-1)
@click.option("--sites", type=_FILE, multiple=True, help="CSV or XLSX with the sites.")
@click.option("--shapes", type=_FILE, multiple=True, help="GeoJSON with the polygons, for maps.")
@click.option("--aliases", type=_FILE, multiple=True, help="CSV or XLSX with old_pcode and pcode.")
@click.option("--label", default="", help="A name for this version; default: the name of the first file and the day.")
@click.option("--apply", is_flag=True, help="Store it and use it. Without it, only show what would change.")
@as_json
def import_files(
    files: tuple[Path, ...],
    sites: tuple[Path, ...],
    shapes: tuple[Path, ...],
    aliases: tuple[Path, ...],
    label: str,
    apply: bool,
    as_json: bool,
) -> int:
    """Read areas from FILES (CSV, XLSX or GeoJSON) and show what would change; with --apply, store them."""
    given = [*files, *sites, *shapes, *aliases]
    if not given:
        raise click.UsageError("Name a file with areas, or one with --sites, --shapes or --aliases.")
    _check_names([files, sites, aliases, [*files, *shapes]])
    with opened() as context:
        draft = _read(context, files, sites, shapes, aliases, label or f"{given[0].stem} {today()}")
        new = draft.accept()
        for finding in draft.warnings:
            note(str(finding))
        with reading(context.engine) as session:
            old = kept.current(session)
        changes = diff(old or _empty(), new)
        if not as_json:
            _show_diff(changes)
        note(f"{_size(new)}; {plural(len(draft.shapes), 'polygon')}; {plural(len(draft.warnings), 'warning')}.")
        saved = _store(context, draft, ", ".join(path.name for path in given)) if apply else None
    if as_json:
        print_json(_told(draft, changes, saved))
    elif saved is None:
        note("Nothing was stored." if changes.is_empty else "Nothing was stored. To do it: add --apply")
    elif saved.changed:
        say(f"Stored as version {saved.set_id}, in use from now on. Forms keep theirs until they are built anew.")
    else:
        say(f"This is version {saved.set_id}, which was in use already.")
    return 0


@areas.command("list")
@as_json
def list_versions(as_json: bool) -> int:
    """List the stored versions of the area list; the one in use is marked."""
    with opened() as context, reading(context.engine) as session:
        versions = kept.sets(session)
        current = kept.current(session)
    if as_json:
        print_json([{**_version(one), "in_use": one.is_current} for one in versions])
        return 0
    if not versions or current is None:
        note("There is no area list yet: fieldveil areas import FILE")
        return 1
    rows = [("*" if one.is_current else "", *_version(one).values()) for one in versions]
    print_table(("in use", "version", "label", "imported", "source"), rows)
    note(f"In use: {_size(current)}; languages: {', '.join(current.languages)}.")
    return 0


@areas.command("diff")
@click.argument("old", type=int)
@click.argument("new", type=int)
@as_json
def diff_versions(old: int, new: int, as_json: bool) -> None:
    """Show what changed from version OLD to version NEW (the numbers of `areas list`)."""
    with opened() as context, reading(context.engine) as session:
        known = {one.id for one in kept.sets(session)}
        unknown = [number for number in (old, new) if number not in known]
        if unknown:
            raise click.UsageError(f"There is no version {unknown[0]}. `fieldveil areas list` shows them.")
        changes = diff(kept.load(session, old), kept.load(session, new))
    if as_json:
        print_json(_parts(changes))
        return
    _show_diff(changes)


def _read(
    context: Context,
    files: Iterable[Path],
    sites: Iterable[Path],
    shapes: Iterable[Path],
    aliases: Iterable[Path],
    label: str,
) -> Draft:
    handed_in = open_area_files(_bytes(files), sites=_bytes(sites), aliases=_bytes(aliases), shapes=_bytes(shapes))
    with reading(context.engine) as session:
        in_use = kept.in_use(session)
    site_types = frozenset(choice.name for choice in load().choices("site_type"))
    return read_areas(handed_in, label=label, in_use=in_use, site_types=site_types)


def _check_names(kinds: Iterable[Iterable[Path]]) -> None:
    """Findings name files without their folders, and the second of one name would take the place of the first."""
    for files in kinds:
        names = [path.name for path in files]
        twice = next((name for name in names if names.count(name) > 1), None)
        if twice:
            raise click.UsageError(f"Two files have the name {twice}. Give one of them another name.")


def _bytes(files: Iterable[Path]) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in files}


def _store(context: Context, draft: Draft, source: str) -> kept.Saved:
    registry = draft.accept()
    entry = Audit(ACTOR, "areas.imported", registry.version, {"areas": len(registry.areas)})
    with transaction(context.engine) as session:
        return kept.save_set(session, registry, draft.shapes, source=source, imported_on=today(), audit=entry)


def _told(draft: Draft, changes: AreaDiff, saved: kept.Saved | None) -> dict[str, object]:
    """For programs: the same as is said to people."""
    return {
        "applied": saved is not None,
        "version": saved.set_id if saved else None,
        "changes": _parts(changes),
        "warnings": [str(finding) for finding in draft.warnings],
    }


def _parts(changes: AreaDiff) -> dict[str, list[str]]:
    return {part: [str(change) for change in found] for part, found in changes.parts().items()}


def _empty() -> AreaRegistry:
    return build_registry((), label="nothing")


def _show_diff(changes: AreaDiff) -> None:
    if changes.is_empty:
        say("No change to areas and sites.")
        return
    for part, found in changes.parts().items():
        for line in _lines(part.replace("_", " "), [str(change) for change in found]):
            say(line)


def _lines(part: str, changes: list[str]) -> Iterator[str]:
    if not changes:
        return
    yield f"{part}: {len(changes)}"
    yield from (f"  {change}" for change in changes[:_SHOWN])
    if len(changes) > _SHOWN:
        yield f"  ... and {len(changes) - _SHOWN} more"


def _size(registry: AreaRegistry) -> str:
    levels = ", ".join(f"{len(registry.level(level))} of level {level}" for level in LEVELS)
    return f"{plural(len(registry.areas), 'area')} ({levels}), {plural(len(registry.sites), 'site')}"


def _version(one: kept.AreaSet) -> dict[str, object]:
    return {"version": one.id, "label": one.label, "imported": f"{one.imported_on}", "source": one.source}

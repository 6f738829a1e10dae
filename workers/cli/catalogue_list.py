"""`fieldveil catalogue list` and `coverage`: what can be asked, and how it spreads over levels and themes."""

from collections.abc import Callable, Iterable
from typing import TypeVar

import click

from forms.catalogue import Catalogue, Indicator, load
from forms.catalogue.terms import Level, PimCategory, Theme, Tier
from forms.kinds import KINDS
from forms.prospect import can_be_asked
from workers.cli.output import as_json, note, plural, print_json, print_table

Command = TypeVar("Command", bound=Callable[..., object])

_KINDS = [kind.name for kind in KINDS.values() if kind.keeps_answers]
_SENSITIVITIES = ("1", "2", "3", "4")


def narrowing(command: Command) -> Command:
    """The options that say which indicators are meant; all of them must hold."""
    options: tuple[tuple[str, Iterable[str], str], ...] = (
        ("level", Level, "Only this level."),
        ("theme", Theme, "Only this theme."),
        ("tier", Tier, "Only this tier."),
        ("sensitivity", _SENSITIVITIES, "Only this sensitivity, from 1 (low) to 4."),
        ("pim", PimCategory, "Only this category of protection information management."),
        ("respondent", _KINDS, "Only what this kind may be asked, some of it with a written reason."),
    )
    for name, words, meaning in reversed(options):
        command = click.option(f"--{name}", type=click.Choice([*map(str, words)]), default=None, help=meaning)(command)
    return command


@click.command("list")
@narrowing
@as_json
def list_indicators(as_json: bool, **wanted: str | None) -> int:
    """List the indicators: what can be asked, of whom, and how sensitive it is."""
    found = _found(wanted)
    if as_json:
        print_json([_short(one) for one in found])
        return 0
    # Without the level, which the code begins with, the rest has room beside each other.
    rows = [(one.id, one.theme, one.tier, one.sensitivity, one.name) for one in found]
    print_table(("indicator", "theme", "tier", "sensitivity", "what"), rows)
    note(plural(len(found), "indicator"))
    warn_unreviewed(load())
    return 0 if found else 1


@click.command()
@narrowing
@as_json
def coverage(as_json: bool, **wanted: str | None) -> None:
    """Count the indicators of each theme at each level: what the catalogue covers, and where it says nothing."""
    found = _found(wanted)
    counts = {
        theme: {level: sum((one.theme, one.level) == (theme, level) for one in found) for level in Level}
        for theme in Theme
    }
    if as_json:
        print_json(counts)
        return
    rows = [(theme, *(count or "" for count in row.values()), sum(row.values())) for theme, row in counts.items()]
    totals = [sum(row[level] for row in counts.values()) for level in Level]
    print_table(("theme", *Level, "all"), [*rows, ("all", *totals, len(found))], numbers=range(1, len(Level) + 2))


def warn_unreviewed(found: Catalogue) -> None:
    if found.unreviewed_languages:
        note(f"Not yet reviewed by a native speaker: {', '.join(found.unreviewed_languages)}.")


def _found(wanted: dict[str, str | None]) -> list[Indicator]:
    return [one for one in load().indicators if _is_wanted(one, wanted)]


def _is_wanted(one: Indicator, wanted: dict[str, str | None]) -> bool:
    has = {
        "level": one.level,
        "theme": one.theme,
        "tier": one.tier,
        "sensitivity": str(one.sensitivity),
        "pim": one.pim_category,
    }
    kind = wanted["respondent"]
    return all(wanted[name] in (None, value) for name, value in has.items()) and (
        kind is None or can_be_asked(one, KINDS[kind], load())
    )


def _short(found: Indicator) -> dict[str, object]:
    return {
        "indicator": found.id,
        "level": found.level.value,
        "theme": found.theme.value,
        "tier": found.tier.value,
        "sensitivity": found.sensitivity,
        "pim": found.pim_category.value,
        "what": found.name,
    }

"""What the commands that invent submissions share: weights, planted errors, and how far the engine has come."""

from collections import Counter
from collections.abc import Iterable
from pathlib import Path
from threading import Lock

import click

from forms.engine.recording import Tick
from forms.generate import Plant, Weights, read_weights
from workers.cli.output import Tell

weights_option = click.option(
    "--weights",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    default=None,
    help="YAML: how likely each answer is, and how areas and teams differ.",
)


def weights_in(file: Path | None) -> Weights | None:
    return read_weights(file.read_bytes(), file.name) if file else None


def planted(wanted: Iterable[str]) -> dict[Plant, float]:
    """From `too_fast=0.02` to the kind and its share."""
    found: dict[Plant, float] = {}
    for text in wanted:
        name, _, share = text.partition("=")
        try:
            found[Plant(name)] = float(share)
        except ValueError:
            kinds = ", ".join(Plant)
            raise click.UsageError(
                f"--plant {text}: write ERROR=SHARE, such as too_fast=0.02. Errors: {kinds}"
            ) from None
    return found


def ticker(tell: Tell, whole: int) -> Tick:
    """May be called from the threads of several engines."""
    done, lock = Counter[str](), Lock()

    def tick(more: int) -> None:
        with lock:
            done["filled"] += more
            tell("filling templates", done["filled"], whole)

    return tick

"""`fieldveil form fill`: finished forms by the thousand, to test what comes after the phone."""

import os
from collections import Counter
from collections.abc import Mapping
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

import click

from backend.store import form_list
from backend.store.engine import reading
from forms.checks import convert_and_check, files_beside, read_form
from forms.engine import Plan
from forms.engine.hints import media_names, parse
from forms.engine.recording import Extent
from forms.generate import (
    Checked,
    GenerateError,
    Generator,
    Order,
    Plant,
    Submission,
    check_sample,
    prepare,
)
from forms.generate.write import truth_writer, writer
from workers.cli.generating import planted, ticker, weights_in, weights_option
from workers.cli.output import Tell, as_json, note, print_json, print_table, progress_bars, say
from workers.cli.store import opened, today

_ENOUGH_FOR_TWO = 60
_TOLD_EVERY = 1000
_MOST_PLANTED = 10
"""Of each kind of error in the sample that is checked; the others of the sample are without."""


@dataclass(frozen=True, slots=True)
class _Made:
    """What was written."""

    plants: Counter[str]
    endings: Counter[str]
    checked: Checked


@click.command("fill")
@click.argument("form")
@click.option("--out", type=click.Path(path_type=Path), required=True, help="A new folder, .ndjson or .ndjson.gz.")
@click.option("--submissions", type=click.IntRange(1, 1_000_000), default=1000, show_default=True, help="How many.")
@click.option("--seed", type=int, default=1, show_default=True, help="The same seed on the same day: the same bytes.")
@click.option("--days", type=click.IntRange(0, 365), default=30, show_default=True, help="They lie so many days back.")
@weights_option
@click.option("--plant", "plants", multiple=True, metavar="ERROR=SHARE", help="Such as too_fast=0.02; may be repeated.")
@click.option("--truth", type=click.Path(dir_okay=False, path_type=Path), help="Where to list what was planted.")
@click.option("--templates", type=click.IntRange(1, 5000), default=300, show_default=True, help="Filled by the engine.")
@click.option("--sample", type=click.IntRange(0, 5000), default=200, show_default=True, help="Checked by the engine.")
@as_json
def fill_file(
    form: str,
    out: Path,
    submissions: int,
    seed: int,
    days: int,
    weights: Path | None,
    plants: tuple[str, ...],
    truth: Path | None,
    templates: int,
    sample: int,
    as_json: bool,
) -> int:
    """Write invented submissions of FORM: an XLSForm, an XForm (.xml), or the id of a form that is deployed here.

    The engine of ODK Collect fills the templates; every submission is one of them with other answers that the engine
    took in the same place. A sample is read by the engine again; the command ends with 1 when it refuses any of it.
    docs/fill.md lists the errors that can be planted and shows a file of weights.
    """
    order = Order(submissions=submissions, seed=seed, days_back=days, plants=planted(plants))
    listed = truth or out.with_name(f"{out.name}.truth.csv")
    _check_new(out, listed if order.plants else None)
    xform, media = _form(form)
    told = weights_in(weights)
    salt = f"generate {seed}"
    plan = told.plan(today(), salt) if told else Plan(today=today(), salt=salt)
    extent = Extent(min(templates, submissions), days_back=days)
    with (
        progress_bars() as tell,
        prepare(
            xform,
            media,
            plan,
            extent,
            weights=told,
            engines=_engines(extent.templates),
            tick=ticker(tell, extent.templates),
        ) as ready,
    ):
        wanted = _Sample(sample, submissions)
        made = _write(Generator(ready.templates, plan, order), order, out, listed, wanted, tell)
        checked = check_sample(ready.form, wanted.found)
    return _tell(_Made(*made, checked), order, out, listed, as_json=as_json)


def _engines(templates: int) -> int:
    """A second one takes as long to start as it takes the first to fill a few."""
    return 2 if templates > _ENOUGH_FOR_TWO and (os.cpu_count() or 1) > 1 else 1


def _check_new(out: Path, listed: Path | None) -> None:
    """Old files between new ones would be counted with them."""
    for file in (out, *([listed] if listed else [])):
        if file.exists():
            raise click.UsageError(f"{file} is there already. Name a new one, or take it away")


def _form(named: str) -> tuple[bytes, Mapping[str, bytes]]:
    file = Path(named)
    if file.suffix.lower() == ".xml" and file.is_file():
        xform = file.read_bytes()
        return xform, files_beside(file, media_names(parse(xform)))
    if file.is_file():
        workbook = read_form(file)
        found = convert_and_check(workbook)
        if found.report.errors:
            raise GenerateError(f"{file.name} has errors that keep it from phones: fieldveil form check {file}")
        return found.xform, {name: content for name, content in workbook.media.items() if "/" not in name}
    with opened() as context, reading(context.engine) as session:
        version = form_list.preview(session, named, None)
    if version is None:
        raise click.UsageError(f"{named} is neither a file nor a form here. `fieldveil form list` shows the forms")
    return version.xform, version.media


class _Sample:
    """Spread evenly over all, and some of every planted error; the only submissions that stay in memory."""

    def __init__(self, size: int, submissions: int) -> None:
        self.found: list[Submission] = []
        self._size, self._step = size, max(1, submissions // size) if size else 0
        self._planted: Counter[Plant] = Counter()

    def look_at(self, one: Submission) -> None:
        if not self._size:
            return
        if one.plant is not None and self._planted[one.plant] < _MOST_PLANTED:
            self._planted[one.plant] += 1
            self.found.append(one)
        elif one.number % self._step == 0:
            self.found.append(one)


def _write(
    generator: Generator, order: Order, out: Path, listed: Path, wanted: _Sample, tell: Tell
) -> tuple[Counter[str], Counter[str]]:
    plants, endings = Counter[str](), Counter[str]()
    with ExitStack() as stack:
        put = stack.enter_context(writer(out))
        list_it = stack.enter_context(truth_writer(listed)) if order.plants else None
        for one in generator.all():
            put(one)
            wanted.look_at(one)
            endings[one.ending.value] += 1
            if one.plant is not None and list_it is not None:
                plants[one.plant.value] += 1
                list_it(one)
            if (one.number + 1) % _TOLD_EVERY == 0 or one.number + 1 == order.submissions:
                tell("writing submissions", one.number + 1, order.submissions)
    return plants, endings


def _tell(made: _Made, order: Order, out: Path, listed: Path, *, as_json: bool) -> int:
    checked = made.checked
    if as_json:
        print_json(
            {
                "submissions": order.submissions,
                "endings": dict(sorted(made.endings.items())),
                "planted": dict(sorted(made.plants.items())),
                "checked": checked.checked,
                "valid": checked.valid,
                "findings": list(checked.findings),
            }
        )
    else:
        endings = [(f"interviews: {name.replace('_', ' ')}", count) for name, count in sorted(made.endings.items())]
        plants = [(f"planted: {name}", count) for name, count in sorted(made.plants.items())]
        print_table(("what was written", "count"), [*endings, *plants], numbers=(1,))
        say(f"{out}" + (f"; what was planted is listed in {listed}" if order.plants else ""))
        say(f"The engine read {checked.checked} of them again and found {checked.valid} valid.")
        for text in checked.findings:
            note(f"- {text}")
    return 0 if checked.valid == checked.checked else 1

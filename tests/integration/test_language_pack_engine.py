"""A form in a language that came as files, filled by the engine inside ODK Collect, and held against all checks."""

from datetime import date
from pathlib import Path

from brief_tables import loaded
from engine_forms import needs_engine
from language_packs import DARI, UKRAINIAN, write_pack

from forms.build import build, check_built
from forms.catalogue import load, packs
from forms.engine import Engine, Plan
from mappings.areas.demo import load as dorvania

pytestmark = needs_engine
SHOWN = ["دری (prs)", "Українська (uk)"]


def test_a_form_in_two_new_languages_is_checked_and_filled_by_the_engine(tmp_path: Path) -> None:
    write_pack(tmp_path, "uk", UKRAINIAN)
    with packs.using(write_pack(tmp_path, "prs", DARI)), Engine(seconds=60) as engine:
        catalogue = load()
        form = build(loaded({"languages": ["prs", "uk"]}), catalogue, dorvania())
        report = check_built(form, catalogue)
        opened = engine.open_form(form.xform, form.media)
        fills = [opened.fill(number, Plan(today=date(2026, 3, 4), language=name)) for number, name in enumerate(SHOWN)]

    assert [*report.errors, *report.warnings] == []
    assert list(opened.info.languages) == SHOWN
    assert [fill.problems for fill in fills] == [(), ()]
    assert all(fill.answers["/data/fv_version"] == form.version for fill in fills)

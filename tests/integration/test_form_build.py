"""From a brief to the files: pyxform takes every form silently, and the same brief gives the same bytes."""

import hashlib
import os
import subprocess
import sys
import time
from dataclasses import replace
from datetime import date
from io import BytesIO
from xml.etree.ElementTree import canonicalize

import openpyxl
import pytest
from defusedxml import ElementTree
from pyxform.xls2xform import convert as convert_workbook

from forms.brief import Brief, Chosen
from forms.build import BuiltForm, build, convert
from forms.catalogue import Indicator, load
from forms.demo import brief as demo_brief
from forms.sheets import Table
from forms.xlsform import FormError, Sheets
from mappings.areas.demo import load as dorvania
from mappings.language import dump
from mappings.schema import fields

FIELD = [found for found in load().indicators if found.is_field and "ki" in found.methods and found.sensitivity < 4]


def built(brief: Brief | None = None) -> BuiltForm:
    return build(brief or demo_brief(), load(), dorvania())


def asking(*indicators: str) -> Brief:
    return replace(demo_brief(), indicators=tuple(Chosen(name, "no other source") for name in indicators))


@pytest.fixture(scope="module")
def form() -> BuiltForm:
    return built()


def test_the_demo_form_is_built_whole(form: BuiltForm) -> None:
    assert form.form_id == "demo_site_ki"
    assert form.sections == ("community", "recruitment", "exploitation", "movement_services")
    assert set(form.media) == {"adm2.csv", "adm3.csv", "sites.csv"}
    assert form.sha256 == hashlib.sha256(form.xform).hexdigest()


def test_id_and_version_are_those_of_the_xform_and_of_the_recipe(form: BuiltForm) -> None:
    root = ElementTree.fromstring(form.xform).find(".//{*}instance/{*}data")

    assert (root.get("id"), root.get("version")) == (form.form_id, form.version)
    assert (form.mapping.form_id, form.mapping.form_version) == (form.form_id, form.version)


@pytest.mark.parametrize("indicator", FIELD, ids=lambda found: found.id)
def test_every_field_indicator_compiles_alone(indicator: Indicator) -> None:
    form = built(asking(*indicator.depends_on, indicator.id))

    assert f"/{indicator.question_name}".encode() in form.xform


def test_all_field_indicators_compile_together_and_the_officer_is_told_of_the_length() -> None:
    form = built(asking(*(found.id for found in FIELD)))

    assert form.minutes > 25
    assert "above 25 people tire" in form.notes[0]


def test_the_officer_is_told_which_languages_nobody_has_reviewed(form: BuiltForm) -> None:
    assert form.notes[0].startswith(
        "Texts not reviewed by a native speaker: Français (fr), Español (es), العربية (ar)."
    )


def test_a_form_in_a_reviewed_language_only_has_no_such_note() -> None:
    notes = built(replace(demo_brief(), languages=("en",))).notes

    assert [note for note in notes if "native speaker" in note] == []


def test_the_workbook_gives_the_same_form_as_the_rows(form: BuiltForm) -> None:
    warnings: list[str] = []
    from_workbook = convert_workbook(form.xlsx, warnings=warnings, file_type=".xlsx", form_name="data").xform

    # pyxform's reader of workbooks makes plain spaces of no-break ones; the rows keep them.
    assert warnings == []
    assert canonicalize(from_workbook) == canonicalize(form.xform.decode().replace("\u00a0", " "))


def test_the_form_and_the_workbook_keep_the_no_break_spaces_of_french(form: BuiltForm) -> None:
    survey = openpyxl.load_workbook(BytesIO(form.xlsx))["survey"]
    labels = [str(cell.value) for cell in survey["D"]]

    assert sum(1 for label in labels if "\u00a0?" in label) > 15
    assert "cet entretien\u00a0?".encode() in form.xform


def test_the_workbook_reads_well_for_an_officer(form: BuiltForm) -> None:
    book = openpyxl.load_workbook(BytesIO(form.xlsx))
    survey = book["survey"]

    assert book.sheetnames == ["survey", "choices", "settings"]
    assert [cell.value for cell in survey[1]][:6] == [
        *("type", "name", "label::English (en)", "label::Français (fr)", "label::Español (es)", "label::العربية (ar)")
    ]
    assert survey.freeze_panes == "A2"
    assert max(dimension.width for dimension in survey.column_dimensions.values()) < 70


def test_another_content_is_another_version(form: BuiltForm) -> None:
    brief = demo_brief()
    others = [
        replace(brief, title="Another title"),
        replace(brief, languages=("en",)),
        replace(brief, areas=("XD01",)),
        replace(brief, sites=("XD-S001",)),
        replace(brief, enumerators=brief.enumerators[:3]),
        replace(brief, survey=replace(brief.survey, id="CTE-S-XDV-2026-02")),
        asking("CTE-COM-001"),
    ]

    assert len({built(other).version for other in others} | {form.version}) == len(others) + 1


def test_what_lives_in_the_survey_record_makes_no_new_version(form: BuiltForm) -> None:
    brief = demo_brief()
    people = tuple(replace(enumerator, supervisor="SUP-9") for enumerator in brief.enumerators)
    purpose = replace(brief.purpose, referral_verified_on=date(2026, 1, 20), gap_reason="Another reason")

    assert built(replace(brief, purpose=purpose, enumerators=people)).xform == form.xform


def test_the_survey_record_has_exactly_the_fields_of_the_standard(form: BuiltForm) -> None:
    record = form.survey_record()
    required = {field.name for field in fields("survey") if field.required != "no"}

    assert list(record) == [field.name for field in fields("survey")]
    assert {name for name in required if record[name] is None} == set()


_PRINT_DIGEST = """
import hashlib
from forms.build import build
from forms.catalogue import load
from forms.demo import brief
from mappings.areas.demo import load as areas
from mappings.language import dump
form = build(brief(), load(), areas())
parts = [form.xlsx, form.xform, dump(form.mapping).encode(), *(form.media[name] for name in sorted(form.media))]
print(form.version, hashlib.sha256(b"|".join(parts)).hexdigest())
"""


def test_another_process_with_another_hash_seed_writes_the_same_bytes(form: BuiltForm) -> None:
    seed = "1" if os.environ.get("PYTHONHASHSEED") != "1" else "2"

    done = subprocess.run(
        [sys.executable, "-c", _PRINT_DIGEST],
        env={**os.environ, "PYTHONHASHSEED": seed},
        capture_output=True,
        text=True,
        check=True,
    )

    parts = [form.xlsx, form.xform, dump(form.mapping).encode(), *(form.media[name] for name in sorted(form.media))]
    assert done.stdout.split() == [form.version, hashlib.sha256(b"|".join(parts)).hexdigest()]


def test_importing_the_builder_does_not_import_pyxform() -> None:
    code = "import sys, forms.build; print('pyxform' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)

    assert done.stdout.strip() == "False"


def test_the_core_form_is_built_in_less_than_a_second_and_a_half(form: BuiltForm) -> None:
    started = time.process_time()

    built()

    assert time.process_time() - started < 1.5


def rows(**survey: str) -> Sheets:
    settings = {"form_title": "T", "form_id": "t", "version": "1"}
    return Sheets(
        survey=Table(tuple(survey), [survey]),
        choices=Table(("list_name", "name", "label"), [{"list_name": "yn", "name": "yes", "label": "Yes"}]),
        settings=Table(tuple(settings), [settings]),
    )


def test_a_warning_of_pyxform_is_an_error_with_its_cell() -> None:
    with pytest.raises(FormError, match=r"warning pyxform-warning at survey!2 \(a\): pyxform, .*: Repeat has no label"):
        convert(rows(type="begin_repeat", name="a"), {}, load())


def test_what_pyxform_would_take_and_nobody_could_answer_is_refused_too() -> None:
    with pytest.raises(FormError, match=r"error unsatisfiable at survey!D2 \(a, constraint\)"):
        convert(rows(type="integer", name="a", label="A", constraint=". > 5 and . < 3"), {}, load())


def test_what_pyxform_refuses_is_told_with_its_row() -> None:
    with pytest.raises(FormError, match=r"correct the catalogue entry that the row was made from:\n.* at survey!A2 "):
        convert(rows(type="select_one nowhere", name="a", label="A"), {}, load())

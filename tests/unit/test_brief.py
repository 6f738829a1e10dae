"""A brief is read from YAML or a workbook; whatever is wrong is said at once, with its place and a remedy."""

from datetime import date

import pytest
from brief_tables import faults, loaded, written

from forms.brief import BriefError, Chosen, Enumerator, Organisation, as_workbook, as_yaml, load_brief
from forms.catalogue import load
from forms.demo import brief as demo_brief
from forms.sheets import Table, read_tables, write_tables


def test_the_demo_has_twelve_enumerators_in_four_teams_and_three_organisations() -> None:
    brief = demo_brief()

    assert len(brief.enumerators) == 12
    assert len({enumerator.team for enumerator in brief.enumerators}) == 4
    assert [organisation.code for organisation in brief.organisations] == ["ORG-A", "ORG-B", "ORG-C"]


def test_without_a_list_the_core_field_form_is_asked() -> None:
    brief = load_brief(written({"indicators": None}), "brief.yaml")

    assert tuple(chosen.indicator for chosen in brief.indicators) == load().core_field_form


def test_areas_and_sites_are_the_whole_country_unless_they_are_named() -> None:
    brief = load_brief(written({"areas": ["XD01", "XD0201"], "sites": None}), "brief.yaml")

    assert brief.areas == ("XD01", "XD0201")
    assert brief.sites is None


def test_the_first_language_is_the_one_the_form_opens_in() -> None:
    assert load_brief(written({"languages": ["ar", "en"]}), "brief.yaml").languages == ("ar", "en")


def test_the_yaml_that_is_written_reads_back_to_the_same_brief() -> None:
    brief = demo_brief()

    assert load_brief(as_yaml(brief), "again.yaml") == brief


def test_the_workbook_that_is_written_reads_back_to_the_same_brief() -> None:
    brief = load_brief(written({"areas": ["XD01"], "sites": ["XD-S001"]}), "brief.yaml")

    assert load_brief(as_workbook(brief), "brief.xlsx") == brief


def test_a_workbook_is_known_by_its_content_and_not_by_its_name() -> None:
    assert load_brief(as_workbook(demo_brief()), "download") == demo_brief()


def test_sheets_left_empty_mean_all_areas_all_sites_and_the_core_form() -> None:
    sheets = read_tables(as_workbook(demo_brief()), "brief.xlsx")
    kept = {name: rows for name, rows in sheets.items() if name in {"brief", "organisations", "enumerators"}}
    headers = {"brief": ("field", "value"), "organisations": ("code", "name")}

    data = write_tables(
        {name: Table(headers.get(name, ("code", "team", "supervisor")), rows) for name, rows in kept.items()}
        | {"areas": Table(("pcode",), []), "indicators": Table(("indicator", "gap_reason"), [])}
    )

    assert load_brief(data, "brief.xlsx") == demo_brief()


def test_numbers_and_days_may_have_the_digits_of_an_arabic_or_persian_keyboard() -> None:
    changes = {"survey.round": "٢", "survey.period_start": "٢٠٢٦-٠١-٠١", "purpose.raw_retention_days": "۱۴"}

    read = loaded(changes)

    assert (read.survey.round, read.survey.period_start) == (2, date(2026, 1, 1))
    assert read.purpose.raw_retention_days == 14


def test_words_that_yaml_takes_for_truth_values_and_numbers_stay_words() -> None:
    brief = load_brief(written({"organisations": [{"code": "NO1"}, "007"]}), "brief.yaml")

    assert brief.organisations == (Organisation("NO1", "NO1"), Organisation("007", "007"))


def test_a_gap_reason_is_kept_with_its_indicator() -> None:
    entries = [{"indicator": "CTE-COM-004", "gap_reason": "The market survey stopped"}, "CTE-COM-001"]

    brief = load_brief(written({"indicators": entries}), "brief.yaml")

    assert brief.indicators == (Chosen("CTE-COM-004", "The market survey stopped"), Chosen("CTE-COM-001"))
    assert brief.gap_justification.endswith("\nCTE-COM-004: The market survey stopped")


def test_every_fault_is_told_at_once() -> None:
    told = faults(
        {"form_id": "Form 1", "survey.round": "0", "purpose.residual_risk": "high", "languages": ["en", "de"]}
    )

    assert len(told) == 4


def test_a_fault_names_file_line_field_and_remedy() -> None:
    with pytest.raises(BriefError) as raised:
        load_brief(b"form_id: ok_form\nlanguages: [en, xx]\n", "round2.yaml")

    finding = next(found for found in raised.value.findings if "languages" in found.place)
    assert finding.file == "round2.yaml"
    assert finding.place == "line 2, languages"
    assert finding.what == "languages holds a word that is not known"
    assert "ar, en, es, fr" in finding.remedy


def test_a_fault_in_a_workbook_names_sheet_and_row() -> None:
    rows = read_tables(as_workbook(demo_brief()), "x.xlsx")["brief"]
    changed = [row | {"value": "often"} if row["field"] == "survey.round" else row for row in rows]

    with pytest.raises(BriefError, match=r"sheet 'brief', row 7, survey\.round: survey\.round is no whole number"):
        load_brief(write_tables({"brief": Table(("field", "value"), changed)}), "x.xlsx")


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("form_id", "Site KI"),
        ("form_id", "1st_form"),
        ("survey.id", "SURVEY-1"),
        ("survey.country", "Dorvania"),
        ("survey.round", "one"),
        ("survey.period_start", "01/02/2026"),
        ("survey.period_start", "2026-02-30"),
        ("survey.organisation", "Org A"),
        ("purpose.raw_retention_days", "31"),
        ("purpose.raw_retention_days", "-1"),
        ("purpose.sampling", "some"),
        ("purpose.sharing_level", "everybody"),
        ("purpose.limitations", ["none", "access"]),
        ("purpose.codes", ["programme", "programme"]),
        ("purpose.risk_assessed", "perhaps"),
        ("purpose.decision", ["one", "two"]),
        ("purpose.decision", "x" * 501),
        ("languages", []),
        ("areas", []),
        ("areas", "some"),
        ("areas", ["XD01", "XD01"]),
        ("indicators", ["CTE-COM-001", "CTE-COM-001"]),
        ("indicators", ["CTE-COM-999"]),
        ("indicators", []),
        ("indicators", ["CTE-COM-001", {"gap_reason": "no code"}]),
        ("enumerators", []),
        ("organisations", [{"name": "No code"}]),
        ("title", "bell \x07"),
        ("title", "${con_given}"),
    ],
)
def test_a_value_that_cannot_be_used_is_one_fault(name: str, value: object) -> None:
    told = faults({name: value})

    assert len(told) == 1
    assert name.rpartition(".")[2] in told[0] or name in told[0]


@pytest.mark.parametrize(
    "name", ["form_id", "title", "respondent", "languages", "survey.id", "purpose.decision", "purpose.isp_ref"]
)
def test_a_missing_field_is_named(name: str) -> None:
    assert [fault for fault in faults({name: None}) if f"{name} is missing" in fault]


def test_a_misspelt_field_is_met_with_the_right_name() -> None:
    told = faults({"purpose.decision": None, "purpose.desicion": "Where to go"})

    assert any("no field 'purpose.desicion'. Write purpose.decision, if that is meant" in fault for fault in told)


def test_a_misspelt_column_is_named_with_the_known_ones() -> None:
    told = faults({"organisations": [{"code": "ORG-A", "nmae": "A"}]})

    assert told == ["brief.yaml, line 48, organisations: organisations has no field 'nmae'. Known are code, name."]


def test_what_a_person_typed_is_never_repeated_where_a_code_was_expected() -> None:
    told = faults({"enumerators": [{"code": "Amina Haddad", "team": "T1", "supervisor": "SUP-1"}]})

    assert len(told) == 1
    assert "Amina" not in told[0]


@pytest.mark.parametrize(
    ("data", "said"),
    [
        (b"", "holds no fields"),
        (b"- a\n- b\n", "holds no fields"),
        (b"form_id: {a: [b}\n", "not readable as YAML"),
        (b"form_id: a\n\ttitle: b\n", "line 2: a tab stands before the text"),
        (b'title: "Life\n', "opened and never closed"),
        (b"title: Life: in the north\n", "a colon stands inside a text"),
        (b"form_id: a\nform_id: b\n", "the field stands twice"),
        (b"form_id: \xff\xfe\n", "not in UTF-8"),
        (b"? [a]\n: b\n", "a field name that is no word"),
        (b"survey:\n  id: {a: b}\n", "a group of fields stands inside another"),
        (b"languages: [[en]]\n", "a list that holds more than plain words"),
        (b"areas: [[XD01]]\n", "a list stands inside a list"),
        (b"organisations: [{code: [A]}]\n", "an entry that holds more than plain words"),
        (b"a: " + b"x" * (3 << 20), "larger than 256 kB"),
        (b"[" * 100_000, "one part stands inside another"),
        (b"PK\x03\x04 not a workbook", "damaged workbook"),
    ],
)
def test_a_file_that_is_no_brief_is_refused_in_plain_words(data: bytes, said: str) -> None:
    with pytest.raises(BriefError, match=said):
        load_brief(data, "brief.yaml")


def test_a_workbook_needs_its_main_sheet() -> None:
    data = write_tables({"areas": Table(("pcode",), [{"pcode": "XD01"}])})

    with pytest.raises(BriefError, match="the sheet 'brief' is missing"):
        load_brief(data, "brief.xlsx")


def test_a_workbook_with_other_sheets_or_columns_says_which() -> None:
    data = write_tables(
        {
            "brief": Table(("name", "value"), [{"name": "title", "value": "x"}]),
            "notes": Table(("text",), [{"text": "remember"}]),
        }
    )

    with pytest.raises(BriefError) as raised:
        load_brief(data, "brief.xlsx")

    assert "the columns 'field' and 'value' are missing" in str(raised.value)
    assert "sheet 'notes': a sheet that a brief does not have" in str(raised.value)


def test_the_supervisor_of_an_enumerator_is_known_by_code() -> None:
    assert demo_brief().enumerators[0] == Enumerator("E01", "T1", "SUP-1")

"""A brief while it is being made: read, changed, compared and written without losing anything; and what becomes of it.

1. YAML and workbook say the same; 2. what was not touched stays; 3. a roster alone replaces the roster alone; 4. every
difference is told; 5. faults are told and not refused; 6. minutes and core grow with what is picked.
"""

from brief_tables import written
from hypothesis import given
from hypothesis import strategies as st

from forms.brief import Draft, Judged, judge_brief, load_brief, new_draft, read_draft
from forms.brief.draft import FIELDS, differences, read_upload
from forms.brief.source import LISTS, TABLES
from forms.catalogue import load
from forms.kinds import KINDS
from forms.prospect import Prospect, fit, prospect
from forms.sheets import Table, write_tables
from mappings.areas import demo

_TEXT = st.text(st.characters(min_codepoint=32, exclude_categories=("C", "Z")), min_size=1, max_size=20)
_FIELDS = st.dictionaries(
    st.sampled_from([name for name in FIELDS if name not in LISTS]), _TEXT.map(lambda one: (one,))
)


def _demo() -> Draft:
    return read_draft(written(), "brief.yaml")


def _judged(draft: Draft) -> Judged:
    return judge_brief(draft.as_yaml(), "draft.yaml", load())


def _prospect(draft: Draft) -> Prospect:
    return prospect(_judged(draft), load(), demo.load())


def test_a_draft_written_as_yaml_is_the_same_brief() -> None:
    assert load_brief(_demo().as_yaml(), "draft.yaml") == load_brief(written(), "brief.yaml")


def test_a_draft_written_as_a_workbook_reads_back_the_same() -> None:
    assert read_draft(_demo().as_workbook(), "draft.xlsx") == _demo()


@given(_FIELDS)
def test_whatever_stands_in_a_field_survives_yaml(fields: dict[str, tuple[str, ...]]) -> None:
    draft = Draft(fields, {"indicators": ()})

    assert read_draft(draft.as_yaml(), "draft.yaml") == draft


def test_picking_leaves_everything_else_as_it_was() -> None:
    picked = _demo().with_indicators([("CTE-COM-013", ""), ("CTE-COM-022", "no survey asked it")])

    assert [change.place for change in differences(_demo(), picked)] == [
        "indicators",
        "indicators: CTE-COM-013",
        "indicators: CTE-COM-022",
    ]


def test_an_empty_field_takes_it_out() -> None:
    assert "title" not in _demo().with_fields({"title": [""]}).fields


def test_a_roster_alone_replaces_the_roster_alone() -> None:
    rows = [{"code": "E99", "team": "T9", "supervisor": "SUP-9"}]
    roster = write_tables({"enumerators": Table(TABLES["enumerators"], rows)})

    new = read_upload(roster, "roster.xlsx", _demo())

    assert new.tables["enumerators"] == (rows[0],)
    assert new.fields == _demo().fields
    assert {change.place.split(":")[0] for change in differences(_demo(), new)} == {"enumerators"}


def test_the_roster_that_was_handed_out_changes_nothing() -> None:
    assert read_upload(_demo().table_workbook("enumerators"), "roster.xlsx", _demo()) == _demo()


def test_a_changed_entry_is_told_with_old_and_new() -> None:
    rows = tuple({**row, "team": "T9"} if row["code"] == "E01" else row for row in _demo().tables["enumerators"])
    new = Draft(_demo().fields, {**_demo().tables, "enumerators": rows})

    (change,) = differences(_demo(), new)

    assert (change.place, change.old, change.new) == (
        "enumerators: E01",
        "team T1, supervisor SUP-1",
        "team T9, supervisor SUP-1",
    )


def test_a_draft_that_has_just_begun_is_told_what_is_missing_and_not_refused() -> None:
    judged = _judged(new_draft(respondent="site_ki", languages=["en"]))

    assert judged.brief.respondent == "site_ki"
    assert any("purpose.decision is missing" in finding.what for finding in judged.findings)


def test_minutes_and_core_grow_with_what_is_picked() -> None:
    one = _prospect(_demo().with_indicators([("CTE-COM-013", "")]))
    all_core = _prospect(_demo())

    assert one.minutes is not None
    assert all_core.minutes is not None
    assert one.minutes < all_core.minutes
    assert (one.core_asked, all_core.core_asked) == (2, 20)


def test_what_another_needs_is_asked_too_and_said() -> None:
    found = _prospect(_demo().with_indicators([("CTE-COM-013", "")]))

    assert [(chosen.indicator, chosen.pulled_by) for chosen in found.asked] == [
        ("CTE-COM-012", "CTE-COM-013"),
        ("CTE-COM-013", ""),
    ]


def test_what_may_never_be_asked_counts_no_minute_and_breaks_a_rule() -> None:
    found = _prospect(_demo().with_indicators([("CTE-IND-001", "wanted")]))

    assert found.asked == ()
    assert [finding.principle for finding in found.findings if "CTE-IND-001" in finding.what] != [None]


def test_an_area_that_does_not_exist_is_told_and_the_minutes_are_still_estimated() -> None:
    wrong = Draft(
        {name: value for name, value in _demo().fields.items() if name != "areas"},
        {**_demo().tables, "areas": ({"pcode": "NOWHERE"},)},
    )

    found = _prospect(wrong)

    assert found.minutes == _prospect(_demo()).minutes
    assert any("NOWHERE" in finding.what for finding in found.findings)


def test_every_kind_has_a_prospect_from_the_first_moment() -> None:
    found = {name: _prospect(new_draft(respondent=name)).minutes for name in KINDS}

    assert all(minutes is not None for minutes in found.values())


def test_an_indicator_says_of_each_kind_whether_it_can_be_asked() -> None:
    household = load().indicator("CTE-HHD-001")
    single = load().indicator("CTE-IND-001")

    assert fit(household, KINDS["site_ki"], load()).needs_reason
    assert fit(household, KINDS["site_ki"], load()).fault is None
    assert fit(single, KINDS["site_ki"], load()).fault is not None

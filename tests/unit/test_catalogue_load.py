"""The catalogue as it is read: complete, typed, quick, and refused as a whole when one file is wrong."""

import time
from dataclasses import FrozenInstanceError
from pathlib import Path

import pytest
from catalogue_folder import broken, copy_of_the_catalogue, edit, findings

from forms import catalogue
from forms.catalogue.findings import Finding
from forms.catalogue.terms import (
    BriefList,
    ChoiceKind,
    FieldDefault,
    ItemType,
    Level,
    Localisable,
    Method,
    PimCategory,
    PrivacyClass,
    ReleaseGeo,
    ReleasePeriod,
    ResponseType,
    Theme,
    Tier,
    Transform,
    Unit,
)

CORE = [
    *("CTE-HHD-009", "CTE-HHD-020", "CTE-COM-001", "CTE-COM-007", "CTE-COM-008", "CTE-COM-010", "CTE-COM-011"),
    *("CTE-COM-012", "CTE-COM-013", "CTE-COM-014", "CTE-COM-015", "CTE-COM-017", "CTE-COM-019", "CTE-COM-020"),
    *("CTE-COM-022", "CTE-COM-026", "CTE-COM-027", "CTE-COM-032", "CTE-COM-040", "CTE-COM-043"),
]


def test_everything_is_there() -> None:
    book = catalogue.load()

    assert (book.version, book.languages) == ("1.0.0", ("en", "fr", "es", "ar"))
    assert len(book.indicators) == 122
    assert len(book.choice_lists) == 66
    assert sum(len(choices.choices) for choices in book.choice_lists) == 615
    assert [item.order for module in book.modules for item in module.items] == list(range(1, 53))
    assert [module.id for module in book.modules] == [
        *("MOD-PUR", "MOD-WHO", "MOD-SAF", "MOD-CON", "MOD-CTX", "MOD-EVI", "MOD-DIS", "MOD-CLO"),
        *("MOD-PRV", "MOD-SRC", "MOD-INC"),
    ]
    assert [recall.code for recall in book.recalls] == ["P1M", "P3M", "P6M", "P12M", "since_crisis", "none"]


def test_the_tiers_levels_and_defaults_are_those_agreed() -> None:
    indicators = catalogue.load().indicators

    assert [sum(found.tier is tier for found in indicators) for tier in Tier] == [44, 23, 55]
    assert [sum(found.level is level for found in indicators) for level in Level] == [19, 20, 56, 27]
    assert [sum(found.field_default is default for found in indicators) for default in FieldDefault] == [44, 27, 51]
    assert [sum(found.sensitivity == number for found in indicators) for number in (1, 2, 3, 4)] == [47, 30, 38, 7]


def test_an_indicator_tells_all_about_itself() -> None:
    found = catalogue.load().indicator("CTE-COM-012")

    assert (found.level, found.theme, found.tier) == (Level.COMMUNITY, Theme.RECRUITMENT, Tier.CORE)
    assert found.question["en"].endswith("offered work, travel, schooling or marriage to people here {r}?")
    assert found.question["fr"].endswith("d’ici {r}\u00a0?")
    assert list(found.question) == ["en", "fr", "es", "ar"]
    assert (found.response_type, found.choices, found.max_select) == (ResponseType.SELECT_ONE, "frequency", None)
    assert (found.unit, found.recall, found.methods) == (Unit.SITE, "P3M", (Method.KI, Method.FGD))
    assert (found.field_default, found.pim_category) == (FieldDefault.YES, PimCategory.PROTECTION_MONITORING)
    assert found.sensitivity == 3
    assert (found.min_release_geo, found.min_release_period) == (ReleaseGeo.ADMIN1, ReleasePeriod.QUARTER)
    assert (found.hxl, found.question_name) == ("#indicator+cte_com_012+code", "cte_com_012")
    assert found.localisable == (Localisable.LABELS, Localisable.HINTS, Localisable.EXAMPLES)
    assert found.privacy_class is PrivacyClass.SENSITIVE
    assert found.safeguard.startswith("Ask about the community in general;")


def test_privacy_classes_follow_sensitivity_and_free_text() -> None:
    book = catalogue.load()

    assert book.indicator("CTE-COM-054").privacy_class is PrivacyClass.FREE_TEXT
    assert book.indicator("CTE-COM-001").privacy_class is PrivacyClass.SAFE
    assert book.indicator("CTE-COM-023").privacy_class is PrivacyClass.SAFE


def test_a_choice_list_tells_which_answers_stand_alone() -> None:
    frequency = catalogue.load().choice_list("frequency")

    assert frequency.names == ("none", "rare", "some", "often", "widespread", "dk", "pna")
    assert frequency.exclusive == ("none", "dk", "pna")
    assert [choice.kind for choice in frequency.choices][-3:] == [ChoiceKind.ANSWER, ChoiceKind.DK, ChoiceKind.PNA]
    assert catalogue.load().choices("sex_age_group")[0].maps_to == ("sex=f", "age=0-11")


def test_the_clock_is_stopped_by_the_one_question_that_everybody_answers() -> None:
    items = {item.name: item for item in catalogue.load().module("MOD-CLO").items}

    minutes, safe = items["q_minutes"], items["clo_enum_safe"]

    assert (minutes.type, minutes.trigger, minutes.label) == (ItemType.CALCULATE, "${clo_enum_safe}", None)
    assert minutes.calculation == "once(round((decimal-date-time(now()) - ${t0}) * 1440))"
    assert (safe.required, safe.relevant, safe.transform) == (True, "", Transform.INBOX)


def test_lists_of_the_brief_are_known_as_such() -> None:
    items = {item.name: item for module in catalogue.load().modules for item in module.items}

    assert items["ctx_adm1"].brief_list is BriefList.ADM1
    assert items["ctx_method"].brief_list is None


def test_the_consent_text_leaves_room_for_the_minutes_in_every_language() -> None:
    script = catalogue.load().module("MOD-CON").items[0].label

    assert script is not None
    assert [text.count("{minutes}") for text in script.values()] == [1, 1, 1, 1]


def test_the_core_form_has_the_twenty_and_not_the_open_note() -> None:
    book = catalogue.load()

    assert list(book.core_field_form) == CORE
    assert book.settings.open_note == "CTE-COM-054"
    assert book.settings.open_note_length == 300


def test_the_forms_to_generate_are_data() -> None:
    kinds = {kind.name: (kind.method, kind.at_most) for kind in catalogue.load().forms}

    assert kinds == {
        "site_ki": (Method.KI, None),
        "group": (Method.FGD, None),
        "site_observation": (Method.OBSERVATION, None),
        "expert": (Method.EXPERT, None),
        "provider_monthly": (Method.PROVIDER_AGG, 10),
        "desk_structural": (Method.DESK, None),
        "cte_safety": (None, None),
    }


def test_risk_and_protection_are_covered_at_household_and_community_level() -> None:
    coverage = catalogue.load().coverage()

    assert sum(coverage.values()) == 122
    assert [coverage[level, Theme.RISK_FACTOR] for level in Level] == [6, 13, 7, 2]
    assert [coverage[level, Theme.PROTECTIVE_FACTOR] for level in Level] == [1, 4, 8, 0]


def test_the_product_can_say_which_languages_await_a_native_speaker() -> None:
    book = catalogue.load()

    assert book.unreviewed_languages == ("fr", "es", "ar")
    assert book.unreviewed("en") == ()
    assert len(book.unreviewed("ar")) == 122 + 66 + 11 + 5
    assert {"CTE-COM-001", "choices yn", "MOD-CON", "recall P3M"} <= set(book.unreviewed("fr"))


def test_a_reviewed_entry_is_reviewed_in_a_language_that_is_not(tmp_path: Path) -> None:
    copy = copy_of_the_catalogue(tmp_path)
    edit(
        copy,
        "indicators/CTE-COM-001.yaml",
        "response_type:",
        "review:\n  fr: reviewed\n  en: unreviewed\nresponse_type:",
    )

    book = catalogue.load(copy)

    assert "CTE-COM-001" not in book.unreviewed("fr")
    assert "CTE-COM-001" in book.unreviewed("es")
    assert book.unreviewed("en") == ("CTE-COM-001",)


def test_entries_cannot_be_changed_by_accident() -> None:
    found = catalogue.load().indicator("CTE-COM-001")

    with pytest.raises(FrozenInstanceError):
        found.version = 2  # type: ignore[misc]


def test_texts_are_a_mapping_that_can_be_compared_and_hashed() -> None:
    texts = catalogue.Texts((("en", "Yes"), ("ar", "نعم")))

    assert dict(texts) == {"en": "Yes", "ar": "نعم"}
    assert texts == {"en": "Yes", "ar": "نعم"}
    assert hash(texts) == hash(catalogue.Texts((("en", "Yes"), ("ar", "نعم"))))
    assert len(texts) == 2
    with pytest.raises(KeyError, match="fr"):
        texts["fr"]


def test_a_name_that_is_not_there_is_answered_with_near_ones() -> None:
    with pytest.raises(catalogue.UnknownEntryError, match=r"CTE-COM-0112: there is no such indicator\. Write"):
        catalogue.load().indicator("CTE-COM-0112")
    with pytest.raises(catalogue.UnknownEntryError, match=r"zzz: there is no such choice list\. See `fieldveil"):
        catalogue.load().choices("zzz")


def test_the_built_in_catalogue_is_read_once() -> None:
    assert catalogue.load() is catalogue.load()


def test_reading_all_takes_less_than_six_tenths_of_a_second(tmp_path: Path) -> None:
    copy = copy_of_the_catalogue(tmp_path)

    before = time.process_time()
    catalogue.load(copy)

    assert time.process_time() - before < 0.6


def test_the_digest_tells_content_and_not_layout(tmp_path: Path) -> None:
    copy = copy_of_the_catalogue(tmp_path)
    edit(copy, "choices/yn.yaml", "name: yn", "# Asked of staff.\nname: 'yn'")
    same = catalogue.load(copy).digest
    edit(copy, "choices/yn.yaml", "fr: Oui", "fr: Ouais")
    other = catalogue.load(copy).digest

    assert same == catalogue.load().digest
    assert other != same


@pytest.mark.parametrize(
    ("file", "old", "new", "message"),
    [
        (
            "indicators/CTE-COM-001.yaml",
            "  ar: ",
            "  # ar: ",
            "indicators/CTE-COM-001.yaml: CTE-COM-001: 'question' has no text in 'ar'. Add the text.",
        ),
        (
            "indicators/CTE-COM-001.yaml",
            "  ar: ",
            "  pt: Que tipo?\n  ar: ",
            "indicators/CTE-COM-001.yaml: CTE-COM-001: 'question' has a language the catalogue does not know ('pt'). "
            "Remove it.",
        ),
        (
            "indicators/CTE-COM-001.yaml",
            "sensitivity: 1",
            "sensitivity: 5",
            "indicators/CTE-COM-001.yaml: CTE-COM-001: 'sensitivity' is not 1 to 4. "
            "Write 1 (low), 2 (moderate), 3 (high) or 4 (severe).",
        ),
        (
            "indicators/CTE-COM-001.yaml",
            "version: 1",
            "version: 1.0",
            "indicators/CTE-COM-001.yaml: CTE-COM-001: 'version' is not a whole number. Write digits only.",
        ),
        (
            "indicators/CTE-COM-001.yaml",
            "tier: core",
            "tier: main",
            "indicators/CTE-COM-001.yaml: CTE-COM-001: 'tier' has a word that is not known. "
            "Write one of: core, recommended, extended.",
        ),
        (
            "indicators/CTE-COM-001.yaml",
            "tier: core",
            "teir: core\ntier: core",
            "indicators/CTE-COM-001.yaml: CTE-COM-001: the key 'teir' is not known. Correct its spelling or remove it.",
        ),
        (
            "indicators/CTE-COM-001.yaml",
            "tier: core",
            "tier: core\ntier: extended",
            "indicators/CTE-COM-001.yaml: is not readable YAML, line 6: a key stands twice. "
            "Compare with a neighbouring file.",
        ),
        (
            "indicators/CTE-COM-001.yaml",
            "id: CTE-COM-001",
            "id: CTE-COM-100",
            "indicators/CTE-COM-001.yaml: CTE-COM-001: 'id' differs from the name of the file. "
            "Write 'id: CTE-COM-001' or rename the file.",
        ),
        (
            "indicators/CTE-COM-001.yaml",
            "methods:\n  - observation",
            "methods:\n  - ki\n  - observation",
            "indicators/CTE-COM-001.yaml: CTE-COM-001: 'methods' names something twice. Keep one of them.",
        ),
        (
            "indicators/CTE-COM-001.yaml",
            "unit: site",
            "unit:\n  - site",
            "indicators/CTE-COM-001.yaml: CTE-COM-001: 'unit' is not one text. Write 'unit: ...' on one line.",
        ),
        (
            "indicators/CTE-COM-001.yaml",
            "hxl: '#loc+type'\n",
            "",
            "indicators/CTE-COM-001.yaml: CTE-COM-001: 'hxl' is missing. Fill it in.",
        ),
        (
            "choices/season.yaml",
            "name: season\nchoices:",
            "name: season\nreview:\n  en: seen\nchoices:",
            "choices/season.yaml: season: 'en' has a word that is not known. Write one of: reviewed, unreviewed.",
        ),
        (
            "recall.yaml",
            "code: P3M",
            "code: P1M",
            "recall.yaml: recall: a code stands twice. Keep one of them.",
        ),
    ],
)
def test_a_value_that_does_not_fit_is_named_with_its_remedy(
    file: str, old: str, new: str, message: str, tmp_path: Path
) -> None:
    assert message in broken(tmp_path, (file, old, new))


def test_a_flag_is_true_or_absent(tmp_path: Path) -> None:
    copy = copy_of_the_catalogue(tmp_path)
    path = copy / "choices/yn_dk.yaml"
    path.write_text(path.read_text(encoding="utf-8").replace("exclusive: true", "exclusive: maybe"), encoding="utf-8")

    assert findings(copy) == [
        "choices/yn_dk.yaml: yn_dk: dk: 'exclusive' is neither true nor false. Write true, or leave it empty.",
        "choices/yn_dk.yaml: yn_dk: pna: 'exclusive' is neither true nor false. Write true, or leave it empty.",
    ]


@pytest.mark.parametrize(
    ("name", "content", "message"),
    [
        ("notes.txt", b"", "notes.txt: is not a catalogue file. Remove it or name it .yaml."),
        (
            "drafts/CTE-COM-057.yaml",
            b"id: CTE-COM-057",
            "drafts/CTE-COM-057.yaml: is not part of a catalogue. "
            "Put it under indicators/, choices/ or modules/, or remove it.",
        ),
        ("choices/yn.yaml", "é".encode("latin-1"), "choices/yn.yaml: is not in UTF-8. Save it as UTF-8."),
        ("catalogue.yaml", b"- 1", "catalogue.yaml: holds no 'key: value' lines. Compare with a neighbouring file."),
        (
            "choices/yn.yaml",
            b"[" * 2_000 + b"]" * 2_000,
            "choices/yn.yaml: is not readable YAML: it cannot be understood. Compare with a neighbouring file.",
        ),
    ],
)
def test_a_file_that_is_something_else_is_named(name: str, content: bytes, message: str, tmp_path: Path) -> None:
    copy = copy_of_the_catalogue(tmp_path)
    (copy / name).parent.mkdir(exist_ok=True)
    (copy / name).write_bytes(content)

    assert message in findings(copy)


def test_files_of_the_operating_system_are_passed_over(tmp_path: Path) -> None:
    copy = copy_of_the_catalogue(tmp_path)
    (copy / ".DS_Store").write_bytes(b"\0")

    assert catalogue.load(copy).digest == catalogue.load().digest


def test_a_folder_without_settings_or_no_folder_at_all_is_refused(tmp_path: Path) -> None:
    copy = copy_of_the_catalogue(tmp_path)
    (copy / "catalogue.yaml").unlink()

    assert findings(copy) == ["catalogue.yaml: is missing. Put back the file that names version and languages."]
    assert findings(tmp_path / "nowhere") == [
        f"{tmp_path / 'nowhere'}: there is no such folder. Name a catalogue folder."
    ]


def test_the_message_counts_and_lists_the_faults(tmp_path: Path) -> None:
    copy = copy_of_the_catalogue(tmp_path)
    edit(copy, "indicators/CTE-COM-001.yaml", "tier: core", "tier: main")
    edit(copy, "choices/yn.yaml", "fr: Oui", "fr: Oui  da")

    with pytest.raises(catalogue.CatalogueError) as refused:
        catalogue.load(copy)

    assert str(refused.value).splitlines() == [
        "The catalogue has 2 faults:",
        "- choices/yn.yaml: yn: yes: the text in 'fr' has a space too many (rule 18). "
        "Remove spaces at the ends and doubled spaces.",
        "- indicators/CTE-COM-001.yaml: CTE-COM-001: 'tier' has a word that is not known. "
        "Write one of: core, recommended, extended.",
    ]


def test_a_recall_file_that_is_gone_does_not_bury_itself_under_those_who_miss_it(tmp_path: Path) -> None:
    copy = copy_of_the_catalogue(tmp_path)
    (copy / "recall.yaml").unlink()

    with pytest.raises(catalogue.CatalogueError) as refused:
        catalogue.load(copy)

    told = str(refused.value)
    assert "- recall.yaml: " in told
    assert told.count("there is no recall period") == 1


def test_row_three_comes_before_row_ten() -> None:
    rows = [Finding(f"sheet 'choices', row {number}", "a", 0, "is wrong", "Mend it") for number in (10, 3, 200)]

    assert [found.file.split()[-1] for found in catalogue.CatalogueError(rows).findings] == ["3", "10", "200"]

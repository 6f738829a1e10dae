"""The mapping language: what is wrong stops the program with the place and the remedy."""

import pytest
from msgspec.structs import replace
from small_form import MAPPING, RULES, rule

from mappings.language import AskedIf, MappingError, check, dump, load

TEXT = dump(MAPPING)


def test_a_mapping_reads_back_equal() -> None:
    assert load(TEXT) == MAPPING
    assert dump(load(TEXT)) == TEXT


def test_another_content_is_another_version() -> None:
    assert replace(MAPPING, form_version="v2").version != MAPPING.version
    assert load(TEXT).version == MAPPING.version


@pytest.mark.parametrize(
    ("broken", "says"),
    [
        (TEXT.replace("gate:", "gates:"), "gates"),
        (TEXT.replace("language: 1", "language: 9", 1), "language 9 is not known"),
        (TEXT.replace("language: 1", "language: one", 1), "Expected `int`"),
        (TEXT + "\nform_id: again\n", "a key stands twice"),
        ("a: [b", "not readable as YAML"),
        ("[" * 100_000, "nested more than 50 deep"),
        ("just text", "Expected `object`"),
    ],
)
def test_a_broken_file_is_refused_by_name_and_place(broken: str, says: str) -> None:
    with pytest.raises(MappingError, match=r"survey-7\.yaml") as refusal:
        load(broken, name="survey-7.yaml")
    assert says in str(refusal.value)


@pytest.mark.parametrize(
    ("mapping", "finding"),
    [
        (replace(MAPPING, gate=()), "gate is empty"),
        (replace(MAPPING, interview=replace(MAPPING.interview, method=None)), "neither fixed_method"),
        (replace(MAPPING, interview=replace(MAPPING.interview, organisation=None)), "neither fixed_organisation"),
        (replace(MAPPING, rules=(*RULES, RULES[0])), "path rec/how_often is used twice"),
        (replace(MAPPING, rules=(rule("a b", "CTE-COM-001", "integer"),)), "'a b' is not a question path"),
        (replace(MAPPING, rules=(rule("q", "COM-1", "integer"),)), "'COM-1' is no indicator code"),
        (replace(MAPPING, rules=(rule("q", "CTE-COM-001", "integer", codes={"a": "a"}),)), "codes are needed"),
        (replace(MAPPING, rules=(rule("q", "CTE-COM-001", "select_one"),)), "codes are needed"),
        (replace(MAPPING, rules=(rule("q", "CTE-COM-001", "select_one", codes={"a b": "a"}),)), "1 codes hold other"),
        (
            replace(MAPPING, rules=(rule("q", "CTE-COM-001", "select_one", codes={"a": "a"}, exclusive=("z",)),)),
            "exclusive names codes",
        ),
        (replace(MAPPING, rules=(rule("q", "CTE-COM-001", "integer", sensitivity=5),)), "sensitivity must be 1 to 4"),
        (replace(MAPPING, rules=(rule("q", "CTE-COM-001", "integer", repeat="r"),)), "not the beginning of the path"),
        (
            replace(MAPPING, rules=(rule("r/q", "CTE-COM-001", "select_multiple", codes={"a": "a"}, repeat="r"),)),
            "a select_multiple inside a repeat",
        ),
        (
            replace(MAPPING, rules=(rule("q", "CTE-COM-001", "integer", asked_if=(AskedIf("gone", ("a",)),)),)),
            "asked_if names gone",
        ),
        (replace(MAPPING, about=(replace(MAPPING.about[0], kind="mood"),)), "kind 'mood' is none of"),
    ],
)
def test_a_mapping_that_cannot_be_used_says_why(mapping: object, finding: str) -> None:
    assert any(finding in found for found in check(mapping))  # type: ignore[arg-type]


def test_all_findings_come_at_once() -> None:
    broken = replace(MAPPING, gate=(), rules=(rule("q", "COM-1", "integer", sensitivity=0),))

    with pytest.raises(MappingError) as refusal:
        load(dump(broken))
    assert len(str(refusal.value).splitlines()) == 3

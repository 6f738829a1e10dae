"""A breaking change goes to phones only with a decision: a declared rename, or a break accepted with a reason."""

import pytest
import yaml
from test_form_diff import CHOICES, READ, SURVEY, form

from forms.diff import compare, twins
from forms.migration import Migration, MigrationError, Step, check_migration, read_migration, write_migration

STEP = Step("f", "1", "2")
RENAMED = SURVEY.replace("| age ", "| years ")
SHORTER = CHOICES.replace("| kinds     | farm  | Farm work           | Travail agricole   |\n", "")
HEAD = "form_id: f\nfrom_version: '1'\nto_version: '2'\ndecided_by_role: IM officer\n"


def checked(survey: str = SURVEY, choices: str = CHOICES, migration: Migration | None = None) -> None:
    aliases = migration.aliases() if migration else None
    diff = compare(form(), form(survey, choices, "2"), stakes=READ, **({"aliases": aliases} if aliases else {}))
    check_migration(migration, STEP, diff)


def test_a_form_that_breaks_nothing_needs_no_decision() -> None:
    checked(SURVEY.replace("How many?", "How many people?"))


def test_a_break_without_a_decision_is_named_with_what_to_do() -> None:
    with pytest.raises(MigrationError, match=r"choice_removed kinds:farm(.|\n)*--migration FILE"):
        checked(choices=SHORTER)


def test_an_accepted_break_goes_through() -> None:
    text = f"{HEAD}accepted:\n- change: choice_removed kinds:farm\n  reason: No farms in this country\n"

    checked(choices=SHORTER, migration=read_migration(text, "m.yaml"))


def test_a_declared_rename_goes_through() -> None:
    checked(RENAMED, migration=read_migration(f"{HEAD}renamed: {{age: years}}\n", "m.yaml"))


def test_accepting_one_break_does_not_accept_another() -> None:
    text = f"{HEAD}accepted:\n- change: choice_removed kinds:farm\n  reason: No farms in this country\n"

    with pytest.raises(MigrationError, match="question_removed age"):
        checked(RENAMED, SHORTER, read_migration(text, "m.yaml"))


def test_no_reason_makes_a_changed_gate_right() -> None:
    text = f"{HEAD}accepted:\n- change: gate work\n  reason: The team asked for this\n"

    with pytest.raises(MigrationError, match="no migration can allow"):
        checked(SURVEY.replace("${con_given} = 'yes'", ""), migration=read_migration(text, "m.yaml"))


def test_a_migration_for_other_versions_is_refused() -> None:
    text = HEAD.replace("'2'", "'3'")

    with pytest.raises(MigrationError, match="1 to 3; needed is f, 1 to 2"):
        checked(migration=read_migration(text, "m.yaml"))


def test_the_template_suggests_renames_and_asks_for_the_rest() -> None:
    new = form(RENAMED, SHORTER, "2")

    text = write_migration(STEP, compare(form(), new, stakes=READ), twins(form(), new))

    assert "age: years" in text
    assert "change: choice_removed kinds:farm" in text
    with pytest.raises(MigrationError, match=r"decided_by_role is missing(.|\n)*choice_removed kinds:farm: a reason"):
        read_migration(text, "m.yaml")


def test_the_template_asks_only_what_a_person_can_decide() -> None:
    """Neither about a question that stays, nor about one that was renamed, nor about the gate."""
    new = form(RENAMED.replace("${con_given} = 'yes'", ""), SHORTER, "2")

    text = write_migration(STEP, compare(form(), new, stakes=READ), {"age": "years", "work": "toil"})

    content = yaml.safe_load(text)
    assert content["renamed"] == {"age": "years"}
    assert [one["change"] for one in content["accepted"]] == ["choice_removed kinds:farm"]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("{", "not readable as YAML"),
        ("form_id: f\n", "missing required field"),
        (f"{HEAD}other: 1\n", "unknown field"),
        (f"{HEAD}renamed: {{a: c, b: c}}\n", "two questions became c"),
        (HEAD.replace("IM officer", "'?'"), "decided_by_role"),
    ],
)
def test_a_migration_that_cannot_be_used_says_what_is_wrong(text: str, message: str) -> None:
    with pytest.raises(MigrationError, match=message):
        read_migration(text, "m.yaml")


def test_a_decision_holds_for_every_issue_of_the_versions_it_names() -> None:
    accepted = HEAD + "renamed: {age: years}\n"
    migration = read_migration(accepted, "m.yaml")
    diff = compare(form(), form(RENAMED, CHOICES, "2"), stakes=READ, aliases=migration.aliases())

    check_migration(migration, Step("f", "1-r3", "2-r2"), diff)

    with pytest.raises(MigrationError, match="the migration is for f, 1 to 2"):
        check_migration(migration, Step("f", "1-r3", "3"), diff)

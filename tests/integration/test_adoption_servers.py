"""A version published by hand on a server: what waits is read after its adoption, exactly once, and nothing more."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from adoption_lab import (
    ADDED,
    CANARY,
    QUESTION,
    AdoptionLab,
    adds_a_choice,
    adds_a_question,
    adoption_lab,
    takes_a_question_out,
    takes_consent_out,
)
from deploy_lab import CENTRAL, FORM, KOBO, built
from msgspec.structs import replace
from sqlalchemy import Engine, func, select

from backend.store.engine import reading
from backend.store.tables import counter, form_version, metadata, reject, version_alias
from backend.store.verdicts import Standing
from forms.migration import MigrationError, read_migration
from mappings.model import Reason
from workers.adoption import AdoptionError, Candidate, Choice, look, take_over, undecided


@pytest.fixture(params=[CENTRAL, KOBO])
def lab(request: pytest.FixtureRequest, sqlite_engine: Engine, tmp_path: Path) -> Iterator[AdoptionLab]:
    with adoption_lab(sqlite_engine, tmp_path / "home", request.param) as found:
        yield found


@pytest.fixture
def kobo(sqlite_engine: Engine, tmp_path: Path) -> Iterator[AdoptionLab]:
    with adoption_lab(sqlite_engine, tmp_path / "home", KOBO) as found:
        yield found


@pytest.fixture
def central(sqlite_engine: Engine, tmp_path: Path) -> Iterator[AdoptionLab]:
    with adoption_lab(sqlite_engine, tmp_path / "home", CENTRAL) as found:
        yield found


def only(lab: AdoptionLab, choice: Choice | None = None) -> Candidate:
    [found] = look(lab.context, FORM, choice or Choice())
    return found


def adopt(lab: AdoptionLab) -> Candidate:
    found = only(lab)
    take_over(lab.context, FORM, found, actor="test")
    return found


def reasons(lab: AdoptionLab) -> list[str]:
    with reading(lab.context.engine) as session:
        return sorted(set(session.scalars(select(reject.c.reason))))


def test_on_either_database_a_version_is_adopted_and_read(engine: Engine, tmp_path: Path) -> None:
    with adoption_lab(engine, tmp_path / "home", KOBO) as lab:
        version = lab.publish(takes_a_question_out)
        lab.send(version)
        lab.pull()

        adopt(lab)
        lab.pull()

        assert lab.versions() == [version]


def test_what_waits_is_read_once_after_the_adoption(lab: AdoptionLab) -> None:
    version = lab.publish(adds_a_question, adds_a_choice)
    lab.send(version, **{QUESTION: "none", ADDED: CANARY})
    lab.send(version, **{QUESTION: "made_up"})
    lab.pull()
    waiting = lab.outcomes()

    adopt(lab)
    report, again = lab.pull(), lab.pull()

    assert waiting == ["rejected", "rejected"]
    assert (report.new, report.changed, again.new, again.changed) == (0, 2, 0, 0)
    assert lab.outcomes() == ["stored", "stored"]
    assert lab.versions() == [version, version]
    assert lab.verdict().standing is Standing.EQUAL
    assert look(lab.context, FORM) == []
    with reading(lab.context.engine) as session:
        assert session.scalar(select(func.sum(counter.c.n)).where(counter.c.kind == "received")) == 2
        everything = str([session.execute(select(table)).all() for table in metadata.sorted_tables])
    assert CANARY not in everything


def test_looking_changes_nothing(lab: AdoptionLab) -> None:
    lab.send(lab.publish(adds_a_choice))
    lab.pull()

    found = only(lab)
    lab.pull()

    assert found.can_be_adopted
    assert lab.outcomes() == ["rejected"]


def test_a_version_without_consent_is_refused_and_its_answers_wait_for_ever(lab: AdoptionLab) -> None:
    version = lab.publish(takes_consent_out)
    lab.send(version)
    lab.pull()

    with pytest.raises(AdoptionError, match="con_given") as refused:
        take_over(lab.context, FORM, only(lab), actor="test")
    lab.pull()

    assert refused.value.code == "version_refused"
    assert lab.outcomes() == ["rejected"]
    assert reasons(lab) == [Reason.UNKNOWN_VERSION]


def test_answers_of_a_question_that_is_gone_are_not_asked_and_not_skipped(lab: AdoptionLab) -> None:
    version = lab.publish(takes_a_question_out)
    lab.send(version)
    found = adopt(lab)
    lab.pull()

    assert [one.question for one in found.adoption.left] == [QUESTION] if found.adoption else False
    with reading(lab.context.engine) as session:
        of = session.scalar(select(form_version.c.adopted_from).where(form_version.c.version == version))
    assert of == built("second").version
    assert lab.versions() == [version]


def test_a_version_is_adopted_once(lab: AdoptionLab) -> None:
    lab.publish(adds_a_choice)
    found = adopt(lab)

    with pytest.raises(AdoptionError, match="read already"):
        take_over(lab.context, FORM, found, actor="test")
    with pytest.raises(AdoptionError, match="read already"):
        look(lab.context, FORM, Choice(found.version))


# ---- KoBo: every version has a name of KoBo's, and our hidden line stays in what somebody edits ----------------------


def test_a_version_of_the_builder_that_reads_just_as_ours_needs_no_adoption(kobo: AdoptionLab) -> None:
    kobo.send(kobo.publish(adds_a_question), **{ADDED: CANARY})

    kobo.pull()

    assert kobo.outcomes() == ["stored"]
    assert kobo.versions() == [built("second").version]
    assert look(kobo.context, FORM) == []


def test_a_version_of_the_builder_in_which_consent_is_gone_is_not_read_as_ours(kobo: AdoptionLab) -> None:
    kobo.send(kobo.publish(takes_consent_out))

    kobo.pull()

    assert kobo.outcomes() == ["rejected"]
    assert reasons(kobo) == [Reason.UNKNOWN_VERSION]


def test_what_a_version_of_kobo_is_in_our_words_is_asked_once(kobo: AdoptionLab) -> None:
    version = kobo.publish(adds_a_question)
    kobo.send(version)
    kobo.pull()
    kobo.send(version)
    kobo.servers.kobo.asked.clear()

    kobo.pull()

    assert not [one.path for one in kobo.servers.kobo.asked if "/versions/" in one.path]
    assert len(kobo.versions()) == 2
    with reading(kobo.context.engine) as session:
        assert version in session.scalars(select(version_alias.c.alias)).all()


# ---- Central -----------------------------------------------------------------------------------------------------


def test_an_xform_without_a_workbook_cannot_be_compared(central: AdoptionLab) -> None:
    central.publish()
    central.servers.central.store.forms[1, FORM].versions[-1].xlsx = b""

    assert only(central).problem == "no_workbook"


@pytest.mark.parametrize(("book", "name", "problem"), [(b"no zip", "v9", "unreadable"), (b"", "v" * 41, "bad_name")])
def test_what_cannot_be_read_is_said(central: AdoptionLab, book: bytes, name: str, problem: str) -> None:
    central.publish(name=name)
    central.servers.central.store.forms[1, FORM].versions[-1].xlsx = book

    found = only(central)

    assert (found.problem, found.can_be_adopted) == (problem, False)


def test_other_words_of_consent_are_read_when_somebody_has_decided_in_writing(central: AdoptionLab) -> None:
    def reworded(tables: dict[str, list[dict[str, str]]]) -> None:
        row = next(row for row in tables["survey"] if row.get("name") == "con_given")
        row["label::English (en)"] = "May I go on with our talk about this place?"

    version = central.publish(reworded)
    found = only(central)
    text = undecided(FORM, found).replace("'?'", "Checked with the protection focal point")
    decision = read_migration(text, "migration.yaml")

    decided = only(central, Choice(version, "", decision))

    assert not found.can_be_adopted
    assert decided.can_be_adopted
    with pytest.raises(MigrationError, match="the migration is for"):
        look(central.context, FORM, Choice(version, "", replace(decision, to_version="another")))

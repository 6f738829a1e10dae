"""One call deploys to the letterbox, to ODK Central and to KoBoToolbox: whole or not at all, once, and back again."""

from collections.abc import Iterator
from contextlib import suppress
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path
from uuid import uuid4

import pytest
from deploy_lab import CENTRAL, FORM, KOBO, PLACES, TODAY, DeployLab, built, deploy_lab
from fakes.central_publishing import MANAGES
from fakes.fake_central import VIEWER
from fakes.kobo_projects import Project
from fakes.wire import Asked, Fault
from flask import Flask
from sqlalchemy import Engine, select

from backend.doorbell import is_password
from backend.keys import field_key
from backend.letterbox.routes import create_blueprint
from backend.store.app_users import AppUserError, create_app_user
from backend.store.audit import Audit
from backend.store.engine import reading, transaction
from backend.store.forms import organisation_of, pulled_forms, readable_versions, stored_version
from backend.store.inbox import known_teams
from backend.store.letter_keys import is_living
from backend.store.purges import raw_retention
from backend.store.tables import audit, ledger, legend, reject, survey
from forms.build import BuiltForm
from forms.migration import Migration
from mappings.model import Reason
from workers.deploy import DeployError, Wish, plan, plan_back, would_renew
from workers.letter_keys import keep
from workers.packing import package_of
from workers.phones import central_phones, give_phone, keep_phone, revoke_on_central
from workers.pull import pull_form
from workers.servers.credentials import Credentials
from workers.servers.source import PullError
from workers.servers.target import Action, Known, TargetError, UndecidedError
from workers.servers.targets import Place, open_target


@pytest.fixture
def lab(sqlite_engine: Engine, tmp_path: Path) -> Iterator[DeployLab]:
    with deploy_lab(sqlite_engine, tmp_path / "home") as found:
        found.kobo.managing.lag = 0
        yield found


@pytest.mark.parametrize("place", PLACES)
def test_a_new_form_is_live_connected_and_audited(lab: DeployLab, place: str) -> None:
    done = lab.deploy(built(), place)

    head = lab.head()
    assert head is not None
    assert (done.action, head.server, head.server_form_id) == (
        Action.CREATE,
        Place.of(place).server,
        done.server_form_id,
    )
    assert lab.audited() == [("form.deployed", FORM)]
    with reading(lab.context.engine) as session:
        assert FORM in pulled_forms(session)


@pytest.mark.parametrize("place", PLACES)
def test_the_same_form_again_changes_nothing_anywhere(lab: DeployLab, place: str) -> None:
    lab.deploy(built(), place)
    lab.changes()

    again = lab.deploy(built(), place)

    assert (again.changed, lab.changes(), len(lab.audited())) == (False, [], 1)


@pytest.mark.parametrize("place", PLACES)
def test_another_brief_of_the_same_form_renews_the_record_and_nothing_on_the_server(lab: DeployLab, place: str) -> None:
    first, form = lab.deploy(built(), place), _kept_for(built(), 3)
    lab.changes()

    planned = would_renew(lab.context, form)
    renewed, again = lab.deploy(form, place), lab.deploy(form, place)

    assert (planned, would_renew(lab.context, form)) == (True, False)
    assert [(one.changed, one.renewed) for one in (first, renewed, again)] == [
        (True, False),
        (False, True),
        (False, False),
    ]
    assert (renewed.version, lab.changes()) == (first.version, [])
    with reading(lab.context.engine) as session:
        stored = stored_version(session, FORM, first.version)
        assert raw_retention(session, FORM) == 3
        entries = session.execute(select(audit.c.object, audit.c.details).where(audit.c.action == "survey.renewed"))
        assert entries.all() == [(form.brief.survey.id, {"form_id": FORM, "version": first.version})]
    assert stored is not None
    assert "raw_retention_days: '3'" in stored.brief


def test_practice_with_another_brief_renews_no_record(lab: DeployLab) -> None:
    lab.deploy(built(), "letterbox")
    lab.deploy(built(practice=True), "letterbox")

    done = lab.deploy(_kept_for(built(practice=True), 3), "letterbox")

    assert not done.renewed
    with reading(lab.context.engine) as session:
        assert raw_retention(session, FORM) == built().brief.purpose.raw_retention_days != 3


def _kept_for(form: BuiltForm, days: int) -> BuiltForm:
    """The same questions, with another promise of how long raw answers are kept."""
    return replace(form, brief=replace(form.brief, purpose=replace(form.brief.purpose, raw_retention_days=days)))


def test_a_survey_is_not_numbered_like_one_of_another_organisation(lab: DeployLab) -> None:
    """Its supervisors would read what enumerators tell about their own safety, and who they are."""
    lab.deploy(built(), "letterbox")

    with pytest.raises(DeployError, match=r"Survey CTE-S-XDV-2026-01 is one of ORG-A here"):
        lab.deploy(_of_survey("CTE-S-XDV-2026-01", "ORG-B"), "letterbox")

    assert lab.head("theirs") is None


def test_teams_of_two_surveys_may_have_one_name(lab: DeployLab) -> None:
    lab.deploy(built(), "letterbox")

    lab.deploy(_of_survey("CTE-S-XDV-2026-02", "ORG-B"), "letterbox")

    with reading(lab.context.engine) as session:
        surveys = {team.survey_id for team in known_teams(session) if team.name == "T1"}
    assert surveys == {"CTE-S-XDV-2026-01", "CTE-S-XDV-2026-02"}


def test_practice_of_another_organisation_changes_no_teams(lab: DeployLab) -> None:
    lab.deploy(built(), "letterbox")

    lab.deploy(_of_survey("CTE-S-XDV-2026-01", "ORG-B", practice=True), "letterbox")

    with reading(lab.context.engine) as session:
        assert organisation_of(session, "CTE-S-XDV-2026-01") == "ORG-A"


def _of_survey(survey_id: str, organisation: str, *, practice: bool = False) -> BuiltForm:
    form = built(form_id="theirs", practice=practice)
    other = replace(form.brief.survey, id=survey_id, organisation=organisation)
    return replace(form, brief=replace(form.brief, survey=other))


@pytest.mark.parametrize("place", PLACES)
def test_a_plan_says_what_would_change_and_changes_nothing(lab: DeployLab, place: str) -> None:
    lab.kobo_knows(built())

    before = plan(lab.context, built(), today=TODAY, wish=Wish(to=Place.of(place)))

    assert (before.action, set(before.files)) == (Action.CREATE, {"adm2.csv", "adm3.csv", "sites.csv"})
    assert (lab.changes(), lab.head()) == ([], None)


@pytest.mark.parametrize("place", PLACES)
def test_a_plan_of_the_way_back_changes_nothing(lab: DeployLab, place: str) -> None:
    lab.deploy(built(), place)
    lab.deploy(built("second"), place)
    lab.changes()
    before = (lab.head(), lab.audited())

    version, steps = plan_back(lab.context, FORM)

    assert (version, steps.action) == (built().version, Action.REPLACE)
    assert (lab.changes(), lab.head(), lab.audited()) == ([], *before)


@pytest.mark.parametrize("place", PLACES)
def test_phones_get_the_former_version_again_and_both_can_still_be_read(lab: DeployLab, place: str) -> None:
    lab.deploy(built(), place)
    lab.deploy(built("second"), place)

    back = lab.roll_back()

    head = lab.head()
    assert head is not None
    assert back.version.startswith(built().version)
    assert (head.current_version, head.former_version) == (back.version, built("second").version)
    with reading(lab.context.engine) as session:
        readable = {one.version for one in readable_versions(session, FORM)}
    assert {built().version, built("second").version, back.version} <= readable
    assert lab.audited()[-1] == ("form.rolled_back", FORM)


def test_what_was_taken_back_is_what_phones_had_files_included(lab: DeployLab) -> None:
    lab.deploy(built(), KOBO)
    lab.deploy(built("second"), KOBO)

    lab.roll_back()

    project = next(iter(lab.kobo.managing.projects.values()))
    assert project.versions[project.deployed or ""].own == built().version
    assert project.on_phones == dict(built().media)


def test_a_decision_made_once_does_not_stop_the_same_form_after_ways_back(lab: DeployLab) -> None:
    migration = Migration(FORM, built().version, built("second").version, "IM officer")
    lab.deploy(built(), f"{CENTRAL}/1")
    lab.deploy(built("second"), f"{CENTRAL}/1", accept_warnings=True, migration=migration)
    lab.roll_back()
    forward = lab.roll_back()

    again = lab.deploy(built("second"), f"{CENTRAL}/1", migration=migration)

    assert (again.changed, again.version) == (False, forward.version)


def test_a_form_with_one_version_cannot_go_back(lab: DeployLab) -> None:
    lab.deploy(built(), f"{CENTRAL}/1")

    with pytest.raises(DeployError, match="one version only"):
        lab.roll_back()


# ---- failures --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("step", ["projects/1/forms", "draft/attachments/adm2.csv", "draft/publish"])
def test_central_failing_at_a_step_leaves_nothing_there_and_nothing_here(lab: DeployLab, step: str) -> None:
    def fail(one: Asked) -> None:
        if one.method == "POST" and one.path.endswith(step):
            lab.central.store.forms.pop((1, FORM), None) if step.endswith("forms") else None
            lab.central.faults.append(Fault.GATEWAY)

    lab.central.before = fail
    # The fake has done the step before its proxy says 502: what is published then stays, and is found again.
    with suppress(PullError):
        lab.deploy(built(), f"{CENTRAL}/1")
    lab.central.before = lambda _one: None

    form = lab.central.store.forms.get((1, FORM))
    assert form is None or (form.draft is None and form.versions)
    assert lab.deploy(built(), f"{CENTRAL}/1").server_form_id == f"1/{FORM}"
    assert [version.name for version in lab.central.store.forms[1, FORM].versions] == [built().version]


@pytest.mark.parametrize("step", ["import", "files", "deployment"])
def test_kobo_failing_at_a_step_leaves_nothing_there_and_nothing_here(lab: DeployLab, step: str) -> None:
    lab.kobo.managing.refuses = {step}
    with pytest.raises((TargetError, PullError)):
        lab.deploy(built(), KOBO)
    assert (lab.kobo.managing.projects, lab.head()) == ({}, None)

    lab.kobo.managing.refuses = set()

    assert lab.deploy(built(), KOBO).changed


def test_a_deploy_that_was_cut_off_before_it_was_noted_here_is_taken_up_again(lab: DeployLab) -> None:
    lab.kobo_knows(built())
    with open_target(lab.context, Place(KOBO), FORM, Known()) as target:
        target.put(package_of(built()), accept_warnings=False)

    done = lab.deploy(built(), KOBO)

    assert not done.changed
    assert list(lab.kobo.managing.projects) == [done.server_form_id]


def test_a_deploy_that_was_cut_off_is_found_behind_all_projects_of_a_busy_account(lab: DeployLab) -> None:
    lab.kobo_knows(built())
    with open_target(lab.context, Place(KOBO), FORM, Known()) as target:
        target.put(package_of(built()), accept_warnings=False)
    there = lab.kobo.managing.projects
    [begun] = there
    for number in range(250):
        there[f"aOther{number:014}"] = Project(f"aOther{number:014}", "Another", versions=there[begun].versions)

    assert lab.deploy(built(), KOBO).server_form_id == begun
    assert len(there) == 251


def test_a_form_changed_in_the_form_builder_waits_for_a_person_and_is_put_right(lab: DeployLab) -> None:
    done = lab.deploy(built(), KOBO)
    project = lab.kobo.managing.projects[done.server_form_id]
    other = lab.kobo.managing.books[built().xlsx]
    theirs = other.xform.replace(b"con_given", b"con_taken")
    project.versions["vTheirs"] = type(other)(other.own, other.languages, theirs, form=FORM)
    project.deployed = "vTheirs"

    with pytest.raises(UndecidedError, match="somebody changed the form"):
        lab.deploy(built(), KOBO)
    lab.deploy(built(), KOBO, accept_warnings=True)

    assert project.versions[project.deployed].xform == other.xform


def test_a_project_that_was_archived_on_kobo_is_opened_again_only_when_a_person_wants_it(lab: DeployLab) -> None:
    done = lab.deploy(built(), KOBO)
    project = lab.kobo.managing.projects[done.server_form_id]
    project.active = False

    with pytest.raises(UndecidedError, match="archived on KoBo"):
        lab.deploy(built(), KOBO)
    assert not project.active
    lab.deploy(built(), KOBO, accept_warnings=True)

    assert project.active


def test_strangers_may_not_send_and_an_unknown_account_stops_the_deploy(lab: DeployLab) -> None:
    lab.kobo.managing.presets = [("AnonymousUser", "add_submissions")]
    with pytest.raises(TargetError, match="--sender"):
        lab.deploy(built(), KOBO, senders=frozenset({"nobody"}))
    assert lab.kobo.managing.projects == {}

    lab.deploy(built(), KOBO, senders=frozenset({"enum1"}))

    grants = next(iter(lab.kobo.managing.projects.values())).grants
    assert ("enum1", "add_submissions") in grants
    assert ("AnonymousUser", "add_submissions") not in grants


def test_a_form_is_on_one_server_only(lab: DeployLab) -> None:
    lab.deploy(built(), f"{CENTRAL}/1")

    with pytest.raises(DeployError, match="another form_id"):
        lab.deploy(built(), KOBO)
    with pytest.raises(TargetError, match="project 1"):
        lab.deploy(built(), f"{CENTRAL}/2")


def test_a_form_that_nobody_sent_anything_for_may_leave_the_letterbox(lab: DeployLab) -> None:
    lab.deploy(built(), "letterbox")

    done = lab.deploy(built(), f"{CENTRAL}/1")

    head = lab.head()
    assert head is not None
    assert (head.server, head.server_form_id) == (CENTRAL, done.server_form_id)


# ---- practice --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("place", PLACES)
def test_practice_is_apart_on_every_server(lab: DeployLab, place: str) -> None:
    lab.deploy(built(), place)
    with reading(lab.context.engine) as session:
        before = session.execute(select(survey)).all(), len(session.execute(select(legend)).all())

    done = lab.deploy(built(practice=True), place, doorbell=True)

    with reading(lab.context.engine) as session:
        after = session.execute(select(survey)).all(), len(session.execute(select(legend)).all())
        assert done.form_id not in pulled_forms(session)
    assert (done.form_id, done.rings, before) == (f"{FORM}_practice", False, after)
    with pytest.raises(PullError, match="for practice"):
        pull_form(lab.context, done.form_id)


# ---- what comes back -------------------------------------------------------------------------------------------------


def test_answers_of_every_version_on_central_find_the_mapping_of_that_version(lab: DeployLab) -> None:
    place = f"{CENTRAL}/1"
    versions = [lab.deploy(built(name), place).version for name in ("first", "second")]
    versions.append(lab.roll_back().version)
    form = lab.central.store.forms[1, FORM]

    for version in versions:
        xml = f'<data id="{FORM}" version="{version}"><meta><instanceID>uuid:{uuid4()}</instanceID></meta></data>'
        lab.central.store.post(form, xml.encode())
    pull_form(lab.context, FORM)

    assert len(set(versions)) == 3
    assert _outcomes(lab) == (3, [])


def test_answers_of_every_version_on_kobo_find_the_mapping_of_that_version(lab: DeployLab) -> None:
    done = [lab.deploy(built(name), KOBO) for name in ("first", "second")]
    lab.roll_back()
    form = lab.kobo.store.forms[done[0].server_form_id]

    for theirs in form.versions:
        # KoBo writes id and version of its own; the hidden line may be lost in an edit, the version itself is not.
        lab.kobo.store.post(form, {"__version__": theirs})
    pull_form(lab.context, FORM)
    known = _outcomes(lab)
    lab.kobo.store.post(form, {"__version__": "vUnknownUnknown99"})
    pull_form(lab.context, FORM)

    assert len(form.versions) == 3
    assert known == (3, [])
    assert _outcomes(lab) == (4, [Reason.UNKNOWN_VERSION])


def _outcomes(lab: DeployLab) -> tuple[int, list[str]]:
    """How many submissions were read, and which had a version that nobody knows."""
    with reading(lab.context.engine) as session:
        read = len(session.execute(select(ledger.c.submission_key)).all())
        rejects = session.scalars(select(reject.c.reason)).all()
    return read, [reason for reason in rejects if reason == Reason.UNKNOWN_VERSION]


def test_the_hidden_lines_of_what_is_deployed_name_form_version_and_catalogue(lab: DeployLab) -> None:
    lab.deploy(built(), f"{CENTRAL}/1")
    lab.deploy(built("second"), f"{CENTRAL}/1")
    back = lab.roll_back()

    with reading(lab.context.engine) as session:
        stored = stored_version(session, FORM, back.version)
    live = lab.central.store.forms[1, FORM].published.xml
    assert stored is not None
    assert (stored.xform, stored.mapping.form_version) == (live, back.version)
    assert f"calculate=\"'{back.version}'\"".encode() in live
    assert f"calculate=\"'{built().mapping.catalogue_version}'\"".encode() in live


# ---- doorbell and phones ---------------------------------------------------------------------------------------------


def test_kobo_rings_with_the_password_that_our_door_knows(lab: DeployLab) -> None:
    done = lab.deploy(built(), KOBO, doorbell=True)

    (hook,) = lab.kobo.managing.projects[done.server_form_id].hooks.values()
    known = hook["settings"]
    assert done.rings
    assert (hook["endpoint"].endswith("/doorbell"), known["username"]) == (True, FORM)
    assert is_password(field_key(lab.context.settings), FORM, known["password"])
    assert ("doorbell.installed", FORM) in lab.audited()


def test_central_rings_nobody_and_says_so(lab: DeployLab) -> None:
    assert not lab.deploy(built(), f"{CENTRAL}/1", doorbell=True).rings


def test_a_phone_on_central_is_assigned_once_and_sees_what_was_built(lab: DeployLab) -> None:
    lab.deploy(built(), f"{CENTRAL}/1")

    phone = give_phone(lab.context, "Team T1", [FORM], today=TODAY, actor="test")
    again = keep_phone(lab.context, "Team T1", FORM, today=TODAY, actor="test")

    ((number, token),) = lab.central.publishing.tokens.items()
    assert phone.address == again.address == f"{lab.central.url}/v1/key/{token}/projects/1"
    assert token not in repr(phone)
    assert [(one.number, one.forms) for one in central_phones(lab.context, CENTRAL)] == [(number, (FORM,))]


def test_a_practice_phone_on_central_has_a_token_of_its_own(lab: DeployLab) -> None:
    lab.deploy(built(), f"{CENTRAL}/1")
    lab.deploy(built(practice=True), f"{CENTRAL}/1")

    real = give_phone(lab.context, "Team T1", [FORM], today=TODAY, actor="test")
    practice = give_phone(lab.context, "Team T1", [f"{FORM}_practice"], today=TODAY, actor="test")

    assert (real.practice, practice.practice) == (False, True)
    assert real.address != practice.address
    with pytest.raises(AppUserError, match="practice QR code"):
        give_phone(lab.context, "Team T1", [FORM, f"{FORM}_practice"], today=TODAY, actor="test")


def test_a_phone_that_would_get_another_file_is_noticed(lab: DeployLab) -> None:
    lab.deploy(built(), f"{CENTRAL}/1")
    lab.central.store.forms[1, FORM].published.files["sites.csv"] = b"other"

    with pytest.raises(TargetError, match=r"sites\.csv"):
        give_phone(lab.context, "Team T1", [FORM], today=TODAY, actor="test")


def test_a_phone_on_central_is_taken_back(lab: DeployLab) -> None:
    lab.deploy(built(), f"{CENTRAL}/1")
    give_phone(lab.context, "Team T1", [FORM], today=TODAY, actor="test")
    (number,) = lab.central.publishing.tokens

    revoke_on_central(lab.context, CENTRAL, number, actor="test")

    assert lab.central.publishing.tokens == {}
    with pytest.raises(AppUserError, match="no phone"):
        revoke_on_central(lab.context, CENTRAL, number, actor="test")


def test_kobo_has_accounts_instead_of_phones(lab: DeployLab) -> None:
    lab.deploy(built(), KOBO)

    with pytest.raises(AppUserError, match="--sender"):
        give_phone(lab.context, "Team T1", [FORM], today=TODAY, actor="test")


# ---- accounts --------------------------------------------------------------------------------------------------------


@pytest.fixture
def least(lab: DeployLab) -> DeployLab:
    """Registered is a viewer; a manager is entered when forms or phones are changed."""
    lab.central.verbs = VIEWER
    lab.central.others = {"manager@example.org": ("a-managers-word", (*VIEWER, *MANAGES))}
    return lab


MANAGER = Credentials("manager@example.org", "a-managers-word")
MISTYPED = Credentials("manager@example.org", "another-word")


def test_a_viewer_reads_and_an_entered_manager_deploys_and_gives_phones(least: DeployLab) -> None:
    least.deploy(built(), f"{CENTRAL}/1", entered=MANAGER)
    give_phone(least.context, "Team T1", [FORM], today=TODAY, actor="test", entered=MANAGER)

    (phone,) = central_phones(least.context, CENTRAL, MANAGER)
    revoke_on_central(least.context, CENTRAL, phone.number, actor="test", entered=MANAGER)

    assert (phone.label, phone.forms) == ("Team T1", (FORM,))
    assert least.central.publishing.tokens == {}
    with reading(least.context.engine) as session:
        assert FORM in pulled_forms(session)


def test_an_account_without_the_right_is_told_which_one_it_takes(least: DeployLab) -> None:
    told = r"registered to read: The account lacks a right\. .* Project Manager .* --ask-account"
    with pytest.raises(PullError, match=told):
        least.deploy(built(), f"{CENTRAL}/1")
    least.deploy(built(), f"{CENTRAL}/1", entered=MANAGER)

    with pytest.raises(PullError, match="registered to read: The account lacks a right"):
        central_phones(least.context, CENTRAL)


def test_a_mistyped_account_is_not_blamed_on_the_registered_one(least: DeployLab) -> None:
    with pytest.raises(PullError, match="account that was entered") as failure:
        least.deploy(built(), f"{CENTRAL}/1", entered=MISTYPED)

    assert failure.value.code == "server_sign_in"
    assert "rotate" not in str(failure.value)


def test_a_project_that_is_not_there_is_named(lab: DeployLab) -> None:
    with pytest.raises(TargetError, match="no project 99"):
        lab.deploy(built(), f"{CENTRAL}/99")


@pytest.mark.parametrize("place", [CENTRAL, f"{CENTRAL}/1"])
def test_a_project_that_encrypts_takes_no_form_not_even_in_a_plan(lab: DeployLab, place: str) -> None:
    lab.central.store.add_form(1, "theirs", "v1", {}).key_id = 1

    with pytest.raises(TargetError, match="Project 1 encrypts"):
        plan(lab.context, built(), today=TODAY, wish=Wish(to=Place.of(place)))

    assert lab.changes() == []


# ---- what pages were told of their keys ------------------------------------------------------------------------------


def test_a_shorter_retention_takes_no_day_from_what_pages_were_told(lab: DeployLab) -> None:
    lab.deploy(_kept_for(built(), 30), "letterbox")
    told = _told_key(lab)

    lab.deploy(_kept_for(built(), 3), "letterbox")

    until = date.fromisoformat(told["opens_until"])
    assert until == date(2026, 6, 30)
    assert _told_key(lab) == told
    assert [_lives(lab, told["key_id"], until + timedelta(days=days)) for days in (-1, 0, 1)] == [True, True, False]


def test_a_longer_retention_lengthens_what_pages_are_told(lab: DeployLab) -> None:
    lab.deploy(_kept_for(built(), 3), "letterbox")

    lab.deploy(_kept_for(built(), 30), "letterbox")

    assert _told_key(lab)["opens_until"] == "2026-06-30"


def _told_key(lab: DeployLab) -> dict[str, str]:
    app = Flask("door")
    with transaction(lab.context.engine) as session:
        entry = Audit("test", "app_user.create", FORM)
        token = create_app_user(session, label="T1-9", forms=[FORM], today=TODAY, audit=entry).token
    app.register_blueprint(create_blueprint(lab.context.engine, lab.context.settings, b"d" * 32, today=lambda: TODAY))
    told = app.test_client().get(f"/letterbox/{token}/key").get_json()
    return {name: told[name] for name in ("key_id", "opens_until")}


def _lives(lab: DeployLab, key_id: str, day: date) -> bool:
    keep(lab.context, day)
    with reading(lab.context.engine) as session:
        return is_living(session, key_id)

"""A form goes to ODK Central whole or not at all: files before publishing, read back, no draft left behind."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from central_lab import SERVER, Lab, central_lab
from fakes.central_publishing import MANAGES
from fakes.fake_central import VIEWER
from fakes.wire import Asked, Fault, json_answer
from sqlalchemy import Engine

from backend.store import servers
from backend.store.engine import reading
from forms.sheets import Table, write_tables
from workers.net import NetError
from workers.servers.central.client import CentralClient, open_client
from workers.servers.central.phones import add_phone, keep_phone, remove_phone
from workers.servers.central.publish import PublishError
from workers.servers.central.target import CentralTarget
from workers.servers.target import Action, Known, Live, Package, TargetError, UndecidedError

PLACES = b"name,label,parent\nXA0101,Here,XA01\n"


def xform(version: str, *questions: str) -> bytes:
    asked = "".join(f"<{name}/>" for name in questions)
    return (
        '<h:html xmlns:h="http://www.w3.org/1999/xhtml" xmlns="http://www.w3.org/2002/xforms"><h:head><model>'
        f'<instance><data id="core" version="{version}">{asked}<meta><instanceID/></meta></data></instance>'
        '<instance id="adm2" src="jr://file-csv/adm2.csv"/></model></h:head><h:body/></h:html>'
    ).encode()


FIRST = Package(
    form_id="core",
    version="1",
    title="Core",
    languages=("English (en)",),
    xlsx=write_tables({"settings": Table(("version",), [{"version": "1"}])}),
    xform=xform("1", "adm2", "answer"),
    media={"adm2.csv": PLACES},
)
SECOND = replace(FIRST, version="2", xform=xform("2", "adm2", "answer", "more"))


@pytest.fixture
def lab(sqlite_engine: Engine, tmp_path: Path) -> Iterator[Lab]:
    with central_lab(sqlite_engine, tmp_path / "home") as found:
        found.fake.verbs = (*VIEWER, *MANAGES)
        yield found


@pytest.fixture
def client(lab: Lab) -> CentralClient:
    with reading(lab.context.engine) as session:
        server = servers.find_server(session, SERVER)
    assert server is not None
    return open_client(lab.context, server, lab.limits)


def target(client: CentralClient, known: str = "1") -> CentralTarget:
    return CentralTarget(client, 1, Known("1/core", known))


def publish(client: CentralClient, form: Package, *, accept_warnings: bool = False, known: str = "1") -> Live:
    return target(client, known).put(form, accept_warnings=accept_warnings)


def on_server(lab: Lab) -> list[tuple[str, dict[str, bytes | None]]]:
    return [(version.name, version.files) for version in lab.fake.store.forms[1, "core"].versions]


def test_a_new_form_is_published_with_its_files(lab: Lab, client: CentralClient) -> None:
    done = publish(client, FIRST)

    assert (done.server_form_id, done.server_version, done.steps.action) == ("1/core", "1", Action.CREATE)
    assert on_server(lab) == [("1", {"adm2.csv": PLACES})]


def test_the_same_form_again_changes_nothing(lab: Lab, client: CentralClient) -> None:
    publish(client, FIRST)
    lab.fake.asked.clear()

    done = publish(client, FIRST)

    assert not done.changed
    assert {one.method for one in lab.fake.asked} == {"GET"}


def test_a_new_version_replaces_form_and_files(lab: Lab, client: CentralClient) -> None:
    publish(client, FIRST)

    publish(client, replace(SECOND, media={"adm2.csv": b"name,label,parent\n"}))

    assert [name for name, _ in on_server(lab)] == ["1", "2"]
    assert on_server(lab)[-1][1] == {"adm2.csv": b"name,label,parent\n"}


def test_a_warning_waits_for_a_person(lab: Lab, client: CentralClient) -> None:
    publish(client, FIRST)
    shorter = replace(SECOND, xform=xform("2", "adm2"))

    with pytest.raises(UndecidedError, match="exports lose their answers: answer"):
        publish(client, shorter)
    before = on_server(lab)
    publish(client, shorter, accept_warnings=True)

    assert [name for name, _ in before] == ["1"]
    assert [name for name, _ in on_server(lab)] == ["1", "2"]


def test_a_form_whose_files_are_missing_leaves_nothing_behind(lab: Lab, client: CentralClient) -> None:
    with pytest.raises(PublishError, match=r"adm2\.csv"):
        publish(client, replace(FIRST, media={}))

    assert (1, "core") not in lab.fake.store.forms


def test_a_persons_open_draft_is_not_thrown_away(lab: Lab, client: CentralClient) -> None:
    publish(client, FIRST)
    lab.fake.store.forms[1, "core"].draft = lab.fake.store.forms[1, "core"].versions[0]

    with pytest.raises(PublishError, match="has a draft"):
        publish(client, SECOND)

    assert lab.fake.store.forms[1, "core"].draft is not None


def test_a_warning_of_the_server_itself_waits_for_a_person_too(lab: Lab, client: CentralClient) -> None:
    told = json_answer({"code": 400.16, "details": {"warnings": {"workflowWarnings": [{"type": "oldEntityVersion"}]}}})
    told.status = 400
    lab.fake.publishing.create = lambda _asked, _project, _body: told  # type: ignore[method-assign]

    with pytest.raises(UndecidedError, match="oldEntityVersion"):
        publish(client, FIRST)

    assert (1, "core") not in lab.fake.store.forms


def test_a_form_in_the_trash_that_phones_had_waits_for_a_person_before_anything_is_sent(
    lab: Lab, client: CentralClient
) -> None:
    publish(client, FIRST)
    lab.fake.publishing.remove(lab.fake.store.forms[1, "core"])
    lab.fake.asked.clear()

    planned = target(client).look(FIRST)
    with pytest.raises(UndecidedError, match="trash holds a form of this id"):
        publish(client, FIRST)
    sent = [one.path for one in lab.fake.asked if one.method == "POST"]
    publish(client, FIRST, accept_warnings=True)

    assert "trash" in planned.warnings[0]
    assert sent == []
    assert [name for name, _ in on_server(lab)] == ["1"]


def test_a_draft_that_a_failed_deploy_took_back_asks_nobody_the_next_time(lab: Lab, client: CentralClient) -> None:
    with pytest.raises(PublishError, match=r"adm2\.csv"):
        publish(client, replace(FIRST, media={}))

    publish(client, FIRST)

    assert [form.versions for form in lab.fake.publishing.trash] == [[]]
    assert [name for name, _ in on_server(lab)] == ["1"]


def test_a_form_that_somebody_changed_there_is_put_right_under_a_new_version(lab: Lab, client: CentralClient) -> None:
    publish(client, FIRST)
    lab.fake.store.forms[1, "core"].versions[0].xml = xform("1", "adm2", "answer", "theirs")

    done = publish(client, FIRST)

    assert done.server_version == "1-r2"
    assert [version.xml for version in lab.fake.store.forms[1, "core"].versions][-1] == xform("1-r2", "adm2", "answer")


def test_a_version_the_server_had_before_goes_out_under_a_new_name_once(lab: Lab, client: CentralClient) -> None:
    publish(client, FIRST)
    publish(client, SECOND)

    back = publish(client, FIRST, accept_warnings=True, known="2")
    again = publish(client, FIRST, known="1-r2")

    assert (back.package.version, again.package.version, again.changed) == ("1-r2", "1-r2", False)
    assert [name for name, _ in on_server(lab)] == ["1", "2", "1-r2"]
    assert b'version="1-r2"' in back.package.xform


def test_a_version_that_was_not_deployed_from_here_waits_for_a_person(lab: Lab, client: CentralClient) -> None:
    publish(client, FIRST)

    with pytest.raises(UndecidedError, match="was not deployed from here"):
        publish(client, SECOND, known="0")


def test_a_form_that_is_closed_on_the_server_is_refused(lab: Lab, client: CentralClient) -> None:
    publish(client, FIRST)
    lab.fake.store.forms[1, "core"].state = "closed"

    with pytest.raises(TargetError, match="open it there"):
        publish(client, SECOND)


def test_a_dry_run_names_what_would_be_sent_and_changes_nothing(lab: Lab, client: CentralClient) -> None:
    before = target(client).look(FIRST)
    publish(client, FIRST)
    lab.fake.asked.clear()

    after = target(client).look(replace(SECOND, media={"adm2.csv": b"name\n"}))

    assert (before.action, before.files) == (Action.CREATE, ("adm2.csv",))
    assert (after.action, after.files) == (Action.REPLACE, ("adm2.csv",))
    assert {one.method for one in lab.fake.asked} == {"GET"}


def test_the_draft_of_a_deploy_that_was_cut_off_is_not_taken_for_a_persons(lab: Lab, client: CentralClient) -> None:
    lab.fake.before = lambda one: lab.fake.faults.extend([Fault.GATEWAY] * 30) if one.path.endswith(".csv") else None
    with pytest.raises(NetError):
        publish(client, FIRST)
    left = lab.fake.store.forms[1, "core"].draft
    lab.fake.before, _ = (lambda _one: None), lab.fake.faults.clear()

    done = publish(client, FIRST)

    assert left is not None
    assert done.changed
    assert on_server(lab) == [("1", {"adm2.csv": PLACES})]


@pytest.mark.parametrize("step", ["core/draft/attachments", "attachments/adm2.csv", "draft.xml"])
def test_a_failure_at_any_step_leaves_the_version_before(lab: Lab, client: CentralClient, step: str) -> None:
    publish(client, FIRST)
    broken = [Fault.GATEWAY] * lab.limits.tries

    def break_once(one: Asked) -> None:
        if one.path.endswith(step) and broken:
            lab.fake.faults.append(broken.pop())

    lab.fake.before = break_once

    with pytest.raises(NetError):
        publish(client, SECOND)

    assert lab.fake.store.forms[1, "core"].draft is None


def test_a_lost_answer_to_publishing_is_looked_up(lab: Lab, client: CentralClient) -> None:
    def lose(one: Asked) -> None:
        if one.path.endswith("draft/publish"):
            lab.fake.faults.append(Fault.TIMEOUT)

    lab.fake.before = lose

    done = publish(client, FIRST)

    assert done.changed
    assert [name for name, _ in on_server(lab)] == ["1"]


def test_a_version_that_somebody_publishes_in_the_same_moment_leaves_no_draft_of_ours(
    lab: Lab, client: CentralClient
) -> None:
    publish(client, FIRST)
    form = lab.fake.store.forms[1, "core"]

    def be_quicker(one: Asked) -> None:
        if one.path.endswith("draft/publish") and form.draft:
            form.versions.append(replace(form.draft))

    lab.fake.before = be_quicker

    with pytest.raises(PublishError, match="in this moment: deploy again"):
        publish(client, SECOND)

    assert form.draft is None


def test_what_is_published_is_read_back_once_more(lab: Lab, client: CentralClient) -> None:
    """Between the look at the draft and its publishing somebody can put another form in its place."""
    publish(client, FIRST)
    form = lab.fake.store.forms[1, "core"]

    def exchange(one: Asked) -> None:
        if one.path.endswith("draft/publish") and form.draft:
            form.draft.xml = xform("2", "adm2", "answer", "theirs")

    lab.fake.before = exchange

    with pytest.raises(PublishError, match="somebody changed it"):
        publish(client, SECOND)


def test_a_file_that_somebody_exchanges_in_the_draft_is_not_published(lab: Lab, client: CentralClient) -> None:
    publish(client, FIRST)
    form = lab.fake.store.forms[1, "core"]

    def exchange(one: Asked) -> None:
        if one.method == "GET" and one.path.endswith("draft/attachments/adm2.csv") and form.draft:
            form.draft.files["adm2.csv"] = b"name,label\ntheirs,Theirs\n"

    lab.fake.before = exchange

    with pytest.raises(PublishError, match=r"adm2\.csv on the server is not the one"):
        publish(client, SECOND)

    assert [name for name, _ in on_server(lab)] == ["1"]
    assert form.draft is None


def test_an_app_user_of_the_same_name_gets_the_further_form_too(lab: Lab, client: CentralClient) -> None:
    publish(client, FIRST)
    first = keep_phone(client, 1, "Phone 02", ["small"])

    again = keep_phone(client, 1, "Phone 02", ["small", "core"])

    forms = lab.fake.store.forms
    assert again.app_user_id == first.app_user_id
    assert forms[1, "small"].assigned == forms[1, "core"].assigned == {first.app_user_id}


def test_an_app_user_that_a_program_reads_with_never_becomes_a_phone(lab: Lab, client: CentralClient) -> None:
    """With its QR code a phone could read every answer of the project."""
    publish(client, FIRST)
    program = add_phone(client, 1, "Fieldveil", [])
    lab.fake.publishing.roles[program.app_user_id] = 6

    phone = keep_phone(client, 1, "Fieldveil", ["core"])

    assert phone.app_user_id != program.app_user_id
    assert phone.path != program.path
    assert lab.fake.store.forms[1, "core"].assigned == {phone.app_user_id}


def test_an_app_user_may_use_the_forms_it_is_given(lab: Lab, client: CentralClient) -> None:
    publish(client, FIRST)

    phone = add_phone(client, 1, "Team 1", ["core"])

    assert lab.fake.store.forms[1, "core"].assigned == {phone.app_user_id}
    token = lab.fake.publishing.tokens[phone.app_user_id]
    assert phone.path == f"/v1/key/{token}/projects/1"
    assert token not in repr(phone)


def test_an_app_user_that_cannot_be_assigned_is_not_left_behind(lab: Lab, client: CentralClient) -> None:
    with pytest.raises(NetError):
        add_phone(client, 1, "Team 1", ["nothing"])

    assert lab.fake.publishing.tokens == {}


def test_a_removed_app_user_is_gone(lab: Lab, client: CentralClient) -> None:
    publish(client, FIRST)
    phone = add_phone(client, 1, "Team 1", ["core"])

    remove_phone(client, 1, phone.app_user_id)

    assert lab.fake.publishing.tokens == {}

"""What the real ODK Central answered to a deploy, against the fake and against the connector: neither may drift."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import requests
from fakes.central_publishing import MANAGES
from fakes.central_store import Form, Version
from fakes.fake_central import EMAIL, PASSWORD, VIEWER, FakeCentral, fake_central
from recording_drift import drift, shape

from workers.net import NetError, Reply
from workers.servers.central.client import CentralClient
from workers.servers.central.phones import add_phone, list_phones
from workers.servers.central.publish import Publisher, PublishError
from workers.servers.target import Package, UndecidedError

FOLDER = Path(__file__).parent / "recordings" / "central"
FORM, VERSION, FILE = "community_safety", "2026010101", "sites.csv"


def recorded(name: str) -> dict[str, Any]:
    found: dict[str, Any] = json.loads((FOLDER / f"{name}.json").read_bytes())
    return found


def xform(form_id: str, version: str, **questions: str) -> bytes:
    """Where a workbook was sent, its bytes are not in the recording."""
    model = "".join(f"<{name}/>" for name in questions)
    binds = "".join(f'<bind nodeset="/data/{name}" type="{kind}"/>' for name, kind in questions.items())
    head = '<h:html xmlns="http://www.w3.org/2002/xforms" xmlns:h="http://www.w3.org/1999/xhtml"><h:head><model>'
    instance = f'<instance><data id="{form_id}" version="{version}">{model}<meta><instanceID/></meta></data></instance>'
    media = f'<instance id="sites" src="jr://file-csv/{FILE}"/>'
    return f"{head}{instance}{media}{binds}</model></h:head><h:body/></h:html>".encode()


SITES = recorded("form_attachment_get")["response"]["body"].encode()
QUESTIONS = {"informant_name": "string", "households": "int"}


# ---- the fake --------------------------------------------------------------------------------------------------------


@pytest.fixture
def fake() -> Iterator[FakeCentral]:
    with fake_central() as found:
        found.verbs = (*VIEWER, *MANAGES)
        form = found.store.add_form(1, FORM, VERSION, dict(QUESTIONS))
        form.published.files, form.published.xml = {FILE: SITES}, xform(FORM, VERSION, **QUESTIONS)
        found.store.add_form(1, "types", "1", {"q1": "string"})
        found.publishing.tokens, found.publishing.names = {13: "phone", 26: "other"}, {13: "Phone 02", 26: "Phone 03"}
        form.assigned = {13}
        yield found


SENT = {
    "form_create_xlsx_draft": xform(FORM, VERSION, **QUESTIONS),
    "form_create_duplicate": xform(FORM, VERSION, **QUESTIONS),
    "form_create_over_deleted_formid_warning": xform("media_missing", "1", **QUESTIONS),
    "form_draft_v2": xform(FORM, "2026020199", **QUESTIONS),
    "form_draft_same_version": xform(FORM, VERSION, **QUESTIONS),
    "form_draft_structure_change_warning": xform("media_missing", "2", households="int"),
    "form_draft_retype": xform(FORM, "2026030101", informant_name="string", households="string"),
}


def prepare(name: str, fake: FakeCentral) -> None:
    """What had happened on the real server before the exchange was recorded."""
    forms, form = fake.store.forms, fake.store.forms[1, FORM]
    match name:
        case "form_create_xlsx_draft":
            del forms[1, FORM]
        case "form_create_over_deleted_formid_warning":
            fake.publishing.trash.append(Form(1, "media_missing", [Version("1", dict(QUESTIONS))]))
        case "form_draft_structure_change_warning":
            fake.store.add_form(1, "media_missing", "1", dict(QUESTIONS))
        case "form_attachments_draft":
            form.draft = Version("2", dict(QUESTIONS), files={FILE: None})
        case "form_publish_same_version":
            form.draft = form.published
        case "form_draft_v2_attachments" | "form_attachment_upload" | "form_attachment_upload_unknown":
            form.draft = Version("2", dict(QUESTIONS), files={FILE: SITES})
        case "form_publish" | "form_delete_draft":
            form.draft = Version("2", dict(QUESTIONS), files={FILE: SITES})
        case "openrosa_formlist_before_assignment":
            form.assigned.clear()


STEPS = (
    *("form_create_xlsx_draft", "form_create_duplicate", "form_create_over_deleted_formid_warning"),
    *("form_create_xml_malformed", "form_create_xml_noid", "form_draft_v2", "form_draft_same_version"),
    *("form_draft_structure_change_warning", "form_draft_type_conflict", "form_draft_formid_mismatch"),
    *("form_draft_retype", "form_draft_v2_attachments", "form_attachments_draft", "form_attachment_upload"),
    *("form_attachment_upload_unknown", "form_attachment_get", "form_attachments", "form_publish"),
    *("form_publish_same_version", "form_publish_again_no_draft", "form_delete_draft", "form_assign_app_user"),
    *("app_user_create", "app_user_delete", "app_users_list"),
)
PHONES = (
    *("openrosa_formlist", "openrosa_formlist_bad_key", "openrosa_formlist_before_assignment", "openrosa_manifest"),
    *("openrosa_attachment", "openrosa_revoked_app_user"),
)


def replayed(fake: FakeCentral, name: str) -> requests.Response:
    asked = recorded(name)["request"]
    login = requests.post(f"{fake.url}/v1/sessions", json={"email": EMAIL, "password": PASSWORD}, timeout=5).json()
    headers = {**asked["headers"], "Authorization": f"Bearer {login['token']}"}
    body = SENT.get(name, asked["body"])
    content = json.dumps(body) if isinstance(body, dict) else body
    return requests.request(asked["method"], fake.url + asked["path"], headers=headers, data=content, timeout=5)


@pytest.mark.parametrize("name", STEPS)
def test_the_fake_answers_a_deploy_as_the_server_did(fake: FakeCentral, name: str) -> None:
    prepare(name, fake)

    found = replayed(fake, name)

    real = recorded(name)["response"]
    assert found.status_code == real["status"]
    if isinstance(real["body"], dict | list):
        told = found.json()
        assert drift(shape(told), shape(real["body"])) == []
        assert real["status"] < 400 or told["code"] == real["body"]["code"]


@pytest.mark.parametrize("name", PHONES)
def test_the_fake_answers_a_phone_as_the_server_did(fake: FakeCentral, name: str) -> None:
    prepare(name, fake)
    token = "nobody" if name in {"openrosa_formlist_bad_key", "openrosa_revoked_app_user"} else "phone"
    asked = recorded(name)["request"]
    pieces = asked["path"].split("/")
    path = "/".join([*pieces[:3], token, *pieces[4:]])

    found = requests.get(f"{fake.url}{path}", headers={"X-OpenRosa-Version": "1.0"}, timeout=5)

    real = recorded(name)["response"]
    assert found.status_code == real["status"]
    assert {word for word in ELEMENTS if f"<{word}" in found.text} == {
        word for word in ELEMENTS if f"<{word}" in real["body"]
    }


ELEMENTS = ("xform>", "formID>", "downloadUrl>", "manifestUrl>", "mediaFile>", "filename>", "hash>", "OpenRosaResponse")


def test_a_phone_that_names_no_version_of_the_protocol_is_refused_by_the_fake(fake: FakeCentral) -> None:
    found = requests.get(f"{fake.url}/v1/key/phone/projects/1/formList", timeout=5)

    assert (found.status_code, "OpenRosaResponse" in found.text) == (400, True)


# ---- the connector, fed with the recordings themselves ---------------------------------------------------------------


class Replay:
    """Stands where the network is: answers one recording after the other, and keeps what it was sent."""

    def __init__(self, *names: str) -> None:
        self.replies = [reply(name) for name in names]
        self.sent: list[tuple[str, str, dict[str, str], bytes]] = []

    def send(
        self,
        method: str,
        path: str,
        *,
        params: dict[str, str] | None = None,
        headers: dict[str, str] | None = None,  # noqa: ARG002 (as a session has it)
        body: bytes | None = None,
    ) -> Reply:
        self.sent.append((method, f"/{path}", params or {}, body or b""))
        return self.replies.pop(0)

    def token(self, *_: object, **__: object) -> str:
        return "signed-in"

    def client(self) -> CentralClient:
        return CentralClient(self, self)  # type: ignore[arg-type]


def reply(name: str) -> Reply:
    real = recorded(name)["response"]
    body = real["body"] if isinstance(real["body"], str) else json.dumps(real["body"])
    return Reply(real["status"], {key.lower(): value for key, value in real["headers"].items()}, body.encode())


def package(version: str = "2026020199", **media: bytes) -> Package:
    return Package(
        form_id=FORM,
        version=version,
        title="Community safety survey",
        languages=(),
        xlsx=b"",
        xform=xform(FORM, version, **QUESTIONS),
        media=media or {FILE: SITES},
    )


def place(name: str) -> tuple[str, str]:
    asked = recorded(name)["request"]
    return asked["method"], asked["path"].partition("?")[0]


def test_a_recorded_warning_about_a_new_form_waits_for_a_person_in_the_words_of_the_server() -> None:
    line = Replay("not_found", "not_found", "form_create_xlsx_warnings", "not_found", "not_found")

    with pytest.raises(UndecidedError) as caught:
        Publisher(line.client(), 1).publish(package())

    warnings = recorded("form_create_xlsx_warnings")["response"]["body"]["details"]["warnings"]
    assert list(caught.value.warnings) == warnings["xlsFormWarnings"]
    assert line.sent[2][:3] == ("POST", "/v1/projects/1/forms", {})


def test_the_recorded_loss_of_a_question_waits_for_a_person_and_names_it() -> None:
    line = Replay("form_get", "form_get", "form_draft_structure_change_warning", "form_delete_draft")

    with pytest.raises(UndecidedError, match=r"not in this one \(informant_name\)"):
        Publisher(line.client(), 1).publish(package())

    assert line.sent[2][:3] == ("POST", f"/v1/projects/1/forms/{FORM}/draft", {})
    assert line.sent[3][:2] == place("form_delete_draft")


def test_warnings_are_passed_over_only_when_somebody_accepted_them() -> None:
    line = Replay("form_get", "form_get", "form_draft_type_conflict", "form_delete_draft")

    with pytest.raises(PublishError, match="another type"):
        Publisher(line.client(), 1).publish(package(), accept_warnings=True)

    assert line.sent[2][2] == {"ignoreWarnings": "true"}


def test_files_go_to_the_draft_as_they_were_recorded() -> None:
    """What is on the server already, by its recorded hash, is not sent again."""
    line = Replay("form_get", "form_get", "form_draft_v2", "form_attachments_draft", "form_attachment_upload_unknown")
    line.replies.append(reply("form_delete_draft"))
    again = Replay("form_get", "form_get", "form_draft_v2", "form_draft_v2_attachments", "not_found")
    again.replies.append(reply("form_delete_draft"))

    with pytest.raises(NetError, match=r"404"):
        Publisher(line.client(), 1).publish(package())
    with pytest.raises(NetError, match=r"404"):
        Publisher(again.client(), 1).publish(package())

    assert (line.sent[4][:2], line.sent[4][3]) == (place("form_attachment_upload"), SITES)
    assert again.sent[4][:2] == ("GET", f"/v1/projects/1/forms/{FORM}/draft.xml")


def test_a_file_that_is_there_as_recorded_would_not_change() -> None:
    line = Replay("form_attachments", "form_attachments")
    publisher = Publisher(line.client(), 1)

    assert publisher.changed_files(package()) == ()
    assert publisher.changed_files(package(**{FILE: b"other"})) == (FILE,)


def test_phones_are_listed_made_and_assigned_as_recorded() -> None:
    line = Replay("app_users_list", "app_user_create", "form_assign_app_user")

    listed = list_phones(line.client(), 1)
    made = add_phone(line.client(), 1, "Phone 02", [FORM])

    asked = recorded("app_user_create")["request"]
    assert [one.id for one in listed] == [14, 13, 10]
    assert (line.sent[1][:2], json.loads(line.sent[1][3])) == (place("app_user_create"), asked["body"])
    assert line.sent[2][:2] == ("POST", f"/v1/projects/1/forms/{FORM}/assignments/app-user/14")
    assert (made.app_user_id, made.path) == (14, "/v1/key/<APP_USER_TOKEN_2>/projects/1")


def test_a_phone_that_was_revoked_is_not_listed() -> None:
    line = Replay("app_users_list")
    revoked = [{**one, "token": None} for one in recorded("app_users_list")["response"]["body"]]
    line.replies = [Reply(200, {}, json.dumps(revoked).encode())]

    assert list_phones(line.client(), 1) == []

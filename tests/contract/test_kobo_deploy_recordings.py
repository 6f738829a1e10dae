"""What the real KoBoToolbox answered to a deploy, against the fake and against the connector: neither may drift."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
import requests
from fakes.fake_kobo import TOKEN, FakeKobo, fake_kobo
from fakes.kobo_projects import Project, Workbook, parts_of
from recording_drift import drift, shape

from workers.net import Reply
from workers.servers.kobo.client import KoboClient
from workers.servers.kobo.desk import Environment
from workers.servers.kobo.plan import is_plan_used_up
from workers.servers.kobo.project import Desk, Doorbell, ProjectError
from workers.servers.kobo.project import Project as Found
from workers.servers.phone_side import PhoneSide, differences
from workers.servers.replies import parsed
from workers.servers.target import TargetError

FOLDER = Path(__file__).parent / "recordings" / "kobo"
ASSET, FIRST, SECOND = "acAChktupb9wQSf7PC2d4e", "veSzVpmtQMvH4b5L6PcdnP", "vkJFqbxwPWbWRcATpxMX32"
BOOK, SITES = b"PK a workbook", b"name,label\nn1,North\n"
LANGUAGES = ("English (en)", "French (fr)")
SENT = {"sites.csv": ("text/csv", SITES), "x.pdf": ("application/pdf", b"%PDF")}


def recorded(name: str) -> dict[str, Any]:
    found: dict[str, Any] = json.loads((FOLDER / f"{name}.json").read_bytes())
    return found


# ---- the fake --------------------------------------------------------------------------------------------------------


@pytest.fixture
def project() -> Project:
    book = Workbook("1", LANGUAGES, b"<h:html/>")
    project = Project(ASSET, "Community safety survey", {FIRST: book}, FIRST, active=True, deployments=[FIRST])
    project.files, project.deployed_files = {"f1": ("sites.csv", SITES)}, {"sites.csv": SITES}
    return project


@pytest.fixture
def fake(project: Project) -> Iterator[FakeKobo]:
    with fake_kobo() as found:
        found.managing.projects[ASSET] = project
        found.managing.books[BOOK] = project.versions[FIRST]
        found.managing.lag = 0
        yield found


def replayed(fake: FakeKobo, name: str) -> requests.Response:
    """The same request. What was uploaded is not in the recording, only what went with it."""
    asked = recorded(name)["request"]
    more: dict[str, Any] = {"json": asked.get("json")}
    if "files" in asked:
        data = asked["data"]
        file = ("file", BOOK) if "/imports/" in asked["url"] else ("content", b"")
        metadata = json.loads(data.get("metadata", '{"filename": "sites.csv"}'))
        kind, content = SENT[metadata["filename"]]
        files = {file[0]: (metadata["filename"], file[1] or content, kind)}
        more = {"data": {**data, **destination(fake, data)}, "files": files}
    headers = {"Authorization": f"Token {TOKEN}", "Accept": "application/json"}
    path = urlsplit(asked["url"]).path.replace("afipYYqnfC5gptA8EM7tyus", "f1")
    return requests.request(asked["method"], f"{fake.url}{path}", headers=headers, timeout=5, **more)


def destination(fake: FakeKobo, data: dict[str, str]) -> dict[str, str]:
    there = data.get("destination")
    return {"destination": f"{fake.url}{urlsplit(there).path}"} if there else {}


def prepare(name: str, fake: FakeKobo, project: Project) -> None:
    """What had happened on the real server before the exchange was recorded."""
    match name:
        case "file_upload_multipart" | "file_upload_badtype" | "file_upload_nometa":
            project.files.clear()
        case "archive" | "unarchive" | "redeploy_old_version":
            project.versions[SECOND] = project.versions[FIRST]
            project.deployed = SECOND
        case "deploy_block":
            fake.managing.projects["ancpDQTnzPSWVFzo9xLY3b"] = Project("ancpDQTnzPSWVFzo9xLY3b", "", is_block=True)
            fake.managing.projects["ancpDQTnzPSWVFzo9xLY3b"].versions = dict(project.versions)
        case "deploy_err_bad_ref":
            fake.managing.projects["a8pywymLR9woxSA5ngJwVV"] = Project("a8pywymLR9woxSA5ngJwVV", "")
            fake.managing.refuses = {"deployment"}


STEPS = (
    *("import_create_file", "import_replace", "redeploy_same", "redeploy_old_version", "deploy_again_post"),
    *("deploy_block", "deploy_err_bad_ref", "archive", "unarchive", "file_upload_multipart", "file_upload_duplicate"),
    *("file_upload_nometa", "file_upload_badtype", "file_delete", "perm_list", "perm_add_submissions"),
    *("perm_bad_user", "hooks_list", "hook_create_subset", "hook_create_bad", "hook_deactivate"),
)
# Its content is compared with that of a recorded version elsewhere.
_CONTENT = "/content/"


@pytest.mark.parametrize("name", STEPS)
def test_the_fake_answers_a_deploy_as_the_server_did(fake: FakeKobo, project: Project, name: str) -> None:
    real = recorded(name)
    prepare(name, fake, project)

    found = replayed(fake, name)

    assert found.status_code == real["status"]
    if isinstance(real["body"], dict | list) and real["body"]:
        assert [one for one in drift(shape(found.json()), shape(real["body"])) if _CONTENT not in one] == []


@pytest.mark.parametrize(
    ("destination", "outcome"),
    [("", "import_status_file"), (f"{{url}}/api/v2/assets/{ASSET}/", "import_replace_status")],
)
def test_the_fake_imports_as_the_server_did(fake: FakeKobo, destination: str, outcome: str) -> None:
    found = imported(fake, library="false", destination=destination.format(url=fake.url))

    assert drift(shape(found), shape(recorded(outcome)["body"])) == []
    assert set(found["messages"]) <= set(recorded(outcome)["body"]["messages"])


def test_the_fake_imports_into_a_bare_uid_as_the_server_did(fake: FakeKobo) -> None:
    found = imported(fake, library="false", destination=ASSET)

    real = recorded("import_dest_uid_only")["body"]
    assert (found["status"], found["messages"]["error_type"]) == (real["status"], real["messages"]["error_type"])


def test_the_fake_refuses_what_is_no_workbook_as_the_server_did(fake: FakeKobo) -> None:
    fake.managing.books.clear()

    found = imported(fake, library="false")

    real = recorded("import_err_corrupt")["body"]
    assert (found["status"], found["messages"]["error_type"]) == (real["status"], real["messages"]["error_type"])


def imported(fake: FakeKobo, **data: str) -> Any:
    headers = {"Authorization": f"Token {TOKEN}"}
    files = {"file": ("form.xlsx", BOOK, "application/vnd.ms-excel")}
    data = {key: value for key, value in ({"name": "x"} | data).items() if value}
    started = requests.post(f"{fake.url}/api/v2/imports/", headers=headers, data=data, files=files, timeout=5).json()
    return requests.get(started["url"], headers=headers, timeout=5).json()


def test_files_reach_the_phones_of_the_fake_with_a_deployment_only_as_on_the_server(
    fake: FakeKobo, project: Project
) -> None:
    """Measured there: the manifest stayed as it was until the project was deployed again."""
    project.files["f1"] = ("sites.csv", b"name,label\nn2,South\n")
    before = manifest(fake)

    replayed(fake, "redeploy_same")

    assert before == manifest_of(SITES)
    assert manifest(fake) == manifest_of(b"name,label\nn2,South\n")


def manifest(fake: FakeKobo) -> dict[str, bytes]:
    headers = {"Authorization": f"Token {TOKEN}"}
    requests.get(f"{fake.url}/manifest/{ASSET}", headers=headers, timeout=5)
    return fake.managing.projects[ASSET].on_phones


def manifest_of(content: bytes) -> dict[str, bytes]:
    return {"sites.csv": content}


@pytest.mark.parametrize("name", ["service_usage", "environment"])
def test_the_fake_tells_about_the_account_as_the_server_did(fake: FakeKobo, name: str) -> None:
    fake.over_plan = name == "service_usage"

    told = replayed(fake, name).json()

    assert drift(shape(told), shape(recorded(name)["body"])) == []


def test_what_is_archived_is_not_in_the_list_of_the_fake_as_on_the_server(fake: FakeKobo) -> None:
    open_list = requests.get(f"{fake.url}/formList", headers={"Authorization": f"Token {TOKEN}"}, timeout=5).text
    replayed(fake, "archive")
    closed_list = requests.get(f"{fake.url}/formList", headers={"Authorization": f"Token {TOKEN}"}, timeout=5).text

    assert [ASSET in open_list, ASSET in recorded("formlist_owner_formList")["body"]] == [True, True]
    assert [ASSET in closed_list, ASSET in recorded("formlist_archived")["body"]] == [False, False]


# ---- the connector, fed with the recordings themselves ---------------------------------------------------------------


class Replay:
    """Stands where the network is: answers one recording after the other, and keeps what it was sent."""

    def __init__(self, *names: str) -> None:
        self.replies = [reply(recorded(name)) for name in names]
        self.sent: list[tuple[str, str, dict[str, str], bytes]] = []

    def send(
        self, method: str, path: str, headers: dict[str, str] | None = None, body: bytes | None = None, **_: Any
    ) -> Reply:
        self.sent.append((method, path, headers or {}, body or b""))
        return self.replies.pop(0)

    def get(self, path: str, *, headers: dict[str, str] | None = None) -> Reply:
        return self.send("GET", path, headers)

    def desk(self) -> Desk:
        return Desk(KoboClient(self), _at_once)  # type: ignore[arg-type]

    def phones(self, waits: int = 0) -> PhoneSide:
        return PhoneSide(self, _at_once, waits=waits)  # type: ignore[arg-type]


def _at_once(_seconds: float) -> None:
    """No waiting in tests."""


def reply(real: dict[str, Any]) -> Reply:
    body = real["body"] if isinstance(real["body"], str) else json.dumps(real["body"])
    return Reply(real["status"], {key.lower(): value for key, value in real["headers"].items()}, body.encode())


def form_xml() -> str:
    """Where an address seemed to name a place of the real server, it was taken out of the recording."""
    content: str = recorded("form_xml")["body"]
    return content.replace("<server-path>", "/root/item")


def found(name: str = "asset_detail_deployed") -> Found:
    return parsed(reply(recorded(name)).body, Found)


def same_place(sent: tuple[str, str, dict[str, str], bytes], name: str) -> bool:
    """Whether the connector asked for what was asked when this was recorded."""
    asked = recorded(name)["request"]
    return (sent[0], f"/{sent[1]}") == (asked["method"], urlsplit(asked["url"]).path)


def test_a_recorded_project_is_read_with_its_versions_its_files_and_its_languages() -> None:
    project = found()

    assert (project.uid, project.version_id, project.deployed_version_id) == (ASSET, SECOND, SECOND)
    assert project.is_live
    assert project.md5s() == {"sites.csv": "md5:97cedb5793675386e6c2ade3dbadf58b"}
    assert (project.summary.row_count, tuple(project.summary.languages)) == (19, LANGUAGES)


def test_an_import_is_sent_as_it_was_recorded_and_names_the_project_it_made() -> None:
    line = Replay("import_create_file", "import_status_file")

    made = line.desk().import_form(BOOK, "My CTiE", None)

    assert made == ASSET
    assert same_place(line.sent[0], "import_create_file")
    assert fields(line.sent[0]) == recorded("import_create_file")["request"]["data"] | {"file": BOOK.decode()}


def test_an_import_into_a_project_names_its_whole_address_as_it_was_recorded() -> None:
    line = Replay("import_replace", "import_replace_status")

    made = line.desk().import_form(BOOK, "", found())

    assert made == ASSET
    assert fields(line.sent[0]).items() >= recorded("import_replace")["request"]["data"].items()


@pytest.mark.parametrize("outcome", ["import_err_corrupt", "import_dest_uid_only"])
def test_a_recorded_import_that_failed_is_a_remedy_and_quotes_nothing(outcome: str) -> None:
    with pytest.raises(ProjectError, match="cannot import") as caught:
        Replay("import_create_file", outcome).desk().import_form(BOOK, "x", None)

    assert recorded(outcome)["body"]["messages"]["error"] not in str(caught.value)


def fields(sent: tuple[str, str, dict[str, str], bytes]) -> dict[str, str]:
    parts = parts_of(sent[2]["Content-Type"], sent[3])
    return {name: part.content.decode() for name, part in parts.items()}


@pytest.mark.parametrize(("has_deployment", "name"), [(True, "redeploy_same"), (False, "deploy_again_post")])
def test_a_deployment_is_sent_as_it_was_recorded_and_is_live_when_the_project_says_so(
    has_deployment: bool, name: str
) -> None:
    line = Replay("redeploy_same", "asset_detail_deployed")
    project = found()
    project.version_id, project.has_deployment = FIRST, has_deployment

    line.desk().deploy(project)

    assert same_place(line.sent[0], name)
    assert json.loads(line.sent[0][3]) == recorded(name)["request"]["json"]


@pytest.mark.parametrize("name", ["deploy_err_bad_ref", "redeploy_old_version"])
def test_a_recorded_deployment_that_failed_is_a_remedy_and_is_not_asked_again(name: str) -> None:
    line = Replay(name)

    with pytest.raises(ProjectError, match="cannot make a form for phones") as caught:
        line.desk().deploy(found())

    assert len(line.sent) == 1
    assert "nope" not in str(caught.value)


def test_a_file_is_sent_as_it_was_recorded_after_the_one_it_replaces_is_gone() -> None:
    line = Replay("file_delete", "file_upload_multipart")

    line.desk().put_file(found(), "sites.csv", SITES)

    asked = recorded("file_upload_multipart")["request"]
    assert [one[0] for one in line.sent] == ["DELETE", "POST"]
    assert same_place(line.sent[1], "file_upload_multipart")
    assert json.loads(fields(line.sent[1])["metadata"]) == json.loads(asked["data"]["metadata"])
    assert set(fields(line.sent[1])) == {"content", *asked["data"]}


def test_who_may_send_is_read_from_the_recorded_permissions_and_given_as_recorded() -> None:
    line = Replay("perm_list", "perm_add_submissions")

    senders = line.desk().senders(found())
    line.desk().let_send(found(), "enum1")

    assert senders == {"enum1", "im_officer"}
    assert json.loads(line.sent[1][3]) == recorded("perm_add_submissions")["request"]["json"]


def test_an_account_nobody_knows_is_a_remedy() -> None:
    with pytest.raises(ProjectError, match="--sender"):
        Replay("perm_bad_user").desk().let_send(found(), "nobody")


def test_a_doorbell_is_found_again_among_the_recorded_hooks() -> None:
    line = Replay("hooks_list", "hook_deactivate")

    line.desk().install_doorbell(found(), Doorbell("https://stub.example.org/ping/200", "small", "secret"))

    assert [one[0] for one in line.sent] == ["GET", "PATCH"]
    assert same_place(line.sent[1], "hook_deactivate")


def test_a_doorbell_is_made_with_the_names_of_the_recorded_hooks() -> None:
    line = Replay("hooks_list", "hook_create_subset")

    line.desk().install_doorbell(found(), Doorbell("https://fieldveil.example/doorbell", "small", "secret"))

    assert same_place(line.sent[1], "hook_create_subset")
    assert set(json.loads(line.sent[1][3])) <= set(recorded("hook_create_subset")["body"])


def test_errors_are_asked_for_as_data_since_they_are_pages_otherwise() -> None:
    """A file is fetched as it is: with the same header a server refuses to hand out what it cannot turn into JSON."""
    line = Replay("redeploy_same", "asset_detail_deployed", "file_upload_multipart")

    line.desk().deploy(found())
    line.desk().read_file(found(), "sites.csv")

    assert [one[2]["Accept"] for one in line.sent] == ["application/json", "application/json", "*/*"]


def test_where_phones_are_served_is_read_as_recorded() -> None:
    assert parsed(reply(recorded("environment")).body, Environment).open_rosa_server == "https://kc.example.org"


def test_an_account_without_limits_is_read_as_recorded() -> None:
    """The recorded server has none. What it says of one that is exceeded is in its own documentation."""
    line = Replay("service_usage")
    line.replies.insert(0, Reply(200, {}, b'{"username": "im_officer"}'))

    assert not is_plan_used_up(KoboClient(line), "im_officer")  # type: ignore[arg-type]
    assert [one[1] for one in line.sent] == ["me/", "api/v2/service_usage/"]


def test_what_phones_get_is_read_as_recorded() -> None:
    """The md5 of the recorded manifest is of a file that was not recorded, so nothing here has it."""
    line = Replay("formlist_owner_formList")
    line.replies += [Reply(200, {}, form_xml().encode()), reply(recorded("manifest"))]

    with pytest.raises(TargetError, match=r"sites\.csv"):
        line.phones().check(ASSET, form_xml().encode(), {"sites.csv": SITES})

    assert [one[1] for one in line.sent] == [
        "formList",
        "https://kc.example.org/forms/1/form.xml",
        "https://kc.example.org/xformsManifest/1",
    ]


def test_a_project_that_was_archived_is_not_seen_by_phones() -> None:
    with pytest.raises(TargetError, match="phones do not see it"):
        Replay("formlist_archived").phones().check(ASSET, b"", {})


def test_what_kobo_adds_to_a_recorded_form_is_no_difference() -> None:
    lines = form_xml().replace(ASSET, "data").splitlines(keepends=True)
    ours = "".join(one for one in lines if "/data/__version__" not in one and "formhub/uuid" not in one)

    assert differences(ours.encode(), form_xml().encode()) == []
    assert differences(ours.replace('type="int"', 'type="string"', 1).encode(), form_xml().encode()) != []

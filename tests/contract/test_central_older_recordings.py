"""What a real ODK Central 2024.1.0 answered, held against the fake that plays an older one."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import requests
from fakes.central_publishing import MANAGES
from fakes.fake_central import EMAIL, PASSWORD, VIEWER, FakeCentral, fake_central, text_tag

FOLDER = Path(__file__).parent / "recordings" / "central"
SENT = (
    b'<data id="older_small" version="1"><answer>1</answer><meta>'
    b"<instanceID>uuid:aaaaaaaa-0000-4000-8000-000000000001</instanceID></meta></data>"
)
_FIELDS = {"answer": "string", "meta": "structure", "meta/instanceID": "string"}


def recorded(name: str) -> dict[str, Any]:
    found: dict[str, Any] = json.loads((FOLDER / f"older_2024_1_0_{name}.json").read_bytes())
    return found


@pytest.fixture
def fake() -> Iterator[FakeCentral]:
    with fake_central() as found:
        found.own_tags = found.filters_ids = found.filters_deleted = found.deletes = False
        found.verbs = (*VIEWER, *MANAGES, "submission.delete")
        found.store.post(found.store.add_form(1, "older_small", "1", _FIELDS), SENT)
        yield found


def replayed(name: str, fake: FakeCentral, **headers: str) -> requests.Response:
    given = {"email": EMAIL, "password": PASSWORD}
    token = requests.post(f"{fake.url}/v1/sessions", json=given, timeout=5).json()["token"]
    asked = recorded(name)["request"]
    kept = {key: value for key, value in asked["headers"].items() if key not in {"Authorization", "If-None-Match"}}
    allowed = {"Authorization": f"Bearer {token}", **kept, **headers}
    return requests.request(asked["method"], fake.url + asked["path"], headers=allowed, timeout=5)


@pytest.mark.parametrize("name", ["list", "odata", "filter_id", "filter_deleted", "delete", "project_manager"])
def test_the_fake_answers_as_the_older_server_did(fake: FakeCentral, name: str) -> None:
    told = recorded(name)["response"]

    answer = replayed(name, fake)

    assert answer.status_code == told["status"]
    assert (told["status"] < 400) or answer.json()["code"] == told["body"]["code"]


def test_its_list_had_a_tag_of_the_whole_text_and_its_odata_none(fake: FakeCentral) -> None:
    told, odata = recorded("list")["response"], recorded("odata")["response"]

    ours, ours_odata = replayed("list", fake), replayed("odata", fake)

    assert text_tag(told["body"].encode()) == told["headers"]["ETag"]
    assert text_tag(ours.content) == ours.headers["ETag"]
    assert "ETag" not in odata["headers"]
    assert "ETag" not in ours_odata.headers


def test_an_unchanged_list_was_not_sent_again(fake: FakeCentral) -> None:
    told = recorded("list_unchanged")

    again = replayed("list_unchanged", fake, **{"If-None-Match": replayed("list", fake).headers["ETag"]})

    assert told["request"]["headers"]["If-None-Match"] == recorded("list")["response"]["headers"]["ETag"]
    assert (again.status_code, again.content) == (told["response"]["status"], b"")


def test_its_list_of_what_was_deleted_was_the_list_of_what_was_not(fake: FakeCentral) -> None:
    told = recorded("list_deleted")["response"]["body"]

    assert [one["instanceId"] for one in replayed("list_deleted", fake).json()] == [one["instanceId"] for one in told]


def test_its_manager_had_no_right_to_delete_a_submission(fake: FakeCentral) -> None:
    told = set(recorded("project_manager")["response"]["body"]["verbs"])

    ours = set(replayed("project_manager", fake).json()["verbs"])

    assert "form.update" in ours & told
    assert "submission.delete" not in ours | told

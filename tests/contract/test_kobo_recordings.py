"""What the real KoBoToolbox answered, against the fake and against the connector: neither may drift from it."""

import json
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
import requests
from fakes.fake_kobo import TOKEN, FakeKobo, fake_kobo
from fakes.kobo_store import OWNER, Form

from forms.checks.survey import understand
from forms.checks.workbook import read_workbook
from mappings.kobo import kobo_listing
from workers.net import NetError, Reply, open_session
from workers.reach import Reach
from workers.servers.kobo.client import KoboClient
from workers.servers.kobo.form import Changes, FormState, KoboForm
from workers.servers.kobo.versions import files_of

FOLDER = Path(__file__).parent / "recordings" / "kobo"
ASSET = "acAChktupb9wQSf7PC2d4e"
# Asked one after the other of one form with the three rows of data_list.json.
SAME_THREE_ROWS = (
    *("data_list", "data_limit_fields_sort", "data_query_group", "data_query_id_gt", "data_query_in"),
    *("data_query_number_as_int", "data_query_number_as_str", "data_query_number_gt_str", "data_query_str_id"),
    *("data_query_time", "data_query_time_exact_iso_z", "data_query_exists", "data_query_regex"),
    *("data_query_repeat_elem", "data_query_nor_blocked", "data_query_where_blocked", "data_query_type_blocked"),
    *("data_query_validation", "data_query_badjson", "data_limit_5000", "data_limit_bad", "data_limit_zero"),
    *("data_start_beyond", "data_start_neg", "data_fields_repeat", "data_fields_repeat_root", "data_fields_csv"),
    *("data_offset_param", "data_page_param", "data_two_sort", "data_unknown_param", "data_single", "data_single_404"),
)
LISTS = (*SAME_THREE_ROWS[:3], "data_two_versions", "page_next_last")
REFUSED = {"data_anon": None, "data_noperm": "stranger", "history_noperm": "stranger"}


def recorded(name: str) -> dict[str, Any]:
    found: dict[str, Any] = json.loads((FOLDER / f"{name}.json").read_bytes())
    return found


@pytest.fixture(scope="module")
def fake() -> Iterator[FakeKobo]:
    with fake_kobo() as found:
        rows = {row["_id"]: row for row in recorded("data_list")["body"]["results"]}
        found.store.forms[ASSET] = Form(ASSET, rows=rows, rights={OWNER: {"view_submissions", "manage_asset"}})
        found.tokens["stranger"] = "enum1"
        yield found


def replayed(fake: FakeKobo, name: str, token: str | None = TOKEN) -> requests.Response:
    asked = recorded(name)["request"]
    headers = {"Authorization": f"Token {token}"} if token else {}
    address = f"{fake.url}{urlsplit(asked['url']).path}"
    return requests.get(address, params=asked.get("params"), headers=headers, timeout=5)


def without_links(body: Any) -> Any:
    """The links name another host, and nobody follows them."""
    return {key: value for key, value in body.items() if key not in {"next", "previous"}}


@pytest.mark.parametrize("name", SAME_THREE_ROWS)
def test_the_fake_answers_as_the_server_did(fake: FakeKobo, name: str) -> None:
    real = recorded(name)

    found = replayed(fake, name)

    assert found.status_code == real["status"]
    assert without_links(found.json()) == without_links(real["body"])


@pytest.mark.parametrize("name", REFUSED)
def test_the_fake_refuses_as_the_server_did(fake: FakeKobo, name: str) -> None:
    real = recorded(name)

    found = replayed(fake, name, REFUSED[name])

    assert (found.status_code, found.json()) == (real["status"], real["body"])


def test_the_fake_shows_a_page_of_html_for_a_form_nobody_has(fake: FakeKobo) -> None:
    found = replayed(fake, "data_noasset")

    assert found.status_code == recorded("data_noasset")["status"]
    assert "html" in found.headers["Content-Type"]


def other_keys(before: dict[str, Any], after: dict[str, Any]) -> set[str]:
    return {key for key in before | after if before.get(key) != after.get(key)}


def test_the_fake_edits_a_row_as_the_server_did(fake: FakeKobo) -> None:
    before, after = recorded("data_list")["body"]["results"][1], recorded("data_after_openrosa_edit")["body"]
    form = Form(ASSET, rows={before["_id"]: before})
    answers = {key: after[key] for key in other_keys(before, after) if not key.startswith(("_", "meta/"))}

    fake.store.edit(form, before["_id"], answers)

    row = form.rows[before["_id"]]
    assert other_keys(row, after) <= {"_uuid", "meta/instanceID"}
    assert row["meta/instanceID"] == f"uuid:{row['_uuid']}" != before["meta/instanceID"]


def test_the_fake_reviews_a_row_as_the_server_did(fake: FakeKobo) -> None:
    before, after = recorded("data_list")["body"]["results"][0], recorded("data_after_validation")["body"]
    form = Form(ASSET, rows={before["_id"]: {**after, "_validation_status": {}}})

    fake.store.review(form, before["_id"], after["_validation_status"]["uid"].removeprefix("validation_status_"))

    told, real = form.rows[before["_id"]]["_validation_status"], after["_validation_status"]
    assert (told["uid"], set(told)) == (real["uid"], set(real))


def test_the_fake_tells_its_history_in_the_words_of_the_server(fake: FakeKobo) -> None:
    real = recorded("history_modify")["body"]
    row = recorded("data_list")["body"]["results"][0]
    form = fake.store.forms[ASSET]
    fake.store.review(form, row["_id"], "")
    address = f"{fake.url}/api/v2/assets/{ASSET}/history/"

    found = requests.get(address, headers={"Authorization": f"Token {TOKEN}"}, timeout=5).json()
    form.history.clear()

    told, wanted = found["results"][0], {event["action"]: event for event in real["results"]}["modify-submission"]
    assert set(found) == set(real)
    assert set(told) <= set(wanted)
    assert told["metadata"]["submission"].keys() - {"status"} <= wanted["metadata"]["submission"].keys()
    assert len(told["date_created"]) == len(wanted["date_created"])


def test_the_fake_cuts_a_page_down_to_a_thousand_without_a_word() -> None:
    with fake_kobo() as fake:
        form = fake.store.add_form(ASSET, "view_submissions")
        for _ in range(1001):
            fake.store.post(form, {})

        found = replayed(fake, "data_limit_5000")

    assert (found.status_code, found.json()["count"], len(found.json()["results"])) == (200, 1001, 1000)


# ---- the connector, fed with the recordings themselves ---------------------------------------------------------------


class Replay:
    """Stands where the network is, and answers one recording whatever is asked."""

    def __init__(self, name: str) -> None:
        real = recorded(name)
        body = real["body"] if isinstance(real["body"], str) else json.dumps(real["body"])
        headers = {key.lower(): value for key, value in real["headers"].items()}
        self.reply = Reply(real["status"], headers, body.encode())
        self.paths: list[str] = []

    def send(self, _method: str, path: str, **_more: Any) -> Reply:
        self.paths.append(path)
        return self.reply

    def form(self) -> KoboForm:
        return KoboForm(KoboClient(self), ASSET, None)  # type: ignore[arg-type]


@pytest.mark.parametrize("name", LISTS)
def test_the_connector_reads_every_row_of_a_recorded_list(name: str) -> None:
    body = recorded(name)["body"]

    found = kobo_listing(json.dumps(body).encode())

    assert found.matching == body["count"]
    assert [(row.id, row.edit, row.root) for row in found.rows] == [
        (row["_id"], row["_uuid"], row["meta/rootUuid"]) for row in body["results"]
    ]


def test_the_connector_keeps_the_root_of_an_edited_row() -> None:
    before = recorded("data_list")["body"]["results"][1]
    after = recorded("data_after_openrosa_edit")["body"]

    rows = kobo_listing(json.dumps({"count": 2, "results": [before, after]}).encode()).rows

    assert rows[0].root == rows[1].root
    assert rows[0].edit != rows[1].edit


def test_the_connector_reads_a_review_and_not_who_made_it() -> None:
    row = recorded("data_after_validation")["body"]

    found = kobo_listing(json.dumps({"count": 1, "results": [row]}).encode()).rows[0]

    assert found.review == row["_validation_status"]["uid"].removeprefix("validation_status_")
    assert row["_validation_status"]["by_whom"] not in repr(found[:7])


def test_the_connector_finds_edits_and_deletions_in_the_recorded_history() -> None:
    events = recorded("history_modify")["body"]["results"]
    wanted = {event["action"]: f"uuid:{event['metadata']['submission']['root_uuid']}" for event in events}
    replay = Replay("history_modify")
    replay.reply = Reply(
        200, replay.reply.headers, replay.reply.body.replace(b'"next": "https', b'"next": null, "was": "')
    )

    found = replay.form().changes(datetime(2026, 11, 22, tzinfo=UTC))

    assert found is not None
    assert (found.edited, found.deleted) == ({wanted["modify-submission"]}, {wanted["delete-submission"]})
    assert found.until == datetime(2026, 11, 22, 2, 24, 0, tzinfo=UTC)


def test_the_time_in_the_question_to_the_history_is_in_quotes() -> None:
    replay = Replay("history_noperm")

    found = replay.form().changes(datetime(2026, 11, 22, tzinfo=UTC))

    assert found is None
    assert "date_created__gte%3A%222026-11-22T00%3A00%3A00Z%22" in replay.paths[0]


def test_a_form_that_is_not_there_is_refused_without_quoting_the_server() -> None:
    with pytest.raises(NetError) as caught:
        Replay("data_noasset").form().head()

    assert (caught.value.status, caught.value.permanent) == (404, True)
    assert "html" not in str(caught.value)


def test_the_connector_reads_rights_and_versions_as_recorded() -> None:
    state = Replay("asset_as_viewer").form().state()

    assert isinstance(state, FormState)
    assert state.permissions == {"view_submissions", "add_submissions", "view_asset"}
    assert not state.is_encrypted


def test_the_content_of_a_version_as_recorded_becomes_a_workbook_again() -> None:
    content = Replay("version_detail").form().content("veSzVpmtQMvH4b5L6PcdnP")

    assert content is not None
    assert content.own_version == ""
    found = understand(read_workbook(files_of(content).xlsx, "form.xlsx", {}), {})
    xpaths = {
        str(row["$xpath"]) for row in content.survey if "$xpath" in row and not str(row["type"]).startswith("end_")
    }
    assert {"/".join(item.path[1:]) for item in found.items} == xpaths
    assert {item.list_name for item in found.items if item.list_name} <= found.lists.keys()


def test_fake_and_connector_speak_to_each_other_over_http(fake: FakeKobo) -> None:
    reach = Reach(hosts=frozenset({"127.0.0.1"}))
    with open_session(fake.url, reach=reach, headers={"Authorization": f"Token {TOKEN}"}) as http:
        form = KoboForm(KoboClient(http), ASSET, None)
        head, changes = form.head(), form.changes(datetime.now(UTC))

    assert head == (3, 4)
    assert changes == Changes(frozenset(), frozenset(), changes.until, is_whole=True) if changes else False

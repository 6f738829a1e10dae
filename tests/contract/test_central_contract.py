"""What a real ODK Central answered, held against the fake and against our own reading: neither can drift from it."""

import json
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any
from urllib.parse import quote, unquote, urlsplit

import msgspec
import pytest
import requests
from fakes.central_rows import odata, parse
from fakes.central_store import Form
from fakes.fake_central import EMAIL, PASSWORD, VIEWER, FakeCentral, fake_central
from recording_drift import drift, shape
from small_form import rule

from mappings.central import central_page
from mappings.decode import Decoder
from mappings.language import FormMapping, GateStep, Interview
from workers.net import NetError, Reply
from workers.servers.breaker import refusal
from workers.servers.central import form as central_form
from workers.servers.central.client import refusal_of
from workers.servers.central.reader import is_whole
from workers.servers.central.versions import published_of
from workers.servers.published import Published

RECORDINGS = Path(__file__).parent / "recordings" / "central"
FIRST, FOURTH = "uuid:aaaaaaaa-0000-4000-8000-000000000001", "uuid:aaaaaaaa-0000-4000-8000-000000000004"
Recorded = dict[str, Any]


def recorded(name: str) -> Recorded:
    found: Recorded = json.loads((RECORDINGS / f"{name}.json").read_bytes())
    return found


def body(name: str) -> bytes:
    content = recorded(name)["response"]["body"]
    return content.encode() if isinstance(content, str) else json.dumps(content).encode()


def fields(name: str = "form_fields") -> dict[str, str]:
    return {one["path"].lstrip("/"): one["type"] for one in recorded(name)["response"]["body"]}


# ---- versions that were published by hand ----------------------------------------------------------------------------


def test_versions_are_read_as_recorded(lab: tuple[FakeCentral, Form]) -> None:
    """The newest first; the day is the one on which it was published, not the one on which it was changed last."""
    fake, form = lab
    fake.store.publish(form, "by-hand-1", fields())
    told = json.loads(body("form_versions"))
    login = requests.post(f"{fake.url}/v1/sessions", json={"email": EMAIL, "password": PASSWORD}, timeout=5)
    headers = {"Authorization": f"Bearer {login.json()['token']}"}

    answers = [
        requests.get(fake.url + recorded(name)["request"]["path"], headers=headers, timeout=5)
        for name in ("form_versions", "form_version_no_workbook")
    ]

    assert [one.status_code for one in answers] == [200, recorded("form_version_no_workbook")["response"]["status"]]
    assert answers[1].json()["code"] == recorded("form_version_no_workbook")["response"]["body"]["code"]
    assert [one["version"] for one in answers[0].json()] == [one["version"] for one in told]
    assert {key for one in answers[0].json() for key in one} <= set(told[0])
    assert published_of(body("form_versions")) == [
        Published(one["version"], date.fromisoformat(one["publishedAt"][:10])) for one in told
    ]


# ---- the fake --------------------------------------------------------------------------------------------------------


@pytest.fixture
def lab() -> Iterator[tuple[FakeCentral, Form]]:
    """The form of the recordings with the rows of the recorded list, all with the answers of the recorded XML."""
    with fake_central() as fake:
        form = fake.store.add_form(1, "community_safety", "2026010101", {**fields()})
        fake.verbs = (*VIEWER, "submission.delete")
        xml = body("submission_xml").decode()
        for row in reversed(recorded("submissions_list")["response"]["body"]):
            fake.store.post(form, xml.replace(FIRST, row["instanceId"]).encode())
        yield fake, form


def prepare(name: str, fake: FakeCentral, form: Form) -> None:
    """What had happened on the real server before the exchange was recorded."""
    match name:
        case "submission_get_deleted" | "submissions_list_deleted" | "submission_delete_again" | "submission_restore":
            fake.store.delete(form, FOURTH)
        case "odata_deleted_filter_ne_null" | "odata_deleted_filter_gt" | "odata_both_live_and_deleted":
            fake.store.delete(form, FOURTH)
        case "viewer_delete":
            fake.verbs = VIEWER
        case "project_get_encrypted":
            fake.projects.add(3)


EXCHANGES = [
    "auth_session_create",
    "auth_session_bad_password",
    "auth_session_bad_json",
    "auth_session_missing_field",
    "auth_expired_session",
    "auth_none",
    "no_version",
    "not_found",
    "projects_list",
    "project_get_encrypted",
    "users_current",
    "form_get",
    "form_list",
    "form_fields",
    "submissions_list",
    "submissions_list_etag",
    "submissions_list_deleted",
    "submission_xml",
    "submission_get_deleted",
    "submission_delete",
    "submission_delete_again",
    "submission_restore",
    "submission_restore_again",
    "submission_review",
    "submission_review_bad",
    "odata_submissions_expand",
    "odata_page1",
    "odata_page2",
    "odata_top0_count",
    "odata_top_nan",
    "odata_bad_skiptoken",
    "odata_filter_bad",
    "odata_filter_field",
    "odata_filter_func",
    "odata_filter_formversion",
    "odata_cursor_updatedAt",
    "odata_filter_bad_date",
    "odata_deleted_filter_gt",
    "odata_deleted_filter_ne_null",
    "odata_both_live_and_deleted",
    "odata_expand_named",
    "odata_unknown_form",
    "odata_unknown_table",
    "viewer_delete",
]


def replay(exchange: Recorded, fake: FakeCentral) -> requests.Response:
    request = exchange["request"]
    headers = {name: value for name, value in request["headers"].items() if name != "Authorization"}
    content = request["body"]
    if request["path"] == "/v1/sessions" and isinstance(content, dict):
        real = {"email": EMAIL, "password": PASSWORD if content.get("password") == "<PASSWORD>" else "wrong"}
        content = {key: real[key] for key in content}
    elif "SESSION_TOKEN" in request["headers"].get("Authorization", "") or exchange["name"] == "viewer_delete":
        token = requests.post(f"{fake.url}/v1/sessions", json={"email": EMAIL, "password": PASSWORD}, timeout=5)
        headers["Authorization"] = f"Bearer {token.json()['token']}"
    data = content if isinstance(content, str) or content is None else json.dumps(content)
    return requests.request(request["method"], fake.url + request["path"], headers=headers, data=data, timeout=5)


@pytest.mark.parametrize("name", EXCHANGES)
def test_the_fake_answers_what_the_real_server_answered(lab: tuple[FakeCentral, Form], name: str) -> None:
    exchange = recorded(name)
    prepare(name, *lab)

    answer = replay(exchange, lab[0])

    real = exchange["response"]
    assert answer.status_code == real["status"]
    assert ("ETag" in answer.headers) <= ("ETag" in real["headers"])
    if isinstance(real["body"], dict | list) and "$select" not in unquote(exchange["request"]["path"]):
        assert drift(shape(answer.json()), shape(real["body"])) == []
    if real["status"] >= 400:
        assert answer.json()["code"] == real["body"]["code"]


def test_the_fake_finds_by_time_what_the_real_server_found(lab: tuple[FakeCentral, Form]) -> None:
    exchange = recorded("odata_deleted_filter_gt")
    prepare("odata_deleted_filter_gt", *lab)

    found = replay(exchange, lab[0]).json()["value"]

    told = exchange["response"]["body"]["value"]
    assert [row["__id"] for row in found] == [row["__id"] for row in told]
    assert [set(row["__system"]) for row in found] == [set(row["__system"]) for row in told]


def test_the_fake_reads_xml_into_the_very_row_the_real_server_showed() -> None:
    real = recorded("odata_submissions_expand")["response"]["body"]["value"][0]
    root, _ = parse(body("submission_xml"))

    made = odata(
        root, {path: kind for path, kind in fields().items() if not path.startswith("meta")}, FIRST, expand=True
    )

    told = {key: value for key, value in real.items() if key not in {"meta", "__id", "__system"}}
    for row in made["offer"] + told["offer"]:
        row.pop("__id")
    made.pop("offer@odata.navigationLink")
    told.pop("offer@odata.navigationLink")
    assert made == told


def test_the_fake_hides_the_rows_after_a_purged_one_as_the_real_server_did(lab: tuple[FakeCentral, Form]) -> None:
    fake, form = lab
    exchange = recorded("odata_skiptoken_row_purged")

    answer = replay(exchange, fake)

    assert answer.json()["value"] == exchange["response"]["body"]["value"] == []
    assert "@odata.nextLink" not in answer.json()
    assert len(form.live()) > 0


def test_the_fake_answers_304_as_the_real_server_did(lab: tuple[FakeCentral, Form]) -> None:
    exchange = recorded("submissions_list_not_modified")
    first = replay(recorded("submissions_list"), lab[0])
    exchange["request"]["headers"]["If-None-Match"] = first.headers["ETag"]

    answer = replay(exchange, lab[0])

    assert (answer.status_code, answer.content) == (exchange["response"]["status"], b"")


def test_the_tag_of_the_fake_says_nothing_of_a_new_version_nor_of_options(lab: tuple[FakeCentral, Form]) -> None:
    """As on the real server, where the tag was made of the rows' events alone."""
    fake, form = lab
    exchange = recorded("odata_submissions_expand")
    first = replay(exchange, fake)
    fake.store.publish(form, "2026020199", {"today": "date"})

    second = replay(exchange, fake)

    assert second.headers["ETag"] == first.headers["ETag"]
    assert "households" in first.json()["value"][0]
    assert "households" not in second.json()["value"][0]


def test_some_submissions_of_the_fake_share_their_millisecond(lab: tuple[FakeCentral, Form]) -> None:
    listed = replay(recorded("submissions_list"), lab[0]).json()

    moments = [one["createdAt"] for one in listed]

    assert len(set(moments)) < len(moments)
    assert moments == sorted(moments, reverse=True)


# ---- our own reading -------------------------------------------------------------------------------------------------


def rules() -> FormMapping:
    """A mapping of the recorded form by hand: groups, numbers, a choice of several, a repeat."""
    return FormMapping(
        language=1,
        form_id="community_safety",
        form_version="2026010101",
        survey_id="CTE-S-XAA-2026-01",
        country="XAA",
        respondent_kind="site_ki",
        catalogue_version="1.0.0",
        deid_profile="fieldveil-1",
        fixed_method="ki",
        fixed_organisation="ORG-A",
        gate=(GateStep("lighting", "yes", "refused"),),
        interview=Interview(adm1="site/admin1", adm2="site/admin2", site="site/site_code", day="today"),
        rules=(
            rule("households", "CTE-COM-001", "integer"),
            rule("share_displaced", "CTE-COM-002", "decimal"),
            rule("risks", "CTE-COM-003", "select_multiple", codes={"false_job": "false_job", "missing": "missing"}),
            rule("offer/offer_type", "CTE-COM-004", "select_one", codes={"work": "work"}, repeat="offer"),
            rule("offer/persons", "CTE-COM-005", "integer", repeat="offer"),
        ),
    )


def flat(raw: Any) -> list[Any]:
    """Every answer as its text: OData has numbers where XML has digits."""
    found: list[Any] = []
    for value in msgspec.structs.astuple(raw):
        if isinstance(value, tuple):
            found.append([[str(one) for one in msgspec.structs.astuple(row)] for row in value])
        else:
            found.append(None if value is None else str(value))
    return found


def test_a_recorded_row_and_its_recorded_xml_are_read_alike() -> None:
    decoder = Decoder(rules())
    row = central_page(body("odata_submissions_expand"))[0]

    as_odata = decoder.central_row(row)
    as_xml = decoder.letter(
        body("submission_xml"), root=FIRST, instance=FIRST, version="2026010101", received=row.received
    )

    assert as_odata is not None
    assert flat(as_odata) == flat(as_xml)
    assert "42" in flat(as_odata)


def test_no_identifier_of_a_recorded_row_becomes_an_object() -> None:
    page = body("odata_submissions_expand")
    raw = Decoder(rules()).central_row(central_page(page)[0])

    held = repr(flat(raw))

    assert not [name for name in ("collect:abcDEF123", "+000111222", "enum01", "Ana", "0700000001") if name in held]
    assert b"0700000001" in page


def test_the_recorded_list_is_read_with_edits_and_reviews() -> None:
    reply = Reply(200, {"etag": 'W/"x"'}, body("submissions_list"))

    part = central_form._part(reply)

    listed = recorded("submissions_list")["response"]["body"]
    assert [row.root for row in part.rows] == [one["instanceId"] for one in listed]
    assert [row.instance for row in part.rows] == [one["currentVersion"]["instanceId"] for one in listed]
    assert [row.created for row in part.rows] == [one["createdAt"] for one in listed]


def test_a_recorded_edit_keeps_its_root_and_counts_its_edits() -> None:
    row = central_page(body("odata_after_edit"))[0]

    assert (row.root, row.instance) == (FIRST, "uuid:aaaaaaaa-0000-4000-8000-0000000000e2")
    assert row.edits == 2


def test_recorded_rows_of_an_encrypted_form_are_not_open() -> None:
    rows = central_page(body("odata_encrypted"))

    assert not rows[0].is_open
    assert msgspec.json.decode(body("form_get_encrypted"), type=central_form.FormState).key_id == 1


def test_names_that_odata_respells_are_found_by_the_names_of_the_form() -> None:
    mapping = msgspec.structs.replace(
        rules(), interview=Interview(adm1="g.1/h-2"), gate=(GateStep("a.b", "1", "refused"),), rules=rules().rules[:1]
    )

    raw = Decoder(mapping).central_row(central_page(body("odata_odd_names"))[0])

    assert raw is not None
    assert {"1", "4"} <= set(flat(raw))


def test_a_renamed_question_makes_odata_unfit_for_old_rows() -> None:
    layout = Decoder(rules()).layout
    today = fields()
    renamed = {("site/region" if path == "site/admin1" else path): kind for path, kind in today.items()}

    assert is_whole(layout, today)
    assert not is_whole(layout, renamed)


@pytest.mark.parametrize(
    ("name", "code"),
    [
        ("auth_expired_session", "server_sign_in"),
        ("auth_session_bad_password", "server_sign_in"),
        ("viewer_delete", "server_rights"),
        ("odata_unknown_form", "server_form_missing"),
        ("odata_filter_bad", "server_refused"),
    ],
)
def test_recorded_refusals_become_states_that_quote_nothing(name: str, code: str) -> None:
    exchange = recorded(name)
    reply = Reply(exchange["response"]["status"], {}, body(name))

    error: NetError = refusal_of(quote(urlsplit(exchange["request"]["path"]).path.removeprefix("/v1/")), reply)
    found = refusal(error, "field-central")

    assert found.code == code
    assert exchange["response"]["body"]["message"] not in f"{error} {found}"

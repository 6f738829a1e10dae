"""What a phone fetches: the list of forms, the forms, their files."""

import hashlib
from xml.etree import ElementTree

import pytest
from letterbox_door import PRACTICE_TOKEN, TODAY, TOKEN, Door, open_door, said, xform
from sqlalchemy import Engine, insert, update

from backend.store import tables
from backend.store.engine import transaction

_LIST = "{http://openrosa.org/xforms/xformsList}"
_MANIFEST = "{http://openrosa.org/xforms/xformsManifest}"
_FILES = ("formList", "forms/core/2.xml", "forms/core/2/manifest", "forms/core/2/media/adm2.csv")
ADDRESS = f"https://data.example.org/letterbox/{TOKEN}"


@pytest.fixture
def door(engine: Engine) -> Door:
    return open_door(engine)


def _put_media(door: Door, filename: str, content: bytes) -> None:
    row = {"form_id": "core", "version": "2", "filename": filename, "content": content}
    with transaction(door.engine) as session:
        session.execute(insert(tables.form_media).values(**row, md5=hashlib.md5(content).hexdigest()))  # noqa: S324


def _change_form(door: Door, form_id: str, **changes: object) -> None:
    with transaction(door.engine) as session:
        session.execute(update(tables.form).where(tables.form.c.form_id == form_id).values(**changes))


def _listed(door: Door, token: str = TOKEN, query: str = "") -> list[dict[str, str | None]]:
    root = ElementTree.fromstring(door.get(f"formList?deviceID=x{query}", token).get_data())
    assert root.tag == f"{_LIST}xforms"
    return [{field.tag.removeprefix(_LIST): field.text for field in entry} for entry in root]


def test_the_list_holds_what_collect_needs_of_each_form(door: Door) -> None:
    assert _listed(door) == [
        {
            "formID": "core",
            "name": "Form core",
            "version": "2",
            "hash": f"md5:{hashlib.md5(xform('core', '2')).hexdigest()}",  # noqa: S324
            "downloadUrl": f"{ADDRESS}/forms/core/2.xml",
        }
    ]


def test_the_list_is_text_xml_of_an_openrosa_server(door: Door) -> None:
    response = door.get("formList")

    assert response.status_code == 200
    assert response.headers["Content-Type"] == "text/xml; charset=utf-8"
    assert response.headers["X-OpenRosa-Version"] == "1.0"
    assert response.headers["X-OpenRosa-Accept-Content-Length"] == "10000000"


def test_a_form_with_files_has_a_manifest(door: Door) -> None:
    _put_media(door, "adm2.csv", b"name,label\n")

    assert _listed(door)[0]["manifestUrl"] == f"{ADDRESS}/forms/core/2/manifest"


def test_a_phone_sees_the_forms_that_were_given_to_it_and_no_others(door: Door) -> None:
    assert [form["formID"] for form in _listed(door)] == ["core"]
    assert [form["formID"] for form in _listed(door, PRACTICE_TOKEN)] == ["play"]


@pytest.mark.parametrize("change", [{"state": "draft"}, {"state": "closed", "closed_on": TODAY}, {"server": "kobo"}])
def test_a_form_that_is_not_open_here_leaves_the_list_and_cannot_be_fetched(
    door: Door, change: dict[str, object]
) -> None:
    _change_form(door, "core", **change)

    assert _listed(door) == []
    assert door.get("forms/core/2.xml").status_code == 404


def test_a_form_without_a_version_does_not_spoil_the_list(door: Door) -> None:
    _change_form(door, "core", current_version=None)

    assert _listed(door) == []


def test_one_form_can_be_asked_for(door: Door) -> None:
    assert [form["formID"] for form in _listed(door, query="&formID=core")] == ["core"]
    assert _listed(door, query="&formID=none") == []


def test_the_form_comes_byte_for_byte_and_fits_its_hash(door: Door) -> None:
    response = door.get("forms/core/2.xml")

    assert response.get_data() == xform("core", "2")
    assert response.headers["Content-Type"] == "text/xml; charset=utf-8"
    assert response.headers["X-OpenRosa-Version"] == "1.0"


def test_an_older_version_that_was_deployed_can_still_be_fetched(door: Door) -> None:
    assert door.get("forms/core/1.xml").get_data() == xform("core", "1")


def test_drafts_unknown_versions_and_forms_of_others_are_not_given_out(door: Door) -> None:
    _put_media(door, "adm2.csv", b"name,label\n")
    paths = [
        "forms/core/3.xml",
        "forms/core/9.xml",
        "forms/other/2.xml",
        "forms/extra/2.xml",
        "forms/core/9/manifest",
        "forms/other/2/manifest",
        "forms/core/2/media/none.csv",
        "forms/core/1/media/adm2.csv",
    ]

    answers = {path: door.get(path) for path in paths}

    assert {path: response.status_code for path, response in answers.items()} == dict.fromkeys(paths, 404)
    assert {said(response)[0] for response in answers.values()} == {"file_unknown"}


def test_the_manifest_names_each_file_with_hash_and_address(door: Door) -> None:
    _put_media(door, "adm2.csv", b"name,label\n")

    root = ElementTree.fromstring(door.get("forms/core/2/manifest").get_data())

    assert [{field.tag.removeprefix(_MANIFEST): field.text for field in file} for file in root] == [
        {
            "filename": "adm2.csv",
            "hash": f"md5:{hashlib.md5(b'name,label' + bytes([10])).hexdigest()}",  # noqa: S324
            "downloadUrl": f"{ADDRESS}/forms/core/2/media/adm2.csv",
        }
    ]


def test_a_form_without_files_has_an_empty_manifest(door: Door) -> None:
    assert list(ElementTree.fromstring(door.get("forms/core/2/manifest").get_data())) == []


def test_a_file_comes_byte_for_byte(door: Door) -> None:
    content = "name,label\nXA01,\u062d\u0644\u0628\n".encode()
    _put_media(door, "adm2.csv", content)

    response = door.get("forms/core/2/media/adm2.csv")

    assert response.get_data() == content
    assert response.headers["Content-Type"].startswith("text/csv")


def test_what_the_phone_has_already_is_not_sent_again(door: Door) -> None:
    _put_media(door, "adm2.csv", b"name,label\n")
    firsts = {path: door.get(path) for path in _FILES}

    agains = {path: door.get(path, headers={"If-None-Match": first.headers["ETag"]}) for path, first in firsts.items()}

    assert {(again.status_code, again.get_data()) for again in agains.values()} == {(304, b"")}
    assert {first.headers["Cache-Control"] for first in firsts.values()} == {"private, no-cache"}


def test_a_changed_list_is_sent_again(door: Door) -> None:
    first = door.get("formList")
    _change_form(door, "core", current_version="1")

    again = door.get("formList", headers={"If-None-Match": first.headers["ETag"]})

    assert again.status_code == 200


def test_an_unknown_token_is_told_what_to_do(door: Door) -> None:
    answers = [door.get(path, "no-such-token") for path in (*_FILES, "key")]

    # Collect asks for a password on 401, and calls the server unreachable on a 404 of the list.
    assert {response.status_code for response in answers} == {403}
    assert {said(response)[0] for response in answers} == {"phone_unknown"}
    assert "QR code" in said(answers[0])[1]
    assert b"no-such-token" not in b"".join(response.get_data() for response in answers)


def test_a_revoked_token_is_an_unknown_one(door: Door) -> None:
    _put_media(door, "adm2.csv", b"name,label\n")
    before = {door.get(path).status_code for path in (*_FILES, "key")}
    with transaction(door.engine) as session:
        session.execute(update(tables.app_user).values(revoked_on=TODAY))

    after = {door.get(path).status_code for path in (*_FILES, "key")}

    assert (before, after) == ({200}, {403})


def test_messages_come_in_the_language_that_is_asked_for(door: Door) -> None:
    response = door.get("formList", "x", headers={"Accept-Language": "ar-SY, en;q=0.5"})

    assert response.headers["Content-Language"] == "ar"
    assert "\u0645\u0634\u0631\u0641\u0643" in said(response)[1]


def test_without_a_wish_messages_come_in_the_language_of_the_server(engine: Engine) -> None:
    response = open_door(engine, default_language="fr").get("formList", "x")

    assert response.headers["Content-Language"] == "fr"


def test_a_page_gets_the_key_of_the_month(door: Door) -> None:
    found = door.get("key").get_json()

    assert (found["key_id"], found["month"]) == ("2026-11-1", "2026-11")
    assert len(found["public_key"]) == 88

"""The OpenRosa side of the simulated phone against servers that do it wrong: it is as strict as ODK Collect.

Requirements, from what Collect does (design of the engines, section 7):
O1 every request has X-OpenRosa-Version, Date, User-Agent and deviceID  O2 lists are text/xml with the OpenRosa header
O3 an incomplete entry spoils the whole list  O4 md5 of form and files  O5 HEAD 204 before POST
O6 only 201 and 202 mean stored  O7 parts say that more follow  O8 the server's own code is told
"""

import hashlib
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from fake_http import Answer, Fake, Handler, says, serving

from workers.net import Limits, NetError, open_session
from workers.phone.canary import Canaries
from workers.phone.collect import Phone, PhoneError, choose
from workers.phone.deliveries import Attachment, Delivery, Reason
from workers.reach import Reach

CANARIES = Canaries(3)
XFORM, CSV = b"<h:html/>", b"name,label\n1,One\n"
OPENROSA = {"Content_Type": "text/xml; charset=utf-8", "X_OpenRosa_Version": "1.0"}
FIRST = Delivery(b"<data/>", Reason.FIRST)


def md5(content: bytes) -> str:
    return f"md5:{hashlib.md5(content, usedforsecurity=False).hexdigest()}"


@contextmanager
def phone(*answers: Answer) -> Iterator[tuple[Phone, Fake]]:
    with serving(*answers) as fake:
        session = open_session(fake.url, reach=Reach(this_machine=True), limits=Limits(tries=1, read_seconds=2))
        with Phone(session, CANARIES) as found:
            yield found, fake


def listing(body: str, **headers: str) -> Answer:
    text = f'<xforms xmlns="http://openrosa.org/xforms/xformsList">{body}</xforms>'
    return says(200, text.encode(), **{**OPENROSA, **headers})


def manifest(body: str) -> Answer:
    text = f'<manifest xmlns="http://openrosa.org/xforms/xformsManifest">{body}</manifest>'
    return says(200, text.encode(), **OPENROSA)


def entry(form_id: str = "a_form", name: str = "A form", hash_: str = md5(XFORM), url: str = "forms/a.xml") -> str:
    return (
        f"<xform><formID>{form_id}</formID><name>{name}</name><version>1</version><hash>{hash_}</hash>"
        f"<downloadUrl>{url}</downloadUrl><manifestUrl>forms/manifest</manifestUrl></xform>"
    )


def media(filename: str = "a.csv", hash_: str = md5(CSV)) -> str:
    url = "<downloadUrl>forms/media/a.csv</downloadUrl>"
    return f"<mediaFile><filename>{filename}</filename><hash>{hash_}</hash>{url}</mediaFile>"


# ---- lists and downloads ---------------------------------------------------------------------------------------------


def test_a_form_is_downloaded_with_its_files() -> None:  # O1, O4
    answers = (listing(entry()), says(200, XFORM), manifest(media("folder/a.csv")), says(200, CSV))
    with phone(*answers) as (found, fake):
        blank = found.download(choose(found.forms(), ""))

    assert (blank.form_id, blank.xform, dict(blank.media)) == ("a_form", XFORM, {"a.csv": CSV})
    for method, path, headers in fake.seen:
        assert method == "GET"
        assert path.endswith(f"?deviceID=collect%3A{CANARIES['http.device_id'].core}")
        assert headers["X-OpenRosa-Version"] == "1.0"
        assert headers["User-Agent"] == CANARIES.text("http.user_agent")
        assert headers["Date"].endswith("GMT")


def test_a_form_without_files_has_no_manifest() -> None:
    plain = entry().replace("<manifestUrl>forms/manifest</manifestUrl>", "")
    with phone(listing(plain), says(200, XFORM)) as (found, _):
        assert found.download(choose(found.forms(), "a_form")).media == {}


@pytest.mark.parametrize(
    "answer",
    [
        listing(entry(), Content_Type="application/xml"),
        says(200, b"<xforms/>", Content_Type="text/xml"),
        says(200, b"<html>login</html>", **OPENROSA),
        says(200, b"not xml", **OPENROSA),
        says(200, b'<!DOCTYPE x [<!ENTITY a "b">]><xforms>&a;</xforms>', **OPENROSA),
    ],
    ids=["application/xml", "no OpenRosa header", "a login page", "no xml", "a document type"],
)
def test_a_list_that_is_not_openrosa_is_refused(answer: Answer) -> None:  # O2
    with phone(answer) as (found, _), pytest.raises(PhoneError, match="Is the URL right"):
        found.forms()


@pytest.mark.parametrize(
    "broken", [entry(form_id=""), entry(name=""), entry(url=""), entry(hash_=""), entry(hash_="sha256:00")]
)
def test_an_incomplete_entry_spoils_the_whole_list(broken: str) -> None:  # O3
    with phone(listing(entry() + broken)) as (found, _), pytest.raises(PhoneError, match="shows no form"):
        found.forms()


@pytest.mark.parametrize("broken", [media(filename=""), media(hash_=""), media(hash_="00")])
def test_an_incomplete_manifest_is_refused(broken: str) -> None:  # O3
    with phone(listing(entry()), says(200, XFORM), manifest(media() + broken), says(200, CSV)) as (found, _):
        [form] = found.forms()
        with pytest.raises(PhoneError, match="fetches no file"):
            found.download(form)


def test_another_form_than_promised_is_refused() -> None:  # O4
    with phone(listing(entry()), says(200, b"<another/>")) as (found, _):
        [form] = found.forms()
        with pytest.raises(PhoneError, match="md5"):
            found.download(form)


def test_another_file_than_promised_is_refused() -> None:  # O4
    with phone(listing(entry()), says(200, XFORM), manifest(media()), says(200, b"other")) as (found, _):
        [form] = found.forms()
        with pytest.raises(PhoneError, match=r"the file a\.csv"):
            found.download(form)


def test_a_form_of_another_server_is_not_fetched() -> None:
    with phone(listing(entry(url="https://evil.example.org/a.xml"))) as (found, fake):
        [form] = found.forms()
        with pytest.raises(NetError, match="another server"):
            found.download(form)
        assert len(fake.seen) == 1


def test_several_forms_are_told_apart_by_their_id() -> None:
    with phone(listing(entry() + entry(form_id="b_form"))) as (found, _):
        forms = found.forms()

    assert choose(forms, "b_form").form_id == "b_form"
    with pytest.raises(PhoneError, match="a_form, b_form"):
        choose(forms, "")


# ---- submissions -----------------------------------------------------------------------------------------------------


def openrosa_message(status: int, nature: str) -> Answer:
    body = (
        '<OpenRosaResponse xmlns="http://openrosa.org/http/response">'
        f'<message nature="{nature}">words</message></OpenRosaResponse>'
    )
    return says(status, body.encode(), **OPENROSA)


def test_a_phone_asks_first_and_then_posts() -> None:  # O1, O5
    with phone(says(204), openrosa_message(201, "submit_success")) as (found, fake):
        sent = found.send(FIRST, "0f")

    assert (sent.stored, sent.status, sent.nature) == (True, 201, "submit_success")
    assert [method for method, _, _ in fake.seen] == ["HEAD", "POST"]
    assert all("deviceID=" in path for _, path, _ in fake.seen)
    assert b'name="xml_submission_file"' in fake.bodies[1]


@pytest.mark.parametrize("status", [200, 401, 404, 503])
def test_without_204_nothing_is_posted(status: int) -> None:  # O5
    with phone(says(status)) as (found, fake):
        sent = found.send(FIRST, "0f")

    assert not sent.stored
    assert [method for method, _, _ in fake.seen] == ["HEAD"]


@pytest.mark.parametrize(("status", "stored"), [(201, True), (202, True), (200, False), (204, False), (302, False)])
def test_only_201_and_202_mean_that_the_server_keeps_it(status: int, stored: bool) -> None:  # O6
    with phone(says(204), says(status)) as (found, _):
        assert found.send(FIRST, "0f").stored is stored


def test_a_part_says_that_more_follow() -> None:  # O7
    photo = Attachment("photo.jpg", "image/jpeg", b"\xff\xd8")
    part = Delivery(b"<data/>", Reason.FIRST, (photo,), more_follow=True)
    with phone(says(204), says(201)) as (found, fake):
        found.send(part, "0f")

    assert b'name="*isIncomplete*"\r\n\r\nyes' in fake.bodies[1]
    assert b'filename="photo.jpg"' in fake.bodies[1]


def test_an_upload_that_breaks_off_does_so_inside_the_interview_also_with_pictures() -> None:
    """KoBoToolbox keeps an upload whose XML is whole, whatever is missing behind it."""
    photo = Attachment("photo.jpg", "image/jpeg", b"\xff\xd8" * 5_000)
    with phone(says(204), says(400)) as (found, fake):
        sent = found.send(Delivery(b"<data>" + b"<q/>" * 50 + b"</data>", Reason.CUT_OFF, (photo,)), "0f")

    assert not sent.stored
    assert b"--0f--" not in fake.bodies[1]
    assert b"<data><q/>" in fake.bodies[1]
    assert b"</data>" not in fake.bodies[1]


def test_the_reason_of_a_refusal_is_the_servers_code() -> None:  # O8
    with phone(says(204), openrosa_message(413, "too_large")) as (found, _):
        assert found.send(FIRST, "0f").nature == "too_large"


def test_identifiers_that_come_back_are_counted() -> None:
    def echo(handler: Handler) -> None:
        says(400, f"bad upload of {CANARIES.text('http.user_agent')}".encode())(handler)

    with phone(says(204), echo) as (found, _):
        assert found.send(FIRST, "0f").echoes == 1


def test_identifiers_stand_in_headers_names_and_fields() -> None:
    photo = Attachment(CANARIES.text("multipart.file_arabic"), "image/jpeg", b"")
    with phone(says(204), says(201)) as (found, fake):
        found.send(Delivery(b"<data/>", Reason.FIRST, (photo,)), "0f")

    _, path, headers = fake.seen[1]
    sent = path + repr({name: value.encode("latin-1") for name, value in headers.items()})
    assert all(CANARIES[place].core in sent for place in ("http.device_id", "http.header", "http.cookie"))
    assert headers["X-Enumerator-Name"].encode("latin-1").decode() == CANARIES.text("http.header_arabic")
    body = fake.bodies[1].decode()
    names = ("multipart.xml_file", "multipart.field", "multipart.field_name", "multipart.file_arabic")
    assert all(CANARIES[place].core in body for place in names)

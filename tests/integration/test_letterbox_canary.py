"""Identifiers in every place of an upload are found in no file, log or answer of the server, also when things fail."""

import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import quote
from xml.sax.saxutils import escape

import pytest
from letterbox_door import BOUNDARY, TOKEN, Door, filled, open_door
from sqlalchemy import Engine, insert, text

from backend.app import create_app, state
from backend.letterbox.routes import utc_today
from backend.settings import Settings
from backend.store import tables
from backend.store.engine import transaction
from backend.store.letter_keys import month_of
from workers.crypto import public_half
from workers.demo.canary_search import Search
from workers.phone.canary import Canaries

CANARIES = Canaries(seed=7)
SEARCH = Search(CANARIES.values())


def _xml(instance: str, more: str = "") -> bytes:
    answers = "".join(f"<q>{escape(canary.text)}</q>" for canary in CANARIES.values())
    body = f"<!-- {CANARIES.text('xml.comment')} -->{answers}<x y='{CANARIES.text('xml.attribute')}'/>{more}"
    named = f"<instanceName>{escape(CANARIES.text('xml.instance_name'))}</instanceName>"
    return (
        filled(instance)
        .replace(b"<consent>", f"{body}<consent>".encode())
        .replace(b"<orx:instanceID", named.encode() + b"<orx:instanceID")
    )


def _upload(xml: bytes) -> bytes:
    parts = [
        (f'xml_submission_file"; filename="{CANARIES.text("multipart.xml_file")}', xml),
        (f"{CANARIES.text('multipart.field_name')}", CANARIES.text("multipart.field").encode()),
        (f'p"; filename="{CANARIES.text("multipart.file_arabic")}', CANARIES.text("multipart.file_content").encode()),
    ]
    pieces = [
        f'--{BOUNDARY}\r\nContent-Disposition: form-data; name="{name}"\r\n\r\n'.encode() + content + b"\r\n"
        for name, content in parts
    ]
    return b"".join(pieces) + f"--{BOUNDARY}--\r\n".encode()


@pytest.fixture
def app(sqlite_engine: Engine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    """The product's own app, on the letterbox of the tests, with a temporary folder that can be searched."""
    door = open_door(sqlite_engine)
    _put_key_of_this_month(door)
    (tmp_path / "tmp").mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path / "tmp"))
    served = create_app(Settings(home=tmp_path, log_level="DEBUG"))
    yield served
    state.of(served).engine.dispose()


def _put_key_of_this_month(door: Door) -> None:
    row = {"key_id": "now-1", "month": month_of(utc_today()), "public_key": public_half(door.private)}
    with transaction(door.engine) as session:
        session.execute(insert(tables.letter_key).values(**row))


def _send(app: Any, body: bytes, token: str = TOKEN, kind: str = f"multipart/form-data; boundary={BOUNDARY}") -> Any:
    device = quote(CANARIES.text("http.device_id"))
    headers = {"User-Agent": CANARIES.text("http.user_agent"), "X-Name": CANARIES.text("http.header")}
    path = f"/letterbox/{token}/submission?deviceID={device}"
    return app.test_client().post(path, data=body, content_type=kind, headers=headers)


def test_the_search_finds_what_is_sent() -> None:
    assert SEARCH.in_bytes(_upload(_xml("1")), "the upload")


def test_identifiers_stay_in_the_sealed_letter(
    app: Any, sqlite_engine: Engine, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    large = _xml("2", f"<q>{CANARIES.text('xml.respondent_name')} {'x' * 6_000_000}</q>")

    answers = [
        _send(app, _upload(_xml("1"))),
        _send(app, _upload(_xml("1"))),
        _send(app, _upload(_xml("1", "<q>other</q>"))),
        _send(app, _upload(large)),
    ]

    assert [answer.status_code for answer in answers] == [201] * 4
    assert _finds(answers, tmp_path, capfd) == []


def test_identifiers_do_not_leak_through_what_goes_wrong(
    app: Any, sqlite_engine: Engine, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    with transaction(sqlite_engine) as session:
        session.execute(text("ALTER TABLE letter_body RENAME TO gone"))
    name = CANARIES.text("xml.element_name").encode()

    answers = [
        _send(app, _upload(_xml("1"))),
        _send(app, _upload(_xml("1")[:-20])),
        _send(app, _upload(_xml("1").replace(b'"core"', b'"' + name + b'"'))),
        _send(app, _upload(_xml("1").replace(b"instanceID", b"gone"))),
        _send(app, _upload(b"<!DOCTYPE " + name + b">" + _xml("1"))),
        _send(app, _upload(_xml("1"))[:-30]),
        _send(app, _upload(_xml("1")), token="dead"),
        _send(app, _upload(_xml("1")), kind="text/xml"),
        _send(app, _upload(_xml("1", "x" * 10_000_000))),
    ]

    assert [answer.status_code for answer in answers] == [503, 400, 404, 400, 400, 400, 403, 400, 413]
    assert _finds(answers, tmp_path, capfd) == []


def test_the_token_of_a_phone_is_in_no_file_and_no_log(
    app: Any, sqlite_engine: Engine, tmp_path: Path, capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    def crash(*_anything: object) -> None:
        raise RuntimeError("a fault of the program")

    _send(app, _upload(_xml("1")))
    monkeypatch.setattr("backend.letterbox.routes.read_upload", crash)
    status = _send(app, _upload(_xml("2"))).status_code

    written = (
        b"".join(path.read_bytes() for path in tmp_path.rglob("*") if path.is_file())
        + "".join(capfd.readouterr()).encode()
    )
    assert status == 500
    assert b"RuntimeError" in written
    assert TOKEN.encode() not in written


def _finds(answers: list[Any], folder: Path, capfd: pytest.CaptureFixture[str]) -> list[Any]:
    said = b"".join(answer.get_data() + str(answer.headers).encode() for answer in answers)
    logged = "".join(capfd.readouterr()).encode()
    return [*SEARCH.in_folder(folder), *SEARCH.in_bytes(said, "answers"), *SEARCH.in_bytes(logged, "log")]

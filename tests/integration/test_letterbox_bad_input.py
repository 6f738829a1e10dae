"""Bad uploads, a full disk and a database that is away: the person reads what to do, and nothing is half stored."""

import sqlite3
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from letterbox_door import BOUNDARY, TOKEN, Door, filled, multipart, open_door, said
from sqlalchemy import Engine, event, func, insert, select, text
from structlog.testing import capture_logs

from backend.store import tables
from backend.store.engine import reading, transaction

SECRET = "Amina \u0623\u0645\u064a\u0646\u0629 0944123456"


@pytest.fixture
def door(sqlite_engine: Engine) -> Door:
    return open_door(sqlite_engine)


def _stored(door: Door) -> tuple[int, int]:
    with reading(door.engine) as session:
        counts = [
            session.scalar(select(func.count()).select_from(table)) for table in (tables.letter, tables.letter_body)
        ]
    return counts[0] or 0, counts[1] or 0


_META = "<meta><instanceID>uuid:1</instanceID></meta>"
_BOMB = "<!DOCTYPE d [<!ENTITY a 'aaaaaaaaaa'><!ENTITY b '&a;&a;&a;&a;&a;&a;&a;&a;'><!ENTITY c '&b;&b;&b;&b;&b;&b;'>]>"
_FILE = "<!DOCTYPE d [<!ENTITY a SYSTEM 'file:///etc/passwd'>]>"
BAD_XML = {
    "truncated": (filled()[:-9], "not_xml"),
    "empty": (b"", "not_xml"),
    "no XML": (SECRET.encode(), "not_xml"),
    "entity bomb": (f"{_BOMB}<d id='core'><q>&c;</q>{_META}</d>".encode(), "not_xml"),
    "file of the server": (f"{_FILE}<d id='core'><q>&a;</q>{_META}</d>".encode(), "not_xml"),
    "tower": (b"<d id='core'>" + b"<a>" * 100_000 + b"</a>" * 100_000 + _META.encode() + b"</d>", "not_xml"),
    "control character": (f"<d id='core'><q>\x0b{SECRET}</q>{_META}</d>".encode(), "not_xml"),
    "zero byte": (f"<d id='core'><q>\x00</q>{_META}</d>".encode(), "not_xml"),
    "not UTF-8": (b"<d id='core'><q>\xff\xfe\xfa</q>" + _META.encode() + b"</d>", "not_xml"),
    "unknown encoding": (f"<?xml version='1.0' encoding='x'?><d id='core'>{_META}</d>".encode(), "not_xml"),
    "no instance": (f"<d id='core'><q>{SECRET}</q></d>".encode(), "no_instance_id"),
    "empty instance": (b"<d id='core'><meta><instanceID/></meta></d>", "no_instance_id"),
    "no form": (f"<d><q>{SECRET}</q>{_META}</d>".encode(), "no_form_id"),
    "form of nobody": (f"<d id='{SECRET}'>{_META}</d>".encode(), "form_unknown"),
}


@pytest.mark.parametrize("name", BAD_XML)
def test_a_bad_form_is_refused_with_a_reason_and_nothing_is_stored(door: Door, name: str) -> None:
    xml, nature = BAD_XML[name]

    response = door.send(xml)

    assert (response.status_code // 100, said(response)[0]) == (4, nature)
    assert _stored(door) == (0, 0)
    assert "Amina" not in response.get_data(as_text=True)


_GOOD = multipart(filled())
BAD_BODIES: dict[str, tuple[bytes, dict[str, Any], int, str]] = {
    "no multipart": (filled(), {"content_type": "text/xml"}, 400, "no_submission"),
    "a web form": (
        b"xml_submission_file=x",
        {"content_type": "application/x-www-form-urlencoded"},
        400,
        "no_submission",
    ),
    "no boundary": (_GOOD, {"content_type": "multipart/form-data"}, 400, "no_submission"),
    "another boundary": (_GOOD, {"content_type": "multipart/form-data; boundary=zz"}, 400, "upload_incomplete"),
    "only a photo": (_GOOD.replace(b"xml_submission_file", b"photo.jpg"), {}, 400, "no_submission"),
    "two forms": (_GOOD.removesuffix(f"--{BOUNDARY}--\r\n".encode()) + _GOOD, {}, 400, "no_submission"),
    "cut off": (_GOOD[:-20], {}, 400, "upload_incomplete"),
    "one byte too much": (multipart(b"x" * 10_000_000), {}, 413, "too_large"),
    "50 MB": (b"x" * 50_000_000, {}, 413, "too_large"),
}


@pytest.mark.parametrize("name", BAD_BODIES)
def test_a_bad_upload_is_refused_with_a_reason_and_nothing_is_stored(door: Door, name: str) -> None:
    body, how, status, nature = BAD_BODIES[name]

    response = door.send_body(body, **how)

    assert (response.status_code, said(response)[0]) == (status, nature)
    assert _stored(door) == (0, 0)


def test_the_largest_upload_that_is_announced_is_taken(door: Door) -> None:
    room = 10_000_000 - len(multipart(filled(answer="")))

    assert door.send(filled(answer="x" * room)).status_code == 201
    assert door.send(filled(answer="x" * (room + 1))).status_code == 413


def test_the_limit_is_a_setting_and_is_announced(sqlite_engine: Engine) -> None:
    door = open_door(sqlite_engine, max_upload_bytes=200_000)

    assert door.head().headers["X-OpenRosa-Accept-Content-Length"] == "200000"
    assert door.send(filled(answer="x" * 200_000)).status_code == 413


def test_a_body_without_length_is_refused_where_the_server_cannot_end_it(door: Door) -> None:
    response = door.client.post(f"/letterbox/{TOKEN}/submission", environ_overrides={"CONTENT_LENGTH": ""})

    assert response.status_code in {400, 411}
    assert _stored(door) == (0, 0)


def test_refusals_leave_no_trace_of_the_person_in_the_log(door: Door, caplog: pytest.LogCaptureFixture) -> None:
    with capture_logs() as lines:
        for xml, _ in BAD_XML.values():
            door.send(xml)

    assert "Amina" not in f"{lines}{caplog.text}"
    assert TOKEN not in f"{lines}{caplog.text}"


# ---- a full disk -----------------------------------------------------------------------------------------------------


@contextmanager
def _full_disk(door: Door) -> Iterator[None]:
    """SQLite may use no page more than it has."""

    def limit(connection: sqlite3.Connection, _record: Any, _proxy: Any = None) -> None:
        connection.execute("PRAGMA max_page_count = 1")

    event.listen(door.engine, "checkout", limit)
    yield
    event.remove(door.engine, "checkout", limit)
    door.engine.dispose()


def test_on_a_full_disk_the_phone_keeps_its_submission(door: Door) -> None:
    large = filled("2", "x" * 100_000)
    door.send(filled("1"))

    with _full_disk(door), capture_logs() as lines:
        response = door.send(large)

    assert (response.status_code, said(response)[0], response.headers["Retry-After"]) == (507, "disk_full", "60")
    assert _stored(door) == (1, 1)
    assert [line["event"] for line in lines] == ["letter_not_stored"]
    assert door.send(large).status_code == 201


def test_one_letter_that_finds_no_room_does_not_spoil_the_others(door: Door) -> None:
    documents = [filled("0", "x" * 400_000), *(filled(str(number)) for number in range(1, 6))]
    start = threading.Barrier(len(documents))
    answers: dict[int, int] = {}

    def post(number: int) -> None:
        start.wait()
        answers[number] = door.send(documents[number]).status_code

    with transaction(door.engine) as session:
        session.execute(text("CREATE TABLE room (filler BLOB)"))
        session.execute(text("INSERT INTO room VALUES (zeroblob(60000))"))
        session.execute(text("DELETE FROM room"))
    with _full_disk(door):
        threads = [threading.Thread(target=post, args=(number,)) for number in range(len(documents))]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()

    assert answers == {0: 507, 1: 201, 2: 201, 3: 201, 4: 201, 5: 201}
    assert sorted(row["xml"] for row in door.letters()) == sorted(documents[1:])


# ---- a database that is away -----------------------------------------------------------------------------------------


def test_a_database_that_refuses_is_no_reason_to_lose_the_submission(door: Door) -> None:
    with transaction(door.engine) as session:
        session.execute(text("ALTER TABLE letter_body RENAME TO gone"))

    with capture_logs() as lines:
        response = door.send(filled(answer=SECRET))

    assert (response.status_code, said(response)[0], response.headers["Retry-After"]) == (503, "busy", "60")
    assert lines == [{"event": "letter_not_stored", "reason": "OperationalError", "log_level": "error"}]
    with transaction(door.engine) as session:
        session.execute(text("ALTER TABLE gone RENAME TO letter_body"))
    assert _stored(door) == (0, 0)


def test_a_database_that_cannot_be_reached_is_said_so_everywhere(door: Door) -> None:
    @event.listens_for(door.engine, "do_connect")
    def refuse(*_connection: Any) -> None:
        raise sqlite3.OperationalError("unable to open database file")

    door.engine.dispose()

    answers = [door.head(), door.send(filled()), door.get("formList"), door.get("key")]
    event.remove(door.engine, "do_connect", refuse)

    assert [answer.status_code for answer in answers] == [503] * 4
    assert {said(answer)[0] for answer in answers[1:]} == {"busy"}


def test_a_busy_database_is_waited_for(door: Door) -> None:
    with transaction(door.engine) as session:
        session.execute(insert(tables.due).values(task="x", argument="x", due_at=func.current_timestamp()))
        sender = threading.Thread(target=door.send, args=(filled(),))
        sender.start()
        sender.join(0.3)
        waited = sender.is_alive()
    sender.join(10)

    assert waited
    assert _stored(door) == (1, 1)


@pytest.mark.postgres
def test_a_database_that_fails_in_the_middle_stores_no_half_letter(postgres_engine: Engine) -> None:
    door = open_door(postgres_engine)
    with transaction(door.engine) as session:
        session.execute(text("ALTER TABLE letter_body ADD CONSTRAINT small CHECK (length(sealed) < 2000)"))

    answers = [door.send(filled("1", "x" * 5000)), door.send(filled("2"))]

    assert [(answer.status_code, said(answer)[0]) for answer in answers] == [(503, "busy"), (201, "submit_success")]
    assert [row["xml"] for row in door.letters()] == [filled("2")]

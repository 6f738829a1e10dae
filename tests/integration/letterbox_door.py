"""A letterbox with forms, phones and keys on a database of the test, and phones that post to it."""

from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import Engine, Table, insert, select
from werkzeug.test import TestResponse

from backend.crypto import token_hash
from backend.letterbox.routes import create_blueprint
from backend.settings import Settings
from backend.store import tables
from backend.store.engine import reading, transaction
from backend.store.letter_keys import month_of
from backend.store.letters import SealedLetter, unread
from workers.crypto import load_private, new_private_key, open_letter, public_half

TODAY = date(2026, 11, 20)
TOKEN, PRACTICE_TOKEN = "token-of-a-phone", "token-of-practice"
DOOR_KEY = b"d" * 32
BOUNDARY = "----7MA4YWxkTrZu0gW"
KEY_ID = "2026-11-1"


@dataclass
class Door:
    engine: Engine
    private: bytes
    app: Flask
    today: list[date] = field(default_factory=lambda: [TODAY])

    @property
    def client(self) -> FlaskClient:
        return self.app.test_client()

    def get(self, path: str, token: str = TOKEN, **how: Any) -> TestResponse:
        return self.client.get(f"/letterbox/{token}/{path}", **how)

    def head(self, token: str = TOKEN) -> TestResponse:
        return self.client.head(f"/letterbox/{token}/submission?deviceID=x")

    def send(self, xml: bytes, token: str = TOKEN, attachments: tuple[str, ...] = (), **how: Any) -> TestResponse:
        """As Collect sends."""
        body = multipart(xml, attachments)
        return self.send_body(body, token, **how)

    def send_body(self, body: bytes, token: str = TOKEN, **how: Any) -> TestResponse:
        how.setdefault("content_type", f"multipart/form-data; boundary={BOUNDARY}")
        how.setdefault("headers", {"X-OpenRosa-Version": "1.0"})
        return self.client.post(f"/letterbox/{token}/submission?deviceID=x", data=body, **how)

    def letters(self, form_id: str = "core") -> list[dict[str, Any]]:
        """Rows with what a worker would read, oldest first."""
        with reading(self.engine) as session:
            rows = session.execute(
                select(tables.letter, tables.letter_body.c.sealed)
                .outerjoin(tables.letter_body, tables.letter_body.c.seq == tables.letter.c.seq)
                .where(tables.letter.c.form_id == form_id)
                .order_by(tables.letter.c.seq)
            ).all()
        return [row._asdict() | {"xml": self.open(row.form_id, row.sealed)} for row in rows]

    def kinds(self, form_id: str = "core") -> list[str]:
        return [row["kind"] for row in self.letters(form_id)]

    def unread(self, form_id: str = "core") -> list[SealedLetter]:
        with reading(self.engine) as session:
            return unread(session, form_id, set(), after=0, limit=1000)

    def open(self, form_id: str, sealed: bytes | None) -> bytes | None:
        return None if sealed is None else open_letter(load_private(self.private), form_id, sealed)


def open_door(engine: Engine, *, door_key: bytes = DOOR_KEY, private: bytes | None = None, **changes: Any) -> Door:
    """Forms: `core` and its sibling `extra` (not given out), `other` of another survey, `play` for practice."""
    if private is None:
        private = new_private_key()
        with transaction(engine) as session:
            _put_all(session, private)
    settings = Settings(home=Path("/nowhere"), public_url="https://data.example.org", **changes)
    app = Flask("door")
    app.testing = True
    door = Door(engine, private, app)
    app.register_blueprint(create_blueprint(engine, settings, door_key, today=lambda: door.today[0]))
    return door


def _put_all(session: Any, private: bytes) -> None:
    area_set = {"id": 1, "label": "x", "source": "x", "imported_on": TODAY, "content_sha256": "0" * 64}
    session.execute(insert(tables.area_set).values(**area_set, is_current=True))
    for survey_id in ("S1", "S2"):
        session.execute(insert(tables.survey).values(**survey(survey_id)))
    for form_id, survey_id in (("core", "S1"), ("extra", "S1"), ("other", "S2"), ("play", "S1")):
        put_form(session, form_id, survey_id, practice=form_id == "play")
    put_phone(session, 101, TOKEN, ["core"])
    put_phone(session, 102, PRACTICE_TOKEN, ["play"])
    key = {"key_id": KEY_ID, "month": month_of(TODAY), "public_key": public_half(private)}
    session.execute(insert(tables.letter_key).values(**key))


def survey(survey_id: str, raw_retention_days: int = 14) -> dict[str, Any]:
    """Every column needs something; only the retention matters here."""
    return _any_row(tables.survey) | {"survey_id": survey_id, "raw_retention_days": raw_retention_days}


def _any_row(table: Table) -> dict[str, Any]:
    """Something in every column that must hold something."""
    by_type: dict[Any, Any] = {date: TODAY, int: 1, bool: True, bytes: b"x", object: ["x"]}
    return {column.name: by_type.get(column.type.python_type, "x") for column in table.c if not column.nullable}


def put_form(
    session: Any, form_id: str, survey_id: str = "S1", *, state: str = "open", practice: bool = False, **changes: Any
) -> None:
    form = {"form_id": form_id, "survey_id": survey_id, "respondent_kind": "ki", "title": f"Form {form_id}"}
    form |= {"practice": practice, "server": "letterbox", "server_form_id": form_id, "state": state}
    session.execute(insert(tables.form).values(**form | {"current_version": "2"} | changes))
    for version in ("1", "2", "3"):
        put_version(session, form_id, version, deployed_on=None if version == "3" else TODAY)


def put_version(session: Any, form_id: str, version: str, deployed_on: date | None) -> None:
    row = _any_row(tables.form_version) | {"form_id": form_id, "version": version, "deployed_on": deployed_on}
    row |= {"xform": xform(form_id, version), "source_kind": "brief", "area_set_id": 1}
    session.execute(insert(tables.form_version).values(**row))


def put_phone(session: Any, number: int, token: str, forms: list[str]) -> None:
    row = {"id": number, "label": f"phone {number}", "token_hash": token_hash(token), "created_on": TODAY}
    session.execute(insert(tables.app_user).values(**row))
    for form_id in forms:
        session.execute(insert(tables.app_user_form).values(app_user_id=number, form_id=form_id))


def xform(form_id: str, version: str) -> bytes:
    return f'<h:html><model><instance><data id="{form_id}" version="{version}"/></instance></model></h:html>'.encode()


def filled(
    instance: str = "1", answer: str = "yes", *, form: str = "core", edits: str = "", version: str = "2"
) -> bytes:
    deprecated = f"<orx:deprecatedID>uuid:{edits}</orx:deprecatedID>" if edits else ""
    return (
        f'<?xml version="1.0"?><data id="{form}" version="{version}" xmlns:orx="http://openrosa.org/xforms">'
        f"<consent><con_given>{answer}</con_given></consent>"
        f"<orx:meta>{deprecated}<orx:instanceID>uuid:{instance}</orx:instanceID></orx:meta></data>"
    ).encode()


def multipart(xml: bytes, attachments: tuple[str, ...] = (), *, is_incomplete: bool = False) -> bytes:
    pieces = [_part("xml_submission_file", "core_2026.xml", "text/xml", xml)]
    pieces += [_part(name, name, "image/jpeg", b"\xff\xd8 not kept") for name in attachments]
    if is_incomplete:
        pieces.append(_part("*isIncomplete*", "", "text/plain", b"yes"))
    return b"".join(pieces) + f"--{BOUNDARY}--\r\n".encode()


def _part(name: str, filename: str, kind: str, content: bytes) -> bytes:
    file = f'; filename="{filename}"' if filename else ""
    head = f'--{BOUNDARY}\r\nContent-Disposition: form-data; name="{name}"{file}\r\nContent-Type: {kind}\r\n\r\n'
    return head.encode() + content + b"\r\n"


def said(response: TestResponse) -> tuple[str, str]:
    """Nature and text of the message, as Collect finds them."""
    root = ElementTree.fromstring(response.get_data())
    message = root.find("{http://openrosa.org/http/response}message")
    assert message is not None
    return message.get("nature", ""), message.text or ""

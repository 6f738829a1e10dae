"""The routes of the letterbox. Whoever holds the token in the address may use them; there is no other login."""

import re
from base64 import b64encode
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime
from mimetypes import guess_type
from urllib.parse import quote

import structlog
from flask import Blueprint, Response, jsonify, request
from sqlalchemy import Engine
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import Session

from backend.crypto import SEAL_OVERHEAD, receipt, token_hash
from backend.letterbox import listing, messages
from backend.letterbox.envelope import read_envelope
from backend.letterbox.mailroom import Mailroom
from backend.letterbox.messages import Say
from backend.letterbox.refusal import Refusal
from backend.letterbox.sealing import FromPage, FromPhone
from backend.letterbox.upload import read_body, read_upload
from backend.settings import Settings
from backend.store import door
from backend.store.engine import reading
from backend.store.letter_keys import (
    LetterKey,
    is_destroyed,
    is_living,
    living_keys,
    longest_retention,
    month_of,
    newest,
    next_month,
    opens_until,
)

PREFIX = "/letterbox"
_XML = "text/xml; charset=utf-8"
_LETTER_ID = re.compile(r"[0-9a-f]{32}")
_RETRY_SECONDS = "60"
_log = structlog.get_logger(__name__)


def utc_today() -> date:
    return datetime.now(UTC).date()


def create_blueprint(
    engine: Engine, settings: Settings, door_key: bytes, *, today: Callable[[], date] = utc_today
) -> Blueprint:
    """Exempt it from CSRF checks: they read `request.form`, which would parse the upload into a temporary file."""
    box = Letterbox(engine, settings, door_key, today)
    blueprint = Blueprint("letterbox", __name__, url_prefix=f"{PREFIX}/<token>")
    version = "/forms/<form_id>/<version>"
    blueprint.add_url_rule("/formList", "form_list", box.form_list)
    blueprint.add_url_rule(f"{version}.xml", "form_xml", box.form_xml)
    blueprint.add_url_rule(f"{version}/manifest", "manifest", box.manifest)
    blueprint.add_url_rule(f"{version}/media/<filename>", "media", box.media)
    blueprint.add_url_rule("/submission", "head_submission", box.head_submission, methods=["HEAD"])
    blueprint.add_url_rule("/submission", "submission", box.submission, methods=["POST"])
    blueprint.add_url_rule("/key", "key", box.key)
    blueprint.add_url_rule("/forms/<form_id>/letters/<letter_id>", "page_letter", box.page_letter, methods=["POST"])
    blueprint.after_request(box.add_headers)
    blueprint.register_error_handler(Refusal, box.refuse)
    blueprint.register_error_handler(SQLAlchemyError, box.fail)
    return blueprint


class Letterbox:
    def __init__(self, engine: Engine, settings: Settings, door_key: bytes, today: Callable[[], date]) -> None:
        self._engine = engine
        self._door_key = door_key
        self._today = today
        self._mailroom = Mailroom(engine, today, receipt(door_key, "mark"))
        self._most_bytes = settings.max_upload_bytes
        self._public_url = settings.public_url.rstrip("/")
        self._language = settings.default_language if settings.default_language in messages.LANGUAGES else "en"

    # ---- what phones fetch -------------------------------------------------------------------------------------------

    def form_list(self, token: str) -> Response:
        wanted = request.args.get("formID")
        with self._phone(token) as session:
            forms = door.listed_forms(session, token_hash(token))
        listed = [form for form in forms if wanted in (None, form.form_id)]
        return _file(listing.form_list(self._address(token), listed).encode(), _XML)

    def form_xml(self, token: str, form_id: str, version: str) -> Response:
        with self._phone(token) as session:
            xform = door.xform(session, token_hash(token), form_id, version)
        if xform is None:
            raise Refusal(Say.UNKNOWN_FILE)
        return _file(xform, _XML)

    def manifest(self, token: str, form_id: str, version: str) -> Response:
        with self._phone(token) as session:
            files = door.media_list(session, token_hash(token), form_id, version)
        if files is None:
            raise Refusal(Say.UNKNOWN_FILE)
        return _file(listing.manifest(self._address(token), form_id, version, files).encode(), _XML)

    def media(self, token: str, form_id: str, version: str, filename: str) -> Response:
        with self._phone(token) as session:
            content = door.media_content(session, token_hash(token), form_id, version, filename)
        if content is None:
            raise Refusal(Say.UNKNOWN_FILE)
        return _file(content, guess_type(filename)[0] or "application/octet-stream")

    def key(self, token: str) -> Response:
        """What a page needs to seal, also next month without a network, and to know which letters are lost."""
        with self._phone(token) as session:
            retention, living = longest_retention(session), living_keys(session)
        month = month_of(self._today())
        key = newest(living, month)
        if key is None:
            raise Refusal(Say.NO_KEY)
        coming = newest(living, next_month(month))
        return jsonify(
            **_told(key, retention),
            next=None if coming is None else _told(coming, retention),
            living=[each.key_id for each in living],
        )

    @contextmanager
    def _phone(self, token: str) -> Iterator[Session]:
        with reading(self._engine) as session:
            if not door.is_known(session, token_hash(token)):
                raise Refusal(Say.UNKNOWN_PHONE)
            yield session

    def _address(self, token: str) -> str:
        return f"{self._public_url}{PREFIX}/{quote(token, safe='')}"

    # ---- what phones and pages leave ---------------------------------------------------------------------------------

    def head_submission(self, token: str) -> Response:
        """Collect asks first, and reads the headers of a 204 only."""
        with self._phone(token):
            return Response(status=204)

    def submission(self, token: str) -> Response:
        # The body is read before anything is refused: a phone that is cut off while it sends never sees the message.
        upload = read_upload(request.environ, self._most_bytes)
        posting = FromPhone(token_hash(token), read_envelope(upload.xml), upload, self._door_key)
        return self._say(self._mailroom.post(posting))

    def page_letter(self, token: str, form_id: str, letter_id: str) -> Response:
        sealed = read_body(request.environ, self._most_bytes)
        key_id = request.args.get("key", "")
        if not _LETTER_ID.fullmatch(letter_id) or not key_id or len(sealed) <= SEAL_OVERHEAD:
            raise Refusal(Say.BAD_LETTER)
        with self._phone(token) as session:
            if is_destroyed(session, key_id):
                raise Refusal(Say.KEY_GONE)
            # A database that was restored may be older than a key: a worker still has the file, and adds it again.
            if not is_living(session, key_id):
                raise Refusal(Say.NO_KEY)
        posting = FromPage(token_hash(token), form_id, letter_id, key_id, sealed, self._door_key)
        return self._say(self._mailroom.post(posting))

    # ---- answers -----------------------------------------------------------------------------------------------------

    def refuse(self, refusal: Refusal) -> Response:
        return self._say(refusal.say)

    def fail(self, error: SQLAlchemyError) -> Response:
        """The database is away. Not logged by Flask, which would write the address and the token in it."""
        _log.error("letterbox_without_database", reason=type(error).__name__)
        return self._say(Say.BUSY)

    def _say(self, say: Say) -> Response:
        # A page speaks Arabic to whoever asks for the Arabic of Syria first and for English second.
        wanted = (tag.partition("-")[0].lower() for tag in request.accept_languages.values())
        language = next((tag for tag in wanted if tag in messages.LANGUAGES), self._language)
        words = messages.text(say, language, most_bytes=self._most_bytes)
        response = Response(messages.openrosa_response(say, words), messages.status(say), content_type=_XML)
        response.headers["Content-Language"] = language
        response.headers["Cache-Control"] = "no-store"
        if response.status_code in (503, 507):
            response.headers["Retry-After"] = _RETRY_SECONDS
        return response

    def add_headers(self, response: Response) -> Response:
        response.headers["X-OpenRosa-Version"] = "1.0"
        response.headers["X-OpenRosa-Accept-Content-Length"] = str(self._most_bytes)
        return response


def _told(key: LetterKey, retention: int) -> dict[str, str]:
    return {
        "key_id": key.key_id,
        "month": key.month,
        "public_key": b64encode(key.public_key).decode(),
        "opens_until": opens_until(key, retention).isoformat(),
    }


def _file(content: bytes, content_type: str) -> Response:
    """A phone that has the file already gets 304 and no bytes."""
    response = Response(content, content_type=content_type)
    response.headers["Cache-Control"] = "private, no-cache"
    response.set_etag(listing.md5(content))
    return response.make_conditional(request.environ)  # type: ignore[return-value]

"""What a phone may see and send: one query each, by the hash of its token."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import date

from sqlalchemy import Connection, Select, and_, bindparam, exists, or_, select
from sqlalchemy.orm import Session

from backend.store.letter_keys import LetterKey, month_of, newest
from backend.store.letter_plan import LETTERBOX
from backend.store.tables import app_user, app_user_form, form, form_media, form_version, letter_key


@dataclass(frozen=True, slots=True)
class Admission:
    """The forms a phone may send, with the day each was closed, and the key to seal with."""

    closed: Mapping[str, date | None]
    key: LetterKey | None


@dataclass(frozen=True, slots=True)
class ListedForm:
    form_id: str
    version: str
    title: str
    xform: bytes
    has_media: bool


@dataclass(frozen=True, slots=True)
class MediaFile:
    filename: str
    md5: str


def _admissions_query() -> Select[tuple[str, str, str, date, str, str, bytes]]:
    given, may_send = form.alias("given"), form.alias("may_send")
    same_kind = and_(may_send.c.survey_id == given.c.survey_id, may_send.c.practice == given.c.practice)
    of_this_month = and_(letter_key.c.month == bindparam("month"), letter_key.c.destroyed_on.is_(None))
    return (
        select(app_user.c.token_hash, may_send.c.form_id, may_send.c.state, may_send.c.closed_on)
        .add_columns(letter_key.c.key_id, letter_key.c.month, letter_key.c.public_key)
        .select_from(app_user)
        .outerjoin(app_user_form, app_user_form.c.app_user_id == app_user.c.id)
        .outerjoin(given, given.c.form_id == app_user_form.c.form_id)
        .outerjoin(may_send, and_(same_kind, may_send.c.server == LETTERBOX))
        .outerjoin(letter_key, of_this_month)
        .where(app_user.c.token_hash.in_(bindparam("hashes", expanding=True)), app_user.c.revoked_on.is_(None))
    )


# Built once: to build it takes longer than to run it, and every letter runs it.
_ADMISSIONS = _admissions_query()


def admissions(connection: Connection, token_hashes: Collection[str], today: date) -> dict[str, Admission]:
    """By token; a token that is unknown or revoked is not in it.

    A form may be sent if one of the same survey and the same kind was given to the phone. So an interview is not lost
    when the assignment changes while a phone is in the field; and a practice token, which many people see, opens no
    real form.
    """
    month = month_of(today)
    closed: dict[str, dict[str, date | None]] = {}
    keys: dict[str, LetterKey] = {}
    for row in connection.execute(_ADMISSIONS, {"hashes": list(token_hashes), "month": month}):
        forms = closed.setdefault(row.token_hash, {})
        if row.form_id is not None:
            forms[row.form_id] = row.closed_on if row.state == "closed" else None
        if row.key_id is not None:
            keys[row.key_id] = LetterKey(row.key_id, row.month, row.public_key)
    key = newest(keys.values(), month)
    return {token_hash: Admission(closed=forms, key=key) for token_hash, forms in closed.items()}


def is_known(session: Session, token_hash: str) -> bool:
    known = exists().where(app_user.c.token_hash == token_hash, app_user.c.revoked_on.is_(None))
    return bool(session.scalar(select(known)))


def _given_out(token_hash: str) -> Select[tuple[str]]:
    """The open forms of this phone."""
    return (
        select(form.c.form_id)
        .join(app_user_form, app_user_form.c.form_id == form.c.form_id)
        .join(app_user, app_user.c.id == app_user_form.c.app_user_id)
        .where(app_user.c.token_hash == token_hash, app_user.c.revoked_on.is_(None))
        .where(form.c.state == "open", form.c.server == LETTERBOX)
    )


def listed_forms(session: Session, token_hash: str) -> list[ListedForm]:
    is_current = and_(form_version.c.form_id == form.c.form_id, form_version.c.version == form.c.current_version)
    has_media = exists().where(
        form_media.c.form_id == form_version.c.form_id, form_media.c.version == form_version.c.version
    )
    rows = session.execute(
        select(form.c.form_id, form_version.c.version, form.c.title, form_version.c.xform, has_media.label("media"))
        .join(form_version, is_current)
        .where(form.c.form_id.in_(_given_out(token_hash)))
        .order_by(form.c.form_id)
    )
    return [ListedForm(row.form_id, row.version, row.title, row.xform, bool(row.media)) for row in rows]


def xform(session: Session, token_hash: str, form_id: str, version: str) -> bytes | None:
    return session.scalar(_version(token_hash, form_id, version).with_only_columns(form_version.c.xform))


def media_list(session: Session, token_hash: str, form_id: str, version: str) -> list[MediaFile] | None:
    """None: no such form for this phone. An empty list is a form without media."""
    if session.scalar(_version(token_hash, form_id, version)) is None:
        return None
    files = select(form_media.c.filename, form_media.c.md5).where(
        form_media.c.form_id == form_id, form_media.c.version == version
    )
    return [MediaFile(row.filename, row.md5) for row in session.execute(files.order_by(form_media.c.filename))]


def media_content(session: Session, token_hash: str, form_id: str, version: str, filename: str) -> bytes | None:
    return session.scalar(
        select(form_media.c.content).where(
            form_media.c.form_id.in_(_version(token_hash, form_id, version)),
            form_media.c.version == version,
            form_media.c.filename == filename,
        )
    )


def _version(token_hash: str, form_id: str, version: str) -> Select[tuple[str]]:
    """Also an older deployed version: a phone that began to download goes on. A draft is for nobody."""
    return (
        select(form_version.c.form_id)
        .join(form, form.c.form_id == form_version.c.form_id)
        .where(form_version.c.form_id == form_id, form_version.c.version == version)
        .where(or_(form_version.c.version == form.c.current_version, form_version.c.deployed_on.is_not(None)))
        .where(form_version.c.form_id.in_(_given_out(token_hash)))
    )

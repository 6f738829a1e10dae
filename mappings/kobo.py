"""Opens replies of KoBoToolbox's data list: of each row what the server itself says of it; the answers stay unread."""

from typing import Any, NamedTuple

import msgspec

from mappings.xform import UnreadableError

ROOT, INSTANCE, VERSION, RECEIVED, REVIEW = (
    "meta/rootUuid",
    "meta/instanceID",
    "__version__",
    "_submission_time",
    "_validation_status",
)
OWN_VERSION = "fv_version"
"""The hidden line of our forms that brings our version back: KoBo replaces the form's own by its."""
_REVIEWS = {f"validation_status_{word}": word for word in ("approved", "not_approved", "on_hold")} | {"": ""}
# The server lets people make words of their own, and such a word may say anything.
_OTHER_REVIEW = "other"


class KoboRow(NamedTuple):
    """One row. `edit` changes with every edit, `root` never; `root` is '' on servers older than January 2025.

    `version` is KoBo's name of the form version, `own_version` ours. `review` is one of few words, '' while nobody has
    decided.
    """

    id: int
    edit: str
    root: str
    version: str
    own_version: str
    received: str
    review: str
    answers: msgspec.Raw


class KoboListing(NamedTuple):
    """`matching`: how many rows match the query, which may be more than this reply has."""

    matching: int
    rows: list[KoboRow]

    @property
    def has_more(self) -> bool:
        """A server that counts rows and shows none must not be asked for ever: the numbers tell that they lack."""
        return 0 < len(self.rows) < self.matching


class _Review(msgspec.Struct):
    uid: Any = None


class _Row(msgspec.Struct):
    """What people can write is read as anything: one strange row must not make a whole page unreadable."""

    id: int = msgspec.field(name="_id")
    edit: Any = msgspec.field(name="_uuid", default=None)
    root: Any = msgspec.field(name=ROOT, default=None)
    version: Any = msgspec.field(name=VERSION, default=None)
    own_version: Any = msgspec.field(name=OWN_VERSION, default=None)
    received: Any = msgspec.field(name=RECEIVED, default=None)
    review: _Review | None = msgspec.field(name=REVIEW, default=None)


class _Reply(msgspec.Struct):
    count: int
    results: list[msgspec.Raw]


_REPLY = msgspec.json.Decoder(_Reply)
_ROW = msgspec.json.Decoder(_Row)


def kobo_listing(body: bytes) -> KoboListing:
    """Raises UnreadableError when the reply is no data list, as when it broke off or is the page of a proxy."""
    try:
        reply = _REPLY.decode(body)
        return KoboListing(reply.count, [_row(answers) for answers in reply.results])
    except (msgspec.MsgspecError, RecursionError):
        raise UnreadableError from None


def _row(answers: msgspec.Raw) -> KoboRow:
    found = _ROW.decode(answers)
    review = _text(found.review.uid if found.review else "")
    return KoboRow(
        found.id,
        _text(found.edit),
        _text(found.root),
        _text(found.version),
        _text(found.own_version),
        _text(found.received),
        _REVIEWS.get(review, _OTHER_REVIEW),
        answers,
    )


def _text(value: object) -> str:
    return value if isinstance(value, str) else ""

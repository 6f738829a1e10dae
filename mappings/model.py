"""The words in which the floors speak of answers: raw, clean, rejected, counted."""

import enum
from datetime import date
from typing import NamedTuple, NoReturn

import msgspec

Scalar = str | int | float | bool | None


class RawSubmission(msgspec.Struct, frozen=True):
    """What a server sent, allow-listed keys only. It lives in a worker's memory for one page and goes nowhere else."""

    def __repr__(self) -> str:
        return "<RawSubmission: hidden>"

    __str__ = __repr__

    def __rich_repr__(self) -> NoReturn:
        raise TypeError("A raw submission is never shown")

    def __reduce__(self) -> NoReturn:
        raise TypeError("A raw submission is never pickled, queued, cached or copied to another process")


class Outcome(enum.StrEnum):
    """What became of a submission, as the ledger keeps it. `counted`: of a form that keeps no answers at all."""

    STORED = "stored"
    REFUSED = "refused"
    REJECTED = "rejected"
    COUNTED = "counted"
    WITHDRAWN = "withdrawn"
    DELETED = "deleted"


class Status(enum.StrEnum):
    """`value_status` of the standard schema."""

    ANSWERED = "answered"
    DK = "dk"
    PNA = "pna"
    SKIPPED = "skipped"
    NOT_ASKED = "not_asked"
    SUPPRESSED = "suppressed"
    INVALID = "invalid"


class Clock(enum.StrEnum):
    """How far the phone's day can be trusted; none of the days behind the verdict is kept."""

    OK = "ok"
    EARLY = "early"
    FUTURE = "future"


class Reason(enum.StrEnum):
    """Why an answer, or a whole submission, did not fit. Never holds the answer."""

    NOT_IN_LIST = "not_in_list"
    TOO_MANY = "too_many"
    NOT_EXCLUSIVE = "not_exclusive"
    NOT_A_NUMBER = "not_a_number"
    OUT_OF_RANGE = "out_of_range"
    WRONG_SHAPE = "wrong_shape"
    NOT_A_DAY = "not_a_day"
    NOT_EXPECTED = "not_expected"
    OUTSIDE_PARENT = "outside_parent"
    UNREADABLE = "unreadable"
    NO_ROOT = "no_root"
    NO_AREA = "no_area"
    UNKNOWN_VERSION = "unknown_version"
    NO_KEY = "no_key"


class Reject(NamedTuple):
    """A bad answer: where and why. The value is not here on purpose."""

    path: str
    reason: Reason


class AnswerKey(NamedTuple):
    """One entry of the answer dictionary; the store gives each an integer, and submissions hold only those integers."""

    kind: str
    indicator_id: str = ""
    indicator_version: int = 0
    section: str = ""
    code: str = ""
    disagg_sex: str = "all"
    disagg_age: str = "all"
    disagg_pop: str = "all"
    disagg_form: str = "all"


class InboxNote(NamedTuple):
    """What an enumerator tells the supervisor: read before the consent gate, kept encrypted for seven days."""

    collector_key: str
    enum_safe: bool | None
    debrief: bool | None


class Sighting(NamedTuple):
    """What is counted when a submission is seen for the first time. `adm1` is '' when the area is unknown."""

    day: date
    month: str
    adm1: str
    kinds: tuple[str, ...]
    note: InboxNote | None


class CleanSubmission(NamedTuple):
    """A submission without identifiers: pseudonyms, codes and numbers. `answers` follow `single_rules`.

    A NamedTuple and not a dataclass: one is made for every submission, and a tuple costs a third. From `collector_key`
    to `clock` the fields stand in the order of StandardRow.
    """

    submission_key: str
    withdrawal_key: str | None
    form_version: str
    collector_key: str
    org_code: str
    adm1_pcode: str
    adm2_pcode: str | None
    adm3_pcode: str | None
    site_key: str | None
    period: str
    method: str
    source_group: str | None
    source_sex: str | None
    minutes: int | None
    clock: str
    site_type: str | None
    answers: tuple[Scalar, ...]
    repeats: tuple[tuple[tuple[Scalar, ...], ...], ...]
    about: tuple[Scalar, ...]


class Stripped(NamedTuple):
    """The verdict of strip on one submission. `clean` is set when, and only when, the outcome is `stored`."""

    submission_key: str
    outcome: Outcome
    sighting: Sighting
    clean: CleanSubmission | None
    rejects: tuple[Reject, ...]


class StandardRow(NamedTuple):
    """One row of table `submission`. The arrays hold ids of the answer dictionary.

    c: one id an answer (a code, a status, or the mark that a select_multiple was answered); nk, nv: ids and values of
    numbers, in step; e: what holds for the whole interview (evidence, limitations, type of site).
    """

    submission_key: str
    withdrawal_key: str | None
    revision: str
    form_version: str
    mapping_version: str
    collector_key: str
    org_code: str
    adm1_pcode: str
    adm2_pcode: str | None
    adm3_pcode: str | None
    site_key: str | None
    period: str
    method: str
    source_group: str | None
    source_sex: str | None
    minutes: int | None
    clock: str
    c: list[int]
    nk: list[int]
    nv: list[float]
    e: list[int]


class Applied(NamedTuple):
    """A standard row and the answers of it that did not fit."""

    row: StandardRow
    rejects: tuple[Reject, ...]

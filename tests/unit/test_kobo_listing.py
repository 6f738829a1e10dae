"""Replies of KoBo's data list: what the server says of a row is read, what people wrote in it is not."""

import json
from datetime import UTC, date, datetime
from typing import Any

import pytest

from mappings.kobo import kobo_listing
from mappings.xform import UnreadableError
from workers.servers.kobo.reader import received_on


def reply(*rows: dict[str, Any], count: int | None = None) -> bytes:
    return json.dumps({"count": len(rows) if count is None else count, "results": rows}).encode()


def row(**changes: Any) -> dict[str, Any]:
    return {
        "_id": 7,
        "_uuid": "e2",
        "meta/rootUuid": "uuid:e1",
        "__version__": "vA",
        "fv_version": "v1",
        "_submission_time": "2026-04-10T08:00:00",
        "_validation_status": {"uid": "validation_status_not_approved", "by_whom": "officer", "timestamp": 1},
        "who/name": "a person",
    } | changes


def test_a_row_tells_its_root_its_edit_its_versions_and_its_review() -> None:
    found = kobo_listing(reply(row(), count=31))

    assert found.matching == 31
    assert found.rows[0][:7] == (7, "e2", "uuid:e1", "vA", "v1", "2026-04-10T08:00:00", "not_approved")


@pytest.mark.parametrize(
    ("told", "day"),
    [
        ("2026-04-10T23:59:59", date(2026, 4, 10)),
        ("2999-01-01T08:00:00", None),
        ("soon", None),
        (5, None),
    ],
)
def test_the_day_of_a_row_is_what_the_server_says_and_never_one_to_come(told: Any, day: date | None) -> None:
    """A bulk upload can set it to anything."""
    received = received_on(kobo_listing(reply(row(_submission_time=told))).rows[0])

    assert received == (day or datetime.now(UTC).date())


@pytest.mark.parametrize("status", [{}, None, {"uid": None}])
def test_a_row_nobody_reviewed_has_no_review(status: Any) -> None:
    assert kobo_listing(reply(row(_validation_status=status))).rows[0].review == ""


@pytest.mark.parametrize("uid", ["validation_status_Amina 0944", "Amina", "أمينة", 944123456, ["Amina"]])
def test_a_review_in_words_of_their_own_is_not_repeated(uid: Any) -> None:
    found = kobo_listing(reply(row(_validation_status={"uid": uid, "label": "Amina"}), row())).rows

    assert found[0].review in {"", "other"}
    assert found[1].review == "not_approved"


def test_what_people_can_write_never_makes_a_page_unreadable() -> None:
    strange = row(fv_version={"a": 1}, __version__=["x"], _submission_time=5)

    found = kobo_listing(reply(strange, row()))

    assert [each.own_version for each in found.rows] == ["", "v1"]
    assert (found.rows[0].version, found.rows[0].received) == ("", "")


def test_an_old_server_names_no_root() -> None:
    old = row()
    del old["meta/rootUuid"]

    assert kobo_listing(reply(old)).rows[0].root == ""


@pytest.mark.parametrize("body", [b"", b"<html>Bad gateway</html>", b'{"count": 3, "results": [{"_id": 1', b"{}"])
def test_what_is_no_list_is_said_to_be_unreadable_without_a_quotation(body: bytes) -> None:
    with pytest.raises(UnreadableError) as caught:
        kobo_listing(body)

    assert caught.value.__cause__ is None
    assert str(caught.value) == ""

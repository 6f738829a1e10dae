"""What becomes of what a phone posts.

1. What was answered 201 is stored once, sealed, and a worker can open it.
2. The same again is 201 and stores nothing; the same id with other content is a conflict and overwrites nothing.
3. Edits belong to the root of what they edit.
4. What an enumerator cannot mend is not refused.
5. What is refused is not stored, and the person reads what to do.
"""

import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import date, timedelta
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from letterbox_door import (
    DOOR_KEY,
    KEY_ID,
    PRACTICE_TOKEN,
    TODAY,
    TOKEN,
    Door,
    filled,
    multipart,
    open_door,
    put_phone,
    said,
)
from sqlalchemy import Engine, delete, select, update

from backend.crypto import seal
from backend.store import tables
from backend.store.engine import transaction
from backend.store.letters import count_letters
from workers.crypto import public_half


@pytest.fixture
def door(engine: Engine) -> Door:
    return open_door(engine)


def _change(door: Door, table: Any, where: Any, **values: Any) -> None:
    with transaction(door.engine) as session:
        session.execute(update(table).where(where).values(**values))


# ---- 1. stored once, sealed ------------------------------------------------------------------------------------------


def test_1_a_submission_is_stored_and_a_worker_reads_it_byte_for_byte(door: Door) -> None:
    response = door.send(filled())

    assert (response.status_code, said(response)) == (201, ("submit_success", "Received and sealed."))
    [letter] = door.letters()
    assert letter["xml"] == filled()
    assert (letter["kind"], letter["key_id"], letter["received_on"], letter["read_with"]) == (
        "original",
        KEY_ID,
        TODAY,
        None,
    )
    assert letter["root_receipt"] == letter["receipt"]


def test_1_the_answer_is_one_that_collect_takes_for_success(door: Door) -> None:
    response = door.send(filled())

    assert response.headers["Content-Type"] == "text/xml; charset=utf-8"
    assert response.headers["X-OpenRosa-Version"] == "1.0"
    assert response.headers["X-OpenRosa-Accept-Content-Length"] == "10000000"
    assert response.headers["Cache-Control"] == "no-store"


def test_1_a_phone_asks_first_and_hears_204(door: Door) -> None:
    response = door.head()

    assert (response.status_code, response.get_data()) == (204, b"")
    assert response.headers["X-OpenRosa-Accept-Content-Length"] == "10000000"
    assert response.headers["X-OpenRosa-Version"] == "1.0"
    assert "Location" not in response.headers


def test_1_attachments_are_counted_and_not_kept(door: Door) -> None:
    door.send(filled(), attachments=("photo.jpg", "voice.m4a"))

    [letter] = door.letters()
    assert (letter["attachments"], letter["xml"]) == (2, filled())


def test_1_each_part_of_a_split_upload_is_answered_and_the_letter_stored_once(door: Door) -> None:
    first = door.send_body(multipart(filled(), ("1.jpg", "2.jpg", "3.jpg"), is_incomplete=True))
    last = door.send_body(multipart(filled(), ("4.jpg",)))

    assert (first.status_code, last.status_code) == (201, 201)
    assert [letter["attachments"] for letter in door.letters()] == [3]


def test_1_nothing_of_the_submission_is_in_the_database_in_clear(door: Door) -> None:
    door.send(filled(instance="4f0c", answer="amina-0944"))

    with transaction(door.engine) as session:
        rows = [session.execute(select(table)).all() for table in tables.metadata.sorted_tables]

    assert "amina-0944" not in str(rows)
    assert "4f0c" not in str(rows)


# ---- 2. retries and conflicts ----------------------------------------------------------------------------------------


def test_2_the_same_again_is_201_and_stored_once(door: Door) -> None:
    answers = [door.send(filled()).status_code for _ in range(3)]

    assert (answers, door.kinds()) == ([201, 201, 201], ["original"])


def test_2_the_same_id_with_other_content_is_a_conflict_that_overwrites_nothing(door: Door) -> None:
    door.send(filled(answer="yes"))

    response = door.send(filled(answer="no"))

    assert response.status_code == 201
    assert [(row["kind"], row["xml"]) for row in door.letters()] == [
        ("original", filled(answer="yes")),
        ("conflict", filled(answer="no")),
    ]
    assert [letter.kind for letter in door.unread()] == ["original"]


def test_2_a_conflict_that_comes_again_is_stored_once(door: Door) -> None:
    answers = [door.send(filled(answer=answer)).status_code for answer in ("yes", "no", "no", "maybe", "yes", "maybe")]

    assert (set(answers), door.kinds()) == ({201}, ["original", "conflict", "conflict"])


def test_2_the_same_instance_in_two_forms_is_two_submissions(door: Door) -> None:
    door.send(filled(form="core"))
    door.send(filled(form="extra"))

    assert (door.kinds("core"), door.kinds("extra")) == (["original"], ["original"])


def test_2_another_phone_may_send_the_retry(door: Door) -> None:
    with transaction(door.engine) as session:
        put_phone(session, 109, "token-of-another", ["core"])
    door.send(filled())

    assert door.send(filled(), token="token-of-another").status_code == 201
    assert door.kinds() == ["original"]


# ---- 3. edits --------------------------------------------------------------------------------------------------------


def test_3_an_edit_belongs_to_its_original(door: Door) -> None:
    door.send(filled("1"))
    door.send(filled("2", "no", edits="1"))
    door.send(filled("3", "no", edits="2"))

    rows = door.letters()
    assert [row["kind"] for row in rows] == ["original", "edit", "edit"]
    assert len({row["root_receipt"] for row in rows}) == 1


def test_3_edits_that_come_before_their_original_find_it(door: Door) -> None:
    door.send(filled("3", "no", edits="2"))
    door.send(filled("2", "no", edits="1"))
    door.send(filled("1"))

    rows = door.letters()
    assert {row["root_receipt"] for row in rows} == {rows[-1]["receipt"]}


def test_3_an_interview_counts_once_however_often_it_was_edited(door: Door) -> None:
    for xml in (filled("1"), filled("2", edits="1"), filled("2", edits="1"), filled("9"), filled("9", "no")):
        door.send(xml)

    with transaction(door.engine) as session:
        counts = count_letters(session, "core")

    assert (counts.received, counts.unread, counts.conflicts) == (2, 3, 1)


# ---- 4. not refused --------------------------------------------------------------------------------------------------


def test_4_old_and_unknown_versions_are_sealed(door: Door) -> None:
    answers = [door.send(filled(instance=version, version=version)) for version in ("1", "3", "77")]

    assert [response.status_code for response in answers] == [201] * 3
    assert door.kinds() == ["original"] * 3


@pytest.mark.parametrize(
    ("days", "nature"), [(0, "submit_success"), (14, "submit_success"), (15, "submit_after_close")]
)
def test_4_a_closed_form_still_takes_late_phones_and_says_when_it_no_longer_counts(
    door: Door, days: int, nature: str
) -> None:
    _change(door, tables.form, tables.form.c.form_id == "core", state="closed", closed_on=TODAY - timedelta(days=days))

    response = door.send(filled())

    assert (response.status_code, said(response)[0]) == (201, nature)
    assert door.kinds() == ["original"]


def test_4_letters_after_the_grace_are_counted_apart(door: Door) -> None:
    door.send(filled("1"))
    closed_on = TODAY - timedelta(days=15)
    _change(door, tables.form, tables.form.c.form_id == "core", state="closed", closed_on=closed_on)
    _change(door, tables.letter, tables.letter.c.kind == "original", received_on=closed_on)
    door.send(filled("2"))

    with transaction(door.engine) as session:
        counts = count_letters(session, "core")

    assert (counts.received, counts.after_grace) == (1, 1)


def test_4_a_form_that_was_taken_from_the_phone_is_still_taken_for_its_survey(door: Door) -> None:
    assert door.send(filled(form="extra")).status_code == 201


# ---- 5. refused ------------------------------------------------------------------------------------------------------


def _nothing_stored(door: Door) -> bool:
    return not any(door.kinds(form) for form in ("core", "extra", "other", "play"))


def test_5_a_form_of_another_survey_or_kind_is_refused_and_stays_on_the_phone(door: Door) -> None:
    answers = [door.send(filled(form=form)) for form in ("other", "play", "never-heard-of")]

    assert {(response.status_code, said(response)[0]) for response in answers} == {(404, "form_unknown")}
    assert "stays on the phone" in said(answers[0])[1]
    assert _nothing_stored(door)


def test_5_a_practice_code_opens_nothing_real(door: Door) -> None:
    assert door.send(filled(form="core"), token=PRACTICE_TOKEN).status_code == 404
    assert door.send(filled(form="play"), token=PRACTICE_TOKEN).status_code == 201
    assert (door.kinds("core"), door.kinds("play")) == ([], ["original"])


def test_5_a_form_of_another_server_is_not_for_this_door(door: Door) -> None:
    _change(door, tables.form, tables.form.c.form_id == "core", server="kobo")

    assert door.send(filled()).status_code == 404


def test_5_an_unknown_token_is_refused_by_a_message_that_collect_shows(door: Door) -> None:
    response = door.send(filled(), token="no-such-token")

    assert (door.head("no-such-token").status_code, response.status_code) == (403, 403)
    assert said(response)[0] == "phone_unknown"
    assert _nothing_stored(door)


def test_5_a_revoked_token_is_refused(door: Door) -> None:
    _change(door, tables.app_user, tables.app_user.c.id == 101, revoked_on=TODAY)

    assert (door.head().status_code, door.send(filled()).status_code) == (403, 403)
    assert _nothing_stored(door)


def test_5_a_phone_without_any_form_is_known_but_may_send_none(door: Door) -> None:
    with transaction(door.engine) as session:
        session.execute(delete(tables.app_user_form))

    assert (door.head().status_code, door.send(filled()).status_code) == (204, 404)


@pytest.mark.parametrize("today", [date(2026, 12, 1), date(2026, 10, 31)])
def test_5_without_a_key_for_the_month_the_phone_is_asked_to_come_back(door: Door, today: date) -> None:
    door.today[0] = today

    response = door.send(filled())

    assert (response.status_code, said(response)[0], response.headers["Retry-After"]) == (503, "no_key", "60")
    assert door.get("key").status_code == 503
    assert _nothing_stored(door)


def test_5_a_destroyed_key_seals_nothing(door: Door) -> None:
    _change(door, tables.letter_key, tables.letter_key.c.key_id == KEY_ID, destroyed_on=TODAY)

    assert door.send(filled()).status_code == 503


# ---- letters sealed in a page ----------------------------------------------------------------------------------------

_LETTER_ID = "ab" * 16


def _post_page(door: Door, sealed: bytes, letter_id: str = _LETTER_ID, key: str = KEY_ID, form: str = "core") -> Any:
    path = f"/letterbox/{TOKEN}/forms/{form}/letters/{letter_id}?key={key}"
    return door.client.post(path, data=sealed, content_type="application/octet-stream")


def _sealed(door: Door, xml: bytes, form: str = "core") -> bytes:
    return seal(public_half(door.private), form, xml)


def test_a_letter_sealed_in_a_page_is_stored_as_it_came(door: Door) -> None:
    response = _post_page(door, _sealed(door, filled()))

    assert response.status_code == 201
    assert [(row["kind"], row["xml"]) for row in door.letters()] == [("page", filled())]
    assert [letter.kind for letter in door.unread()] == ["page"]


def test_a_page_may_send_again(door: Door) -> None:
    sealed = _sealed(door, filled())

    assert [_post_page(door, sealed).status_code for _ in range(3)] == [201, 201, 201]
    assert door.kinds() == ["page"]


def test_other_bytes_under_the_same_letter_id_are_a_conflict(door: Door) -> None:
    _post_page(door, _sealed(door, filled()))
    _post_page(door, _sealed(door, filled(answer="no")))

    assert door.kinds() == ["page", "conflict"]


def test_a_letter_whose_key_is_gone_is_not_taken(door: Door) -> None:
    sealed = _sealed(door, filled())

    _change(door, tables.letter_key, tables.letter_key.c.key_id == KEY_ID, destroyed_on=TODAY)
    response = _post_page(door, sealed)
    assert (response.status_code, said(response)[0]) == (410, "key_gone")
    assert _nothing_stored(door)


def test_a_letter_whose_key_is_unknown_is_sent_again_later(door: Door) -> None:
    """After a restore the database may be older than the key. A page that heard `gone` would give its letter up."""
    response = _post_page(door, _sealed(door, filled()), key="2026-12-1")

    assert (response.status_code, said(response)[0], response.headers["Retry-After"]) == (503, "no_key", "60")
    assert _nothing_stored(door)


def test_what_is_no_sealed_letter_is_refused(door: Door) -> None:
    sealed = _sealed(door, filled())
    answers = [
        _post_page(door, sealed[:81]),
        _post_page(door, sealed, letter_id="short"),
        _post_page(door, sealed, letter_id="AB" * 16),
        _post_page(door, sealed, key=""),
    ]

    assert {(answer.status_code, said(answer)[0]) for answer in answers} == {(400, "bad_letter")}
    assert _post_page(door, b"x" * 10_000_001).status_code == 413
    assert _post_page(door, sealed, form="other").status_code == 404
    assert _nothing_stored(door)


# ---- many at once ----------------------------------------------------------------------------------------------------


def _all_at_once(doors: list[Door], documents: list[bytes]) -> list[int]:
    """One thread for each document; the doors stand for processes of the server, each with its own queue."""
    start = threading.Barrier(len(documents))

    def post(number: int) -> int:
        start.wait()
        return doors[number % len(doors)].send(documents[number]).status_code

    with ThreadPoolExecutor(len(documents)) as pool:
        return list(pool.map(post, range(len(documents))))


def test_the_same_submission_from_many_sides_at_once_is_stored_once(door: Door) -> None:
    doors = [door, open_door(door.engine, private=door.private)]

    answers = _all_at_once(doors, [filled()] * 12)

    assert (answers, door.kinds()) == ([201] * 12, ["original"])


def test_of_different_contents_at_once_one_is_the_original(door: Door) -> None:
    doors = [door, open_door(door.engine, private=door.private)]

    answers = _all_at_once(doors, [filled(answer=f"a{number % 6}") for number in range(12)])

    assert answers == [201] * 12
    assert sorted(door.kinds()) == ["conflict"] * 5 + ["original"]


def test_many_phones_at_once_lose_nothing(door: Door) -> None:
    documents = [filled(str(number)) for number in range(24)]

    answers = _all_at_once([door], documents)

    assert answers == [201] * 24
    assert sorted(row["xml"] for row in door.letters()) == sorted(documents)


def test_bad_and_good_at_once_are_each_answered_for_themselves(door: Door) -> None:
    documents = [filled(str(number), form="core" if number % 2 else "other") for number in range(12)]

    answers = _all_at_once([door], documents)

    assert answers == [201 if number % 2 else 404 for number in range(12)]
    assert len(door.letters()) == 6


def test_a_door_with_another_key_does_not_recognise_old_letters(door: Door) -> None:
    door.send(filled())

    open_door(door.engine, private=door.private, door_key=b"e" * 32).send(filled())

    assert (len(DOOR_KEY), door.kinds()) == (32, ["original", "original"])


# ---- any order -------------------------------------------------------------------------------------------------------

_POSTS = st.lists(
    st.tuples(st.sampled_from(["1", "2", "3"]), st.sampled_from(["yes", "no"]), st.sampled_from(["", "1", "2"])),
    max_size=10,
)


@given(posts=_POSTS)
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=30)
def test_any_sequence_of_posts_stores_each_distinct_content_once(door: Door, posts: list[tuple[str, str, str]]) -> None:
    with transaction(door.engine) as session:
        session.execute(delete(tables.letter_body))
        session.execute(delete(tables.letter))
    documents = [filled(instance, answer, edits=edits) for instance, answer, edits in posts]

    answers = {door.send(document).status_code for document in documents}

    assert answers <= {201}
    rows = door.letters()
    assert sorted(row["xml"] for row in rows) == sorted(set(documents))
    of_receipt: dict[str, list[str]] = {}
    for row in rows:
        of_receipt.setdefault(row["receipt"], []).append(row["kind"])
    assert all(kinds[0] != "conflict" and set(kinds[1:]) <= {"conflict"} for kinds in of_receipt.values())
    firsts = {instance: document for (instance, _, _), document in reversed(list(zip(posts, documents, strict=True)))}
    assert sorted(row["xml"] for row in rows if row["kind"] != "conflict") == sorted(firsts.values())

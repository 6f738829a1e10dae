"""App users: their token is shown once, replaced by a new QR code, and dead after revoking."""

from typing import Any

import pytest
from letterbox_door import TODAY, Door, filled, open_door
from sqlalchemy import Engine, select

from backend.store import tables
from backend.store.app_users import (
    AppUser,
    AppUserError,
    NewAppUser,
    create_app_user,
    list_app_users,
    new_qr_token,
    revoke_app_user,
    set_forms,
)
from backend.store.audit import Audit
from backend.store.engine import reading, transaction

ENTRY = Audit("amina", "app_user.test", "app_user")


@pytest.fixture
def door(engine: Engine) -> Door:
    return open_door(engine)


def _create(door: Door, label: str = "Team 3", forms: tuple[str, ...] = ("core", "extra")) -> NewAppUser:
    with transaction(door.engine) as session:
        return create_app_user(session, label=label, forms=forms, today=TODAY, audit=ENTRY)


def _do(door: Door, action: Any, *arguments: Any) -> Any:
    with transaction(door.engine) as session:
        return action(session, *arguments)


def _listed(door: Door, number: int) -> AppUser:
    with reading(door.engine) as session:
        return next(found for found in list_app_users(session) if found.app_user_id == number)


def test_a_new_phone_can_fetch_and_send(door: Door) -> None:
    made = _create(door)

    assert door.get("formList", made.token).get_data(as_text=True).count("<xform>") == 2
    assert door.send(filled(), token=made.token).status_code == 201


def test_the_token_is_nowhere_but_in_the_answer(door: Door) -> None:
    made = _create(door)

    with reading(door.engine) as session:
        rows = str([session.execute(select(table)).all() for table in (tables.app_user, tables.audit)])

    assert made.token not in rows
    assert len(made.token) >= 43


def test_the_list_shows_label_forms_and_days(door: Door) -> None:
    made = _create(door, label="  Team 3 ")

    assert _listed(door, made.app_user_id) == AppUser(made.app_user_id, "Team 3", ("core", "extra"), TODAY, None)


def test_a_new_code_replaces_the_old_one(door: Door) -> None:
    made = _create(door)

    token = _do(door, new_qr_token, made.app_user_id, ENTRY)

    assert door.send(filled(), token=made.token).status_code == 403
    assert door.send(filled(), token=token).status_code == 201


def test_a_revoked_phone_can_do_nothing_any_more(door: Door) -> None:
    made = _create(door)

    _do(door, revoke_app_user, made.app_user_id, TODAY, ENTRY)

    assert (door.get("formList", made.token).status_code, door.head(made.token).status_code) == (403, 403)
    assert _listed(door, made.app_user_id).revoked_on == TODAY


def test_other_forms_can_be_given_to_a_phone_that_keeps_its_code(door: Door) -> None:
    made = _create(door, forms=("core",))

    _do(door, set_forms, made.app_user_id, ["other"], ENTRY)

    assert _listed(door, made.app_user_id).forms == ("other",)
    assert door.send(filled(form="other"), token=made.token).status_code == 201


@pytest.mark.parametrize(
    ("label", "forms", "message"),
    [
        ("", ("core",), "1 to 80 characters"),
        ("x" * 81, ("core",), "1 to 80 characters"),
        ("Team of 0944-123-456", ("core",), "no telephone number"),
        ("amina@example.org", ("core",), "no telephone number"),
        ("Team", (), "none was named"),
        ("Team", ("core", "nothing"), "Not a form of the letterbox: nothing"),
        ("Team", ("core", "play"), "an app user each"),
    ],
)
def test_what_makes_no_sense_is_refused_with_the_reason(
    door: Door, label: str, forms: tuple[str, ...], message: str
) -> None:
    with pytest.raises(AppUserError, match=message):
        _create(door, label, forms)


def test_a_revoked_or_unknown_phone_cannot_be_changed(door: Door) -> None:
    made = _create(door)
    _do(door, revoke_app_user, made.app_user_id, TODAY, ENTRY)

    refusals = []
    for number in (made.app_user_id, 999):
        for action, arguments in (
            (new_qr_token, (ENTRY,)),
            (revoke_app_user, (TODAY, ENTRY)),
            (set_forms, (["core"], ENTRY)),
        ):
            with pytest.raises(AppUserError) as refused:
                _do(door, action, number, *arguments)
            refusals.append(str(refused.value))

    assert len(set(refusals)) == 1


def test_every_change_leaves_an_audit_entry(door: Door) -> None:
    made = _create(door)
    _do(door, new_qr_token, made.app_user_id, ENTRY)
    _do(door, set_forms, made.app_user_id, ["core"], ENTRY)
    _do(door, revoke_app_user, made.app_user_id, TODAY, ENTRY)

    with reading(door.engine) as session:
        entries = session.execute(select(tables.audit.c.actor, tables.audit.c.action)).all()

    assert [tuple(entry) for entry in entries] == [("amina", "app_user.test")] * 4

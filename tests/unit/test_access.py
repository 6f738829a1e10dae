"""Who may do what:

1. every role has its grants; 2. who configures sees no answers; 3. answers are for IM officers only;
4. what is about the safety of one person has one reader; 5. an account limited to areas sees no figures of whole forms.
"""

import pytest

from backend.access import (
    GRANTS,
    AccessDeniedError,
    Permission,
    Role,
    Team,
    Viewer,
    can_access,
    can_see_all_areas,
    check_access,
    check_teams,
    read_team,
)

_NORTH, _SOUTH = Team("CTE-S-XDV-2026-01", "north"), Team("CTE-S-XDV-2026-01", "south")


def _viewer(*roles: Role, areas: frozenset[str] = frozenset(), teams: frozenset[Team] = frozenset()) -> Viewer:
    return Viewer("amina", frozenset(roles), areas, teams)


def _roles_with(permission: Permission) -> set[Role]:
    return {role for role, granted in GRANTS.items() if permission in granted}


def test_every_role_has_its_grants() -> None:
    assert set(GRANTS) == set(Role)


def test_an_administrator_sees_no_answers() -> None:
    forbidden = {Permission.SEE_ANSWERS, Permission.EXPORT_ANSWERS, Permission.SEE_INBOX, Permission.SEE_PROTECTION}

    assert not GRANTS[Role.ADMIN] & forbidden


@pytest.mark.parametrize("permission", [Permission.SEE_ANSWERS, Permission.EXPORT_ANSWERS])
def test_answers_are_for_im_officers_only(permission: Permission) -> None:
    assert _roles_with(permission) == {Role.IM_OFFICER}


def test_only_a_supervisor_reads_an_inbox() -> None:
    assert _roles_with(Permission.SEE_INBOX) == {Role.SUPERVISOR}


def test_only_the_protection_focal_point_hears_of_distress() -> None:
    assert _roles_with(Permission.SEE_PROTECTION) == {Role.PROTECTION_FOCAL_POINT}


def test_two_roles_add_up() -> None:
    both = _viewer(Role.ADMIN, Role.SUPERVISOR)

    assert both.permissions == GRANTS[Role.ADMIN] | GRANTS[Role.SUPERVISOR]


def test_nobody_may_nothing() -> None:
    assert not any(can_access(Viewer("nobody"), permission) for permission in Permission)


def test_a_refusal_names_the_permission_to_ask_for() -> None:
    with pytest.raises(AccessDeniedError, match="see_answers"):
        check_access(_viewer(Role.ADMIN), Permission.SEE_ANSWERS)


@pytest.mark.parametrize(("areas", "sees"), [(frozenset(), True), (frozenset({"DV01"}), False)])
def test_an_account_limited_to_areas_does_not_see_all(areas: frozenset[str], sees: bool) -> None:
    assert can_see_all_areas(_viewer(Role.IM_OFFICER, areas=areas)) is sees


def test_a_supervisor_reads_the_own_teams() -> None:
    assert check_teams(_viewer(Role.SUPERVISOR, teams=frozenset({_NORTH, _SOUTH}))) == [_NORTH, _SOUTH]


def test_a_team_is_written_as_its_survey_and_its_name() -> None:
    assert read_team(str(_NORTH)) == _NORTH


@pytest.mark.parametrize("text", ["", "north", "/north", "CTE-S-XDV-2026-01/", "a/b/c", "a/b c", f"a/{'b' * 41}"])
def test_what_names_no_survey_and_team_is_no_team(text: str) -> None:
    assert read_team(text) is None


def test_a_supervisor_without_a_team_reads_no_inbox() -> None:
    with pytest.raises(AccessDeniedError, match="team"):
        check_teams(_viewer(Role.SUPERVISOR))


def test_a_team_alone_opens_no_inbox() -> None:
    with pytest.raises(AccessDeniedError, match="see_inbox"):
        check_teams(_viewer(Role.COORDINATOR, teams=frozenset({_NORTH})))

"""Who may do what, as data: roles hold permissions, an account may be limited to areas and leads teams."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum


class Role(StrEnum):
    ADMIN = "admin"
    IM_OFFICER = "im_officer"
    COORDINATOR = "coordinator"
    SUPERVISOR = "supervisor"
    REVIEWER = "reviewer"
    PROTECTION_FOCAL_POINT = "protection_focal_point"
    PARTNER = "partner"


class Permission(StrEnum):
    SEE_WORK = "see_work"
    SEE_FORMS = "see_forms"
    MAKE_FORMS = "make_forms"
    MANAGE_PHONES = "manage_phones"
    SEE_ANSWERS = "see_answers"
    EXPORT_ANSWERS = "export_answers"
    SEE_INBOX = "see_inbox"
    SEE_PROTECTION = "see_protection"
    SEE_SERVERS = "see_servers"
    MANAGE_SERVERS = "manage_servers"
    DECIDE_LOSSES = "decide_losses"


# Who configures sees no answers, who sees answers hands out no accounts, and what is about the safety of one person
# goes to the one role that acts on it.
GRANTS: Mapping[Role, frozenset[Permission]] = {
    Role.ADMIN: frozenset(
        {
            Permission.SEE_WORK,
            Permission.SEE_FORMS,
            Permission.MANAGE_PHONES,
            Permission.SEE_SERVERS,
            Permission.MANAGE_SERVERS,
        }
    ),
    Role.IM_OFFICER: frozenset(
        {
            Permission.SEE_WORK,
            Permission.SEE_FORMS,
            Permission.MAKE_FORMS,
            Permission.MANAGE_PHONES,
            Permission.SEE_ANSWERS,
            Permission.EXPORT_ANSWERS,
            Permission.SEE_SERVERS,
            Permission.MANAGE_SERVERS,
            Permission.DECIDE_LOSSES,
        }
    ),
    Role.COORDINATOR: frozenset({Permission.SEE_WORK, Permission.SEE_FORMS, Permission.SEE_SERVERS}),
    Role.SUPERVISOR: frozenset({Permission.SEE_WORK, Permission.SEE_FORMS, Permission.SEE_INBOX}),
    Role.REVIEWER: frozenset({Permission.SEE_WORK, Permission.SEE_FORMS}),
    Role.PROTECTION_FOCAL_POINT: frozenset({Permission.SEE_WORK, Permission.SEE_PROTECTION}),
    Role.PARTNER: frozenset({Permission.SEE_WORK}),
}

# In production these sign in with a second factor: they configure, see answers, or read about a person's safety.
NEED_SECOND_FACTOR = frozenset({Role.ADMIN, Role.IM_OFFICER, Role.SUPERVISOR, Role.PROTECTION_FOCAL_POINT})


class AccessDeniedError(Exception):
    """The account may not do this. The message names what is missing, never what was asked for."""


@dataclass(frozen=True, slots=True, order=True)
class Team:
    """Enumerators of one survey; another survey may have a team of the same name, with another supervisor."""

    survey_id: str
    name: str

    def __str__(self) -> str:
        return f"{self.survey_id}/{self.name}"


def read_team(text: str) -> Team | None:
    """From the way a team is written; None when it is not written so."""
    survey_id, _, name = text.partition("/")
    parts = (survey_id, name)
    return Team(*parts) if all(part and len(part) <= 40 and not re.search(r"[\s/]", part) for part in parts) else None


@dataclass(frozen=True, slots=True)
class Viewer:
    """Who is asking. No areas means all areas; `areas` are p-codes of level 1 or 2."""

    name: str
    roles: frozenset[Role] = frozenset()
    areas: frozenset[str] = frozenset()
    teams: frozenset[Team] = frozenset()

    @property
    def permissions(self) -> frozenset[Permission]:
        return frozenset().union(*(GRANTS[role] for role in self.roles))

    @property
    def sees_all_areas(self) -> bool:
        return not self.areas


def check_access(viewer: Viewer, permission: Permission) -> None:
    if permission not in viewer.permissions:
        raise AccessDeniedError(f"None of your roles has the permission {permission}: ask an administrator for it")


def can_access(viewer: Viewer, permission: Permission) -> bool:
    try:
        check_access(viewer, permission)
    except AccessDeniedError:
        return False
    return True


def check_all_areas(viewer: Viewer) -> None:
    """For figures that are known of a whole form only: they would tell about areas outside the viewer's own."""
    if not viewer.sees_all_areas:
        raise AccessDeniedError("These figures cover all areas, and your account is limited to some of them")


def can_see_all_areas(viewer: Viewer) -> bool:
    try:
        check_all_areas(viewer)
    except AccessDeniedError:
        return False
    return True


def check_teams(viewer: Viewer) -> list[Team]:
    """The teams whose inbox the viewer may read."""
    check_access(viewer, Permission.SEE_INBOX)
    if not viewer.teams:
        raise AccessDeniedError("Your account belongs to no team: ask an administrator to name it")
    return sorted(viewer.teams)

"""Accounts: the models Flask-Security works on, and the functions that create and change them."""

import re
import secrets
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from flask_security import RoleMixin, UserMixin
from sqlalchemy import delete, insert, select, update
from sqlalchemy.orm import DeclarativeBase, Mapped, Session, relationship, selectinload

from backend.access import Role, Team, Viewer, read_team
from backend.crypto import new_token, token_hash
from backend.store.account_tables import account, account_role, one_time_login
from backend.store.audit import Audit, record
from backend.store.tables import area, area_set, metadata

LANGUAGES = ("en", "fr", "es", "ar")
_NAME = re.compile(r"[a-z0-9][a-z0-9._+-]{1,60}(@[a-z0-9][a-z0-9.-]{0,56})?")


class _Base(DeclarativeBase):
    metadata = metadata


class AccountRole(_Base, RoleMixin):
    __table__ = account_role

    account_id: Mapped[int]
    name: Mapped[str]


class Account(_Base, UserMixin):
    """`email` is Flask-Security's word for the name one signs in with; no mail is ever sent to it."""

    __table__ = account
    __mapper_args__: Any = {"properties": {"email": account.c.name}}  # noqa: RUF012 (SQLAlchemy's own signature)

    id: Mapped[int]
    email: Mapped[str]
    password: Mapped[str | None]
    active: Mapped[bool]
    fs_uniquifier: Mapped[str]
    tf_primary_method: Mapped[str | None]
    tf_totp_secret: Mapped[str | None]
    tf_last_counter: Mapped[int | None]
    language: Mapped[str | None]
    areas: Mapped[list[str]]
    teams: Mapped[list[str]]
    roles: Mapped[list[RoleMixin]] = relationship(AccountRole)

    # Flask-Security reads and resets it with every change of the second factor; codes by phone are not offered.
    tf_phone_number = None

    @property
    def viewer(self) -> Viewer:
        roles = frozenset(Role(role.name) for role in self.roles)
        return Viewer(self.email, roles, frozenset(self.areas), _teams(self.teams))


class AccountError(ValueError):
    """An account cannot be created or changed as asked. The message says what to do."""


@dataclass(frozen=True, slots=True)
class NewAccount:
    """There is no password: the person chooses one after the first sign-in by a one-time link."""

    name: str
    roles: frozenset[Role]
    areas: frozenset[str] = frozenset()
    teams: frozenset[Team] = frozenset()
    language: str | None = None


@dataclass(frozen=True, slots=True)
class AccountSummary:
    name: str
    roles: tuple[Role, ...]
    areas: tuple[str, ...]
    teams: tuple[str, ...]
    active: bool
    has_password: bool
    has_second_factor: bool


def normal_name(name: str) -> str:
    """The one way a name is written; raises AccountError for what cannot be a name."""
    normal = name.strip().lower()
    if not _NAME.fullmatch(normal):
        raise AccountError(
            "An account name looks like 'im.officer' or 'im.officer@example.org': at least two letters or digits, and"
            " . _ + -"
        )
    return normal


def create_user(session: Session, new: NewAccount, audit: Audit) -> int:
    name = normal_name(new.name)
    _check_new(session, new)
    if session.scalar(select(account.c.id).where(account.c.name == name)) is not None:
        raise AccountError("An account with this name exists: choose another name")
    limits = {"areas": sorted(new.areas), "teams": sorted(map(str, new.teams))}
    row = {"name": name, "active": True, "language": new.language, **limits}
    new_row = insert(account).values(fs_uniquifier=secrets.token_hex(32), created_on=datetime.now(UTC).date(), **row)
    person = session.execute(new_row.returning(account.c.id)).scalar_one()
    session.execute(insert(account_role), [{"account_id": person, "name": role} for role in sorted(new.roles)])
    record(session, audit)
    return int(person)


def _check_new(session: Session, new: NewAccount) -> None:
    if not new.roles:
        raise AccountError(f"An account needs at least one role of: {', '.join(Role)}")
    _check_has_team(new.roles, new.teams)
    if new.language is not None and new.language not in LANGUAGES:
        raise AccountError(f"The language of an account is one of: {', '.join(LANGUAGES)}")
    _check_areas(session, new.areas)


def _check_has_team(roles: frozenset[Role], teams: Collection[Team]) -> None:
    if Role.SUPERVISOR in roles and not teams:
        raise AccountError("A supervisor needs a team: the inbox holds the messages of its enumerators")


def _check_areas(session: Session, areas: frozenset[str]) -> None:
    """Level 1 or 2 only: live figures know no smaller area, so a smaller one would show nothing."""
    current = select(area_set.c.id).where(area_set.c.is_current)
    known = select(area.c.pcode).where(area.c.set_id.in_(current), area.c.level.in_((1, 2)), area.c.pcode.in_(areas))
    unknown = areas - set(session.scalars(known))
    if unknown:
        raise AccountError(f"Not an area of level 1 or 2 in the current list: {', '.join(sorted(unknown))}")


def list_users(session: Session) -> list[AccountSummary]:
    people = session.scalars(select(Account).options(selectinload(Account.roles)).order_by(Account.email))
    return [
        AccountSummary(
            name=person.email,
            roles=tuple(sorted(Role(role.name) for role in person.roles)),
            areas=tuple(person.areas),
            teams=tuple(person.teams),
            active=person.active,
            has_password=person.password is not None,
            has_second_factor=person.tf_primary_method is not None,
        )
        for person in people
    ]


def account_id(session: Session, name: str) -> int:
    found: int | None = session.scalar(select(account.c.id).where(account.c.name == normal_name(name)))
    if found is None:
        raise AccountError("There is no account with this name: see the list of accounts")
    return found


def set_active(session: Session, name: str, *, active: bool, audit: Audit) -> None:
    """Closing an account also ends its sessions, its tokens and its unused links."""
    person = account_id(session, name)
    session.execute(update(account).where(account.c.id == person).values(active=active))
    end_sessions(session, person, audit)


def change_teams(
    session: Session, name: str, join: frozenset[Team], leave: frozenset[Team], audit: Audit
) -> list[Team]:
    """The teams the account leads from now on."""
    person = session.get_one(Account, account_id(session, name))
    teams = sorted((person.viewer.teams | join) - leave)
    _check_has_team(person.viewer.roles, teams)
    session.execute(update(account).where(account.c.id == person.id).values(teams=list(map(str, teams))))
    record(session, audit)
    return teams


def led_teams(session: Session) -> frozenset[Team]:
    """Those with a supervisor who can sign in: somebody may read their inbox."""
    supervisors = select(account_role.c.account_id).where(account_role.c.name == Role.SUPERVISOR.value)
    led = session.scalars(select(account.c.teams).where(account.c.active, account.c.id.in_(supervisors)))
    return frozenset().union(*(_teams(teams) for teams in led))


def _teams(stored: Iterable[str]) -> frozenset[Team]:
    return frozenset(team for team in map(read_team, stored) if team is not None)


def reset_second_factor(session: Session, name: str, audit: Audit) -> None:
    """For a lost phone: the next sign-in asks to set up a new one."""
    person = account_id(session, name)
    cleared = {"tf_primary_method": None, "tf_totp_secret": None, "tf_last_counter": None}
    session.execute(update(account).where(account.c.id == person).values(**cleared))
    record(session, audit)


def end_sessions(session: Session, person: int, audit: Audit) -> None:
    """Every session and token carries the old value, and every link not yet used goes."""
    session.execute(update(account).where(account.c.id == person).values(fs_uniquifier=secrets.token_hex(32)))
    session.execute(delete(one_time_login).where(one_time_login.c.account_id == person))
    record(session, audit)


def set_language(session: Session, person: int, language: str, audit: Audit) -> None:
    if language not in LANGUAGES:
        raise AccountError(f"The language of an account is one of: {', '.join(LANGUAGES)}")
    session.execute(update(account).where(account.c.id == person).values(language=language))
    record(session, audit)


# ---- one-time links --------------------------------------------------------------------------------------------------


def create_one_time_login(session: Session, person: int, minutes: int, audit: Audit) -> str:
    """The token of a link that signs in once. Only its hash is kept, so it is shown now or never."""
    token = new_token()
    expires_at = datetime.now(UTC) + timedelta(minutes=minutes)
    row = {"token_hash": token_hash(token), "account_id": person, "expires_at": expires_at}
    session.execute(insert(one_time_login).values(**row))
    record(session, audit)
    return token


def sign_in_address(public_url: str, token: str) -> str:
    """What a person opens; the page behind it asks once more before the link is used up."""
    return f"{public_url.rstrip('/')}/enter/{token}"


def redeem_one_time_login(session: Session, token: str) -> int | None:
    """The account of an unused, unexpired token, which is used up by this. One statement, so two cannot both win."""
    now = datetime.now(UTC)
    usable = (
        one_time_login.c.token_hash == token_hash(token),
        one_time_login.c.used_at.is_(None),
        one_time_login.c.expires_at > now,
        one_time_login.c.account_id.in_(select(account.c.id).where(account.c.active)),
    )
    person: int | None = session.scalar(
        update(one_time_login).where(*usable).values(used_at=now).returning(one_time_login.c.account_id)
    )
    if person is not None:
        name = session.scalar(select(account.c.name).where(account.c.id == person))
        record(session, Audit(actor=str(name), action="account.one_time_login", object=str(name)))
    return person

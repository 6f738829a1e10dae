"""`fieldveil users`: accounts for the pages. Nobody gets a password; a one-time link lets a person choose one."""

from collections.abc import Collection, Iterable

import click

from backend.access import Role, Team, read_team
from backend.settings import settings
from backend.store.accounts import (
    NewAccount,
    account_id,
    change_teams,
    create_one_time_login,
    create_user,
    list_users,
    normal_name,
    reset_second_factor,
    set_active,
    sign_in_address,
)
from backend.store.audit import Audit
from backend.store.engine import reading, transaction
from backend.store.inbox import known_teams
from workers.cli.output import as_json, note, print_json, print_table, say
from workers.cli.store import ACTOR, opened

_DAY = 24 * 60


class _TeamType(click.ParamType[Team]):
    name = "survey/team"

    def convert(self, value: str | Team, param: click.Parameter | None, ctx: click.Context | None) -> Team:
        team = value if isinstance(value, Team) else read_team(value)
        if team is None:
            self.fail("A team is written as survey and name, such as CTE-S-XDV-2026-01/T1", param, ctx)
        return team


TEAM = _TeamType()
_ROLES = [role.value for role in Role]


@click.group(epilog="docs/accounts.md says what each role may do.")
def users() -> None:
    """Make accounts and one-time links to sign in with."""


@users.command()
@click.argument("name")
@click.option("--role", "roles", multiple=True, required=True, type=click.Choice(_ROLES), help="Repeatable.")
@click.option("--area", "areas", multiple=True, help="Limit the account to this p-code of level 1 or 2. Repeatable.")
@click.option("--team", "teams", multiple=True, type=TEAM, help="A team whose inbox a supervisor reads. Repeatable.")
@click.option("--language", default=None, help="en, fr, es or ar.")
def add(
    name: str, roles: tuple[str, ...], areas: tuple[str, ...], teams: tuple[Team, ...], language: str | None
) -> None:
    """Make an account for NAME (im.officer, or im.officer@example.org), and a link that signs in once.

    A team is written as its survey and its name in the brief, such as CTE-S-XDV-2026-01/T1.
    """
    chosen = frozenset(Role(role) for role in roles)
    new = NewAccount(normal_name(name), chosen, frozenset(areas), frozenset(teams), language)
    with opened() as context, transaction(context.engine) as session:
        unknown = new.teams - known_teams(session)
        person = create_user(session, new, Audit(ACTOR, "account.created", new.name))
        entry = Audit(ACTOR, "account.link_created", new.name)
        token = create_one_time_login(session, person, _DAY, entry)
    _warn_of(unknown)
    _show_link(new.name, token)


@users.command()
@click.argument("name")
@click.option("--join", multiple=True, type=TEAM, help="A team to read the inbox of from now on. Repeatable.")
@click.option("--leave", multiple=True, type=TEAM, help="A team to read it of no longer. Repeatable.")
def teams(name: str, join: tuple[Team, ...], leave: tuple[Team, ...]) -> None:
    """Say of which teams NAME reads the inbox, such as --join CTE-S-XDV-2026-02/T1 for the next survey."""
    entry = Audit(ACTOR, "account.teams", normal_name(name), {"join": _texts(join), "leave": _texts(leave)})
    with opened() as context, transaction(context.engine) as session:
        unknown = frozenset(join) - known_teams(session)
        led = change_teams(session, name, frozenset(join), frozenset(leave), entry)
    _warn_of(unknown)
    note(f"The teams of {normal_name(name)}: {_texts(led) or 'none'}.")


@users.command("one-time-login")
@click.argument("name")
@click.option("--minutes", type=click.IntRange(1, 7 * _DAY), default=60, show_default=True, help="How long it works.")
def one_time_login(name: str, minutes: int) -> None:
    """Make a link that signs NAME in once, for a first visit or a forgotten password.

    Who has set up a second factor is asked for its code, too.
    """
    with opened() as context, transaction(context.engine) as session:
        person = account_id(session, name)
        entry = Audit(ACTOR, "account.link_created", normal_name(name))
        token = create_one_time_login(session, person, minutes, entry)
    _show_link(normal_name(name), token)


@users.command()
@click.argument("name")
def close(name: str) -> None:
    """Close the account NAME. Its sessions, its tokens and its unused links end at once."""
    _open_or_close(name, is_open=False, action="account.closed")


@users.command()
@click.argument("name")
def reopen(name: str) -> None:
    """Let the closed account NAME sign in again, with the password it had."""
    _open_or_close(name, is_open=True, action="account.reopened")


@users.command("reset-second-factor")
@click.argument("name")
def reset_phone(name: str) -> None:
    """Forget the phone of NAME, if it was lost: the next sign-in asks to set up another."""
    with opened() as context, transaction(context.engine) as session:
        reset_second_factor(session, name, Audit(ACTOR, "account.second_factor_reset", normal_name(name)))
    note(f"{normal_name(name)} sets up a new second factor at the next sign-in.")


@users.command("list")
@as_json
def list_accounts(as_json: bool) -> None:
    """List the accounts with their roles and areas."""
    with opened() as context, reading(context.engine) as session:
        found = list_users(session)
    rows = [
        {
            "name": one.name,
            "roles": list(one.roles),
            "areas": list(one.areas),
            "teams": list(one.teams),
            "active": one.active,
            "password": one.has_password,
            "second_factor": one.has_second_factor,
        }
        for one in found
    ]
    if as_json:
        print_json(rows)
    elif rows:
        print_table(tuple(rows[0]), [[_text(value) for value in row.values()] for row in rows])
    else:
        note("There is no account yet: fieldveil users add NAME --role admin")


def _open_or_close(name: str, *, is_open: bool, action: str) -> None:
    with opened() as context, transaction(context.engine) as session:
        set_active(session, name, active=is_open, audit=Audit(ACTOR, action, normal_name(name)))
    note(f"The account {normal_name(name)} is {'open' if is_open else 'closed'}.")


def _warn_of(unknown: Collection[Team]) -> None:
    """The account may come before the first deploy, so it is no error."""
    for team in sorted(unknown):
        note(f"No form with the team {team} went to phones yet. Is it written as in the brief?")


def _texts(found: Iterable[Team]) -> str:
    return ", ".join(str(team) for team in sorted(found))


def _show_link(name: str, token: str) -> None:
    note(f"This link signs {name} in once. It is shown now and never again; send it on a way you trust.")
    say(sign_in_address(settings().public_url, token))


def _text(value: object) -> str:
    if isinstance(value, list):
        return ", ".join(value)
    return {"True": "yes", "False": "no", "None": ""}.get(str(value), str(value))

"""Sets the stage: an own home, the invented country, the core form, an account for each role, a phone for each team."""

import shutil
from dataclasses import dataclass, replace
from datetime import date, timedelta
from pathlib import Path

from sqlalchemy.orm import Session

from backend.access import Role, Team
from backend.settings import Settings
from backend.store import areas
from backend.store.accounts import NewAccount, create_one_time_login, create_user, sign_in_address
from backend.store.app_users import create_app_user
from backend.store.audit import Audit
from backend.store.engine import transaction
from backend.store.migrate import upgrade
from forms import demo
from forms.build import BuiltForm, build
from forms.catalogue import load
from mappings.areas import demo as dorvania
from workers import letter_keys
from workers.context import Context
from workers.deploy import deploy

# How long the round has been running: interviews lie between the first day of the form and today.
DAYS_OPEN = 28
_VERIFIED_BEFORE = timedelta(days=3)
_LINK_MINUTES = 24 * 60
_MARK = ".fieldveil-demo"
_ACTOR = "demo"


class DemoError(Exception):
    """The demo cannot be shown here. The message says what to do."""


@dataclass(frozen=True, slots=True)
class Stage:
    """`tokens`: of the phones, one a team; `links`: of the accounts that may sign in, by role.

    A link signs in once, so whoever watches while phones still send has one more, `watch`.
    """

    built: BuiltForm
    tokens: tuple[str, ...]
    links: dict[str, str]
    watch: str


def fresh_home(home: Path) -> None:
    """Only what an earlier demo left is ever removed."""
    if home.exists() and any(home.iterdir()):
        if not (home / _MARK).exists():
            raise DemoError(f"The folder {home} holds something else than a demo. Name an empty or a new one (--home)")
        shutil.rmtree(home)
    try:
        home.mkdir(mode=0o700, parents=True, exist_ok=True)
        (home / _MARK).write_text("Everything in this folder is invented; the next demo removes it.\n")
        for name in ("logs", "tmp", "exports"):
            (home / name).mkdir(mode=0o700)
    except OSError as error:
        raise DemoError(f"The folder {home} cannot be used ({error.strerror}). Name another one (--home)") from None


def set_stage(context: Context, today: date) -> Stage:
    upgrade(context.engine)
    registry = dorvania.draft()
    with transaction(context.engine) as session:
        _import_areas(session, today)
    opened = today - timedelta(days=DAYS_OPEN)
    brief = demo.brief()
    # The survey record names the day the referral pathway was last verified; the form does not hold it.
    verified = replace(brief.purpose, referral_verified_on=opened - _VERIFIED_BEFORE)
    built = build(replace(brief, purpose=verified), load(), registry.accept())
    deploy(context, built, today=opened, actor=_ACTOR)
    letter_keys.keep(context, today)
    with transaction(context.engine) as session:
        tokens = _phones(session, built, today)
        people = _accounts(session, built)
        links = {role.value: _link(session, role, person, context.settings) for role, person in people.items()}
        watch = _link(session, Role.IM_OFFICER, people[Role.IM_OFFICER], context.settings)
    return Stage(built, tokens, links, watch)


def _import_areas(session: Session, today: date) -> None:
    draft = dorvania.draft()
    entry = Audit(_ACTOR, "areas.imported", dorvania.LABEL)
    areas.save_set(session, draft.accept(), draft.shapes, source="demo", imported_on=today, audit=entry)


def _phones(session: Session, built: BuiltForm, today: date) -> tuple[str, ...]:
    teams = sorted({enumerator.team for enumerator in built.brief.enumerators})
    return tuple(
        create_app_user(
            session,
            label=f"Team {team}",
            forms=[built.form_id],
            today=today,
            audit=Audit(_ACTOR, "phone.created", f"Team {team}"),
        ).token
        for team in teams
    )


def _accounts(session: Session, built: BuiltForm) -> dict[Role, int]:
    """One account a role, the partner's limited to one region."""
    team = Team(built.brief.survey.id, min(enumerator.team for enumerator in built.brief.enumerators))
    region = min(area.pcode for area in dorvania.load().level(1))
    people = {}
    for role in Role:
        new = NewAccount(
            name=_name(role),
            roles=frozenset({role}),
            areas=frozenset({region}) if role is Role.PARTNER else frozenset(),
            teams=frozenset({team}) if role is Role.SUPERVISOR else frozenset(),
            language="en",
        )
        people[role] = create_user(session, new, Audit(_ACTOR, "account.created", new.name))
    return people


def _name(role: Role) -> str:
    return f"{role}@demo.example"


def _link(session: Session, role: Role, person: int, settings: Settings) -> str:
    entry = Audit(_ACTOR, "account.link_created", _name(role))
    return sign_in_address(settings.public_url, create_one_time_login(session, person, _LINK_MINUTES, entry))

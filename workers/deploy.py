"""Gives a form to phones, the same way on the letterbox, ODK Central and KoBoToolbox; or the version before again."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import date

from sqlalchemy.orm import Session

from backend.store import adoptions, areas, connections, forms
from backend.store.audit import Audit, record
from backend.store.engine import reading, transaction
from backend.store.forms import FormHead, Where
from forms.brief import as_yaml
from forms.build import BuiltForm
from forms.migration import Migration
from forms.reissue import content_of
from mappings.privacy.pseudonym import Keys
from workers.context import Context
from workers.letter_keys import keep
from workers.packing import issue_of, legend, package_of, stored_package, version_of
from workers.pseudonym_keys import create_keys
from workers.series import check_series
from workers.servers.credentials import Credentials
from workers.servers.registry import LETTERBOX
from workers.servers.target import Action, Known, Live, Package, Steps, Target
from workers.servers.targets import Place, open_target


class DeployError(Exception):
    """A form that may not go to phones. The message says what is missing and what to do."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Wish:
    """Where to, and how. `senders`: accounts of KoBo that may send; `entered`: an account for this time only.

    `migration`: what was decided about changes that break the series of answers.
    """

    to: Place = field(default_factory=Place)
    senders: frozenset[str] = frozenset()
    accept_warnings: bool = False
    doorbell: bool = False
    entered: Credentials | None = field(default=None, repr=False)
    migration: Migration | None = None


@dataclass(frozen=True, slots=True)
class Deployed:
    """`changed` is False when phones had this very version already; `renewed`: the survey's record changed."""

    form_id: str
    version: str
    changed: bool
    server: str = LETTERBOX
    server_form_id: str = ""
    action: Action = Action.UNCHANGED
    rings: bool = False
    renewed: bool = False


_USUAL = Wish()


def plan(context: Context, built: BuiltForm, *, today: date, wish: Wish = _USUAL) -> Steps:
    """What `deploy` would do, or why it would refuse: asks the server, and changes nothing anywhere."""
    _check(context, built, today, wish.migration)
    with _target(context, built.form_id, wish) as target:
        return target.look(package_of(built))


def deploy(context: Context, built: BuiltForm, *, today: date, actor: str, wish: Wish = _USUAL) -> Deployed:
    """Gives phones this version; again changes nothing. Of a brief with the same form, the survey's record is kept.

    Raises also MigrationError, TargetError and PullError, with all as before.

    The server comes first and our store second: a crash in between is mended by deploying again.
    """
    _check(context, built, today, wish.migration)
    with _target(context, built.form_id, wish) as target:
        live = target.put(package_of(built), accept_warnings=wish.accept_warnings)
        keys = _keys(context, built, today)
        with transaction(context.engine) as session:
            audit = Audit(actor, "form.deployed", built.form_id, _details(live, wish.to.server))
            renewed = _keep(session, context, built, live, keys, wish, today, audit)
        rings = _ring(context, target, built.form_id, live, wish, actor) if not built.practice else False
    return _deployed(live, wish.to.server, rings=rings, renewed=renewed)


def would_renew(context: Context, built: BuiltForm) -> bool:
    """Whether the form is the one that phones have, and something else in the brief is not what is on record."""
    with reading(context.engine) as session:
        head = forms.form_head(session, built.form_id)
        version = (head.current_version if head else None) or ""
        return content_of(version) == built.version and _is_other_record(session, built, version)


def plan_back(context: Context, form_id: str, wish: Wish = _USUAL) -> tuple[str, Steps]:
    """The version that `roll_back` would give to phones, and how: asks the server, and changes nothing anywhere."""
    head, package = _former(context, form_id)
    with _target(context, form_id, _backwards(head, wish)) as target:
        return package.version, target.look(package)


def roll_back(context: Context, form_id: str, *, today: date, actor: str, wish: Wish = _USUAL) -> Deployed:
    """Phones get the version before the current one again; what was filled in with either is still read."""
    head, package = _former(context, form_id)
    with _target(context, form_id, _backwards(head, wish)) as target:
        live = target.put(package, accept_warnings=wish.accept_warnings)
        details = {**_details(live, head.server), "instead_of": head.current_version or ""}
        audit = Audit(actor, "form.rolled_back", form_id, details)
        where = Where(head.server, live.server_form_id)
        with transaction(context.engine) as session:
            if forms.is_registered(session, form_id, live.package.version):
                forms.make_current(session, form_id, live.package.version, where, audit)
            else:
                issue = issue_of(session, package.version, live, today)
                forms.register_issue(session, form_id, issue, where, audit)
    return _deployed(live, head.server)


# ---- before ----------------------------------------------------------------------------------------------------------


def _check(context: Context, built: BuiltForm, today: date, migration: Migration | None) -> None:
    """Practice asks nobody anything, so it needs no live referral pathway."""
    purpose = built.brief.purpose
    if not built.practice and not purpose.is_referral_live(today):
        raise DeployError(
            f"The referral pathway was verified {purpose.referral_age(today)} days ago (PIM: do no harm);"
            f" no field question without a live one."
            f" Verify it again, write the day into the brief (purpose, referral_verified_on), and deploy."
        )
    with reading(context.engine) as session:
        if areas.current_id(session) is None:
            raise DeployError("No areas are in the store: `fieldveil areas import FILE --apply` first")
        check_series(session, built, migration)
        if not built.practice:
            _check_organisation(session, built)


def _check_organisation(session: Session, built: BuiltForm) -> None:
    """A survey's teams share an inbox by their names, and its record says who answers for it."""
    survey = built.brief.survey
    if (known := forms.organisation_of(session, survey.id)) not in {None, survey.organisation}:
        raise DeployError(
            f"Survey {survey.id} is one of {known} here, and its supervisors would read what your enumerators tell."
            f" Give your survey another id in the brief (survey.id), or name the organisation as before"
        )


@contextmanager
def _target(context: Context, form_id: str, wish: Wish) -> Iterator[Target]:
    with reading(context.engine) as session:
        head = forms.form_head(session, form_id)
        if not connections.can_move(session, form_id, wish.to.server):
            raise DeployError(
                f"Form {form_id} is elsewhere already (`fieldveil form list`), and its answers are pulled from there."
                f" To have it on {wish.to.server} too, give it another form_id (in the brief, or in the manifest)"
            )
        adopted = adoptions.adopted_versions(session, form_id)
        other = connections.connected_forms(session, wish.to.server).get(wish.to.inside, form_id)
        if other != form_id:
            raise DeployError(f"{wish.to} is read as form {other}: name another project, or none for a new one")
    is_there = head is not None and head.server == wish.to.server
    known = Known(head.server_form_id, head.current_version or "", adopted) if head and is_there else Known()
    with open_target(context, wish.to, form_id, known, senders=wish.senders, entered=wish.entered) as target:
        yield target


def _keys(context: Context, built: BuiltForm, today: date) -> Keys:
    """Before anything can be sent: for letters, and for the pseudonyms of this round."""
    keep(context, today)
    survey = built.brief.survey
    return create_keys(context.settings, survey_id=survey.id, country=survey.country)


def _former(context: Context, form_id: str) -> tuple[FormHead, Package]:
    with reading(context.engine) as session:
        head = forms.form_head(session, form_id)
        if head is None:
            raise DeployError(f"There is no form {form_id}: `fieldveil form list` shows them")
        if head.former_version is None:
            raise DeployError(f"Form {form_id} has had one version only: there is none to go back to")
        return head, stored_package(session, form_id, head.former_version)


def _backwards(head: FormHead, wish: Wish) -> Wish:
    return Wish(to=Place(head.server), accept_warnings=wish.accept_warnings, entered=wish.entered)


# ---- after -----------------------------------------------------------------------------------------------------------


def _keep(
    session: Session,
    context: Context,
    built: BuiltForm,
    live: Live,
    keys: Keys,
    wish: Wish,
    today: date,
    audit: Audit,
) -> bool:
    """The form is connected from now on: a pull finds it, and the mapping of every version it ever had.

    Whether the survey's record was renewed, under a version that was there already.
    """
    head = forms.form_head(session, built.form_id)
    version, where = live.package.version, Where(wish.to.server, live.server_form_id)
    new = version_of(session, built, live, wish.to.server, today)
    entries = [] if built.practice else legend(context.settings, built, keys)
    if head is None or not forms.is_registered(session, built.form_id, version):
        forms.register_version(session, new, entries, audit)
        return False
    renewed = _is_other_record(session, built, version)
    if renewed:
        renewal = Audit(audit.actor, "survey.renewed", head.survey_id, {"form_id": built.form_id, "version": version})
        forms.renew_record(session, new, entries, renewal)
    if (head.current_version, head.state, head.server, head.server_form_id) != (version, "open", *where):
        forms.make_current(session, built.form_id, version, where, audit)
    elif live.changed:
        record(session, audit)
    return renewed


def _is_other_record(session: Session, built: BuiltForm, version: str) -> bool:
    """A practice form is none of the round's."""
    brief = as_yaml(built.brief).decode()
    return not built.practice and not forms.has_brief(session, built.form_id, version, brief)


def _ring(context: Context, target: Target, form_id: str, live: Live, wish: Wish, actor: str) -> bool:
    if not wish.doorbell or not target.ring(live.server_form_id):
        return False
    with transaction(context.engine) as session:
        record(session, Audit(actor, "doorbell.installed", form_id, {"server": wish.to.server}))
    return True


def _details(live: Live, server: str) -> dict[str, str | int | bool]:
    return {"version": live.package.version, "server": server, "action": live.steps.action.value}


def _deployed(live: Live, server: str, *, rings: bool = False, renewed: bool = False) -> Deployed:
    package, action = live.package, live.steps.action
    return Deployed(package.form_id, package.version, live.changed, server, live.server_form_id, action, rings, renewed)

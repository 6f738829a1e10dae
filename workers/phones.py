"""Phones for forms, on the server that has them: an app user of the letterbox or of ODK Central, with its address.

KoBoToolbox knows accounts instead; its phones are given the right to send by a deploy.
"""

from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from datetime import date

from backend.letterbox.qr import phone_address
from backend.store import app_users, forms
from backend.store.app_users import AppUserError
from backend.store.audit import Audit, record
from backend.store.connections import connected_forms
from backend.store.engine import reading, transaction
from backend.store.forms import FormHead
from backend.store.servers import Server, ServerKind
from workers.context import Context
from workers.net import NetError, open_session
from workers.reach import reach_of
from workers.servers.breaker import change_refusal
from workers.servers.central import phones as central
from workers.servers.central.client import CentralClient, open_client
from workers.servers.credentials import Credentials
from workers.servers.phone_side import PhoneSide
from workers.servers.registry import LETTERBOX, require_server

_PRACTICE_LABEL = " (practice)"


@dataclass(frozen=True, slots=True)
class GivenPhone:
    """`address` holds the token: it goes into a QR code and nowhere else. '' where the phone has its code already."""

    label: str
    practice: bool
    address: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class CentralPhoneLine:
    number: int
    label: str
    forms: tuple[str, ...]


def give_phone(
    context: Context,
    label: str,
    form_ids: Sequence[str],
    *,
    today: date,
    actor: str,
    entered: Credentials | None = None,
) -> GivenPhone:
    """A phone that may use these forms, all on one server. Raises AppUserError, PullError, TargetError."""
    heads = _heads(context, form_ids)
    if heads[0].server == LETTERBOX:
        entry = Audit(actor, "app_user.create", f"forms:{','.join(sorted(form_ids))}"[:120])
        with transaction(context.engine) as session:
            made = app_users.create_app_user(session, label=label, forms=form_ids, today=today, audit=entry)
        return GivenPhone(label, heads[0].practice, phone_address(context.settings.public_url, made.token))
    return _give_on_central(context, app_users.check_label(label), heads, actor, entered)


def keep_phone(
    context: Context,
    label: str,
    form_id: str,
    *,
    today: date,
    actor: str,
    entered: Credentials | None = None,
) -> GivenPhone:
    """As `give_phone`, where the phone may have its code already: then it gets one form more."""
    head = _heads(context, [form_id])[0]
    if head.server == LETTERBOX:
        with transaction(context.engine) as session:
            known = app_users.list_app_users(session)
            phone = next((one for one in known if one.label == label.strip() and not one.revoked_on), None)
            if phone is not None:
                entry = Audit(actor, "app_user.forms", f"app_user:{phone.app_user_id}")
                app_users.set_forms(session, phone.app_user_id, {*phone.forms, form_id}, entry)
                return GivenPhone(phone.label, head.practice, "")
    return give_phone(context, label, [form_id], today=today, actor=actor, entered=entered)


def central_phones(context: Context, server_id: str, entered: Credentials | None = None) -> list[CentralPhoneLine]:
    """The app users of the projects that forms of ours are in."""
    with _central(context, server_id, entered) as (client, _server):
        found: dict[int, CentralPhoneLine] = {}
        for project, names in _projects(context, server_id).items():
            assigned = {name: central.assigned(client, project, name) for name in names}
            for one in central.list_phones(client, project):
                given = tuple(name for name in names if one.id in assigned[name])
                found[one.id] = CentralPhoneLine(one.id, one.display_name, given)
    return [found[number] for number in sorted(found)]


def revoke_on_central(
    context: Context, server_id: str, number: int, *, actor: str, entered: Credentials | None = None
) -> None:
    with _central(context, server_id, entered) as (client, _server):
        for project in _projects(context, server_id):
            if any(one.id == number for one in central.list_phones(client, project)):
                central.remove_phone(client, project, number)
                with transaction(context.engine) as session:
                    record(session, Audit(actor, "app_user.revoke", f"app_user:{server_id}/{number}"))
                return
    raise AppUserError(f"There is no phone {number} on {server_id}: `fieldveil phones list --server {server_id}`")


def _heads(context: Context, form_ids: Sequence[str]) -> list[FormHead]:
    with reading(context.engine) as session:
        found = [forms.form_head(session, form_id) for form_id in form_ids]
    heads = [head for head in found if head is not None]
    if not heads or len(heads) < len(found):
        known = {head.form_id for head in heads}
        unknown = ", ".join(form_id for form_id in form_ids if form_id not in known)
        raise AppUserError(f"Not a form that was deployed: {unknown or 'none was named'}")
    if len({_place(head) for head in heads}) > 1:
        raise AppUserError("These forms are in different places: a phone project of Collect has one. Make a phone each")
    if len({head.practice for head in heads}) > 1:
        raise AppUserError("Practice forms and real ones need a phone each: a practice QR code opens nothing real")
    return heads


def _place(head: FormHead) -> tuple[str, str]:
    """The server, and on Central the project."""
    return head.server, "" if head.server == LETTERBOX else head.server_form_id.partition("/")[0]


def _give_on_central(
    context: Context, label: str, heads: Sequence[FormHead], actor: str, entered: Credentials | None
) -> GivenPhone:
    """A practice phone is an app user of its own: many people see its code."""
    practice = heads[0].practice
    wanted = f"{label}{_PRACTICE_LABEL}" if practice else label
    names = [head.server_form_id.partition("/")[2] for head in heads]
    with _central(context, heads[0].server, entered) as (client, server):
        project = int(heads[0].server_form_id.partition("/")[0])
        phone = central.keep_phone(client, project, wanted, names)
        details: dict[str, str | int | bool] = {"server": server.server_id, "app_user": phone.app_user_id}
        with transaction(context.engine) as session:
            record(session, Audit(actor, "app_user.create", f"forms:{','.join(sorted(names))}"[:120], details))
        address = f"{server.url}{phone.path}"
        _check(context, address, heads)
    return GivenPhone(wanted, practice, address)


def _check(context: Context, address: str, heads: Sequence[FormHead]) -> None:
    """Looks through the new phone's own eyes: form list, form, manifest, files."""
    with open_session(address, reach=reach_of(context.settings)) as http, reading(context.engine) as session:
        for head in heads:
            stored = forms.stored_version(session, head.form_id, head.current_version or "")
            if stored is not None:
                PhoneSide(http, waits=0).check(head.form_id, stored.xform, stored.media)


def _projects(context: Context, server_id: str) -> dict[int, list[str]]:
    """Our forms by their project."""
    found: dict[int, list[str]] = {}
    with reading(context.engine) as session:
        for server_form_id in connected_forms(session, server_id):
            project, _, name = server_form_id.partition("/")
            found.setdefault(int(project), []).append(name)
    return found


@contextmanager
def _central(context: Context, server_id: str, entered: Credentials | None) -> Iterator[tuple[CentralClient, Server]]:
    with reading(context.engine) as session:
        server = require_server(session, server_id)
    if server.kind is not ServerKind.CENTRAL:
        raise AppUserError(
            "On KoBoToolbox a phone signs in with an account: make it there, and give it the right to send with"
            " `fieldveil form deploy BRIEF --to SERVER --sender ACCOUNT`"
        )
    try:
        with closing(open_client(context, server, entered=entered)) as client:
            yield client, server
    except NetError as error:
        raise change_refusal(error, server_id, is_entered=entered is not None) from None

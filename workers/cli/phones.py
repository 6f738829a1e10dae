"""`fieldveil phones`: QR codes for ODK Collect, one for each phone or team."""

from pathlib import Path

import click

from backend.letterbox.qr import phone_address
from backend.settings import settings
from backend.store import form_list
from backend.store.app_users import list_app_users, new_qr_token, revoke_app_user
from backend.store.audit import Audit
from backend.store.engine import reading, transaction
from workers.cli.credentials import entered_credentials
from workers.cli.handout import picture, show_code
from workers.cli.output import as_json, note, print_json, print_table, say
from workers.cli.store import ACTOR, opened, today
from workers.context import Context
from workers.phones import GivenPhone, central_phones, give_phone, revoke_on_central
from workers.servers.credentials import Credentials
from workers.servers.registry import LETTERBOX

_OUT = click.Path(dir_okay=False, path_type=Path)
_out = click.option(
    "--out", type=_OUT, default=None, callback=picture, help="Also write the code to this .png or .svg file."
)
_server = click.option("--server", default=LETTERBOX, show_default=True, help="An ODK Central of `server list`.")
_FILE = click.Path(exists=True, dir_okay=False, path_type=Path)
_env_file = click.option("--env-file", type=_FILE, help="Central: as ACCOUNT=… SECRET=… of this file; neither is kept.")
_ask_account = click.option("--ask-account", is_flag=True, help="Central: as an account that is asked for, not kept.")
_language = click.option("--language", default=None, help="The language of Collect on the phone: en, fr, es or ar.")


@click.group(epilog="A QR code is a password. Show it to the phone, and to nobody else; it is shown once.")
def phones() -> None:
    """Give phones their QR codes, and take them back."""


@phones.command()
@click.argument("label")
@click.option("--form", "forms", multiple=True, required=True, help="A form the phone may fill. Repeatable.")
@_language
@_out
@_env_file
@_ask_account
def add(
    label: str,
    forms: tuple[str, ...],
    language: str | None,
    out: Path | None,
    env_file: Path | None,
    ask_account: bool,
) -> None:
    """Make a QR code for a phone or a team. LABEL is what Collect shows as its project, such as 'Team T1'.

    Forms on ODK Central get an app user there; one that has this name already is given the forms, and keeps its code.
    """
    entered = entered_credentials(env_file, ask=ask_account)
    with opened() as context:
        show_code(give_phone(context, label, forms, today=today(), actor=ACTOR, entered=entered), language, out)


@phones.command("new-qr")
@click.argument("number", type=int)
@_language
@_out
def new_qr(number: int, language: str | None, out: Path | None) -> None:
    """Make a new QR code for phone NUMBER (of `phones list`). The old one stops working at once.

    For the letterbox. On ODK Central: revoke the phone there, and add it again.
    """
    with opened() as context, transaction(context.engine) as session:
        token = new_qr_token(session, number, Audit(ACTOR, "app_user.new_code", f"app_user:{number}"))
        phone = next(found for found in list_app_users(session) if found.app_user_id == number)
        practice = any(form.practice for form in form_list.forms(session) if form.form_id in phone.forms)
    address = phone_address(settings().public_url, token)
    show_code(GivenPhone(phone.label, practice, address), language, out)


@phones.command()
@click.argument("number", type=int)
@_server
@_env_file
@_ask_account
def revoke(number: int, server: str, env_file: Path | None, ask_account: bool) -> None:
    """Take the code of phone NUMBER back: it can neither fetch forms nor send."""
    entered = entered_credentials(env_file, ask=ask_account)
    with opened() as context:
        if server == LETTERBOX:
            with transaction(context.engine) as session:
                revoke_app_user(session, number, today(), Audit(ACTOR, "app_user.revoke", f"app_user:{number}"))
        else:
            revoke_on_central(context, server, number, actor=ACTOR, entered=entered)
    say(f"Phone {number} is revoked.")


@phones.command("list")
@_server
@_env_file
@_ask_account
@as_json
def list_phones(server: str, env_file: Path | None, ask_account: bool, as_json: bool) -> None:
    """List phones and teams with the forms they may fill."""
    entered = entered_credentials(env_file, ask=ask_account)
    with opened() as context:
        rows = _of_letterbox(context) if server == LETTERBOX else _of_central(context, server, entered)
    if as_json:
        print_json(rows)
    elif rows:
        print_table(tuple(rows[0]), [[_cell(value) for value in row.values()] for row in rows])
    else:
        note("There is no phone yet: fieldveil phones add LABEL --form FORM")


def _of_letterbox(context: Context) -> list[dict[str, object]]:
    with reading(context.engine) as session:
        found = list_app_users(session)
    return [
        {
            "number": one.app_user_id,
            "label": one.label,
            "forms": list(one.forms),
            "since": f"{one.created_on}",
            "revoked": f"{one.revoked_on}" if one.revoked_on else None,
        }
        for one in found
    ]


def _of_central(context: Context, server: str, entered: Credentials | None) -> list[dict[str, object]]:
    found = central_phones(context, server, entered)
    return [{"number": one.number, "label": one.label, "forms": list(one.forms)} for one in found]


def _cell(value: object) -> object:
    return ", ".join(value) if isinstance(value, list) else value

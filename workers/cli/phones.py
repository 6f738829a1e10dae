"""`fieldveil phones`: QR codes for ODK Collect, one for each phone or team."""

from pathlib import Path

import click

from backend.letterbox.qr import PhoneCode, code_for_phone
from backend.settings import settings
from backend.store import form_list
from backend.store.app_users import AppUserError, create_app_user, list_app_users, new_qr_token, revoke_app_user
from backend.store.audit import Audit
from backend.store.engine import reading, transaction
from workers.cli.output import as_json, note, owner_only, print_json, print_table, say
from workers.cli.store import ACTOR, opened, today
from workers.context import Context

_OUT = click.Path(dir_okay=False, path_type=Path)
_out = click.option("--out", type=_OUT, default=None, help="Also write the code to this .png or .svg file.")
_language = click.option("--language", default=None, help="The language of Collect on the phone: en, fr, es or ar.")


@click.group(epilog="A QR code is a password. Show it to the phone, and to nobody else; it is shown once.")
def phones() -> None:
    """Give phones their QR codes, and take them back."""


@phones.command()
@click.argument("label")
@click.option("--form", "forms", multiple=True, required=True, help="A form the phone may fill. Repeatable.")
@_language
@_out
def add(label: str, forms: tuple[str, ...], language: str | None, out: Path | None) -> None:
    """Make a QR code for a phone or a team. LABEL is what Collect shows as its project, such as 'Team T1'."""
    with opened() as context:
        with transaction(context.engine) as session:
            entry = Audit(ACTOR, "app_user.create", f"forms:{','.join(sorted(forms))}"[:120])
            made = create_app_user(session, label=label, forms=forms, today=today(), audit=entry)
        _hand_out(context, made.token, label, forms, language, out)


@phones.command("new-qr")
@click.argument("number", type=int)
@_language
@_out
def new_qr(number: int, language: str | None, out: Path | None) -> None:
    """Make a new QR code for phone NUMBER (of `phones list`). The old one stops working at once."""
    with opened() as context:
        with transaction(context.engine) as session:
            token = new_qr_token(session, number, Audit(ACTOR, "app_user.new_code", f"app_user:{number}"))
            phone = next(found for found in list_app_users(session) if found.app_user_id == number)
        _hand_out(context, token, phone.label, phone.forms, language, out)


@phones.command()
@click.argument("number", type=int)
def revoke(number: int) -> None:
    """Take the code of phone NUMBER back: it can neither fetch forms nor send."""
    with opened() as context, transaction(context.engine) as session:
        revoke_app_user(session, number, today(), Audit(ACTOR, "app_user.revoke", f"app_user:{number}"))
    say(f"Phone {number} is revoked.")


@phones.command("list")
@as_json
def list_phones(as_json: bool) -> None:
    """List phones and teams with the forms they may fill."""
    with opened() as context, reading(context.engine) as session:
        found = list_app_users(session)
    rows = [
        {
            "number": one.app_user_id,
            "label": one.label,
            "forms": list(one.forms),
            "since": f"{one.created_on}",
            "revoked": f"{one.revoked_on}" if one.revoked_on else None,
        }
        for one in found
    ]
    if as_json:
        print_json(rows)
    elif rows:
        cells = [[*row.values()] for row in rows]
        print_table(tuple(rows[0]), [[a, b, ", ".join(c), d, e] for a, b, c, d, e in cells])  # type: ignore[arg-type]
    else:
        note("There is no phone yet: fieldveil phones add LABEL --form FORM")


def _hand_out(
    context: Context, token: str, label: str, forms: tuple[str, ...], language: str | None, out: Path | None
) -> None:
    with reading(context.engine) as session:
        practice = any(form.practice for form in form_list.forms(session) if form.form_id in forms)
    code = code_for_phone(settings().public_url, token, label, language=language, practice=practice)
    if out is not None:
        _write(code, out)
    note("Scan it in ODK Collect (settings, projects, QR code). It is shown now and never again.")
    say(code.terminal)
    say(code.server_url)


def _write(code: PhoneCode, out: Path) -> None:
    if out.suffix.lower() not in {".png", ".svg"}:
        raise AppUserError("The code can be written to a .png or an .svg file")
    content = code.png if out.suffix.lower() == ".png" else code.svg.encode()
    with open(out, "wb", opener=owner_only) as file:
        file.write(content)
    note(f"Written: {out}. Delete it when the phone has it.")

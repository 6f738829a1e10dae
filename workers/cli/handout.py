"""QR codes of phones to files: one picture for each language, since Collect must speak that of the team."""

import os
import re
import shutil
import sys
from pathlib import Path

import click

from backend.letterbox.qr import PhoneCode, code_for_address
from forms.build import BuiltForm
from forms.writing import owner_only
from workers.cli.output import note, say
from workers.cli.store import ACTOR, today
from workers.context import Context
from workers.phones import GivenPhone, keep_phone
from workers.servers.credentials import Credentials

_PICTURES = frozenset({".png", ".svg"})
_UNSAFE = re.compile(r"[^\w-]+")


def hand_out(
    context: Context, label: str, built: BuiltForm, folder: Path | None, *, entered: Credentials | None
) -> None:
    """Gives a phone the form; shows its code, or writes it for each language of the form."""
    given = keep_phone(context, label, built.form_id, today=today(), actor=ACTOR, entered=entered)
    if not given.address:
        note(f"{given.label} has its QR code already, and gets the form with its next look at the list.")
    elif folder is None:
        show_code(given, None, None)
    else:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        for language in built.brief.languages:
            name = f"{_UNSAFE.sub('-', given.label).strip('-')}.{language}.png"
            write_code(code_of(given, language), folder / name)


def show_code(given: GivenPhone, language: str | None, out: Path | None) -> None:
    code = code_of(given, language)
    if out is not None:
        write_code(code, out)
    room, wanted = shutil.get_terminal_size().columns, max(map(len, code.terminal.splitlines()))
    if room < wanted and sys.stdout.isatty():
        note(
            f"The code is {wanted} columns wide and this window {room}: make the letters smaller until it is a square."
        )
    note("Scan it in ODK Collect (settings, projects, QR code). It is shown now and never again.")
    say(code.terminal)
    say(code.server_url)


def picture(_context: click.Context, _option: click.Parameter, out: Path | None) -> Path | None:
    """Before the phone is made: a code that then cannot be written would be lost."""
    if out is not None and out.suffix.lower() not in _PICTURES:
        raise click.BadParameter("a code is written to a file that ends in .png or .svg")
    if out is not None and not os.access(out.absolute().parent, os.W_OK):
        raise click.BadParameter(f"the folder {out.absolute().parent} is not there, or cannot be written to")
    return out


def code_of(given: GivenPhone, language: str | None) -> PhoneCode:
    return code_for_address(given.address, given.label, language=language, practice=given.practice)


def write_code(code: PhoneCode, out: Path) -> None:
    content = code.png if out.suffix.lower() == ".png" else code.svg.encode()
    with open(out, "wb", opener=owner_only) as file:
        file.write(content)
    note(f"Written: {out}. Delete it when the phone has it.")

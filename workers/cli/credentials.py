"""Reads credentials of a server: from a private file, from a pipe, or from a person. Never from the command line."""

import sys
from pathlib import Path

import click

from backend.keys import read_private
from workers.servers.credentials import Credentials


def ask_credentials(env_file: Path | None) -> Credentials:
    """Raises KeyFileError for a file that others may read, ClickException for one that lacks something."""
    if env_file is not None:
        return _from_file(env_file)
    if not sys.stdin.isatty():
        account, secret = sys.stdin.readline().strip(), sys.stdin.readline().strip()
        return _complete(account, secret, "Standard input must hold two lines: the account, then password or token")
    account = click.prompt(
        "Account (Central: e-mail address, or name of an app user; KoboToolbox: account name)", err=True
    ).strip()
    secret = click.prompt("Password (Central), or token (KoboToolbox, app user)", hide_input=True, err=True).strip()
    return Credentials(account, secret)


def entered_credentials(env_file: Path | None, *, ask: bool) -> Credentials | None:
    """An account for this command only, where one was offered; None leaves it to the registered one."""
    return ask_credentials(env_file) if env_file or ask else None


def _from_file(file: Path) -> Credentials:
    lines = read_private(file).decode("utf-8", "replace").splitlines()
    found = dict(line.split("=", 1) for line in lines if "=" in line and not line.startswith("#"))
    values = {name.strip(): value.strip().strip("\"'") for name, value in found.items()}
    return _complete(values.get("ACCOUNT", ""), values.get("SECRET", ""), f"{file} must hold ACCOUNT=… and SECRET=…")


def _complete(account: str, secret: str, otherwise: str) -> Credentials:
    if not account or not secret:
        raise click.ClickException(otherwise)
    return Credentials(account, secret)

"""`fieldveil form deploy`: one form, or a whole list of them, to phones on any server."""

import sys
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path

import click

from forms.brief import load_brief
from forms.build import BuiltForm
from forms.migration import Migration, read_migration
from forms.practice import practice_id
from workers.cli.building import build_brief, catalogue_in, tell_built, with_overlay
from workers.cli.credentials import ask_credentials
from workers.cli.deployed import Outcome, failed, gone_back, live, planned, show
from workers.cli.handout import hand_out
from workers.cli.output import as_json, note
from workers.cli.store import ACTOR, opened, today
from workers.context import Context
from workers.deploy import Deployed, Wish, deploy, plan, plan_back, roll_back, would_renew
from workers.manifest import Entry, read_manifest
from workers.servers.credentials import Credentials
from workers.servers.registry import LETTERBOX
from workers.servers.target import UndecidedError
from workers.servers.targets import Place

_FILE = click.Path(exists=True, dir_okay=False, path_type=Path)
_FOLDER = click.Path(file_okay=False, path_type=Path)
_NOT_PULLED = "practice is never pulled, so no doorbell was installed"
_NO_BELL = "this server rings nobody, so the form is pulled on its schedule"


@dataclass(frozen=True, slots=True)
class _How:
    """What holds for every entry of a manifest."""

    dry_run: bool
    rollback: bool
    accept_warnings: bool
    entered: Credentials | None
    qr_folder: Path | None
    ask: bool


@click.command("deploy")
@click.argument("brief", type=_FILE, required=False)
@click.option("--manifest", type=_FILE, help="Deploy everything that this YAML file lists (docs/deploy.md).")
@click.option(
    "--to", "place", default=LETTERBOX, show_default=True, help="A server of `server list`; for Central SERVER/PROJECT."
)
@click.option("--form-id", default="", help="Another form_id than the brief's, for a second place.")
@click.option("--practice", is_flag=True, help="A form to learn with: its own id, a red title, never pulled.")
@click.option("--dry-run", is_flag=True, help="Show what would change; change nothing.")
@click.option("--rollback", is_flag=True, help="Give phones the version before the current one again.")
@click.option("--accept-warnings", is_flag=True, help="Deploy although something was warned of.")
@click.option("--sender", "senders", multiple=True, help="KoBo: an account that may send. Repeatable.")
@click.option("--phone", "phones", multiple=True, help="Letterbox, Central: a phone or team that gets it. Repeatable.")
@click.option("--qr-folder", type=_FOLDER, help="Write the phones' QR codes there, one PNG a language.")
@click.option("--doorbell", is_flag=True, help="KoBo: have it ring when an interview came in.")
@click.option("--migration", type=_FILE, help="What was decided about a change that breaks (docs/changes.md).")
@with_overlay
@click.option("--env-file", type=_FILE, help="Deploy as ACCOUNT=… SECRET=… of this file; neither is kept.")
@click.option("--ask-account", is_flag=True, help="Deploy as an account that is asked for; neither is kept.")
@as_json
def deploy_form(
    brief: Path | None,
    manifest: Path | None,
    place: str,
    form_id: str,
    practice: bool,
    dry_run: bool,
    rollback: bool,
    accept_warnings: bool,
    senders: tuple[str, ...],
    phones: tuple[str, ...],
    qr_folder: Path | None,
    doorbell: bool,
    migration: Path | None,
    overlay: Path | None,
    env_file: Path | None,
    ask_account: bool,
    as_json: bool,
) -> int:
    """Build the form of BRIEF and give it to the phones of a server, whole or not at all.

    The letterbox is the server when none is named. The same form again changes nothing, but keeps
    what else the brief says of the survey. What phones get is read back
    and compared. On a failure the server is as it was. Ends with 1 if anything could not be done; the rest is done.
    """
    if (brief is None) == (manifest is None):
        raise click.UsageError("Name a BRIEF, or a file with --manifest.")
    decided, words = (str(one.absolute()) if one else "" for one in (migration, overlay))
    single = Entry(str(brief), place, form_id, practice, doorbell, senders, phones, decided, words)
    entries = read_manifest(manifest) if manifest else [(brief, single)] if brief else []
    entered = ask_credentials(env_file) if env_file or ask_account else None
    ask = not as_json and sys.stdin.isatty()
    how = _How(dry_run, rollback, accept_warnings, entered, qr_folder, ask)
    with opened() as context:
        outcomes = [_one(context, file, entry, how) for file, entry in entries]
    return show(outcomes, as_json=as_json)


def _one(context: Context, file: Path, entry: Entry, how: _How) -> Outcome:
    """One entry's mistake is no reason to leave the others undone."""
    try:
        return _carry_out(context, file, entry, how)
    except Exception as error:  # noqa: BLE001 (told in the table, without its text where it is not ours)
        return failed(entry, error)


def _carry_out(context: Context, file: Path, entry: Entry, how: _How) -> Outcome:
    wish = Wish(
        to=Place.of(entry.to),
        senders=frozenset(entry.senders),
        accept_warnings=how.accept_warnings,
        doorbell=entry.doorbell,
        entered=how.entered,
        migration=_migration(file.parent / entry.migration) if entry.migration else None,
    )
    if how.rollback:
        return _go_back(context, _form_id(file, entry), entry, how, wish)
    overlay = _overlay(entry)
    built = build_brief(context, file, overlay=overlay, form_id=entry.form_id, practice=entry.practice)
    tell_built(built)
    if how.dry_run:
        steps, renews = plan(context, built, today=today(), wish=wish), would_renew(context, built)
        return planned(entry, built.form_id, built.version, steps, renews=renews)
    return _deploy(context, built, entry, how, wish)


def _overlay(entry: Entry) -> Path | None:
    return Path(entry.overlay) if entry.overlay else None


def _go_back(context: Context, form_id: str, entry: Entry, how: _How, wish: Wish) -> Outcome:
    if how.dry_run:
        version, steps = plan_back(context, form_id, wish)
        return planned(entry, form_id, version, steps)
    done = _decided(how, wish, lambda w: roll_back(context, form_id, today=today(), actor=ACTOR, wish=w))
    return gone_back(entry, done)


def _migration(file: Path) -> Migration:
    return read_migration(file.read_text("utf-8"), file.name)


def _deploy(context: Context, built: BuiltForm, entry: Entry, how: _How, wish: Wish) -> Outcome:
    done = _decided(how, wish, lambda w: deploy(context, built, today=today(), actor=ACTOR, wish=w))
    for label in entry.phones:
        hand_out(context, label, built, how.qr_folder, entered=how.entered)
    silent = entry.doorbell and not done.rings
    return live(entry, done, (_NOT_PULLED if built.practice else _NO_BELL) if silent else "")


def _decided(how: _How, wish: Wish, act: Callable[[Wish], Deployed]) -> Deployed:
    """Shows a person what is warned of, and goes on with the answer. Nothing was changed until then."""
    try:
        return act(wish)
    except UndecidedError as error:
        if not how.ask:
            raise
        for warning in error.warnings:
            note(f"Warning: {warning}.")
        if not click.confirm("Deploy all the same?", err=True):
            raise
        return act(replace(wish, accept_warnings=True))


def _form_id(file: Path, entry: Entry) -> str:
    catalogue = catalogue_in(_overlay(entry))
    form_id = entry.form_id or load_brief(file.read_bytes(), file.name, catalogue).form_id
    return practice_id(form_id) if entry.practice else form_id

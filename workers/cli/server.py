"""`fieldveil server`: KoboToolbox and ODK Central as a user has them, and the forms that are read from there."""

from collections.abc import Callable
from dataclasses import asdict, replace
from datetime import UTC, datetime
from pathlib import Path

import click

from backend.store import connections, mirror, servers
from backend.store.audit import Audit
from backend.store.engine import reading, transaction
from backend.store.servers import ServerLine
from workers.cli.credentials import ask_credentials
from workers.cli.output import as_json, note, plural, print_json, print_table, say
from workers.cli.store import ACTOR, opened, today
from workers.context import Context
from workers.servers import listing, registration
from workers.servers.probe import Finding, Use
from workers.servers.registration import Registration
from workers.servers.registry import require_server

_KINDS = {"central": "ODK Central", "kobo": "KoboToolbox"}
_FILE = click.Path(exists=True, dir_okay=False, path_type=Path)
_env_file = click.option(
    "--env-file", type=_FILE, default=None, help="Read ACCOUNT=… and SECRET=… from this file, for your eyes only."
)


@click.group(
    epilog="Credentials are asked for, or come by --env-file, or by standard input in two lines; never in a command."
)
def server() -> None:
    """Register KoboToolbox and ODK Central, and say which forms are there."""


@server.command()
@click.argument("name")
@click.argument("url")
@_env_file
@as_json
def add(name: str, url: str, env_file: Path | None, as_json: bool) -> int:
    """Register the server at URL as NAME, find out what it is, and test it.

    Central wants e-mail address and password of an account that is Project Viewer of the projects with your forms.
    KoboToolbox wants an account name and its token (account settings, Security), with 'View submissions' for the
    forms.
    """
    credentials = ask_credentials(env_file)
    with opened() as context:
        found = registration.register(context, Registration(name, url, credentials), today=today(), actor=ACTOR)
        return _tell(context, name, found, as_json=as_json)


@server.command()
@click.argument("name")
@click.option(
    "--use", type=click.Choice([use.value for use in Use]), default="pull", help="What rights are judged for."
)
@as_json
def test(name: str, use: str, as_json: bool) -> int:
    """Ask the server NAME now: can it be reached, what can it do, are the rights enough, are they too many."""
    with opened() as context:
        return _tell(context, name, registration.check(context, name, actor=ACTOR, use=Use(use)), as_json=as_json)


@server.command()
@click.argument("name")
@_env_file
@as_json
def rotate(name: str, env_file: Path | None, as_json: bool) -> int:
    """Give the server NAME new credentials, and test them. The old ones are forgotten."""
    with opened() as context:
        with reading(context.engine) as session:
            require_server(session, name)
        found = registration.rotate(context, name, ask_credentials(env_file), actor=ACTOR)
        return _tell(context, name, found, as_json=as_json)


@server.command("list")
@as_json
def list_servers(as_json: bool) -> None:
    """List the servers with what their last test found."""
    with opened() as context, reading(context.engine) as session:
        found = servers.list_servers(session)
    if as_json:
        print_json([_record(line) for line in found])
    elif found:
        rows = [(line.server_id, _KINDS[line.kind], line.url, line.forms, _state(line)) for line in found]
        print_table(("name", "kind", "address", "forms", "state"), rows, numbers=(3,))
    else:
        note(
            "There is no server yet: fieldveil server add NAME URL. Without one, the letterbox takes what phones send."
        )


@server.command()
@click.argument("name")
@as_json
def show(name: str, as_json: bool) -> int:
    """Show what is known of the server NAME, without asking it."""
    with opened() as context:
        with reading(context.engine) as session:
            require_server(session, name)
            forms = connections.connected_forms(session, name)
        line = _line(context, name)
    if as_json:
        print_json({**_record(line), "connected": forms})
        return 0
    _say_line(line)
    for server_form_id, form_id in sorted(forms.items()):
        say(f"  form {form_id} is read from {server_form_id}")
    return 0


@server.command()
@click.argument("name")
def remove(name: str) -> None:
    """Remove the server NAME and its credentials. No form may be on it."""
    with opened() as context:
        registration.remove(context, name, actor=ACTOR)
    say(f"Server {name} and its credentials are removed here. End the account or the token on the server, too.")


# ---- forms -----------------------------------------------------------------------------------------------------------


@server.command()
@click.argument("name")
@as_json
def forms(name: str, as_json: bool) -> None:
    """List the forms on the server NAME that its account sees."""
    with opened() as context:
        found = listing.forms_on(context, name)
    if as_json:
        print_json([asdict(one) for one in found])
    elif found:
        rows = [(one.server_form_id, one.title, one.state, one.submissions, one.form_id or "") for one in found]
        print_table(("form on the server", "title", "state", "submissions", "read as"), rows, numbers=(3,))
    else:
        note(f"The account on {name} sees no form. Give it the right to see one there.")


@server.command()
@click.argument("name")
@click.argument("server_form_id")
@click.argument("form_id")
def connect(name: str, server_form_id: str, form_id: str) -> None:
    """Read the form FORM_ID from the server NAME, where it is called SERVER_FORM_ID (of `server forms`)."""
    with opened() as context:
        listing.connect(context, name, server_form_id, form_id, actor=ACTOR)
    say(f"Form {form_id} is read from {server_form_id} on {name}. Now: fieldveil pull {form_id}")


@server.command()
@click.argument("form_id")
def disconnect(form_id: str) -> None:
    """Read the form FORM_ID from its server no more. What was read stays, and the server keeps what it has."""
    with opened() as context, transaction(context.engine) as session:
        is_back = connections.disconnect_form(session, form_id, Audit(ACTOR, "form.disconnected", form_id))
    if is_back:
        say(f"Nothing was read of form {form_id}: it is on the letterbox again.")
    else:
        say(f"Form {form_id} is pulled no more. What was read stays.")


@server.command()
@click.argument("form_id", required=False)
@click.option("--apply", "decision", flag_value="apply", help="The server is right: their answers go here too.")
@click.option("--keep", "decision", flag_value="keep", help="The answers stay here, although the server lost them.")
@as_json
def gone(form_id: str | None, decision: str | None, as_json: bool) -> int:
    """Show how many submissions disappeared from a server at once, and decide about those of FORM_ID.

    More than 20, or more than 2 % of a form, are never believed unasked. Ends with 1 while something waits.
    """
    with opened() as context:
        if decision is not None:
            if form_id is None:
                raise click.UsageError("Name the form you decide about.")
            say(_decide(context, form_id, decision))
        with reading(context.engine) as session:
            waiting = [one for one in mirror.waiting_by_day(session) if form_id in (None, one.form_id)]
    if as_json:
        print_json([{"form": one.form_id, "found_on": f"{one.found_on}", "rows": one.rows} for one in waiting])
    elif waiting:
        print_table(("form", "noticed on", "gone from the server"), waiting, numbers=(2,))
        note("Ask on the server who deleted them. Then: fieldveil server gone FORM --apply, or --keep")
    elif decision is None:
        note("Nothing waits for a decision.")
    return 1 if waiting else 0


def _decide(context: Context, form_id: str, decision: str) -> str:
    settle: Callable[..., int] = mirror.delete_vanished if decision == "apply" else mirror.keep_vanished
    with transaction(context.engine) as session:
        rows = sum(one.rows for one in mirror.waiting_by_day(session) if one.form_id == form_id)
        if not rows:
            raise click.ClickException(f"Nothing of form {form_id} waits for a decision.")
        action = "gone.applied" if decision == "apply" else "gone.kept"
        settle(session, form_id, Audit(ACTOR, action, form_id, {"rows": rows}))
    what = "are deleted here too" if decision == "apply" else "stay here, marked as gone from the server"
    return f"{plural(rows, 'submission')} of form {form_id} {what}."


# ---- what is told ----------------------------------------------------------------------------------------------------


def _tell(context: Context, name: str, found: Finding, *, as_json: bool) -> int:
    """What was found now, also where it is not kept."""
    line = replace(_line(context, name), finding=found.as_record())
    if as_json:
        print_json(_record(line))
    else:
        _say_line(line)
    return 0 if found.is_usable else 1


def _line(context: Context, name: str) -> ServerLine:
    with reading(context.engine) as session:
        return next(line for line in servers.list_servers(session) if line.server_id == name)


def _say_line(line: ServerLine) -> None:
    say(f"{line.server_id}: {_KINDS[line.kind]} at {line.url}, {plural(line.forms, 'form')} of ours on it")
    say(f"  state: {_state(line)}")
    if line.finding is None:
        return
    for name, told in (("features", "works there"), ("missing", "rights missing"), ("needless", "more than needed")):
        if line.finding[name]:
            say(f"  {told}: {', '.join(line.finding[name])}")
    if line.release:
        say(f"  release: {line.release} or newer, by what it can do")
    say(f"  forms the account sees: {line.finding['forms']}")
    say(f"  {line.finding['words']}")


def _state(line: ServerLine) -> str:
    now = datetime.now(UTC)
    if line.finding is None:
        return "not tested since the credentials changed"
    if line.rests(now):
        return f"rests until {line.rest_until:%H:%M} UTC after {plural(line.failures, 'failure')} in a row"
    if line.finding["problem"]:
        return f"cannot be used ({line.finding['problem']})"
    if line.finding["missing"]:
        return "rights are missing"
    return "works, with more rights than needed" if line.finding["needless"] else "works"


def _record(line: ServerLine) -> dict[str, object]:
    found = dict(line.finding or {})
    return {
        "server": line.server_id,
        "kind": line.kind.value,
        "url": line.url,
        "forms": line.forms,
        "usable": line.is_usable,
        "state": _state(line),
        "release": line.release,
        "finding": found or None,
    }

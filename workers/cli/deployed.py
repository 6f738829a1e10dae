"""What became of each deployment, as a table for people and as JSON for programs."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from enum import StrEnum

import click

from workers.cli.output import note, print_json, print_table, say
from workers.deploy import Deployed
from workers.manifest import Entry
from workers.messages import explain
from workers.servers.registry import LETTERBOX
from workers.servers.target import Action, Steps


class Result(StrEnum):
    CREATED = "created"
    REPLACED = "replaced"
    UNCHANGED = "unchanged"
    RENEWED = "record renewed"
    ROLLED_BACK = "rolled back"
    WOULD_CREATE = "would be created"
    WOULD_REPLACE = "would be replaced"
    WOULD_RENEW = "record would be renewed"
    FAILED = "failed"


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    target: str
    result: Result
    form: str = ""
    version: str = ""
    server_form_id: str = ""
    files: tuple[str, ...] = ()
    removed: tuple[str, ...] = ()
    senders: tuple[str, ...] = ()
    warnings: tuple[str, ...] = ()
    doorbell: bool = False
    message: str = ""


_DONE = {
    Action.CREATE: Result.CREATED,
    Action.REPLACE: Result.REPLACED,
    Action.UNCHANGED: Result.UNCHANGED,
}
_PLANNED = {**_DONE, Action.CREATE: Result.WOULD_CREATE, Action.REPLACE: Result.WOULD_REPLACE}


def planned(entry: Entry, form_id: str, version: str, steps: Steps, *, renews: bool = False) -> Outcome:
    result = _PLANNED[steps.action]
    return Outcome(
        target=entry.to,
        result=Result.WOULD_RENEW if renews and result is Result.UNCHANGED else result,
        form=form_id,
        version=version,
        files=steps.files,
        removed=steps.removed,
        senders=steps.senders,
        warnings=steps.warnings,
    )


def live(entry: Entry, done: Deployed, message: str) -> Outcome:
    result = _DONE[done.action]
    if done.renewed and result is Result.UNCHANGED:
        result = Result.RENEWED
    return _outcome(entry, done, result, message)


def gone_back(entry: Entry, done: Deployed) -> Outcome:
    return _outcome(entry, done, Result.ROLLED_BACK, "")


def failed(entry: Entry, error: Exception) -> Outcome:
    said = error.format_message() if isinstance(error, click.ClickException) else explain(error)
    return Outcome(target=entry.to, result=Result.FAILED, form=entry.form_id, message=said)


def _outcome(entry: Entry, done: Deployed, result: Result, message: str) -> Outcome:
    return Outcome(
        target=entry.to,
        result=result,
        form=done.form_id,
        version=done.version,
        server_form_id=done.server_form_id,
        doorbell=done.rings,
        message=message,
    )


def show(outcomes: Sequence[Outcome], *, as_json: bool) -> int:
    """The exit code."""
    if as_json:
        print_json([asdict(one) for one in outcomes])
    else:
        for one in outcomes:
            _tell(one)
        if len(outcomes) > 1:
            rows = [(one.target, one.form, one.version, one.result.value) for one in outcomes]
            print_table(("target", "form", "version", "result"), rows)
    return 1 if any(one.result is Result.FAILED for one in outcomes) else 0


def _tell(one: Outcome) -> None:
    if one.result is Result.FAILED:
        note(f"{one.target}: {one.message}")
        return
    say(f"Form {one.form}, version {one.version}, on {one.target}: {_WORDS.get(one.result, one.result.value)}.")
    for what, names in (("files to send", one.files), ("files to remove", one.removed), ("may send", one.senders)):
        if names:
            say(f"  {what}: {', '.join(names)}")
    for warning in one.warnings:
        say(f"  warning: {warning}. It has to be accepted with --accept-warnings")
    if one.doorbell:
        say("  it rings our doorbell when an interview comes in")
    if one.message:
        note(f"  {one.message}")
    if one.result is Result.CREATED and one.target == LETTERBOX:
        say(f"  next: fieldveil phones add LABEL --form {one.form}")


_WORDS = {
    Result.CREATED: "created; it is open, and phones get it",
    Result.REPLACED: "replaced; phones get this version from now on",
    Result.UNCHANGED: "was open already. Nothing changed",
    Result.RENEWED: "was open already. The form is the same; the survey's record was brought up to date",
    Result.WOULD_RENEW: "is open already. The form is the same; the survey's record would be brought up to date",
    Result.ROLLED_BACK: "phones get the version before again",
}

"""`fieldveil withdraw`: removes the answers of an informant who asks for it with the code of the conversation."""

import re
import sys
from datetime import UTC, datetime

import click

from backend.store.engine import reading, transaction
from backend.store.forms import FormHead, form_head
from backend.store.rollups import refresh_rollups
from backend.store.withdrawals import WRONG_TRIES, Tried, Which, Withdrawal, is_too_late
from backend.store.withdrawals import withdraw as take_back
from mappings.privacy.pseudonym import withdrawal_key
from workers.cli.output import note, plural, say
from workers.cli.store import ACTOR, opened, today
from workers.context import Context
from workers.pseudonym_keys import read_keys
from workers.servers.registry import LETTERBOX
from workers.withdrawals import destroy_letters

_CODE = re.compile(r"[0-9a-f]{8}")
# What a hand writes, and no code holds: these letters can only stand for digits.
_MISREAD = str.maketrans("oil", "011")
_MONTH = re.compile(r"[0-9]{4}-(0[1-9]|1[0-2])")
_FAILURES = {
    Withdrawal.NOT_FOUND: (
        "No interview of {form} has this code. Should one still come with it, from a phone or a letter that nobody"
        " could read yet, it is not stored. Ask the person to read the code again, and when and where the conversation"
        f" was: it may be of another form. After {WRONG_TRIES} wrong codes a form takes none until the next day"
    ),
    Withdrawal.TOO_MANY_TRIES: (
        f"{WRONG_TRIES} wrong codes were tried for {{form}} today. It takes no more until tomorrow (UTC)"
    ),
    Withdrawal.BUSY: "A worker reads form {form} in this moment: try again in a little while",
    Withdrawal.SEVERAL: (
        "More than one interview of {form} has this code, so none was withdrawn:\n{places}\n"
        "Ask the person for month and area of the conversation, no name. An IM officer decides and asks once more:\n"
        "  fieldveil withdraw {form} --month YYYY-MM --area PCODE   the one that was there and then\n"
        "  fieldveil withdraw {form} --all                          all of them: where nobody can tell, both must go"
    ),
    Withdrawal.ELSEWHERE: (
        "No interview of {form} with this code was there and then, so none was withdrawn. There is:\n{places}\n"
        "Ask the person again for month and area of the conversation, or leave --month and --area away"
    ),
}


@click.command("withdraw")
@click.argument("form_id")
@click.option("--month", default=None, help="Of several with the code, those of this month (YYYY-MM).")
@click.option("--area", default=None, help="Of several with the code, those in this area (its p-code, any level).")
@click.option("--all", "all_of_them", is_flag=True, help="All that have the code, where nobody can tell which it was.")
def withdraw(form_id: str, month: str | None, area: str | None, all_of_them: bool) -> int:
    """Remove the answers of one interview of FORM_ID, with the code that its informant was given.

    The code is asked for, or read from standard input; never put it on the command line. The answers do not come back
    when the server sends them again. Where two interviews have the same code, an IM officer says which it was.
    """
    if month is not None and not _MONTH.fullmatch(month):
        raise click.BadParameter("a month looks like 2026-11", param_hint="--month")
    with opened() as context:
        head = _open_form(context, form_id)
        code = _asked()
        keys = read_keys(context.settings, survey_id=head.survey_id, country=head.country)
        which = Which(month, area, all_of_them)
        with transaction(context.engine) as session:
            key = withdrawal_key(keys, form_id, code)
            tried = take_back(session, form_id, key, datetime.now(UTC), ACTOR, which)
            if tried.gone:
                # In the same commit: no page shows counts of answers that are gone.
                refresh_rollups(session, form_id)
        if not tried.gone:
            places = "\n".join(f"  {place.month}  {' › '.join(place.areas)}" for place in tried.places)
            raise click.ClickException(_FAILURES[tried.result].format(form=form_id, places=places))
        letters = destroy_letters(context, form_id, tried.keys, keys, ACTOR) if head.server == LETTERBOX else 0
    say(_told(form_id, tried))
    if letters:
        note(f"{plural(letters, 'sealed letter')} destroyed with it: nothing is left here that could be read again.")
    elif head.server == LETTERBOX:
        note("No sealed letter of it was left here, or none that could be opened.")
    else:
        note(f"The raw copy on {head.server} stays until it is deleted there: `fieldveil purge {form_id}`.")
    return 0


def _told(form_id: str, tried: Tried) -> str:
    if tried.gone == 1:
        return f"One interview of {form_id} is withdrawn: its answers are gone from here, and count no more."
    return f"{tried.gone} interviews of {form_id} are withdrawn: their answers are gone from here, and count no more."


def _open_form(context: Context, form_id: str) -> FormHead:
    with reading(context.engine) as session:
        head = form_head(session, form_id)
        if head is None:
            raise click.ClickException(f"There is no form {form_id}: `fieldveil form list` shows them")
        if is_too_late(session, form_id, today()):
            raise click.ClickException(
                f"It is too late: form {form_id} is closed and its figures are final. Answers could be withdrawn until"
                " the round closed, as the consent text says"
            )
    return head


def _asked() -> str:
    """Shown while it is typed: a slip would cost one of few tries."""
    typed = click.prompt("Code", err=True) if sys.stdin.isatty() else sys.stdin.readline()
    code = "".join(str(typed).split()).lower().translate(_MISREAD)
    if not _CODE.fullmatch(code):
        raise click.ClickException("A code has eight characters: digits, and letters from a to f")
    return code

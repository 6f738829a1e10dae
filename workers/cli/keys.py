"""`fieldveil keys`: the keys of letters, and what to do when one is lost."""

import click

from backend.store import letter_end, letter_keys
from backend.store.engine import reading
from workers.cli.output import as_json, plural, print_json, print_table, say
from workers.cli.store import ACTOR, opened, today
from workers.letter_keys import LetterKeys, give_up


@click.group()
def keys() -> None:
    """List the keys of letters, and give up one that is lost."""


@keys.command("list")
@as_json
def list_keys(as_json: bool) -> int:
    """List the keys that letters are sealed with, whether they are here, and how many letters need them.

    Ends with 1 when a key is missing.
    """
    with opened() as context, reading(context.engine) as session:
        files = LetterKeys.of(session, context.settings)
        rows = [
            {
                "key": key.key_id,
                "here": files.has(key.key_id),
                "letters": letter_end.letters_of_key(session, key.key_id),
            }
            for key in letter_keys.living_keys(session)
        ]
    if as_json:
        print_json(rows)
    elif rows:
        print_table(tuple(rows[0]), [tuple(row.values()) for row in rows], numbers=(2,))
    return 0 if all(row["here"] for row in rows) else 1


@keys.command("give-up")
@click.argument("key_id")
@click.option("--yes", is_flag=True, help="Do not ask.")
def give_up_key(key_id: str, yes: bool) -> int:
    """Give up KEY_ID, whose private half is lost for good.

    The letters sealed with it are destroyed, and those that nobody had read count as lost in every figure. If a backup
    of the key may exist, look there first.
    """
    if not yes:
        click.confirm(f"Destroy every letter sealed with {key_id}? Nobody can read them again.", abort=True, err=True)
    with opened() as context:
        lost = give_up(context, key_id, today(), ACTOR)
    say(f"Key {key_id} is given up. {plural(lost, 'letter')} that nobody had read count as lost.")
    return 0

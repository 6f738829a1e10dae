"""The sealed letters of an interview that was withdrawn: only who opens them can tell which they are."""

from collections.abc import Collection

from backend.store import letter_end
from backend.store.audit import Audit, record
from backend.store.edits import Chains, read_chains
from backend.store.engine import reading, transaction
from backend.store.letters import SealedLetter
from mappings.privacy.pseudonym import Keys, submission_key
from mappings.xform import UnreadableError, read_envelope
from workers.context import Context
from workers.crypto import LetterUnreadableError
from workers.letter_keys import LetterKeys
from workers.servers.letterbox import own_name

_AT_ONCE = 500


def destroy_letters(context: Context, form_id: str, withdrawn: Collection[str], keys: Keys, actor: str) -> int:
    """Those of the submissions `withdrawn` that a worker has read or a person set aside, their edits too; how many.

    What was not read yet waits for a worker, who finds it withdrawn and destroys it then.
    """
    found: list[int] = []
    with reading(context.engine) as session:
        chains, opener = read_chains(session, form_id), LetterKeys.of(session, context.settings)
    after = 0
    while True:
        with reading(context.engine) as session:
            page = letter_end.read_letters(session, form_id, after=after, limit=_AT_ONCE)
        if not page:
            break
        after = page[-1].seq
        found += [one.seq for one in page if _root(one, form_id, keys, chains, opener) in withdrawn]
    if found:
        with transaction(context.engine) as session:
            letter_end.destroy(session, found)
            record(session, Audit(actor, "letters.withdrawn", form_id, {"letters": len(found)}))
    return len(found)


def _root(letter: SealedLetter, form_id: str, keys: Keys, chains: Chains, opener: LetterKeys) -> str:
    """The submission that a letter belongs to; '' where nobody here can tell."""
    if not opener.has(letter.key_id):
        return ""
    try:
        envelope = read_envelope(opener.open(letter.key_id, form_id, letter.sealed))
    except (LetterUnreadableError, UnreadableError):
        return ""
    return chains.root(submission_key(keys, form_id, own_name(letter, envelope)))

"""One key pair a month: the public half in the database, the private half in a file that dies with the last letter."""

from collections.abc import Iterable
from datetime import date
from pathlib import Path

from sqlalchemy.orm import Session

from backend.keys import KeyFileError, create_once, read_private
from backend.settings import Settings
from backend.store import letter_end, letter_keys
from backend.store.audit import Audit
from backend.store.engine import transaction
from backend.store.letter_keys import LetterKey, month_of, newest, next_month
from workers.context import Context
from workers.crypto import PrivateKey, load_private, new_private_key, open_letter, public_half


class LetterKeys:
    """The private halves this worker has, each read once."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._loaded: dict[str, PrivateKey] = {}

    def has(self, key_id: str) -> bool:
        return key_id in self._loaded or _file(self._settings, key_id).exists()

    def open(self, key_id: str, form_id: str, sealed: bytes) -> bytes:
        """The letter in clear. Raises LetterUnreadableError for the letter, KeyFileError for the key file."""
        if key_id not in self._loaded:
            self._loaded[key_id] = load_private(read_private(_file(self._settings, key_id)))
        return open_letter(self._loaded[key_id], form_id, sealed)


def keep(context: Context, today: date) -> None:
    """This month's and next month's pair are there, and what is past its use is gone. Safe to run at any time."""
    settings = context.settings
    with transaction(context.engine) as session:
        letter_keys.take_turn(session)
        for key_id in letter_keys.keys_past_use(session, today):
            audit = Audit("system", "letter_key.destroyed", key_id)
            letter_keys.mark_destroyed(session, key_id, today, audit)
        for month in (month_of(today), next_month(month_of(today))):
            if newest(letter_keys.living_keys(session), month) is None:
                _create(session, settings, month)
        living, destroyed = letter_keys.living_keys(session), letter_keys.destroyed_keys(session)
    # All that were ever given up: a run that was killed between the commit and this line is made good by the next.
    for key_id in destroyed:
        _file(settings, key_id).unlink(missing_ok=True)
    _check_private_halves(settings, [key.key_id for key in living])


def give_up(context: Context, key_id: str, today: date, actor: str) -> int:
    """The private half is lost for good: so are the letters that only it could open. Returns how many were unread.

    Raises KeyFileError for a key that is not lost.
    """
    with transaction(context.engine) as session:
        if not letter_keys.is_living(session, key_id):
            raise KeyFileError(f"There is no letter key {key_id} in use: `fieldveil keys list` shows them")
        if _file(context.settings, key_id).exists():
            raise KeyFileError(
                f"The private half of {key_id} is in {_file(context.settings, key_id)}: nothing is lost, so nothing is "
                f"given up"
            )
        lost = letter_end.give_up_key(session, key_id, today, actor)
    keep(context, today)
    return lost


def _check_private_halves(settings: Settings, key_ids: Iterable[str]) -> None:
    missing = [str(_file(settings, key_id)) for key_id in key_ids if not _file(settings, key_id).exists()]
    if missing:
        raise KeyFileError(
            f"Phones seal letters that cannot be opened here: {', '.join(missing)} is missing. "
            "Put it back from the backup, or give all workers the same folder FIELDVEIL_WORKER_KEYS. "
            "If it is lost for good: fieldveil keys give-up"
        )


def _file(settings: Settings, key_id: str) -> Path:
    return settings.worker_keys / f"letters-{key_id}"


def _create(session: Session, settings: Settings, month: str) -> None:
    """The file comes first: a letter sealed with a public half whose private half is nowhere would be lost."""
    key_id = f"{month}-{len(letter_keys.key_ids(session, month)) + 1}"
    private = create_once(_file(settings, key_id), new_private_key())
    key = LetterKey(key_id, month, public_half(private))
    letter_keys.add_key(session, key, Audit("system", "letter_key.created", key_id))

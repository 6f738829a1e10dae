"""One key pair a month: the public half in the database, the private half in a file that dies with the last letter."""

from datetime import date

from sqlalchemy.orm import Session

from backend.keys import create_once, read_private
from backend.settings import Settings
from backend.store import letter_keys
from backend.store.audit import Audit
from backend.store.engine import transaction
from backend.store.letter_keys import LetterKey, month_of, newest, next_month
from workers.context import Context
from workers.crypto import PrivateKey, load_private, new_private_key, open_letter, public_half


class LetterKeys:
    """The private halves this worker has, each read once."""

    def __init__(self, settings: Settings) -> None:
        self._folder = settings.worker_keys
        self._loaded: dict[str, PrivateKey] = {}

    def has(self, key_id: str) -> bool:
        return key_id in self._loaded or (self._folder / f"letters-{key_id}").exists()

    def open(self, key_id: str, form_id: str, sealed: bytes) -> bytes:
        """The letter in clear. Raises LetterUnreadableError for the letter, KeyFileError for the key file."""
        if key_id not in self._loaded:
            self._loaded[key_id] = load_private(read_private(self._folder / f"letters-{key_id}"))
        return open_letter(self._loaded[key_id], form_id, sealed)


def keep(context: Context, today: date) -> None:
    """This month's and next month's pair are there, and what is past its use is gone. Safe to run at any time."""
    with transaction(context.engine) as session:
        for month in (month_of(today), next_month(month_of(today))):
            if newest(letter_keys.living_keys(session), month) is None:
                _create(session, context.settings, month)
        gone = letter_keys.keys_past_use(session, today)
        for key_id in gone:
            audit = Audit("system", "letter_key.destroyed", key_id)
            letter_keys.mark_destroyed(session, key_id, today, audit)
    for key_id in gone:
        (context.settings.worker_keys / f"letters-{key_id}").unlink(missing_ok=True)


def _create(session: Session, settings: Settings, month: str) -> None:
    """The file comes first: a letter sealed with a public half whose private half is nowhere would be lost."""
    key_id = f"{month}-{len(letter_keys.key_ids(session, month)) + 1}"
    private = create_once(settings.worker_keys / f"letters-{key_id}", new_private_key())
    key = LetterKey(key_id, month, public_half(private))
    letter_keys.add_key(session, key, Audit("system", "letter_key.created", key_id))

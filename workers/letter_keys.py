"""One key pair a month: the public half in the database, the private half in a file that dies with the last letter."""

from collections.abc import Mapping, Sequence
from datetime import date
from pathlib import Path

from sqlalchemy.orm import Session

from backend.keys import KeyFileError, create_once, read_private
from backend.settings import Settings
from backend.store import letter_end, letter_keys
from backend.store.audit import Audit
from backend.store.engine import transaction
from backend.store.letter_keys import LetterKey, month_of, newest, next_month
from workers import days
from workers.context import Context
from workers.crypto import LetterUnreadableError, PrivateKey, load_private, new_private_key, open_letter, public_half


class LetterKeys:
    """The private halves this worker has, each read once. `public`: the halves that phones seal with, by key."""

    def __init__(self, settings: Settings, public: Mapping[str, bytes]) -> None:
        self._settings = settings
        self._public = public
        self._loaded: dict[str, PrivateKey | None] = {}

    @classmethod
    def of(cls, session: Session, settings: Settings) -> "LetterKeys":
        return cls(settings, {key.key_id: key.public_key for key in letter_keys.living_keys(session)})

    def has(self, key_id: str) -> bool:
        """Also False for a file with another key: letters must wait for the right one, and not count as unreadable."""
        if key_id not in self._loaded:
            self._loaded[key_id] = self._load(key_id)
        return self._loaded[key_id] is not None

    def open(self, key_id: str, form_id: str, sealed: bytes) -> bytes:
        """The letter in clear. Raises LetterUnreadableError for the letter, KeyFileError for the key file."""
        key = self._loaded[key_id] if self.has(key_id) else None
        if key is None:
            raise KeyFileError(f"{_file(self._settings, key_id)} is missing, or holds another key: {_REMEDY}")
        return open_letter(key, form_id, sealed)

    def _load(self, key_id: str) -> PrivateKey | None:
        file, public = _file(self._settings, key_id), self._public.get(key_id)
        if not file.exists():
            return None
        try:
            private = read_private(file)
            return load_private(private) if public in (None, public_half(private)) else None
        except LetterUnreadableError:
            return None


_REMEDY = (
    "put it back from the backup, or give all workers the same folder FIELDVEIL_WORKER_KEYS. "
    "If it is lost for good: fieldveil keys give-up"
)


def keep(context: Context, today: date) -> None:
    """This month's and next month's pair are there, and what is past its use is gone. Safe to run at any time."""
    settings = context.settings
    day = days.to_destroy_by(settings, today)
    with transaction(context.engine) as session:
        letter_keys.take_turn(session)
        for key_id in letter_keys.keys_past_use(session, day):
            audit = Audit("system", "letter_key.destroyed", key_id)
            letter_keys.mark_destroyed(session, key_id, today, audit)
        for month in (month_of(today), next_month(month_of(today))):
            if newest(letter_keys.living_keys(session), month) is None:
                _create(session, settings, month)
        living, destroyed = letter_keys.living_keys(session), letter_keys.destroyed_keys(session)
    # All that were ever given up: a run that was killed between the commit and this line is made good by the next.
    for key_id in destroyed:
        _file(settings, key_id).unlink(missing_ok=True)
    _check_private_halves(settings, living)


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


def _check_private_halves(settings: Settings, living: Sequence[LetterKey]) -> None:
    found = LetterKeys(settings, {key.key_id: key.public_key for key in living})
    missing = [str(_file(settings, key.key_id)) for key in living if not found.has(key.key_id)]
    if missing:
        files = ", ".join(missing)
        raise KeyFileError(
            f"Phones seal letters that cannot be opened here: {files} is missing, or holds another key: {_REMEDY}"
        )


def _file(settings: Settings, key_id: str) -> Path:
    return settings.worker_keys / f"letters-{key_id}"


def _create(session: Session, settings: Settings, month: str) -> None:
    """The file comes first: a letter sealed with a public half whose private half is nowhere would be lost."""
    key_id = f"{month}-{len(letter_keys.key_ids(session, month)) + 1}"
    private = create_once(_file(settings, key_id), new_private_key())
    key = LetterKey(key_id, month, public_half(private))
    letter_keys.add_key(session, key, Audit("system", "letter_key.created", key_id))

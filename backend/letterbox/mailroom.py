"""Admits, seals and commits letters. Phones that post at the same moment share a commit; each is answered after it."""

import time
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date, timedelta
from threading import Lock

import structlog
from sqlalchemy import Engine
from sqlalchemy.exc import DBAPIError, SQLAlchemyError

from backend.letterbox.messages import Say
from backend.letterbox.sealing import Posting
from backend.store.door import Admission, admissions
from backend.store.doubts import leave_mark
from backend.store.letter_plan import Letter
from backend.store.letters import GRACE_DAYS, add_letters

_MOST_TOGETHER = 64
# When a team comes home its phones send at once: to wait this long for the others takes a fifth off the work of each.
# A phone that is alone never waits.
_PAUSE = 0.002
_log = structlog.get_logger(__name__)


# Told apart by identity: two phones may well post the same.
@dataclass(slots=True, eq=False)
class _Waiting:
    posting: Posting
    # Whoever is not told otherwise was not stored.
    answer: Say = Say.BUSY
    is_answered: bool = False
    called: Lock = field(default_factory=Lock)


class Mailroom:
    """Whoever comes first commits for all who come meanwhile. No thread of its own: a server may fork as it likes."""

    def __init__(self, engine: Engine, today: Callable[[], date], door_mark: str) -> None:
        """`door_mark` tells the door's key from another one, and nothing about it."""
        self._engine = engine
        self._today = today
        self._door_mark = door_mark
        self._has_left_mark = False
        self._guard = Lock()
        self._queue: deque[_Waiting] = deque()
        self._is_busy = False
        self._came_together = 1

    def post(self, posting: Posting) -> Say:
        """What the phone is told: that it was stored, once it is durable, or why nothing of it is."""
        mine = _Waiting(posting)
        mine.called.acquire()
        with self._guard:
            self._queue.append(mine)
            is_my_turn = not self._is_busy
            self._is_busy = True
        if not is_my_turn:
            mine.called.acquire()
        if not mine.is_answered:
            self._work(mine)
        return mine.answer

    def _work(self, mine: _Waiting) -> None:
        if self._came_together > 1:
            time.sleep(_PAUSE)
        with self._guard:
            batch = [self._queue.popleft() for _ in range(min(_MOST_TOGETHER, len(self._queue)))]
        self._came_together = len(batch)
        try:
            self._commit(batch)
        finally:
            for waiting in batch:
                waiting.is_answered = True
                if waiting is not mine:
                    waiting.called.release()
            with self._guard:
                self._is_busy = bool(self._queue)
                if self._queue:
                    self._queue[0].called.release()

    def _commit(self, batch: list[_Waiting]) -> None:
        try:
            answers = self._store([waiting.posting for waiting in batch])
        except SQLAlchemyError:
            # One bad letter must not spoil the others: each on its own, with its own answer.
            answers = [self._commit_alone(waiting.posting) for waiting in batch]
        for waiting, answer in zip(batch, answers, strict=True):
            waiting.answer = answer

    def _commit_alone(self, posting: Posting) -> Say:
        try:
            return self._store([posting])[0]
        except SQLAlchemyError as error:
            _log.error("letter_not_stored", reason=type(error).__name__)
            return Say.DISK_FULL if _is_disk_full(error) else Say.BUSY

    def _store(self, postings: list[Posting]) -> list[Say]:
        today = self._today()
        with self._engine.begin() as connection:
            admitted = admissions(connection, {posting.token_hash for posting in postings}, today)
            sorted_ = [_sort(posting, admitted.get(posting.token_hash), today) for posting in postings]
            letters = [letter for letter, _ in sorted_ if letter is not None]
            if letters:
                if not self._has_left_mark:
                    leave_mark(connection, self._door_mark, today)
                add_letters(connection, letters)
        self._has_left_mark = self._has_left_mark or bool(letters)
        return [answer for _, answer in sorted_]


def _sort(posting: Posting, admission: Admission | None, today: date) -> tuple[Letter | None, Say]:
    if admission is None:
        return None, Say.UNKNOWN_PHONE
    if posting.form_id not in admission.closed:
        return None, Say.UNKNOWN_FORM
    if admission.key is None:
        _log.error("no_letter_key", remedy="start a worker: it makes the key of the month")
        return None, Say.NO_KEY
    closed_on = admission.closed[posting.form_id]
    is_late = closed_on is not None and today > closed_on + timedelta(days=GRACE_DAYS)
    return posting.letter(admission.key, today), Say.STORED_AFTER_CLOSE if is_late else Say.STORED


def _is_disk_full(error: SQLAlchemyError) -> bool:
    if not isinstance(error, DBAPIError) or error.orig is None:
        return False
    name = getattr(error.orig, "sqlite_errorname", "")
    return name == "SQLITE_FULL" or getattr(error.orig, "sqlstate", "") == "53100"

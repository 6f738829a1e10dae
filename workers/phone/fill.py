"""Runs a survey with several phones at once: each in its own thread, each sending one interview after the other."""

import threading
import time
from collections import Counter
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from dataclasses import dataclass, field, replace

from forms.engine import Plan
from workers.net import Limits, NetError, Session, open_session
from workers.phone.blank import Blank
from workers.phone.canary import Canaries
from workers.phone.collect import Phone, PhoneError, Sent, choose
from workers.phone.deliveries import Delivery, Reason, deliveries
from workers.phone.fillers import USUAL, Effort, Fillers, Source, open_fillers
from workers.phone.interviews import Interview, Survey, hold, luck
from workers.phone.sign_in import AccountSignIn
from workers.reach import Reach
from workers.servers.credentials import Credentials

_TRIES = 3
_WAIT_SECONDS = 1.0
# A phone on a slow line, and a letterbox that commits to a slow disk.
_LIMITS = Limits(connect_seconds=30, read_seconds=60)

Progress = Callable[[str, int, int], None]
"""Called with the step, how much of it is done, and how much there is; from several threads."""


@dataclass(frozen=True, slots=True)
class FillReport:
    """`posted`: interviews that the server said it keeps; `kept`: those it did not take, by its code for the reason.

    `counts`: answers 201, and how often each thing happened that must not count as another interview.
    """

    form_id: str
    version: str
    submissions: int
    posted: int
    kept: dict[str, int]
    counts: dict[str, int]
    endings: dict[str, int]
    misfits: dict[str, int]
    wrong_clocks: int
    echoes: int
    source: Source
    note: str
    phones: int
    seconds: float


@dataclass(slots=True)
class _Tally:
    """What one phone did."""

    posted: int = 0
    kept: Counter[str] = field(default_factory=Counter)
    counts: Counter[str] = field(default_factory=Counter)
    endings: Counter[str] = field(default_factory=Counter)
    misfits: Counter[str] = field(default_factory=Counter)
    wrong_clocks: int = 0
    echoes: int = 0

    def add(self, other: "_Tally") -> None:
        self.posted += other.posted
        self.kept += other.kept
        self.counts += other.counts
        self.endings += other.endings
        self.misfits += other.misfits
        self.wrong_clocks += other.wrong_clocks
        self.echoes += other.echoes


def fill(
    urls: Sequence[str],
    survey: Survey,
    *,
    reach: Reach,
    phones: int = 6,
    form_id: str = "",
    accounts: Sequence[Credentials] = (),
    effort: Effort = USUAL,
    progress: Progress = lambda _step, _done, _all: None,
) -> FillReport:
    """Every phone has one of the addresses, and of the accounts if there are any.

    Raises PhoneError, FillError or NetError when nothing can be done.
    """
    started = time.monotonic()
    canaries = Canaries(survey.seed)
    with ExitStack() as stack:
        team = [
            stack.enter_context(Phone(_session(urls, accounts, number, reach), canaries)) for number in range(phones)
        ]
        blank = _fetch(team, form_id, progress)
        prepared = Counter[str]()

        def tick(more: int) -> None:
            prepared["forms"] += more
            progress("filling forms", prepared["forms"], 0)

        plan = replace(Plan(today=survey.today, salt=f"survey {survey.seed}"), **survey.plan)
        fillers = stack.enter_context(open_fillers(blank, survey.submissions, plan, tick, effort))
        tally = _Round(survey, canaries, fillers, progress).run(team)
    return FillReport(
        form_id=blank.form_id,
        version=blank.version,
        submissions=survey.submissions,
        posted=tally.posted,
        kept=dict(sorted(tally.kept.items())),
        counts=dict(sorted(tally.counts.items())),
        endings=dict(sorted(tally.endings.items())),
        misfits=dict(sorted(tally.misfits.items())),
        wrong_clocks=tally.wrong_clocks,
        echoes=tally.echoes,
        source=fillers.source,
        note=fillers.note,
        phones=phones,
        seconds=round(time.monotonic() - started, 1),
    )


def _session(urls: Sequence[str], accounts: Sequence[Credentials], number: int, reach: Reach) -> Session:
    url = urls[number % len(urls)]
    sign_in = None
    if accounts:
        sign_in = AccountSignIn(accounts[number % len(accounts)], encrypted=url.startswith("https:"))
    return open_session(url, reach=reach, limits=_LIMITS, sign_in=sign_in)


def _fetch(team: Sequence[Phone], form_id: str, progress: Progress) -> Blank:
    """Every phone downloads for itself; all must have got the same form."""
    blanks = []
    for number, phone in enumerate(team, start=1):
        blanks.append(phone.download(choose(phone.forms(), form_id)))
        progress("downloading the form", number, len(team))
    if any(blank != blanks[0] for blank in blanks):
        raise PhoneError("The phones were given different forms. Name one with --form, or give one address")
    return blanks[0]


class _Round:
    """All interviews of a survey, shared out among the phones."""

    def __init__(self, survey: Survey, canaries: Canaries, fillers: Fillers, progress: Progress) -> None:
        self._survey, self._canaries, self._fillers, self._progress = survey, canaries, fillers, progress
        self._lock = threading.Lock()
        self._done = 0
        self._stop = threading.Event()

    def run(self, team: Sequence[Phone]) -> _Tally:
        whole = _Tally()
        with ThreadPoolExecutor(max_workers=len(team), thread_name_prefix="phone") as pool:
            shares = [range(number, self._survey.submissions, len(team)) for number in range(len(team))]
            for tally in pool.map(self._work, team, shares):
                whole.add(tally)
        return whole

    def _work(self, phone: Phone, numbers: range) -> _Tally:
        tally = _Tally()
        try:
            for number in numbers:
                if self._stop.is_set():
                    break
                self._one(phone, number, tally)
        except BaseException:
            self._stop.set()
            raise
        return tally

    def _one(self, phone: Phone, number: int, tally: _Tally) -> None:
        interview = hold(self._survey, number, self._fillers, self._canaries)
        tally.endings[interview.ending.value] += 1
        tally.misfits += Counter([interview.misfit] if interview.misfit else [])
        tally.wrong_clocks += interview.wrong_clock
        self._post(phone, interview, tally)
        with self._lock:
            self._done += 1
            self._progress("interviews", self._done, self._survey.submissions)

    def _post(self, phone: Phone, interview: Interview, tally: _Tally) -> None:
        posted, nature = False, ""
        for turn, delivery in enumerate(deliveries(self._survey, interview, self._canaries)):
            sent = self._send(phone, delivery, f"{luck(self._survey, interview.number, f'{turn}').getrandbits(128):x}")
            tally.echoes += sent.echoes
            tally.counts[delivery.reason.value] += 1
            tally.counts["attachments"] += len(delivery.attachments)
            tally.counts["parts"] += delivery.more_follow
            tally.counts["answered_201"] += sent.stored
            if delivery.reason is Reason.CUT_OFF and sent.stored:
                raise PhoneError("The server said it keeps an upload that was cut off in the middle")
            posted = posted or sent.stored
            nature = sent.nature or str(sent.status)
        tally.posted += posted
        if not posted:
            tally.kept[nature] += 1

    def _send(self, phone: Phone, delivery: Delivery, boundary: str) -> Sent:
        """A phone that does not get through tries again; in the end it keeps what the server did not take."""
        for attempt in range(1, _TRIES + 1):
            try:
                sent = phone.send(delivery, boundary)
            except NetError as error:
                if error.permanent or attempt == _TRIES:
                    raise
            else:
                if sent.status < 500 or attempt == _TRIES:
                    break
            time.sleep(_WAIT_SECONDS * attempt)
        return sent

"""Letters of the demo form through a whole pull, beside opening and parsing the same letters and nothing else.

The pull opens, strips, maps and saves on SQLite, with ledger, counters and rollups; the bound is HPKE and expat.
"""

import statistics
import tempfile
import time
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from xml.parsers import expat

from sqlalchemy import text

import forms.catalogue
import forms.demo
from backend.crypto import seal
from backend.settings import Settings
from backend.store.areas import save_set
from backend.store.audit import Audit
from backend.store.engine import transaction
from backend.store.letter_keys import LetterKey, sealing_key
from backend.store.letter_plan import Letter, LetterKind
from backend.store.letters import add_letters
from backend.store.migrate import upgrade
from forms.build import BuiltForm, build
from forms.engine import Engine, Plan
from mappings.areas import demo
from workers.context import Context, open_context
from workers.deploy import deploy
from workers.letter_keys import LetterKeys
from workers.pull import pull_form

_LETTERS = 4000
_FILLED = 200
_TURNS = 5
_READ = ("submission", "ledger", "reject", "counter", "daily", "inbox", "rollup", "rollup_due", "coverage", "effort")


def main() -> None:
    with tempfile.TemporaryDirectory(prefix="fieldveil-bench-") as folder:
        context = open_context(Settings(home=Path(folder)))
        built = _deployed(context)
        documents = _documents(built)
        key, sealed = _posted(context, built, documents)
        pulls, bounds = [], []
        for _ in range(_TURNS):
            _forget(context)
            pulls.append(_time_pull(context, built.form_id))
            bounds.append(_time_bound(context, built.form_id, key.key_id, sealed))
        ratio = statistics.median(bounds) / statistics.median(pulls)
        print(f"{_LETTERS} letters: whole pull / open and parse alone = {ratio:.2f} of its rate (goal >= 0.4)")
        context.engine.dispose()


def _deployed(context: Context) -> BuiltForm:
    upgrade(context.engine)
    today = datetime.now(UTC).date()
    with transaction(context.engine) as session:
        audit = Audit("bench", "areas.imported", "demo")
        save_set(session, demo.load(), {}, source="demo", imported_on=today, audit=audit)
    brief = forms.demo.brief()
    brief = replace(brief, purpose=replace(brief.purpose, referral_verified_on=today))
    built = build(brief, forms.catalogue.load(), demo.load())
    deploy(context, built, today=today, actor="bench")
    return built


def _documents(built: BuiltForm) -> list[bytes]:
    """Engine-valid interviews, each copied under new instance ids: what is in them does not change the work."""
    with Engine() as engine:
        fills = engine.open_form(built.xform, built.media).fill_many(
            range(_FILLED), Plan(today=datetime.now(UTC).date())
        )
    copies = range(_LETTERS // _FILLED)
    return [
        fill.xml.replace(fill.instance_id.encode(), f"uuid:{copy}-{fill.seed}".encode())
        for copy in copies
        for fill in fills
    ]


def _posted(context: Context, built: BuiltForm, documents: list[bytes]) -> tuple[LetterKey, list[bytes]]:
    today = datetime.now(UTC).date()
    with transaction(context.engine) as session:
        key = sealing_key(session, today)
        assert key is not None
        sealed = [seal(key.public_key, built.form_id, document) for document in documents]
        letters = [
            Letter(built.form_id, key.key_id, LetterKind.ORIGINAL, f"{n:032x}", f"{n:032x}", today, content)
            for n, content in enumerate(sealed)
        ]
        add_letters(session.connection(), letters)
    return key, sealed


def _forget(context: Context) -> None:
    with transaction(context.engine) as session:
        for table in _READ:
            session.execute(text(f"DELETE FROM {table}"))  # noqa: S608 (names of our own tables)
        session.execute(text("UPDATE letter SET read_with = NULL"))


def _time_pull(context: Context, form_id: str) -> float:
    start = time.perf_counter()
    report = pull_form(context, form_id)
    seconds = time.perf_counter() - start
    assert report is not None
    assert report.new == _LETTERS
    return seconds


def _time_bound(context: Context, form_id: str, key_id: str, sealed: list[bytes]) -> float:
    keys = LetterKeys(context.settings, {})
    keys.open(key_id, form_id, sealed[0])
    start = time.perf_counter()
    for content in sealed:
        expat.ParserCreate().Parse(keys.open(key_id, form_id, content), True)
    return time.perf_counter() - start


if __name__ == "__main__":
    main()

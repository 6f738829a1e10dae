"""What `fieldveil doctor` finds out about the keys: there, closed to strangers, backed up, and those that data need."""

import os
from collections.abc import Iterator
from pathlib import Path

from backend.keys import KeyFileError, KeyName, read_private
from backend.settings import Settings
from backend.store import letter_keys
from backend.store.engine import reading
from backend.store.installation import open_rounds
from workers.cli.output import plural
from workers.cli.store import today
from workers.cli.verdict import Verdict, bad, careful, good
from workers.context import Context

_MOST_OF_A_KEY = 2_000_000


def keys(settings: Settings, backup: Path | None) -> Iterator[Verdict]:
    expected = [settings.web_keys / KeyName.SESSION, settings.web_keys / KeyName.DOOR]
    expected.append(settings.shared_keys / KeyName.FIELD)
    # os.path says "no" where pathlib raises: in a folder of another user.
    missing = [str(path) for path in expected if not os.path.exists(path)]
    found = sorted({*(path for path in expected if str(path) not in missing), *_files(settings.worker_keys)})
    if missing:
        yield careful("keys", f"not made yet, or not for this user: {', '.join(missing)}. The first start makes them")
    faults = [fault for path in found if (fault := _fault(path))]
    if faults:
        yield bad("key files", "; ".join(faults))
    elif found:
        yield good("key files", f"{len(found)}, readable by their owner only")
    if found:
        yield _backup(found, backup)


def _files(folder: Path) -> list[Path]:
    """None of them where the folder is another user's, or is not there."""
    try:
        return [path for path in folder.iterdir() if path.is_file() and not path.name.startswith(".")]
    except OSError:
        return []


def _fault(path: Path) -> str:
    try:
        read_private(path)
    except KeyFileError as error:
        return str(error)
    return ""


def _backup(found: list[Path], backup: Path | None) -> Verdict:
    """Without the keys of pseudonyms a second reading would store every answer twice."""
    if backup is None:
        return careful("backup of the keys", "not proved: fieldveil doctor --keys-backup FOLDER compares it")
    # Keys of letters die on purpose, with the letters; a backup of them would outlive what it protects.
    wanted = [path for path in found if not path.name.startswith("letters-")]
    copies = {
        copy.read_bytes() for copy in backup.rglob("*") if copy.is_file() and copy.stat().st_size < _MOST_OF_A_KEY
    }
    lacking = [path.name for path in wanted if path.read_bytes() not in copies]
    if lacking:
        return bad("backup of the keys", f"{backup} lacks: {', '.join(lacking)}. Copy them there")
    return good("backup of the keys", f"{backup} holds all {len(wanted)}")


def is_workers_place(settings: Settings) -> bool:
    """Whether the keys of the workers should be here: not beside a web process that has only its own."""
    return not settings.redis_url or bool(_files(settings.worker_keys)) or not _files(settings.web_keys)


def pseudonym_keys(context: Context) -> Verdict:
    """The first deploy of a round makes them. Lost, nothing of the round can be read on without doubling it."""
    name, folder = "keys of the rounds", context.settings.worker_keys
    with reading(context.engine) as session:
        rounds = open_rounds(session)
    if not is_workers_place(context.settings):
        return careful(name, "they are not kept here: run fieldveil doctor beside the workers, too")
    wanted = sorted({name for survey, country in rounds for name in (f"round-{survey}", f"country-{country}")})
    lost = [one for one in wanted if not os.path.exists(folder / one)]
    if lost:
        return bad(
            name,
            f"{', '.join(lost)} not in {folder}. Nothing of these rounds is read without them: put them back from the "
            "backup of the keys, and make no new ones, or every answer is stored a second time",
        )
    return good(name, f"{len(wanted)}, for {plural(len(rounds), 'round')}")


def letter_key(context: Context) -> Verdict:
    name = "letter key of the month"
    with reading(context.engine) as session:
        key = letter_keys.sealing_key(session, today())
    if key is None:
        return careful(name, "not made yet: a worker makes it; until then the letterbox takes nothing")
    folder = context.settings.worker_keys
    if is_workers_place(context.settings) and not os.path.exists(folder / f"letters-{key.key_id}"):
        return bad(
            name,
            f"{key.key_id} has no private half in {folder}: letters sealed with it cannot be opened. Put it back; if "
            f"it is lost for good, fieldveil keys give-up {key.key_id} counts them as lost",
        )
    return good(name, key.key_id)

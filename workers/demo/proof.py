"""Collects everything the product wrote down during the demo, and searches it for the identifiers of the phones."""

from dataclasses import dataclass
from pathlib import Path

from backend.disclosure.export import long_view_csv
from backend.store.engine import reading
from workers.context import Context
from workers.demo.broker_watch import BrokerWatch
from workers.demo.canary_search import Find, Search
from workers.demo.databases import DemoDatabase
from workers.net import open_session
from workers.phone.canary import Canaries
from workers.reach import Reach


@dataclass(frozen=True, slots=True)
class Proof:
    """`searched`: how many bytes of what."""

    finds: tuple[Find, ...]
    searched: dict[str, int]


def prove(context: Context, survey_id: str, canaries: Canaries, database: DemoDatabase, watch: BrokerWatch) -> Proof:
    """Files of the home (database, logs, keys, temporary files, export), broker, SQL dump, error pages."""
    home = context.settings.home
    _export(context, survey_id, home / "exports" / "observations.csv")
    spoken = {
        "broker, all that passed": watch.passed(),
        "broker, what it holds": watch.held(),
        "database as SQL": database.dump(),
        "error pages": _error_pages(context, canaries),
    }
    search = Search(canaries.values())
    folders = {"files": home, **({"files of the database": database.folder} if database.folder else {})}
    finds = [find for folder in folders.values() for find in search.in_folder(folder)]
    finds += [find for name, data in spoken.items() for find in search.in_bytes(data, name)]
    sizes = {name: _size(folder) for name, folder in folders.items()}
    return Proof(tuple(finds), {**sizes, **{name: len(data) for name, data in spoken.items() if data}})


def _export(context: Context, survey_id: str, file: Path) -> None:
    with reading(context.engine) as session, file.open("w", encoding="utf-8", newline="") as output:
        output.writelines(long_view_csv(session, survey_id))


def _error_pages(context: Context, canaries: Canaries) -> bytes:
    """What the server answers to addresses and uploads that hold identifiers and make no sense."""
    latin, arabic = canaries.text("http.header"), canaries.text("http.header_arabic")
    with open_session(context.settings.public_url, reach=Reach(this_machine=True)) as session:
        paths = (f"letterbox/{latin}/formList", f"letterbox/{arabic}/formList", f"nowhere/{latin}", f"api/v1/{arabic}")
        replies = [session.send("GET", path, params={"name": arabic, latin: "1"}) for path in paths]
        replies.append(session.send("POST", f"letterbox/{latin}/submission", body=f"<{latin}>{arabic}".encode()))
        replies.append(session.send("POST", "login", body=f"email={latin}&password={latin}".encode()))
    return b"\n".join(reply.body + repr(dict(reply.headers)).encode() for reply in replies)


def _size(folder: Path) -> int:
    return sum(path.stat().st_size for path in folder.rglob("*") if path.is_file())

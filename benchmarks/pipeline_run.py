"""`python -m benchmarks.pipeline_run WAY URL FOLDER`: one way, once, in this process; prints what it took as JSON."""

import json
import re
import sys
import time
from pathlib import Path

import psutil  # type: ignore[import-untyped]
from sqlalchemy import Engine, text

from backend.store.engine import open_engine
from backend.store.migrate import upgrade
from benchmarks.pipeline_ways import WAYS

# What answers a way stored: real answers only, since no other way keeps what was skipped.
_STORED = {
    "product": """
        SELECT (SELECT count(*) FROM submission s, unnest(s.c) AS i(id) JOIN answer a USING (id)
                WHERE a.kind IN ('value', 'choice') OR (a.kind = 'status' AND a.code IN ('dk', 'pna')))
             + (SELECT count(*) FROM submission s, unnest(s.nk)),
               (SELECT sum(v) FROM submission s, unnest(s.nv) AS v)""",
    "careful": "SELECT count(*), sum(value) FROM long_rows",
}


def measure(way: str, engine: Engine, folder: Path) -> dict[str, float]:
    run = WAYS[way](engine, folder)
    engine.dispose()
    server = _server(engine)
    used, start = _processor_time(server), time.perf_counter()
    run()
    seconds = time.perf_counter() - start
    engine.dispose()
    submissions = 1000 * len(list(folder.glob("*.json")))
    result = {
        "rate": submissions / seconds,
        "per_processor_second": submissions / (_processor_time(server) - used),
        "memory": _peak_memory(),
    }
    if way in _STORED:
        with engine.connect() as connection:
            observations, total = connection.execute(text(_STORED[way])).one()
        result |= {"observations": observations, "total": total}
    return result


def _peak_memory() -> int:
    """In kB. Not `ru_maxrss`: that begins with the memory of the process that started this one."""
    found = re.search(r"VmHWM:\s+(\d+) kB", Path("/proc/self/status").read_text(encoding="ascii"))
    assert found is not None
    return int(found[1])


def _server(engine: Engine) -> psutil.Process:
    with engine.connect() as connection:
        pid = connection.execute(text("SELECT pg_backend_pid()")).scalar_one()
    found = psutil.Process(pid).parent()
    engine.dispose()
    assert found is not None
    return found


def _processor_time(server: psutil.Process) -> float:
    """Of this process and of the server with all that ever worked for it; connections must be closed."""
    time.sleep(0.2)
    mine = time.process_time()
    alive = sum(sum(child.cpu_times()[:2]) for child in server.children(recursive=True))
    return mine + float(alive + sum(server.cpu_times()[:4]))


if __name__ == "__main__":
    engine = open_engine(sys.argv[2])
    upgrade(engine)
    print(json.dumps(measure(sys.argv[1], engine, Path(sys.argv[3]))))

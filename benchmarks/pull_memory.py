"""Peak memory of the worker that pulls 200,000 submissions, over that of one that pulls 10,000: Central and KoBo.

Server and worker are processes of their own, and only the worker's memory is looked at. The database is SQLite.
"""

import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager

from backend.store.servers import ServerKind

_FEW, _GOAL = 10_000, 1.2


def main(many: int = 200_000) -> None:
    for kind in (ServerKind.CENTRAL, ServerKind.KOBO):
        few, more = (_peak(kind, rows) for rows in (_FEW, many))
        words = f"{many} submissions {more // 1024} MB, {_FEW} submissions {few // 1024} MB"
        print(f"{kind}: memory of a pull, {words} = {more / few:.3f} (goal <= {_GOAL})")


def _peak(kind: ServerKind, rows: int) -> int:
    """In kB."""
    with tempfile.TemporaryDirectory(prefix="fieldveil-bench-") as folder, _server(kind, rows) as url:
        command = [sys.executable, "-m", "benchmarks.pull_memory_run", kind, folder, url, str(rows)]
        done = subprocess.run(command, capture_output=True, text=True, check=True)  # noqa: S603 (our own module)
        return int(done.stdout)


@contextmanager
def _server(kind: ServerKind, rows: int) -> Iterator[str]:
    command = [sys.executable, "-m", "benchmarks.lazy_server", kind, str(rows)]
    pipe = subprocess.PIPE
    with subprocess.Popen(command, stdin=pipe, stdout=pipe, text=True) as server:  # noqa: S603 (our own module)
        assert server.stdin is not None
        assert server.stdout is not None
        try:
            yield server.stdout.readline().strip()
        finally:
            server.stdin.close()


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 200_000)

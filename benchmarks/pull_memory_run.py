"""`python -m benchmarks.pull_memory_run KIND FOLDER URL ROWS`: one pull in this process; prints its peak in kB."""

import re
import sys
from pathlib import Path

from backend.store.engine import reading
from backend.store.servers import ServerKind
from backend.store.verdicts import Standing, read_verdict
from benchmarks.server_lab import product
from workers.pull import pull_form


def measure(kind: ServerKind, folder: Path, url: str, rows: int) -> int:
    context = product(folder, kind, url)
    report = pull_form(context, "bench")
    with reading(context.engine) as session:
        verdict = read_verdict(session, "bench")
    assert report is not None
    assert verdict is not None
    assert (report.new, verdict.on_server, verdict.standing) == (rows, rows, Standing.EQUAL)
    found = re.search(r"VmHWM:\s+(\d+) kB", Path("/proc/self/status").read_text(encoding="ascii"))
    assert found is not None
    return int(found[1])


if __name__ == "__main__":
    print(measure(ServerKind(sys.argv[1]), Path(sys.argv[2]), sys.argv[3], int(sys.argv[4])))

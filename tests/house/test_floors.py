"""Layers and doors: what import-linter is told in pyproject.toml, and what it cannot be told."""

import ast
import subprocess
import sys
from pathlib import Path

from source_tree import FLOORS, ROOT, imports, modules

# Annotations may name these everywhere, and wake.py waits for a commit. Errors may be caught everywhere: a phone must
# be told of a full disk in its own words. A statement can only be built in backend/store.
_NO_SQL = {
    ("sqlalchemy", "Connection"),
    ("sqlalchemy", "Engine"),
    ("sqlalchemy", "event"),
    ("sqlalchemy.orm", "Session"),
}
_ENVIRONMENT = {"environ", "environb", "getenv", "getenvb", "putenv", "unsetenv"}


def test_imports_go_downwards_and_through_the_doors() -> None:
    linter = Path(sys.executable).with_name("lint-imports")

    answer = subprocess.run([linter, "--no-cache"], cwd=ROOT, capture_output=True, text=True, check=False)

    assert answer.returncode == 0, answer.stdout


def test_only_the_store_writes_sql() -> None:
    elsewhere = {path: tree for path, tree in modules(*FLOORS).items() if not path.startswith("backend/store/")}

    strays = {
        f"{path} imports {module} {name}".strip()
        for path, tree in elsewhere.items()
        for module, name in imports(tree)
        if module.split(".")[0] in {"sqlalchemy", "psycopg", "sqlite3", "alembic"}
        and module != "sqlalchemy.exc"
        and (module, name) not in _NO_SQL
    }

    assert strays == set(), "Move the statement into a function of backend/store/"


def _reads_environment(tree: ast.Module) -> bool:
    attributes = {
        node.attr
        for node in ast.walk(tree)
        if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name) and node.value.id == "os"
    }
    names = {name for module, name in imports(tree) if module == "os"}
    return bool((attributes | names) & _ENVIRONMENT)


def test_only_settings_reads_the_environment() -> None:
    readers = {path for path, tree in modules(*FLOORS).items() if _reads_environment(tree)}

    assert readers <= {"backend/settings.py"}, "Give it a field in backend/settings.py"


def test_a_floor_has_at_most_one_crypto_module() -> None:
    users = [
        path
        for path, tree in modules(*FLOORS).items()
        if any(m.split(".")[0] == "cryptography" for m, _ in imports(tree))
    ]

    crowded = {floor: found for floor in FLOORS if len(found := [p for p in users if p.startswith(f"{floor}/")]) > 1}

    assert crowded == {}, "Cryptography of a floor stands in one module, behind a sign"

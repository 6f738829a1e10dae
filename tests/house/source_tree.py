"""The project's own files, as the tests about the code read them."""

import ast
import subprocess
from functools import cache
from pathlib import Path

ROOT = Path(__file__).parents[2]
FLOORS = ("workers", "backend", "forms", "mappings")


@cache
def modules(*folders: str) -> dict[str, ast.Module]:
    """Path from the root -> parsed module, for every Python file below the folders."""
    files = sorted(file for folder in folders for file in (ROOT / folder).rglob("*.py"))
    return {str(file.relative_to(ROOT)): ast.parse(file.read_text(encoding="utf-8")) for file in files}


@cache
def tracked_files() -> tuple[Path, ...]:
    """What git keeps; what only lies around in the folder is nobody's business."""
    listing = subprocess.run(
        ["git", "ls-files", "-z"],
        cwd=ROOT,
        capture_output=True,
        check=True,
        text=True,
    )
    return tuple(file for name in listing.stdout.split("\0") if name and (file := ROOT / name).is_file())


def imports(tree: ast.Module) -> list[tuple[str, str]]:
    """(module, name) of every import, `name` being empty for `import module`."""
    found = [(alias.name, "") for node in ast.walk(tree) if isinstance(node, ast.Import) for alias in node.names]
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom):
            found += [(node.module or "", alias.name) for alias in node.names]
    return found

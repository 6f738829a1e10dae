"""What a reader can hold in mind: the hard limits of CONTRIBUTING.md. Most modules and functions are far below."""

import ast

from source_tree import FLOORS, ROOT, modules

# Alembic writes them and nobody edits them: as long as the tables they make.
_HISTORY = "backend/store/migrations/versions/"

MODULE_LINES = 400
FUNCTION_LINES = 60


def test_no_module_has_more_than_400_lines() -> None:
    lengths = {
        path: sum(1 for line in (ROOT / path).read_text(encoding="utf-8").splitlines() if line.strip())
        for path in modules(*FLOORS)
        if not path.startswith(_HISTORY)
    }

    assert {path: lines for path, lines in lengths.items() if lines > MODULE_LINES} == {}, "Split it by what it is for"


def test_no_function_has_more_than_60_lines() -> None:
    lengths = {
        f"{path}:{node.lineno} {node.name}": (node.end_lineno or node.lineno) - node.lineno + 1
        for path, tree in modules(*FLOORS).items()
        for node in ast.walk(tree)
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) and not path.startswith(_HISTORY)
    }

    assert {name: lines for name, lines in lengths.items() if lines > FUNCTION_LINES} == {}, "Split it by its steps"


def test_every_module_says_what_it_is_for() -> None:
    silent = [path for path, tree in modules(*FLOORS).items() if ast.get_docstring(tree) is None]

    assert silent == [], "Begin it with one to three lines"


def test_no_module_is_a_dumping_ground() -> None:
    names = {"utils", "util", "helpers", "common", "misc", "manager", "base"}

    assert [path for path in modules(*FLOORS) if path.rsplit("/", 1)[-1].removesuffix(".py") in names] == []

"""What a page tells in the reader's language is made by `say` where it is found: a bare text would stay English."""

import ast
from collections.abc import Iterator
from functools import cache

from source_tree import modules

# Of each call that tells something, which arguments people read.
_READ = {
    ("forms/checks/", "Finding"): (2, 3),
    ("forms/checks/", "found"): (1, 2),
    ("forms/brief/", "Finding"): (2, 3),
    ("forms/brief/", "fault"): (1, 2),
    ("forms/brief/", "Fault"): (0, 1),
    ("forms/questionnaire/", "Finding"): (2, 3),
    ("forms/overlay/", "Finding"): (1, 2),
    ("forms/catalogue/", "about"): (1, 2),
    ("forms/catalogue/", "about_choice"): (2, 3),
    ("forms/catalogue/", "about_item"): (2, 3),
    ("forms/catalogue/", "about_settings"): (0, 1),
    ("forms/catalogue/reader", "fault"): (0, 1),
    ("forms/diff/", "Change"): (3,),
    ("forms/diff/", "_harmless"): (0,),
    ("forms/diff/", "_review"): (0, 1),
    ("forms/diff/", "_breaking"): (0, 1),
}


@cache
def _calls() -> list[tuple[str, ast.Call, tuple[int, ...]]]:
    return [found for path, tree in modules("forms").items() for found in _calls_in(path, tree)]


def _calls_in(path: str, tree: ast.Module) -> Iterator[tuple[str, ast.Call, tuple[int, ...]]]:
    read = {call: places for (folder, call), places in _READ.items() if path.startswith(folder)}
    for node in ast.walk(tree) if read else ():
        if isinstance(node, ast.Call):
            name = getattr(node.func, "id", getattr(node.func, "attr", ""))
            if name in read:
                yield f"{path}:{node.lineno}", node, read[name]


def _is_bare(node: ast.expr) -> bool:
    return isinstance(node, ast.JoinedStr) or (isinstance(node, ast.Constant) and bool(node.value))


def test_no_finding_is_told_in_english_only() -> None:
    bare = [place for place, call, at in _calls() if any(_is_bare(call.args[n]) for n in at if n < len(call.args))]

    assert bare == [], "Write say('... %(name)s ...', name=...) instead: forms/sentences.py"


def test_there_are_findings_at_all() -> None:
    assert len(_calls()) > 150

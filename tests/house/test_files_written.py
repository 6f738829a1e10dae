"""There is one way to write files for people; whatever writes otherwise stands below, with why."""

import ast

from source_tree import modules

# These write what is the program's own, in folders of its own.
OTHERWISE = {
    "backend/app/fetch_assets.py": "what the pages are made of, at set-up",
    "forms/engine/client.py": "a new folder for one form of the engine",
    "workers/demo/proof.py": "the demo's own home",
    "workers/demo/stage.py": "the demo's own home",
    "workers/phone/recorded.py": "a file of the source, for who changes it",
    "workers/remembered.py": "the home of the program",
    "workers/servers/turns.py": "the home of the program",
}


def test_files_are_written_in_one_way() -> None:
    found = {path for path, tree in modules("workers", "backend", "forms", "mappings").items() if _writes(tree)}

    assert found == set(OTHERWISE)


def _writes(tree: ast.Module) -> bool:
    return any(_is_write(node) for node in ast.walk(tree) if isinstance(node, ast.Call))


def _is_write(call: ast.Call) -> bool:
    name = call.func.attr if isinstance(call.func, ast.Attribute) else getattr(call.func, "id", "")
    if name in {"write_bytes", "write_text"}:
        return True
    modes = [one.value for one in call.args if isinstance(one, ast.Constant) and isinstance(one.value, str)]
    is_opened = name == "open" and any(set("wax") & set(mode) and len(mode) <= 3 for mode in modes)
    return is_opened and "opener" not in {keyword.arg for keyword in call.keywords}

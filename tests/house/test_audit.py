"""Who changes state says who and why: writing functions of the store take or make an audit entry, or stand below."""

import ast

from source_tree import modules

# What the machine writes on its daily way, many times a minute, and what stands in for the audit entry there.
NOT_AUDITED: dict[str, str] = {
    "adoptions.keep_alias": "the pull: what a server calls a version of ours, which was compared with it",
    "answers.register_answers": "part of a form version, whose publication is audited",
    "answers.register_form_version": "part of a form version, whose publication is audited",
    "audit.record": "it is the audit",
    "bulk.dialect_insert": "a tool of the other functions, which know what they write",
    "bulk.insert_rows": "a tool of the other functions, which know what they write",
    "bulk.merge_rows": "a tool of the other functions, which know what they write",
    "bulk.upsert": "a tool of the other functions, which know what they write",
    "closing.finish_closed": "makes one entry for each form that is over",
    "conflicts.keep_difference": "the pull: which questions differ, for a decision that is audited",
    "due.clear_due": "a timer",
    "due.mark_due": "a timer",
    "edits.add_edit": "the pull: the ledger says what became of each submission",
    "edits.move_root": "the pull: the ledger says what became of each submission",
    "first_sights.add_counts": "the pull: the ledger says what became of each submission",
    "first_sights.drop_early": "the pull: the ledger says what became of each submission",
    "first_sights.keep_early": "the pull: the ledger says what became of each submission",
    "first_sights.take_back": "the pull: the ledger says what became of each submission",
    "held.keep_numbered": "the pull: the ledger says what became of each submission",
    "letter_end.destroy": "part of a purge or of a decision, which are audited",
    "letter_end.give_up_key": "makes its entry, which says how many letters are lost",
    "letter_keys.hold_promises": "part of a form version, whose publication is audited",
    "letters.add_letters": "a phone's letter: its receipt stays",
    "letters.join_roots": "the pull: the ledger says what became of each submission",
    "letters.keep_page_marks": "the pull: the ledger says what became of each submission",
    "letters.mark_read": "the pull: the ledger says what became of each submission",
    "letters.set_conflicts": "the pull: the ledger says what became of each submission",
    "local_words.keep_words": "part of a form version, whose publication is audited",
    "mirror.begin_walk": "the pull: a list that lives as long as one walk through it",
    "mirror.end_walk": "the pull: a list that lives as long as one walk through it",
    "mirror.keep_read": "the pull: the ledger says what became of each submission",
    "mirror.keep_reviews": "the pull: what a reviewer decided is in the server's own audit",
    "mirror.mark_purged": "part of a purge or of a decision, which are audited",
    "mirror.settle_gone": "the pull: the ledger says what became of each submission",
    "mirror.take_out": "the pull: the ledger says what became of each submission",
    "mirror.unread_of_part": "the pull: a list that lives as long as one walk through it",
    "pulls.drop_lease": "a timer",
    "pulls.keep_cursor": "the pull: the ledger says what became of each submission",
    "pulls.release_lease": "a timer",
    "pulls.renew_lease": "a timer",
    "pulls.take_lease": "a timer",
    "recheck.doubt": "the pull: the ledger says what became of each submission",
    "rollups.refresh_rollups": "the pull: counts follow the rows",
    "save.drop_rows": "the pull: the ledger says what became of each submission",
    "save.forget": "the pull: the ledger says what became of each submission",
    "save.save_page": "the pull: the ledger says what became of each submission",
    "server_requests.answer": "a worker's answer to a request, which is audited; so is what the worker does",
    "server_requests.forget": "part of the removal of a server, which is audited",
    "server_requests.forget_old": "a timer",
    "server_requests.take": "a worker takes up a request, which is audited",
    "servers.keep_session": "a sign-in of a worker, many times a day",
    "servers.note_failure": "a counter",
    "servers.note_success": "a counter",
    "verdicts.keep_intake": "the pull: it notes what the server says",
    "verdicts.keep_verdict": "the pull: the verdict carries its own time",
    "verdicts.still_holds": "the pull: the verdict carries its own time",
    "wishes.answer": "a worker's answer to a wish, which is audited; so is what the worker does",
}

_WRITES = {
    "insert",
    "update",
    "delete",
    "insert_rows",
    "merge_rows",
    "upsert",
    "dialect_insert",
    "postgresql.insert",
    "sqlite.insert",
} | {f"session.{method}" for method in ("add", "add_all", "merge", "delete")}
_RAW = ("INSERT ", "UPDATE ", "DELETE ", "COPY ")


def _functions() -> dict[str, ast.FunctionDef]:
    """`module.function` -> its tree, for every module-level function of the store."""
    return {
        f"{path.removeprefix('backend/store/').removesuffix('.py').replace('/', '.')}.{node.name}": node
        for path, tree in modules("backend/store").items()
        if "/migrations/" not in path
        for node in tree.body
        if isinstance(node, ast.FunctionDef)
    }


def _called(function: ast.FunctionDef) -> set[str]:
    """Names it calls: `insert`, `_own_helper`, `session.add`."""
    return {ast.unparse(node.func) for node in ast.walk(function) if isinstance(node, ast.Call)}


def _writes_itself(function: ast.FunctionDef) -> bool:
    texts = [node.value for node in ast.walk(function) if isinstance(node, ast.Constant)]
    names = {ast.unparse(node) for node in ast.walk(function) if isinstance(node, ast.Name | ast.Attribute)}
    return bool(names & _WRITES) or any(isinstance(found, str) and found.startswith(_RAW) for found in texts)


def _helpers(name: str) -> set[str]:
    """The private functions of its own module that it calls."""
    module = name.rsplit(".", 1)[0]
    return {f"{module}.{called}" for called in _called(_functions()[name]) if called.startswith("_")}


def _writers() -> set[str]:
    """Functions that write themselves, or through private functions of their own module."""
    functions = _functions()
    writing = {name for name, function in functions.items() if _writes_itself(function)}
    while more := {name for name in functions if _helpers(name) & writing} - writing:
        writing |= more
    return writing


def _audit_arguments(function: ast.FunctionDef) -> list[str]:
    arguments = function.args.posonlyargs + function.args.args + function.args.kwonlyargs
    return [item.arg for item in arguments if item.annotation is not None and ast.unparse(item.annotation) == "Audit"]


def test_every_writing_function_takes_or_makes_an_audit_entry() -> None:
    functions = _functions()
    public = {name for name in _writers() if not name.rsplit(".", 1)[-1].startswith("_")}

    silent = {
        name for name in public if not _audit_arguments(functions[name]) and "record" not in _called(functions[name])
    }

    assert sorted(silent - set(NOT_AUDITED)) == [], "Take `audit: Audit`, or say in NOT_AUDITED why not"


def test_an_audit_entry_is_not_left_lying() -> None:
    dropped = [
        f"{name}({argument})"
        for name, function in _functions().items()
        for argument in _audit_arguments(function)
        if not any(isinstance(node, ast.Name) and node.id == argument for node in ast.walk(function))
    ]

    assert dropped == []


def test_the_exceptions_still_exist() -> None:
    assert sorted(set(NOT_AUDITED) - _writers()) == []


def test_the_search_tells_writers_from_readers() -> None:
    writers = _writers()

    assert {"accounts.create_user", "due.mark_due", "save.save_page"} <= writers
    assert not {"accounts.list_users", "due.due_now", "engine.reading"} & writers

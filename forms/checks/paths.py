"""Where the paths of an expression lead, seen from the question in which the expression stands."""

from dataclasses import dataclass

from forms.checks.expression import Call, Node, Path, Reference, Step
from forms.checks.survey import Item, Survey

_GENERATED = ("_other", "_count")
"""What pyxform adds beside a question or repeat of that name."""


@dataclass(frozen=True, slots=True)
class Lead:
    """`item` is the question when there is one; `missing` when the path surely leads nowhere."""

    item: Item | None = None
    missing: bool = False


_UNKNOWN = Lead()


def lead(survey: Survey, item: Item, node: Node) -> Lead:
    """Unknown for everything that is not a plain path."""
    match node:
        case Reference(name, False):
            return Lead(survey.one(name))
        case Path(None, True, steps):
            return _absolute(survey, steps)
        case Path(None, False, steps):
            return _from(survey, item.path, steps)
        case Path(Call("current", ()), False, steps):
            return _from(survey, item.path, steps)
    return _UNKNOWN


def _absolute(survey: Survey, steps: tuple[Step, ...]) -> Lead:
    names = tuple(step.name for step in steps)
    if not names or any(step.axis or step.name in {"*", ".", ".."} for step in steps):
        return _UNKNOWN
    return _at(survey, names)


def _from(survey: Survey, start: tuple[str, ...], steps: tuple[Step, ...]) -> Lead:
    path = start
    for step in steps:
        if step.axis or step.name == "*":
            return _UNKNOWN
        if step.name == "..":
            path = path[:-1]
        elif step.name != ".":
            path = (*path, step.name)
        if not path:
            return Lead(missing=True)
    return _at(survey, path)


def _at(survey: Survey, path: tuple[str, ...]) -> Lead:
    if path in survey.by_path:
        return Lead(survey.by_path[path])
    roots = {survey.settings.get("name", "data")}
    if len(path) == 1:
        return Lead(missing=path[0] not in roots)
    if "meta" in path or path[-1].startswith(("generated_", "__")) or path[-1] in {"formhub", "uuid"}:
        return _UNKNOWN
    for ending in _GENERATED:
        if path[-1].endswith(ending) and (*path[:-1], path[-1].removesuffix(ending)) in survey.by_path:
            return _UNKNOWN
    return Lead(missing=True)

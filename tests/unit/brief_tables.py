"""A good brief for tests, and the same with some fields changed: `written({"purpose.residual_risk": "high"})`."""

from importlib.resources import files
from typing import Any

import yaml

from forms.brief import BriefError, load_brief


def written(changes: dict[str, Any] | None = None) -> bytes:
    """The demo's brief as YAML with fields replaced by dotted name; None takes a field away."""
    tree = yaml.load((files("forms.demo") / "brief.yaml").read_text(encoding="utf-8"), Loader=yaml.BaseLoader)  # noqa: S506
    for name, value in (changes or {}).items():
        group, _, inner = name.rpartition(".")
        target = tree[group] if group else tree
        if value is None:
            del target[inner]
        else:
            target[inner] = value
    return yaml.safe_dump(tree, allow_unicode=True, sort_keys=False).encode()


def faults(changes: dict[str, Any]) -> list[str]:
    """What the officer is told, one line a fault; empty when the brief is taken."""
    try:
        load_brief(written(changes), "brief.yaml")
    except BriefError as error:
        return [str(finding) for finding in error.findings]
    return []

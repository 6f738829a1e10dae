"""A good brief for tests, and the same with some fields changed: `written({"purpose.residual_risk": "high"})`.

`of_kind("group")` are the changes that make it a good brief of another kind of respondent.
"""

from importlib.resources import files
from typing import Any

import yaml

from forms.brief import Brief, BriefError, load_brief
from forms.kinds import KINDS


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


def of_kind(kind: str, **changes: Any) -> dict[str, Any]:
    """A good brief of this kind, named after it; `changes` are top-level fields."""
    found: dict[str, Any] = {"respondent": kind, "form_id": f"t_{kind}"}
    if KINDS[kind].names_source:
        found["sources"] = [
            {"code": "DTM-R12", "citation": "Displacement assessment, round 12"},
            {"code": "REG-2025", "citation": "Register of services, 2025"},
        ]
        found["purpose.limitations"] = ["assisted_only"]
    return found | changes


def loaded(changes: dict[str, Any]) -> Brief:
    return load_brief(written(changes), "brief.yaml")


def faults(changes: dict[str, Any]) -> list[str]:
    """What the officer is told, one line a fault; empty when the brief is taken."""
    try:
        load_brief(written(changes), "brief.yaml")
    except BriefError as error:
        return [str(finding) for finding in error.findings]
    return []

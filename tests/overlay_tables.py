"""Overlays for tests: a good head, and the sections that a test names."""

from typing import Any

import yaml

from forms.catalogue import load
from forms.overlay import Overlay, OverlayError, load_overlay

HEAD = {
    "country": "XDV",
    "organisation": "ORGA",
    "version": "1",
    "catalogue": "1.0.0",
    "languages": ["en", "ar"],
}
LOCAL: dict[str, Any] = {
    "id": "LOC-XDV-ORGA-001",
    "level": "community",
    "theme": "protective_factor",
    "name": "Radio warnings",
    "definition": "Whether local radio has told people how to check an offer of work",
    "question": {
        "en": "Has local radio told people how to check an offer of work?",
        "ar": "هل شرحت الإذاعة ذلك للناس؟",
    },
    "response_type": "select_one",
    "choices": "yn_dk",
    "unit": "site",
    "methods": ["ki", "fgd"],
    "pim_category": "communicating_communities",
    "sensitivity": "1",
}
KILN = {
    "list": "labour_sector",
    "code": "brick_kiln",
    "parent": "construction",
    "label": {"en": "Brick kilns", "ar": "مصانع الطوب"},
}


def written(**changes: Any) -> bytes:
    return yaml.safe_dump(HEAD | changes, allow_unicode=True, sort_keys=False).encode()


def overlay(**changes: Any) -> Overlay:
    return load_overlay(written(**changes), "country.yaml", load())


def faults(data: bytes, name: str = "country.yaml") -> list[str]:
    """What the officer is told, one line a fault; empty when the overlay is taken."""
    try:
        load_overlay(data, name, load())
    except OverlayError as error:
        return [str(finding) for finding in error.findings]
    return []


def local(**changes: Any) -> dict[str, Any]:
    """A good local indicator with fields replaced; None takes one away."""
    return {name: value for name, value in (LOCAL | changes).items() if value is not None}

"""Local adaptation: what a country says in its own words and asks beside the standard, which stays as it is."""

from forms.overlay.adapt import adapted
from forms.overlay.changes import diff, differences, raise_version
from forms.overlay.model import AdaptedChoice, AdaptedIndicator, AdaptedItem, Overlay
from forms.overlay.read import catalogue_with, load_overlay
from forms.overlay.rule import Finding, OverlayError, Rule
from forms.overlay.write import as_workbook, as_yaml, label

__all__ = [
    "AdaptedChoice",
    "AdaptedIndicator",
    "AdaptedItem",
    "Finding",
    "Overlay",
    "OverlayError",
    "Rule",
    "adapted",
    "as_workbook",
    "as_yaml",
    "catalogue_with",
    "diff",
    "differences",
    "label",
    "load_overlay",
    "raise_version",
]

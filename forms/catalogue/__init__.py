"""The indicator catalogue: what can be asked, in which words, and what protects the people it is about."""

from functools import cache
from pathlib import Path

from forms.catalogue.collection import Catalogue
from forms.catalogue.entries import (
    Choice,
    ChoiceList,
    FormKind,
    Indicator,
    Module,
    ModuleItem,
    Recall,
    Settings,
    Texts,
)
from forms.catalogue.files import DATA, read_folder
from forms.catalogue.findings import CatalogueError, Finding, UnknownEntryError
from forms.catalogue.merge import with_packs
from forms.catalogue.packs import active, forget_with_packs
from forms.catalogue.parse import parse
from forms.catalogue.render import digest
from forms.catalogue.rules import check

__all__ = [
    "Catalogue",
    "CatalogueError",
    "Choice",
    "ChoiceList",
    "Finding",
    "FormKind",
    "Indicator",
    "Module",
    "ModuleItem",
    "Recall",
    "Settings",
    "Texts",
    "UnknownEntryError",
    "load",
    "load_own",
]


def load(folder: Path | None = None) -> Catalogue:
    """Reads all files and checks everything against everything; `CatalogueError` lists every fault.

    Without a folder it is the catalogue that comes with the product, in the languages of all packs, read once per
    process; with one, just what its files say.
    """
    return _built_in() if folder is None else _read(folder)


@cache
def load_own() -> Catalogue:
    """What the product's own files say, without language packs: what is exported, changed and put back."""
    return _read(DATA)


@cache
def _built_in() -> Catalogue:
    own = load_own()
    if not active():
        return own
    entries = with_packs(own.entries, active())
    if findings := check(entries):
        raise CatalogueError(findings)
    return Catalogue(entries, digest(entries))


forget_with_packs(_built_in.cache_clear)


def _read(folder: Path) -> Catalogue:
    findings: list[Finding] = []
    entries = parse(read_folder(folder, findings), findings)
    findings += check(entries)
    if findings:
        raise CatalogueError(findings)
    return Catalogue(entries, digest(entries))

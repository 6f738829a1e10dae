"""Turns entries back into the trees of their files: one order of keys, nothing empty. Also the digest."""

import hashlib
import json
from collections.abc import Iterable, Mapping

from forms.catalogue.collection import Entries
from forms.catalogue.entries import (
    Choice,
    ChoiceList,
    FormKind,
    Indicator,
    Module,
    ModuleItem,
    Recall,
    Review,
    Settings,
    Texts,
)
from forms.catalogue.files import Tree


def trees(entries: Entries) -> dict[str, Tree]:
    """File path inside the catalogue folder -> content."""
    return {
        "catalogue.yaml": _settings(entries.settings),
        "recall.yaml": {"periods": [_recall(recall) for recall in entries.recalls.values()]},
        **{f"choices/{name}.yaml": _choice_list(found) for name, found in entries.choice_lists.items()},
        **{f"indicators/{name}.yaml": indicator_tree(found) for name, found in entries.indicators.items()},
        **{f"modules/{name}.yaml": _module(found) for name, found in entries.modules.items()},
    }


def digest(entries: Entries) -> str:
    """Over the content, not the bytes of the files: comments and line breaks do not count."""
    content = json.dumps(trees(entries), ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(content.encode("utf-8")).hexdigest()


def filled(tree: Mapping[str, Tree | None]) -> dict[str, Tree]:
    """Without what is empty."""
    return {key: value for key, value in tree.items() if value not in (None, "", [], {}, False)}


def _names(values: Iterable[str]) -> Tree:
    return [str(value) for value in values]


def _texts(texts: Texts | None) -> Tree:
    return dict(texts) if texts else {}


def _review(review: Review) -> Tree:
    return {language: str(state) for language, state in review}


def indicator_tree(found: Indicator) -> dict[str, Tree]:
    return filled(
        {
            "id": found.id,
            "version": found.version,
            "level": str(found.level),
            "theme": str(found.theme),
            "tier": str(found.tier),
            "name": found.name,
            "definition": found.definition,
            "question": _texts(found.question),
            "review": _review(found.review),
            "response_type": str(found.response_type),
            "choices": found.choices,
            "max_select": found.max_select,
            "unit": str(found.unit),
            "depends_on": _names(found.depends_on),
            "recall": found.recall,
            "methods": _names(found.methods),
            "field_default": str(found.field_default),
            "pim_category": str(found.pim_category),
            "sensitivity": found.sensitivity,
            "min_release_geo": str(found.min_release_geo),
            "min_release_period": str(found.min_release_period),
            "disaggregation": _names(found.disaggregation),
            "preferred_source": str(found.preferred_source),
            "source_basis": _names(found.source_basis),
            "hxl": found.hxl,
            "localisable": _names(found.localisable),
            "safeguard": found.safeguard,
        }
    )


def choice_tree(choice: Choice) -> dict[str, Tree]:
    return filled(
        {
            "name": choice.name,
            "label": _texts(choice.label),
            "maps_to": _names(choice.maps_to),
            "exclusive": choice.exclusive,
            "parent": choice.parent,
        }
    )


def _choice_list(found: ChoiceList) -> Tree:
    choices: Tree = [choice_tree(choice) for choice in found.choices]
    return filled({"name": found.name, "review": _review(found.review), "choices": choices})


def _module(found: Module) -> Tree:
    return filled({"id": found.id, "review": _review(found.review), "items": [_item(item) for item in found.items]})


def _item(item: ModuleItem) -> Tree:
    return filled(
        {
            "name": item.name,
            "type": str(item.type),
            "choices": item.choices,
            "label": _texts(item.label),
            "relevant": item.relevant,
            "calculation": item.calculation,
            "trigger": item.trigger,
            "required": item.required,
            "privacy_class": str(item.privacy_class),
            "transform": str(item.transform),
            "standard_field": item.standard_field,
            "localisable": _names(item.localisable),
        }
    )


def _recall(recall: Recall) -> Tree:
    return filled({"code": recall.code, "label": _texts(recall.label), "review": _review(recall.review)})


def _settings(settings: Settings) -> Tree:
    return filled(
        {
            "version": settings.version,
            "languages": _review(settings.review),
            "modules": _names(settings.module_order),
            "core_field_form": _names(settings.core_field_form),
            "open_note": {"indicator": settings.open_note, "at_most": settings.open_note_length},
            "sensitive_excludes": _names(settings.sensitive_excludes),
            "forms": [_form(kind) for kind in settings.forms],
            "localisation": {"may_change": _names(settings.may_change), "fixed": _names(settings.fixed)},
        }
    )


def _form(kind: FormKind) -> Tree:
    return filled({"name": kind.name, "method": kind.method and str(kind.method), "at_most": kind.at_most})

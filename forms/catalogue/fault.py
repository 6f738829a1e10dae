"""What one rule says of one entry; `rules` adds the number of the rule."""

from typing import NamedTuple

from forms.catalogue.entries import ChoiceList, Indicator, Module, ModuleItem


class Fault(NamedTuple):
    file: str
    entry: str
    what: str
    remedy: str


def about(entry: Indicator | ChoiceList, what: str, remedy: str) -> Fault:
    if isinstance(entry, Indicator):
        return Fault(f"indicators/{entry.id}.yaml", entry.id, what, remedy)
    return Fault(f"choices/{entry.name}.yaml", entry.name, what, remedy)


def about_choice(found: ChoiceList, choice: str, what: str, remedy: str) -> Fault:
    return Fault(f"choices/{found.name}.yaml", f"{found.name}: {choice}", what, remedy)


def about_item(module: Module, item: ModuleItem, what: str, remedy: str) -> Fault:
    return Fault(f"modules/{module.id}.yaml", f"{module.id}: {item.name}", what, remedy)


def about_settings(what: str, remedy: str, entry: str = "") -> Fault:
    return Fault("catalogue.yaml", entry, what, remedy)

"""Holds an overlay against the catalogue: what it names is there, and only what may change was changed."""

import re
from collections.abc import Iterator, Mapping
from difflib import get_close_matches

from forms.catalogue import Catalogue, ChoiceList, Indicator, ModuleItem, Texts
from forms.catalogue.coherence_rules import NAME
from forms.catalogue.terms import ChoiceKind, Localisable
from forms.catalogue.text_rules import faults_of
from forms.catalogue.words import Words, found
from forms.overlay.model import AdaptedChoice, AdaptedIndicator, AdaptedItem, Overlay
from forms.overlay.rule import Finding, Rule

GUARDED = frozenset({"MOD-SAF", "MOD-CON", "MOD-DIS"})
_POINT = re.compile(r"[.!?؟;؛](?=\s|$)")
_ROLE = re.compile(r"[^\d@]{3,120}")
_NO_RECALL = "none"
_SITE = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.-]{0,39}")


def check(overlay: Overlay, catalogue: Catalogue) -> list[Finding]:
    """Every fault, entry by entry. What the rules of the catalogue say of the result is told by `adapted`."""
    findings = [fault for one in overlay.indicators for fault in _indicator(one, overlay, catalogue)]
    findings += [fault for one in overlay.choices for fault in _choice(one, overlay, catalogue)]
    findings += [fault for one in overlay.items for fault in _item(one, overlay, catalogue)]
    findings += _sites(overlay)
    findings += [fault for one in overlay.local_indicators for fault in _local(one, overlay, catalogue)]
    findings += [fault for one in overlay.local_lists for fault in _local_list(one, overlay, catalogue)]
    return findings


def _near(name: str, known: Mapping[str, object]) -> str:
    near = get_close_matches(name, known, n=1)
    return f"Did you mean {near[0]}" if near else "See: fieldveil catalogue list"


def _indicator(one: AdaptedIndicator, overlay: Overlay, catalogue: Catalogue) -> Iterator[Finding]:
    place = overlay.place("indicators", one.id)
    standard = catalogue.entries.indicators.get(one.id)
    if standard is None:
        if one.id.startswith(overlay.namespace):
            what = f"{one.id} is a local indicator, and stands among those of the standard"
            yield Finding(place, what, "Write it under local_indicators")
        else:
            what = f"there is no indicator {one.id} in the standard"
            yield Finding(place, what, _near(one.id, catalogue.entries.indicators), Rule.ONE_MEANING)
        return
    yield from _may(one, standard, place)
    if one.recall:
        yield from _recall(one, standard, place, catalogue)
    if one.sensitivity is not None and one.sensitivity < standard.sensitivity:
        what = f"sensitivity {one.sensitivity} is below the standard's {standard.sensitivity}"
        yield Finding(place, what, f"Write {standard.sensitivity} or more, or leave it out", Rule.SENSITIVITY)
    for name, texts in (("hint", one.hint), ("examples", one.examples)):
        yield from _spoken(name, texts, place, is_field=standard.is_field)


def _may(one: AdaptedIndicator, standard: Indicator, place: str) -> Iterator[Finding]:
    parts = (
        ("question", one.question, Localisable.LABELS),
        ("hint", one.hint, Localisable.HINTS),
        ("examples", one.examples, Localisable.EXAMPLES),
    )
    for name, texts, needed in parts:
        if texts and needed not in standard.localisable:
            what = f"the {name} of {one.id} is the same in every country"
            yield Finding(place, what, "Leave it out", Rule.ONE_MEANING)


def _recall(one: AdaptedIndicator, standard: Indicator, place: str, catalogue: Catalogue) -> Iterator[Finding]:
    periods = [code for code in catalogue.entries.recalls if code != _NO_RECALL]
    if standard.recall == _NO_RECALL:
        what = f"{one.id} looks back over no period, so it cannot have another one"
        yield Finding(place, what, "Leave recall out", Rule.RECALL)
    elif one.recall not in periods:
        what = f"'{one.recall}' is no period of the catalogue"
        yield Finding(place, what, f"Write one of: {', '.join(periods)}", Rule.RECALL)


def _spoken(name: str, texts: Texts, place: str, *, is_field: bool) -> Iterator[Finding]:
    """Hints and examples stand in no rule of the catalogue, and are read out like a question."""
    kinds = (Words.VICTIM, Words.IDENTITY, Words.VIOLENCE, Words.INFORMER) if is_field else (Words.INFORMER,)
    for language, text in texts.items():
        for kind in kinds:
            if word := found(kind, language, text):
                what = f"the {name} in '{language}' holds '{word}': {kind.because}"
                yield Finding(place, what, "Use other words", Rule.WORDS)
        for what, remedy in faults_of(language, text):
            yield Finding(place, f"{name}: {what}", remedy, Rule.WORDS)
        if "{" in text or "}" in text:
            yield Finding(place, f"the {name} in '{language}' holds a brace", "Write it without { and }", Rule.WORDS)


def _choice(one: AdaptedChoice, overlay: Overlay, catalogue: Catalogue) -> Iterator[Finding]:
    place = overlay.place("choices", f"{one.list_name}: {one.code}")
    known = catalogue.entries.choice_lists.get(one.list_name)
    if known is None:
        what = f"there is no list '{one.list_name}' in the standard"
        remedy = f"{_near(one.list_name, catalogue.entries.choice_lists)}; lists of your own stand in local_choices"
        yield Finding(place, what, remedy)
        return
    in_modules = sorted(
        item.name for module in catalogue.modules for item in module.items if item.choices == known.name
    )
    if in_modules:
        what = f"'{known.name}' answers questions that are the same in every form ({', '.join(in_modules[:3])})"
        yield Finding(place, what, "Leave the list as it is", Rule.GUARDED)
    elif one.code in known.names:
        yield from _reworded(one, known, place, catalogue)
    else:
        yield from _added(one, known, place, catalogue)


def _reworded(one: AdaptedChoice, known: ChoiceList, place: str, catalogue: Catalogue) -> Iterator[Finding]:
    if one.parent:
        what = f"'{one.code}' is a standard answer of '{known.name}', and counts as itself"
        yield Finding(place, what, "Leave parent out, or give your answer a code of its own", Rule.STANDARD_ANSWERS)
    elif not one.label:
        yield Finding(place, "changes nothing", "Give it other words, or remove it")
    yield from _not_open(known, Localisable.LABELS, "reworded", place, catalogue)


def _added(one: AdaptedChoice, known: ChoiceList, place: str, catalogue: Catalogue) -> Iterator[Finding]:
    if not NAME.fullmatch(one.code):
        what = "the code has other characters than a-z, 0-9 and _, or begins with none of a-z"
        yield Finding(place, what, "Write a code such as brick_kiln")
    parent = next((choice for choice in known.choices if choice.name == one.parent), None)
    if not one.parent:
        remedy = f"Give its parent, one of: {', '.join(_parents(known))}"
        yield Finding(place, f"'{one.code}' is no answer of '{known.name}' and has no parent", remedy, Rule.PARENT)
    elif parent is None or parent.exclusive or parent.kind is not ChoiceKind.ANSWER:
        what = f"'{one.parent}' is nothing that an answer of '{known.name}' can count as"
        yield Finding(place, what, f"Write one of: {', '.join(_parents(known))}", Rule.PARENT)
    yield from _not_open(known, Localisable.CHOICES_ADD, "added to", place, catalogue)


def _parents(known: ChoiceList) -> list[str]:
    return [one.name for one in known.choices if one.kind is ChoiceKind.ANSWER and not one.exclusive]


def _not_open(known: ChoiceList, needed: Localisable, verb: str, place: str, catalogue: Catalogue) -> Iterator[Finding]:
    closed = [one.id for one in catalogue.indicators if one.choices == known.name and needed not in one.localisable]
    if closed:
        what = f"'{known.name}' cannot be {verb}: it is a scale or a fixed set for {', '.join(closed[:3])}"
        remedy = "Use the answers as they are, or ask a local indicator with a list of its own"
        yield Finding(place, what, remedy, Rule.STANDARD_ANSWERS)


def _item(one: AdaptedItem, overlay: Overlay, catalogue: Catalogue) -> Iterator[Finding]:
    place = overlay.place("items", one.name)
    items = {item.name: (module.id, item) for module in catalogue.modules for item in module.items}
    if one.name not in items:
        yield Finding(place, f"no module has a line '{one.name}'", _near(one.name, items))
        return
    module, item = items[one.name]
    if not {Localisable.WORDING, Localisable.LABELS} & set(item.localisable):
        what = f"'{one.name}' of {module} is said in the same words everywhere"
        yield Finding(place, what, "Leave it out", Rule.GUARDED)
    elif not one.label:
        yield Finding(place, "changes nothing", "Give it other words, or remove it")
    elif module in GUARDED:
        yield from _points(one, item, place)


def _points(one: AdaptedItem, item: ModuleItem, place: str) -> Iterator[Finding]:
    """Whether every point is still there only a person can see; that one is gone, a count can."""
    for language, text in one.label.items():
        standard = item.label[language] if item.label and language in item.label else ""
        said, wanted = len(_POINT.findall(text)), len(_POINT.findall(standard))
        if said < wanted:
            what = f"the text in '{language}' makes {said} statements, and the standard {wanted}"
            yield Finding(place, what, "Put every point back, each in a sentence of its own", Rule.GUARDED)
    if not _ROLE.fullmatch(one.confirmed_by):
        what = "nobody confirmed that every point of the standard is still said"
        remedy = "Have protection staff compare it, and write their role (not a name) under confirmed_by"
        yield Finding(place, what, remedy, Rule.GUARDED)


def _sites(overlay: Overlay) -> Iterator[Finding]:
    if overlay.sites is not None and not overlay.sites:
        yield Finding(overlay.place("overlay", ""), "sites is an empty list", "Name at least one, or leave it out")
    for code in overlay.sites or ():
        if not _SITE.fullmatch(code):
            yield Finding(overlay.place("sites", code), "this is no code of a site", "Write its code in the area list")


def _local(one: Indicator, overlay: Overlay, catalogue: Catalogue) -> Iterator[Finding]:
    place = overlay.place("local_indicators", one.id)
    if one.id in catalogue.entries.indicators:
        what = f"{one.id} is an indicator of the standard"
        yield Finding(place, what, "Change its words under indicators; its meaning stays", Rule.NAMESPACE)
    elif not re.fullmatch(rf"{re.escape(overlay.namespace)}[0-9]{{3}}", one.id):
        what = "the id is not in the namespace of this overlay"
        yield Finding(place, what, f"Write {overlay.namespace}001, and so on", Rule.NAMESPACE)
    if "{" in one.definition or "}" in one.definition:
        # Phones show it to the enumerator, and would take it for an answer.
        yield Finding(place, "the definition holds a brace", "Write it without { and }", Rule.WORDS)


def _local_list(one: ChoiceList, overlay: Overlay, catalogue: Catalogue) -> Iterator[Finding]:
    if one.name in catalogue.entries.choice_lists:
        place = overlay.place("local_choices", f"{one.name}: {one.choices[0].name}")
        what = f"'{one.name}' is a list of the standard"
        remedy = "Add answers under choices, with a parent, or give your list another name"
        yield Finding(place, what, remedy, Rule.NAMESPACE)

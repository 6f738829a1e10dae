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
from forms.sentences import say

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
    return say("Write %(near)s, if that is meant", near=near[0]) if near else say("See: fieldveil catalogue list")


def _indicator(one: AdaptedIndicator, overlay: Overlay, catalogue: Catalogue) -> Iterator[Finding]:
    place = overlay.place("indicators", one.id)
    standard = catalogue.entries.indicators.get(one.id)
    if standard is None:
        if one.id.startswith(overlay.namespace):
            what = say("%(id)s is a local indicator, and stands among those of the standard", id=one.id)
            yield Finding(place, what, say("Write it under local_indicators"))
        else:
            what = say("there is no indicator %(id)s in the standard", id=one.id)
            yield Finding(place, what, _near(one.id, catalogue.entries.indicators), Rule.ONE_MEANING)
        return
    yield from _may(one, standard, place)
    if one.recall:
        yield from _recall(one, standard, place, catalogue)
    if one.sensitivity is not None and one.sensitivity < standard.sensitivity:
        what = say(
            "sensitivity %(sensitivity)s is below the standard's %(sensitivity2)s",
            sensitivity=one.sensitivity,
            sensitivity2=standard.sensitivity,
        )
        yield Finding(
            place,
            what,
            say("Write %(sensitivity)s or more, or leave it out", sensitivity=standard.sensitivity),
            Rule.SENSITIVITY,
        )
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
            what = say("the %(name)s of %(id)s is the same in every country", name=name, id=one.id)
            yield Finding(place, what, say("Leave it out"), Rule.ONE_MEANING)


def _recall(one: AdaptedIndicator, standard: Indicator, place: str, catalogue: Catalogue) -> Iterator[Finding]:
    periods = [code for code in catalogue.entries.recalls if code != _NO_RECALL]
    if standard.recall == _NO_RECALL:
        what = say("%(id)s looks back over no period, so it cannot have another one", id=one.id)
        yield Finding(place, what, say("Leave recall out"), Rule.RECALL)
    elif one.recall not in periods:
        what = say("'%(recall)s' is no period of the catalogue", recall=one.recall)
        yield Finding(place, what, say("Write one of: %(periods)s", periods=", ".join(periods)), Rule.RECALL)


def _spoken(name: str, texts: Texts, place: str, *, is_field: bool) -> Iterator[Finding]:
    """Hints and examples stand in no rule of the catalogue, and are read out like a question."""
    kinds = (Words.VICTIM, Words.IDENTITY, Words.VIOLENCE, Words.INFORMER) if is_field else (Words.INFORMER,)
    for language, text in texts.items():
        for kind in kinds:
            if word := found(kind, language, text):
                what = say(
                    "the %(name)s in '%(language)s' holds '%(word)s': %(because)s",
                    name=name,
                    language=language,
                    word=word,
                    because=kind.because,
                )
                yield Finding(place, what, say("Use other words"), Rule.WORDS)
        for fault, remedy in faults_of(language, text):
            yield Finding(place, say("%(name)s: %(what)s", name=name, what=fault), remedy, Rule.WORDS)
        if "{" in text or "}" in text:
            yield Finding(
                place,
                say("the %(name)s in '%(language)s' holds a brace", name=name, language=language),
                say("Write it without { and }"),
                Rule.WORDS,
            )


def _choice(one: AdaptedChoice, overlay: Overlay, catalogue: Catalogue) -> Iterator[Finding]:
    place = overlay.place("choices", f"{one.list_name}: {one.code}")
    known = catalogue.entries.choice_lists.get(one.list_name)
    if known is None:
        what = say("there is no list '%(list_name)s' in the standard", list_name=one.list_name)
        near = _near(one.list_name, catalogue.entries.choice_lists)
        remedy = say("%(near)s; lists of your own stand in local_choices", near=near)
        yield Finding(place, what, remedy)
        return
    in_modules = sorted(
        item.name for module in catalogue.modules for item in module.items if item.choices == known.name
    )
    if in_modules:
        what = say(
            "'%(known)s' answers questions that are the same in every form (%(in_modules)s)",
            known=known.name,
            in_modules=", ".join(in_modules[:3]),
        )
        yield Finding(place, what, say("Leave the list as it is"), Rule.GUARDED)
    elif one.code in known.names:
        yield from _reworded(one, known, place, catalogue)
    else:
        yield from _added(one, known, place, catalogue)


def _reworded(one: AdaptedChoice, known: ChoiceList, place: str, catalogue: Catalogue) -> Iterator[Finding]:
    if one.parent:
        what = say(
            "'%(code)s' is a standard answer of '%(known)s', and counts as itself", code=one.code, known=known.name
        )
        yield Finding(
            place, what, say("Leave parent out, or give your answer a code of its own"), Rule.STANDARD_ANSWERS
        )
    elif not one.label:
        yield Finding(place, say("changes nothing"), say("Give it other words, or remove it"))
    yield from _not_open(known, Localisable.LABELS, say("reworded"), place, catalogue)


def _added(one: AdaptedChoice, known: ChoiceList, place: str, catalogue: Catalogue) -> Iterator[Finding]:
    if not NAME.fullmatch(one.code):
        what = say("the code has other characters than a-z, 0-9 and _, or begins with none of a-z")
        yield Finding(place, what, say("Write a code such as brick_kiln"))
    parent = next((choice for choice in known.choices if choice.name == one.parent), None)
    if not one.parent:
        remedy = say("Give its parent, one of: %(known)s", known=", ".join(_parents(known)))
        yield Finding(
            place,
            say("'%(code)s' is no answer of '%(known)s' and has no parent", code=one.code, known=known.name),
            remedy,
            Rule.PARENT,
        )
    elif parent is None or parent.exclusive or parent.kind is not ChoiceKind.ANSWER:
        what = say(
            "'%(parent)s' is nothing that an answer of '%(known)s' can count as", parent=one.parent, known=known.name
        )
        yield Finding(place, what, say("Write one of: %(known)s", known=", ".join(_parents(known))), Rule.PARENT)
    yield from _not_open(known, Localisable.CHOICES_ADD, say("added to"), place, catalogue)


def _parents(known: ChoiceList) -> list[str]:
    return [one.name for one in known.choices if one.kind is ChoiceKind.ANSWER and not one.exclusive]


def _not_open(known: ChoiceList, needed: Localisable, verb: str, place: str, catalogue: Catalogue) -> Iterator[Finding]:
    closed = [one.id for one in catalogue.indicators if one.choices == known.name and needed not in one.localisable]
    if closed:
        what = say(
            "'%(known)s' cannot be %(verb)s: it is a scale or a fixed set for %(closed)s",
            known=known.name,
            verb=verb,
            closed=", ".join(closed[:3]),
        )
        remedy = say("Use the answers as they are, or ask a local indicator with a list of its own")
        yield Finding(place, what, remedy, Rule.STANDARD_ANSWERS)


def _item(one: AdaptedItem, overlay: Overlay, catalogue: Catalogue) -> Iterator[Finding]:
    place = overlay.place("items", one.name)
    items = {item.name: (module.id, item) for module in catalogue.modules for item in module.items}
    if one.name not in items:
        yield Finding(place, say("no module has a line '%(one)s'", one=one.name), _near(one.name, items))
        return
    module, item = items[one.name]
    if not {Localisable.WORDING, Localisable.LABELS} & set(item.localisable):
        what = say("'%(one)s' of %(module)s is said in the same words everywhere", one=one.name, module=module)
        yield Finding(place, what, say("Leave it out"), Rule.GUARDED)
    elif not one.label:
        yield Finding(place, say("changes nothing"), say("Give it other words, or remove it"))
    elif module in GUARDED:
        yield from _points(one, item, place)


def _points(one: AdaptedItem, item: ModuleItem, place: str) -> Iterator[Finding]:
    """Whether every point is still there only a person can see; that one is gone, a count can."""
    for language, text in one.label.items():
        standard = item.label[language] if item.label and language in item.label else ""
        said, wanted = len(_POINT.findall(text)), len(_POINT.findall(standard))
        if said < wanted:
            what = say(
                "the text in '%(language)s' makes %(said)s statements, and the standard %(wanted)s",
                language=language,
                said=said,
                wanted=wanted,
            )
            yield Finding(place, what, say("Put every point back, each in a sentence of its own"), Rule.GUARDED)
    if not _ROLE.fullmatch(one.confirmed_by):
        what = say("nobody confirmed that every point of the standard is still said")
        remedy = say("Have protection staff compare it, and write their role (not a name) under confirmed_by")
        yield Finding(place, what, remedy, Rule.GUARDED)


def _sites(overlay: Overlay) -> Iterator[Finding]:
    if overlay.sites is not None and not overlay.sites:
        yield Finding(
            overlay.place("overlay", ""), say("sites is an empty list"), say("Name at least one, or leave it out")
        )
    for code in overlay.sites or ():
        if not _SITE.fullmatch(code):
            yield Finding(
                overlay.place("sites", code), say("this is no code of a site"), say("Write its code in the area list")
            )


def _local(one: Indicator, overlay: Overlay, catalogue: Catalogue) -> Iterator[Finding]:
    place = overlay.place("local_indicators", one.id)
    if one.id in catalogue.entries.indicators:
        what = say("%(id)s is an indicator of the standard", id=one.id)
        yield Finding(place, what, say("Change its words under indicators; its meaning stays"), Rule.NAMESPACE)
    elif not re.fullmatch(rf"{re.escape(overlay.namespace)}[0-9]{{3}}", one.id):
        what = say("the id is not in the namespace of this overlay")
        yield Finding(
            place, what, say("Write %(namespace)s001, and so on", namespace=overlay.namespace), Rule.NAMESPACE
        )
    if "{" in one.definition or "}" in one.definition:
        # Phones show it to the enumerator, and would take it for an answer.
        yield Finding(place, say("the definition holds a brace"), say("Write it without { and }"), Rule.WORDS)


def _local_list(one: ChoiceList, overlay: Overlay, catalogue: Catalogue) -> Iterator[Finding]:
    if one.name in catalogue.entries.choice_lists:
        place = overlay.place("local_choices", f"{one.name}: {one.choices[0].name}")
        what = say("'%(one)s' is a list of the standard", one=one.name)
        remedy = say("Add answers under choices, with a parent, or give your list another name")
        yield Finding(place, what, remedy, Rule.NAMESPACE)

"""Rules about the standard modules: the consent gate, the one trigger of the clock, and what becomes of answers."""

import re
from collections.abc import Iterator

from forms.catalogue.coherence_rules import NAME
from forms.catalogue.collection import Entries
from forms.catalogue.entries import Module, ModuleItem
from forms.catalogue.fault import Fault, about_item
from forms.catalogue.terms import BriefList, ItemType, PrivacyClass, Transform
from forms.sentences import say

_REFERENCE = re.compile(r"\$\{([^{}]*)\}")
_GATE = "con_given"
_CONSENTED = "${con_given}='yes'"
_AFTER_CONSENT = ("MOD-CTX", "MOD-EVI", "MOD-DIS", "MOD-CLO")
_STAFF_MODULE = "MOD-PUR"
_CLOCK_TRIGGER = "clo_enum_safe"
_SELECTS = frozenset({ItemType.SELECT_ONE, ItemType.SELECT_MULTIPLE})
_ABOUT_ENUMERATOR = frozenset({Transform.INBOX})
_ALLOWED_TRANSFORMS = {
    PrivacyClass.SAFE: frozenset({Transform.KEEP, Transform.DROP}),
    PrivacyClass.QUASI: frozenset(Transform) - {Transform.COUNTER, Transform.INBOX},
    PrivacyClass.SENSITIVE: frozenset({Transform.DROP, Transform.COUNTER, Transform.INBOX}),
    PrivacyClass.DIRECT: frozenset({Transform.DROP, Transform.PSEUDONYM}),
    PrivacyClass.FREE_TEXT: frozenset[Transform](),
}


def items_fit_together(entries: Entries) -> Iterator[Fault]:
    seen: dict[str, str] = {indicator.question_name: indicator.id for indicator in entries.indicators.values()}
    known = {item.name for module in entries.modules.values() for item in module.items}
    for module, item in _items(entries):
        if not NAME.fullmatch(item.name):
            yield about_item(
                module, item, say("is no name for a question"), say("Use a-z, 0-9 and _, beginning with a letter")
            )
        if item.name in seen:
            yield about_item(
                module, item, say("the name is taken by %(seen)s", seen=seen[item.name]), say("Give it another name")
            )
        seen.setdefault(item.name, module.id)
        texts = (item.relevant, item.calculation, item.trigger, *(item.label or {}).values())
        for name in sorted({name for text in texts for name in _REFERENCE.findall(text)} - known):
            if not entries.broken:
                yield about_item(
                    module, item, say("refers to '%(name)s', which no module asks", name=name), say("Correct the name")
                )
        yield from _choices_of(module, item, entries)


def _choices_of(module: Module, item: ModuleItem, entries: Entries) -> Iterator[Fault]:
    if (item.type in _SELECTS) != (item.choices is not None):
        yield about_item(
            module,
            item,
            say("%(type)s and choices do not fit", type=item.type),
            say("A select needs choices, others have none"),
        )
    elif item.choices and item.choices not in {*entries.choice_lists, *BriefList, *entries.broken}:
        yield about_item(
            module,
            item,
            say("there is no choice list '%(choices)s'", choices=item.choices),
            say("Correct the name or add the list"),
        )
    if item.type is ItemType.TEXT and module.id != _STAFF_MODULE:
        yield about_item(module, item, say("takes free text in a form"), say("Give it closed answers"))


def nothing_is_asked_before_consent(entries: Entries) -> Iterator[Fault]:
    for module, item in _items(entries):
        if module.id not in _AFTER_CONSENT or item.transform in _ABOUT_ENUMERATOR or item.trigger:
            continue
        if _CONSENTED not in item.relevant:
            what = say("is asked without consent")
            yield about_item(module, item, what, say("Begin 'relevant' with %(consented)s", consented=_CONSENTED))
    safety = {item.name for module, item in _items(entries) if module.id == "MOD-SAF" and item.type in _SELECTS}
    for module, item in _items(entries):
        if item.name == _GATE and not entries.broken:
            for name in sorted((safety | {"con_understood"}) - set(_REFERENCE.findall(item.relevant))):
                yield about_item(
                    module,
                    item,
                    say("is asked whatever the answer to %(name)s", name=name),
                    say("Add ${%(name)s}='yes'", name=name),
                )


def one_question_stops_the_clock(entries: Entries) -> Iterator[Fault]:
    for module, item in _items(entries):
        if item.trigger and item.trigger != f"${{{_CLOCK_TRIGGER}}}":
            what = say("has another trigger than the clock's; some servers drop a form's second trigger unsaid")
            yield about_item(
                module, item, what, say("Use ${%(clock_trigger)s} or no trigger", clock_trigger=_CLOCK_TRIGGER)
            )
        if item.name == _CLOCK_TRIGGER and (item.relevant or not item.required):
            what = say("may stay unanswered, and then the start time stays in the form")
            yield about_item(module, item, what, say("Make it required, without relevance"))
        if item.name == "t0" and item.transform is not Transform.DROP:
            yield about_item(module, item, say("keeps the start time"), say("Set transform to drop"))


def answers_are_kept_as_their_class_allows(entries: Entries) -> Iterator[Fault]:
    for module, item in _items(entries):
        allowed = _ALLOWED_TRANSFORMS[item.privacy_class]
        if item.transform not in allowed:
            what = say(
                "an answer of class %(privacy_class)s must not be treated as '%(transform)s'",
                privacy_class=item.privacy_class,
                transform=item.transform,
            )
            yield about_item(
                module,
                item,
                what,
                say("Use one of: %(text)s", text=", ".join(sorted(allowed)) or "none, remove the item"),
            )
        if (item.transform is Transform.DROP) == bool(item.standard_field):
            what = say("a dropped answer has no standard field, any other answer has one")
            yield about_item(module, item, what, say("Add or remove standard_field"))


def _items(entries: Entries) -> Iterator[tuple[Module, ModuleItem]]:
    return ((module, item) for module in entries.modules.values() for item in module.items)

"""Rules that make the catalogue hold together: names, references, texts, the core form, what may be localised."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import fields

from forms.catalogue.collection import Entries
from forms.catalogue.entries import ChoiceList, Indicator
from forms.catalogue.fault import Fault, about, about_choice, about_settings
from forms.catalogue.languages import own
from forms.catalogue.terms import BriefList, FieldDefault, Level, Localisable, Method, ResponseType, Theme, Tier

NAME = re.compile("[a-z][a-z0-9_]{0,31}")
_VERSION = re.compile(r"(0|[1-9][0-9]*)\.(0|[1-9][0-9]*)\.(0|[1-9][0-9]*)")
_ID = re.compile("CTE-(IND|HHD|COM|STR)-[0-9]{3}|LOC-[A-Z]{3}-[A-Z0-9]{2,12}-[0-9]{3}")
_LEVELS = {"IND": Level.INDIVIDUAL, "HHD": Level.HOUSEHOLD, "COM": Level.COMMUNITY, "STR": Level.STRUCTURAL}
_HXL = re.compile(r"#[a-z][a-z_]*(\+[a-z][a-z0-9_]*)*")
_HXL_NUMBERS = frozenset({"#affected", "#inneed", "#targeted", "#reached", "#value"})
_NUMBERS = frozenset({ResponseType.INTEGER, ResponseType.DECIMAL})
_TAKEN = frozenset({*BriefList, "catalogue", "recall"})
_OPEN_NOTE_AT_MOST = 300
_GUARDED_MODULES = ("MOD-SAF", "MOD-CON", "MOD-DIS")
_INDICATOR_MAY = (Localisable.LABELS, Localisable.HINTS, Localisable.EXAMPLES, Localisable.CHOICES_ADD)


def names_are_sound(entries: Entries) -> Iterator[Fault]:
    for indicator in entries.indicators.values():
        if not _ID.fullmatch(indicator.id):
            yield about(indicator, "the id is not built as agreed", "Write CTE-COM-057, or LOC-<ISO3>-<ORG>-001")
        elif _LEVELS.get(indicator.id[4:7], indicator.level) is not indicator.level and indicator.id[:3] == "CTE":
            what = f"the id says '{indicator.id[4:7]}', the level says {indicator.level}"
            yield about(indicator, what, "Correct the level; an id is never changed")
        if indicator.version < 1:
            yield about(indicator, "versions begin with 1", "Write version: 1")
    for choice_list in entries.choice_lists.values():
        names = choice_list.names
        if not NAME.fullmatch(choice_list.name) or choice_list.name in _TAKEN:
            what = "is no name for a list (taken, or not made of a-z, 0-9, _)"
            yield about(choice_list, what, "Rename the list")
        for name in sorted({name for name in names if names.count(name) > 1}):
            yield about_choice(choice_list, name, "stands twice", "Keep one of them")
        for name in names:
            if not NAME.fullmatch(name):
                yield about_choice(choice_list, name, "is no code", "Use a-z, 0-9 and _, beginning with a letter")


def references_meet(entries: Entries) -> Iterator[Fault]:
    settings = entries.settings
    if not _VERSION.fullmatch(settings.version):
        yield about_settings("the version is not of the form 1.2.3", "Write e.g. version: 1.0.0")
    for language in sorted(set(own()) - set(settings.languages)):
        yield about_settings(
            f"'{language}' is missing", "Add it: every text has all the languages of languages.yaml", "languages"
        )
    for name in sorted(set(settings.module_order) ^ set(entries.modules)):
        if name not in entries.broken:
            what = "is listed and has no file" if name in settings.module_order else "has a file and is not listed"
            yield about_settings(f"{name} {what}", "Add or remove it", "modules")
    yield from _choices_exist(entries)


def _choices_exist(entries: Entries) -> Iterator[Fault]:
    used = {indicator.choices for indicator in entries.indicators.values()}
    used |= {item.choices for module in entries.modules.values() for item in module.items}
    for indicator in entries.indicators.values():
        if indicator.response_type.is_select != (indicator.choices is not None):
            what = f"{indicator.response_type} and choices do not fit"
            yield about(indicator, what, "A select needs choices, other types have none")
        elif indicator.choices and _is_missing(indicator.choices, entries.choice_lists, entries):
            what = f"there is no choice list '{indicator.choices}'"
            yield about(indicator, what, f"Correct the name or add choices/{indicator.choices}.yaml")
        if _is_missing(indicator.recall, entries.recalls, entries):
            what = f"there is no recall period '{indicator.recall}'"
            yield about(indicator, what, f"Write one of: {', '.join(entries.recalls)}")
    for choice_list in entries.choice_lists.values():
        if choice_list.name not in used and not entries.broken:
            yield about(choice_list, "no question uses it", "Remove the file, or name it in a question")


def _is_missing(name: str, known: Mapping[str, object], entries: Entries) -> bool:
    return name not in known and name not in entries.broken


def answers_fit_their_lists(entries: Entries) -> Iterator[Fault]:
    for indicator in entries.indicators.values():
        choice_list = entries.choice_lists.get(indicator.choices or "")
        if indicator.max_select is not None:
            if indicator.response_type is not ResponseType.SELECT_MULTIPLE:
                yield about(indicator, "max_select stands at a question with one answer", "Remove max_select")
            elif choice_list and not 2 <= indicator.max_select < _answers(choice_list):
                what = f"max_select {indicator.max_select} does not fit a list of {_answers(choice_list)} answers"
                yield about(indicator, what, "Write a number from 2 to one less than the answers, or leave it out")
        if not indicator.methods:
            yield about(indicator, "no method answers it", "Add at least one method")


def _answers(choice_list: ChoiceList) -> int:
    return sum(not choice.exclusive for choice in choice_list.choices)


def dependent_items_can_be_skipped(entries: Entries) -> Iterator[Fault]:
    for indicator in entries.indicators.values():
        for name in indicator.depends_on:
            first = entries.indicators.get(name)
            if first is None:
                if name not in entries.broken:
                    yield about(indicator, f"depends on {name}, which does not exist", "Correct or remove it")
                continue
            if not first.response_type.is_select or first.depends_on:
                what = f"depends on {name}, which is not a select of its own"
                yield about(indicator, what, "Depend on the select that opens the topic")
            unasked = indicator.field_methods - first.field_methods
            if unasked:
                what = f"depends on {name}, which is not asked by {', '.join(sorted(unasked))}"
                yield about(indicator, what, "Give both the same methods")
    yield from _the_open_note_is_alone(entries)


def _the_open_note_is_alone(entries: Entries) -> Iterator[Fault]:
    settings = entries.settings
    note = entries.indicators.get(settings.open_note)
    if note is None and settings.open_note not in entries.broken:
        yield about_settings(f"there is no {settings.open_note}", "Name the one indicator with a text", "open_note")
    if note and (note.response_type is not ResponseType.TEXT or note.sensitivity != 4):
        yield about(note, "the open note is not a text of sensitivity 4", "It may hold anything: treat it so")
    if not 0 < settings.open_note_length <= _OPEN_NOTE_AT_MOST:
        what = f"the open note may have {settings.open_note_length} characters"
        yield about_settings(what, f"Write at_most: {_OPEN_NOTE_AT_MOST} or less", "open_note")
    for indicator in entries.indicators.values():
        if indicator.response_type is ResponseType.TEXT and indicator.id != settings.open_note:
            yield about(indicator, "a second question takes free text", "Give it closed answers")


def the_core_form_can_be_asked(entries: Entries) -> Iterator[Fault]:
    core = entries.settings.core_field_form
    for name in core:
        indicator = entries.indicators.get(name)
        if indicator is None:
            if name not in entries.broken:
                yield about_settings(f"{name} does not exist", "Correct or remove it", "core_field_form")
            continue
        if indicator.field_default is not FieldDefault.YES or Method.KI not in indicator.methods:
            what = f"{name} is not asked of informants without a reason"
            yield about_settings(what, "Take it out: it needs field_default yes and the method ki", "core_field_form")
        for first in indicator.depends_on:
            if first not in core:
                what = f"{name} is there without {first}, which it depends on"
                yield about_settings(what, f"Add {first} or take {name} out", "core_field_form")
    if entries.settings.open_note in core:
        what = "the open note stands in the core form"
        yield about_settings(what, "Take it out: a brief must ask for it", "core_field_form")


def what_may_change_is_said(entries: Entries) -> Iterator[Fault]:
    settings = entries.settings
    said = [*settings.may_change, *settings.fixed]
    of_indicators = {f"indicator.{field.name}" for field in fields(Indicator)} - {"indicator.review"}
    for name in sorted(of_indicators - set(said)):
        yield about_settings(f"{name} is in neither list", "Say whether a country may change it", "localisation")
    for name in sorted({name for name in said if said.count(name) > 1}):
        yield about_settings(f"{name} is in both lists", "Keep one", "localisation")
    for indicator in entries.indicators.values():
        stray = set(indicator.localisable).difference(_INDICATOR_MAY)
        if stray or (Localisable.CHOICES_ADD in indicator.localisable and not indicator.response_type.is_select):
            yield about(indicator, "localisable names what it has not", f"Write some of: {', '.join(_INDICATOR_MAY)}")
    for module in entries.modules.values():
        for item in module.items:
            if module.id in _GUARDED_MODULES and set(item.localisable) - {Localisable.WORDING}:
                what = f"{item.name} may be changed, yet it is part of safety, consent or disclosure"
                yield Fault(f"modules/{module.id}.yaml", module.id, what, "Allow 'wording' at most")


def every_theme_is_there(entries: Entries) -> Iterator[Fault]:
    there = {found.theme for found in entries.indicators.values()}
    for theme in Theme:
        if theme not in there and not entries.broken:
            yield Fault("indicators", theme, f"no indicator is about {theme}", "Add one, or put back what was removed")


def themes_are_recommended(entries: Entries) -> Iterator[Fault]:
    recommended = {found.theme for found in entries.indicators.values() if found.tier is not Tier.EXTENDED}
    for theme in Theme:
        if theme not in recommended:
            what = f"no core or recommended indicator is about {theme}"
            yield Fault("indicators", theme, what, "Consider a higher tier for one of them")


def tags_are_hxl(entries: Entries) -> Iterator[Fault]:
    seen: dict[str, str] = {}
    for indicator in entries.indicators.values():
        tag = indicator.hxl.partition("+")[0]
        if not _HXL.fullmatch(indicator.hxl) or tag == "#date":
            yield about(indicator, "hxl is not a tag for an answer", "Write e.g. #indicator+cte_com_001+code")
        if tag in _HXL_NUMBERS and indicator.response_type not in _NUMBERS:
            yield about(indicator, f"{tag} takes numbers only", "Write #indicator+...+code for a category")
        if indicator.hxl in seen:
            yield about(indicator, f"has the tag of {seen[indicator.hxl]}", "Give each indicator its own tag")
        seen.setdefault(indicator.hxl, indicator.id)

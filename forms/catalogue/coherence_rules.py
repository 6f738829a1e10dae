"""Rules that make the catalogue hold together: names, references, texts, the core form, what may be localised."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import fields

from forms.catalogue.collection import Entries
from forms.catalogue.entries import ChoiceList, Indicator
from forms.catalogue.fault import Fault, about, about_choice, about_settings
from forms.catalogue.languages import own
from forms.catalogue.terms import BriefList, FieldDefault, Level, Localisable, Method, ResponseType, Theme, Tier
from forms.sentences import say

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
            yield about(
                indicator, say("the id is not built as agreed"), say("Write CTE-COM-057, or LOC-<ISO3>-<ORG>-001")
            )
        elif _LEVELS.get(indicator.id[4:7], indicator.level) is not indicator.level and indicator.id[:3] == "CTE":
            what = say("the id says '%(id)s', the level says %(level)s", id=indicator.id[4:7], level=indicator.level)
            yield about(indicator, what, say("Correct the level; an id is never changed"))
        if indicator.version < 1:
            yield about(indicator, say("versions begin with 1"), say("Write version: 1"))
    for choice_list in entries.choice_lists.values():
        names = choice_list.names
        if not NAME.fullmatch(choice_list.name) or choice_list.name in _TAKEN:
            what = say("is no name for a list (taken, or not made of a-z, 0-9, _)")
            yield about(choice_list, what, say("Rename the list"))
        for name in sorted({name for name in names if names.count(name) > 1}):
            yield about_choice(choice_list, name, say("stands twice"), say("Keep one of them"))
        for name in names:
            if not NAME.fullmatch(name):
                yield about_choice(
                    choice_list, name, say("is no code"), say("Use a-z, 0-9 and _, beginning with a letter")
                )


def references_meet(entries: Entries) -> Iterator[Fault]:
    settings = entries.settings
    if not _VERSION.fullmatch(settings.version):
        yield about_settings(say("the version is not of the form 1.2.3"), say("Write e.g. version: 1.0.0"))
    for language in sorted(set(own()) - set(settings.languages)):
        yield about_settings(
            say("'%(language)s' is missing", language=language),
            say("Add it: every text has all the languages of languages.yaml"),
            "languages",
        )
    for name in sorted(set(settings.module_order) ^ set(entries.modules)):
        if name not in entries.broken:
            what = (
                say("is listed and has no file")
                if name in settings.module_order
                else say("has a file and is not listed")
            )
            yield about_settings(say("%(name)s %(what)s", name=name, what=what), say("Add or remove it"), "modules")
    yield from _choices_exist(entries)


def _choices_exist(entries: Entries) -> Iterator[Fault]:
    used = {indicator.choices for indicator in entries.indicators.values()}
    used |= {item.choices for module in entries.modules.values() for item in module.items}
    no_recall: list[Fault] = []
    for indicator in entries.indicators.values():
        if indicator.response_type.is_select != (indicator.choices is not None):
            what = say("%(response_type)s and choices do not fit", response_type=indicator.response_type)
            yield about(indicator, what, say("A select needs choices, other types have none"))
        elif indicator.choices and _is_missing(indicator.choices, entries.choice_lists, entries):
            what = say("there is no choice list '%(choices)s'", choices=indicator.choices)
            yield about(
                indicator, what, say("Correct the name or add choices/%(choices)s.yaml", choices=indicator.choices)
            )
        if _is_missing(indicator.recall, entries.recalls, entries):
            what = say("there is no recall period '%(recall)s'", recall=indicator.recall)
            no_recall.append(
                about(indicator, what, say("Write one of: %(recalls)s", recalls=", ".join(entries.recalls)))
            )
    # Where the whole file is gone it says so itself: one of the many who miss it is enough.
    yield from no_recall if entries.recalls else no_recall[:1]
    for choice_list in entries.choice_lists.values():
        if choice_list.name not in used and not entries.broken:
            yield about(choice_list, say("no question uses it"), say("Remove the file, or name it in a question"))


def _is_missing(name: str, known: Mapping[str, object], entries: Entries) -> bool:
    return name not in known and name not in entries.broken


def answers_fit_their_lists(entries: Entries) -> Iterator[Fault]:
    for indicator in entries.indicators.values():
        choice_list = entries.choice_lists.get(indicator.choices or "")
        if indicator.max_select is not None:
            if indicator.response_type is not ResponseType.SELECT_MULTIPLE:
                yield about(indicator, say("max_select stands at a question with one answer"), say("Remove max_select"))
            elif choice_list and not 2 <= indicator.max_select < _answers(choice_list):
                what = say(
                    "max_select %(max_select)s does not fit a list of %(choice_list)s answers",
                    max_select=indicator.max_select,
                    choice_list=_answers(choice_list),
                )
                yield about(indicator, what, say("Write a number from 2 to one less than the answers, or leave it out"))
        if not indicator.methods:
            yield about(indicator, say("no method answers it"), say("Add at least one method"))


def _answers(choice_list: ChoiceList) -> int:
    return sum(not choice.exclusive for choice in choice_list.choices)


def dependent_items_can_be_skipped(entries: Entries) -> Iterator[Fault]:
    for indicator in entries.indicators.values():
        for name in indicator.depends_on:
            first = entries.indicators.get(name)
            if first is None:
                if name not in entries.broken:
                    yield about(
                        indicator,
                        say("depends on %(name)s, which does not exist", name=name),
                        say("Correct or remove it"),
                    )
                continue
            if not first.response_type.is_select or first.depends_on:
                what = say("depends on %(name)s, which is not a select of its own", name=name)
                yield about(indicator, what, say("Depend on the select that opens the topic"))
            unasked = indicator.field_methods - first.field_methods
            if unasked:
                what = say(
                    "depends on %(name)s, which is not asked by %(unasked)s",
                    name=name,
                    unasked=", ".join(sorted(unasked)),
                )
                yield about(indicator, what, say("Give both the same methods"))
    yield from _the_open_note_is_alone(entries)


def _the_open_note_is_alone(entries: Entries) -> Iterator[Fault]:
    settings = entries.settings
    note = entries.indicators.get(settings.open_note)
    if note is None and settings.open_note not in entries.broken:
        yield about_settings(
            say("there is no %(open_note)s", open_note=settings.open_note),
            say("Name the one indicator with a text"),
            "open_note",
        )
    if note and (note.response_type is not ResponseType.TEXT or note.sensitivity != 4):
        yield about(note, say("the open note is not a text of sensitivity 4"), say("It may hold anything: treat it so"))
    if not 0 < settings.open_note_length <= _OPEN_NOTE_AT_MOST:
        what = say("the open note may have %(open_note_length)s characters", open_note_length=settings.open_note_length)
        yield about_settings(
            what, say("Write at_most: %(open_note_at_most)s or less", open_note_at_most=_OPEN_NOTE_AT_MOST), "open_note"
        )
    for indicator in entries.indicators.values():
        if indicator.response_type is ResponseType.TEXT and indicator.id != settings.open_note:
            yield about(indicator, say("a second question takes free text"), say("Give it closed answers"))


def the_core_form_can_be_asked(entries: Entries) -> Iterator[Fault]:
    core = entries.settings.core_field_form
    for name in core:
        indicator = entries.indicators.get(name)
        if indicator is None:
            if name not in entries.broken:
                yield about_settings(
                    say("%(name)s does not exist", name=name), say("Correct or remove it"), "core_field_form"
                )
            continue
        if indicator.field_default is not FieldDefault.YES or Method.KI not in indicator.methods:
            what = say("%(name)s is not asked of informants without a reason", name=name)
            yield about_settings(
                what, say("Take it out: it needs field_default yes and the method ki"), "core_field_form"
            )
        for first in indicator.depends_on:
            if first not in core:
                what = say("%(name)s is there without %(first)s, which it depends on", name=name, first=first)
                yield about_settings(
                    what, say("Add %(first)s or take %(name)s out", first=first, name=name), "core_field_form"
                )
    if entries.settings.open_note in core:
        what = say("the open note stands in the core form")
        yield about_settings(what, say("Take it out: a brief must ask for it"), "core_field_form")


def what_may_change_is_said(entries: Entries) -> Iterator[Fault]:
    settings = entries.settings
    said = [*settings.may_change, *settings.fixed]
    of_indicators = {f"indicator.{field.name}" for field in fields(Indicator)} - {"indicator.review"}
    for name in sorted(of_indicators - set(said)):
        yield about_settings(
            say("%(name)s is in neither list", name=name), say("Say whether a country may change it"), "localisation"
        )
    for name in sorted({name for name in said if said.count(name) > 1}):
        yield about_settings(say("%(name)s is in both lists", name=name), say("Keep one"), "localisation")
    for indicator in entries.indicators.values():
        stray = set(indicator.localisable).difference(_INDICATOR_MAY)
        if stray or (Localisable.CHOICES_ADD in indicator.localisable and not indicator.response_type.is_select):
            yield about(
                indicator,
                say("localisable names what it has not"),
                say("Write some of: %(indicator_may)s", indicator_may=", ".join(_INDICATOR_MAY)),
            )
    for module in entries.modules.values():
        for item in module.items:
            if module.id in _GUARDED_MODULES and set(item.localisable) - {Localisable.WORDING}:
                what = say("%(item)s may be changed, yet it is part of safety, consent or disclosure", item=item.name)
                yield Fault(f"modules/{module.id}.yaml", module.id, what, say("Allow 'wording' at most"))


def every_theme_is_there(entries: Entries) -> Iterator[Fault]:
    there = {found.theme for found in entries.indicators.values()}
    for theme in Theme:
        if theme not in there and not entries.broken:
            yield Fault(
                "indicators",
                theme,
                say("no indicator is about %(theme)s", theme=theme),
                say("Add one, or put back what was removed"),
            )


def themes_are_recommended(entries: Entries) -> Iterator[Fault]:
    recommended = {found.theme for found in entries.indicators.values() if found.tier is not Tier.EXTENDED}
    for theme in Theme:
        if theme not in recommended:
            what = say("no core or recommended indicator is about %(theme)s", theme=theme)
            yield Fault("indicators", theme, what, say("Consider a higher tier for one of them"))


def tags_are_hxl(entries: Entries) -> Iterator[Fault]:
    seen: dict[str, str] = {}
    for indicator in entries.indicators.values():
        tag = indicator.hxl.partition("+")[0]
        if not _HXL.fullmatch(indicator.hxl) or tag == "#date":
            yield about(indicator, say("hxl is not a tag for an answer"), say("Write e.g. #indicator+cte_com_001+code"))
        if tag in _HXL_NUMBERS and indicator.response_type not in _NUMBERS:
            yield about(
                indicator, say("%(tag)s takes numbers only", tag=tag), say("Write #indicator+...+code for a category")
            )
        if indicator.hxl in seen:
            yield about(
                indicator,
                say("has the tag of %(seen)s", seen=seen[indicator.hxl]),
                say("Give each indicator its own tag"),
            )
        seen.setdefault(indicator.hxl, indicator.id)

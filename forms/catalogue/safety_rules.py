"""Rules that protect people: who may be asked what, in which words, and how coarsely it may be told."""

from collections.abc import Iterator

from forms.catalogue.collection import Entries
from forms.catalogue.entries import ChoiceList, Indicator, Texts
from forms.catalogue.fault import Fault, about, about_choice, about_item, about_settings
from forms.catalogue.terms import (
    RELEASE_FLOORS,
    ChoiceKind,
    FieldDefault,
    ItemType,
    Level,
    Method,
    PreferredSource,
    ReleaseGeo,
    ReleasePeriod,
    Theme,
    Unit,
)
from forms.catalogue.words import BANNED_MEANINGS, Words, found
from forms.sentences import say

_ASKED_PEOPLE = frozenset({Method.KI, Method.FGD})
_PLACE_UNITS = frozenset({Unit.SITE, Unit.COMMUNITY, Unit.AREA, Unit.HOUSEHOLDS, Unit.NOTE})
_ALONE = frozenset({ChoiceKind.NONE, ChoiceKind.DK, ChoiceKind.PNA})
_MAY_RECRUIT = frozenset({"authority", "economy"})
_STAFF_MODULE = "MOD-PUR"
_GEO, _PERIOD = list(ReleaseGeo), list(ReleasePeriod)


def persons_are_never_asked_about(entries: Entries) -> Iterator[Fault]:
    for indicator in entries.indicators.values():
        in_field = sorted(indicator.field_methods)
        if indicator.level is Level.INDIVIDUAL and (in_field or indicator.is_field):
            what = say(
                "an indicator about persons is asked in the field (%(text)s)",
                text=", ".join(in_field) or indicator.field_default,
            )
            yield about(indicator, what, say("Keep desk and provider_agg only, with field_default never"))
        if indicator.sensitivity == 4 and indicator.is_field and indicator.id != entries.settings.open_note:
            yield about(indicator, say("sensitivity 4 is allowed in the field"), say("Set field_default to never"))
        if not indicator.is_field and in_field:
            what = say("is never asked in the field, yet has the method %(in_field)s", in_field=", ".join(in_field))
            yield about(indicator, what, say("Remove the method or change field_default"))
        if indicator.is_field and not in_field and Method.EXPERT not in indicator.methods:
            yield about(
                indicator, say("may be asked in the field, yet no method asks it"), say("Add a method or set never")
            )


def violence_stays_at_the_desk(entries: Entries) -> Iterator[Fault]:
    for indicator in entries.indicators.values():
        languages = _with(Words.VIOLENCE, indicator.question)
        if languages and (indicator.is_field or set(indicator.methods) != {Method.DESK}):
            what = say(
                "the question (%(languages)s) is about a desk topic: %(because)s",
                languages=", ".join(languages),
                because=Words.VIOLENCE.because,
            )
            yield about(indicator, what, say("Keep the method desk only, with field_default never"))


def questions_name_no_victims_or_persons(entries: Entries) -> Iterator[Fault]:
    for indicator in _field(entries):
        kinds = [Words.VICTIM] if indicator.id == entries.settings.open_note else [Words.VICTIM, Words.IDENTITY]
        for kind in kinds:
            for language, word in _with(kind, indicator.question).items():
                what = say(
                    "the question in '%(language)s' holds '%(word)s': %(because)s",
                    language=language,
                    word=word,
                    because=kind.because,
                )
                yield about(indicator, what, say("Ask about the community in other words"))


def informants_can_say_they_do_not_know(entries: Entries) -> Iterator[Fault]:
    for choice_list, users in _lists_of(entries, _field(entries)):
        asked = sorted(user.id for user in users if _ASKED_PEOPLE & set(user.methods))
        for code in ("dk", "pna"):
            if asked and code not in choice_list.names:
                what = say(
                    "has no '%(code)s', yet people are asked with it (%(asked)s)", code=code, asked=", ".join(asked)
                )
                yield about(choice_list, what, say("Add the choice: not knowing and not answering are data"))
    for choice_list in entries.choice_lists.values():
        for choice in choice_list.choices:
            if choice.kind in _ALONE and not choice.exclusive:
                yield about_choice(
                    choice_list, choice.name, say("can be chosen with others"), say("Write exclusive: true")
                )


def places_are_counted_not_people(entries: Entries) -> Iterator[Fault]:
    for indicator in _field(entries):
        if indicator.unit not in _PLACE_UNITS:
            what = say(
                "a field question counts %(unit)s: informants cannot count people, they tell of a place",
                unit=indicator.unit,
            )
            yield about(indicator, what, say("Ask about the site or community, or set field_default to never"))


def existing_data_come_first(entries: Entries) -> Iterator[Fault]:
    for indicator in entries.indicators.values():
        if indicator.preferred_source is PreferredSource.SECONDARY and indicator.field_default is FieldDefault.YES:
            what = say("is asked freely in the field, although existing data are the better source")
            yield about(indicator, what, say("Set field_default to if_gap or never"))


def answers_hold_no_violence(entries: Entries) -> Iterator[Fault]:
    for choice_list, users in _lists_of(entries, _field(entries)):
        who = ", ".join(sorted(user.id for user in users))
        for choice in choice_list.choices:
            for kind in (Words.VICTIM, Words.IDENTITY, Words.VIOLENCE):
                for language, word in _with(kind, choice.label).items():
                    what = say(
                        "the label in '%(language)s' holds '%(word)s' and is asked by %(who)s: %(because)s",
                        language=language,
                        word=word,
                        who=who,
                        because=kind.because,
                    )
                    yield about_choice(choice_list, choice.name, what, say("Reword it, or give the desk its own list"))
            if BANNED_MEANINGS & set(choice.maps_to):
                what = say(
                    "stands for a desk topic (%(because)s); asked by %(who)s", because=Words.VIOLENCE.because, who=who
                )
                yield about_choice(choice_list, choice.name, what, say("Remove it from the list of the field question"))
    yield from _modules_hold_no_violence(entries)
    yield from _nobody_is_called_informer(entries)


def _modules_hold_no_violence(entries: Entries) -> Iterator[Fault]:
    for module in entries.modules.values():
        for item in module.items:
            asks_people = item.type is not ItemType.NOTE and module.id != _STAFF_MODULE
            kinds = (Words.VICTIM, Words.VIOLENCE) + ((Words.IDENTITY,) if asks_people else ())
            for kind in kinds:
                for language, word in _with(kind, item.label).items():
                    what = say(
                        "the label in '%(language)s' holds '%(word)s': %(because)s",
                        language=language,
                        word=word,
                        because=kind.because,
                    )
                    yield about_item(module, item, what, say("Use other words"))


def _nobody_is_called_informer(entries: Entries) -> Iterator[Fault]:
    remedy = say("Write مصدر المعلومات or الشخص الذي تمت مقابلته")
    for indicator in entries.indicators.values():
        if _with(Words.INFORMER, indicator.question):
            yield about(indicator, Words.INFORMER.because, remedy)
    for choice_list in entries.choice_lists.values():
        for choice in choice_list.choices:
            if _with(Words.INFORMER, choice.label):
                yield about_choice(choice_list, choice.name, Words.INFORMER.because, remedy)
    for module in entries.modules.values():
        for item in module.items:
            if _with(Words.INFORMER, item.label):
                yield about_item(module, item, Words.INFORMER.because, remedy)


def recall_is_said_in_the_question(entries: Entries) -> Iterator[Fault]:
    for indicator in entries.indicators.values():
        said = [language for language, text in indicator.question.items() if "{r}" in text]
        if said and indicator.recall == "none":
            yield about(
                indicator, say("the question holds {r} and has no recall period"), say("Set recall, or remove {r}")
            )
        silent = sorted(set(indicator.question) - set(said))
        if indicator.is_field and indicator.recall != "none" and silent:
            what = say("the question in %(silent)s does not say the recall period", silent=", ".join(silent))
            yield about(indicator, what, say("Put {r} where the period is to be read"))


def sensitive_topics_are_asked_alone(entries: Entries) -> Iterator[Fault]:
    for indicator in entries.indicators.values():
        indication = indicator.theme is Theme.TRAFFICKING_INDICATION and indicator.sensitivity >= 3
        if indication and Method.FGD in indicator.methods:
            yield about(
                indicator, say("a sensitive sign of trafficking is asked in a group"), say("Remove the method fgd")
            )
        if Method.OBSERVATION in indicator.methods:
            for language, text in (*indicator.question.items(), ("en", indicator.definition)):
                if word := found(Words.OBSERVED, language, text):
                    what = say(
                        "'%(word)s' stands in the text in '%(language)s': %(because)s",
                        word=word,
                        language=language,
                        because=Words.OBSERVED.because,
                    )
                    yield about(indicator, what, say("Remove the method observation"))
    yield from _possible_recruiters_are_left_out(entries)


def _possible_recruiters_are_left_out(entries: Entries) -> Iterator[Fault]:
    excluded = set(entries.settings.sensitive_excludes)
    for group in sorted(_MAY_RECRUIT - excluded):
        what = say(
            "informants of the group '%(group)s' would be asked about exploitation in which they may have a part",
            group=group,
        )
        yield about_settings(what, say("Add '- %(group)s'", group=group), "sensitive_excludes")
    groups = entries.choice_lists.get("ki_group")
    for group in sorted(excluded - set(groups.names)) if groups else ():
        yield about_settings(
            say("'%(group)s' is no code of ki_group", group=group), say("Correct or remove it"), "sensitive_excludes"
        )


def disclosure_guide_is_there(entries: Entries) -> Iterator[Fault]:
    module = entries.modules.get("MOD-DIS")
    notes = [item.name for item in module.items if item.type is ItemType.NOTE] if module else []
    if "MOD-DIS" not in entries.broken and "dis_guide" not in notes:
        what = say("there is no note 'dis_guide' that tells what to do when somebody tells of a real case")
        yield Fault(
            "modules/MOD-DIS.yaml", "MOD-DIS", what, say("Put the note back: forms show it before sensitive questions")
        )


def releases_are_coarse_enough(entries: Entries) -> Iterator[Fault]:
    for indicator in entries.indicators.values():
        geo, period = RELEASE_FLOORS[indicator.sensitivity]
        if _GEO.index(indicator.min_release_geo) < _GEO.index(geo):
            what = say(
                "%(min_release_geo)s is too fine for sensitivity %(sensitivity)s",
                min_release_geo=indicator.min_release_geo,
                sensitivity=indicator.sensitivity,
            )
            yield about(indicator, what, say("Set min_release_geo to %(geo)s or coarser", geo=geo))
        if _PERIOD.index(indicator.min_release_period) < _PERIOD.index(period):
            what = say(
                "a %(min_release_period)s is too short for sensitivity %(sensitivity)s",
                min_release_period=indicator.min_release_period,
                sensitivity=indicator.sensitivity,
            )
            yield about(indicator, what, say("Set min_release_period to %(period)s or longer", period=period))


def _field(entries: Entries) -> Iterator[Indicator]:
    return (indicator for indicator in entries.indicators.values() if indicator.is_field)


def _lists_of(entries: Entries, users: Iterator[Indicator]) -> Iterator[tuple[ChoiceList, list[Indicator]]]:
    by_list: dict[str, list[Indicator]] = {}
    for user in users:
        by_list.setdefault(user.choices or "", []).append(user)
    for name, asking in by_list.items():
        if name in entries.choice_lists:
            yield entries.choice_lists[name], asking


def _with(kind: Words, texts: Texts | None) -> dict[str, str]:
    """Language -> the word of this kind that stands in it."""
    return {language: word for language, text in (texts or {}).items() if (word := found(kind, language, text))}

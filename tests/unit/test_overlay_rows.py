"""Two countries, two overlays, one standard (R5): the same answers are the same rows, whatever was added or reworded.

An answer that a country added is chosen in place of its parent, or beside it; the rows must not show which.
"""

from collections.abc import Mapping
from functools import cache
from typing import Any, NamedTuple

import msgspec
from brief_tables import written
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from overlay_tables import LOCAL, local, overlay
from small_form import DEPLOYED, KEYS, RECEIVED

from forms.brief import load_brief
from forms.catalogue import load
from forms.catalogue.terms import ChoiceKind, Localisable
from forms.overlay import AdaptedChoice, AdaptedIndicator, Overlay, adapted
from forms.overlay.limits import check
from forms.questionnaire.assemble import assemble
from forms.recipe import recipe
from mappings.apply import Apply, needed_answers
from mappings.areas import demo as dorvania
from mappings.decode import Decoder
from mappings.language import FormMapping, Rule, single_rules
from mappings.model import AnswerKey
from mappings.places import Places
from mappings.strip import Setting, Strip

PLACES = Places(frozenset({"XD01"}), {"XD0101": "XD01"}, {"XD010101": "XD0101"}, {"XD-S001": ("v", "XD010101")}, {})
MORE = ("CTE-HHD-004", "CTE-HHD-010", "CTE-COM-025", "CTE-COM-033", "CTE-COM-035")
GAPS = ("CTE-COM-005", "CTE-COM-047")
NOT_SHOWN = frozenset({"revision", "form_version", "mapping_version"})
ADDED = st.lists(st.integers(0, 10_000), min_size=2, max_size=10)
"""Each number names a list and a parent in it."""


@cache
def asked() -> tuple[str, ...]:
    return (*load().core_field_form, *MORE, *GAPS)


@cache
def open_parents() -> tuple[tuple[str, str], ...]:
    """Every standard answer of these questions that something may be added under."""
    lists = {
        one.choices
        for one in load().indicators
        if one.id in asked() and one.choices and Localisable.CHOICES_ADD in one.localisable
    }
    return tuple(
        (name, choice.name)
        for name in sorted(lists)
        for choice in load().choices(name)
        if choice.kind is ChoiceKind.ANSWER and not choice.exclusive
    )


@st.composite
def overlays(draw: st.DrawFn) -> Overlay:
    """What may be adapted, in any mixture, except for another recall, which says itself that it is another series."""
    places = [open_parents()[number % len(open_parents())] for number in draw(ADDED)]
    words = draw(st.sampled_from(("market", "school", "water point")))
    label = overlay(choices=[]).languages
    texts = load().choices("yn_dk")[0].label
    choices = tuple(
        # Two answers of a list that read the same would be refused.
        AdaptedChoice(
            list_name=name,
            code=f"own_{number}",
            parent=parent,
            label=type(texts)(tuple((language, f"{text} {number}") for language, text in texts.items())),
        )
        for number, (name, parent) in enumerate(places)
    )
    reworded = draw(st.lists(st.sampled_from(asked()), unique=True, max_size=3))
    indicators = tuple(
        AdaptedIndicator(id=one, hint=type(texts)((("en", f"Think of the {words}."), ("ar", "فكّروا في السوق."))))
        for one in reworded
    )
    mine = overlay(local_indicators=[local()]).local_indicators if draw(st.booleans()) else ()
    return Overlay(
        country="XDV",
        organisation="ORGA",
        version=1,
        catalogue="1.0.0",
        languages=label,
        indicators=indicators,
        choices=choices,
        local_indicators=mine,
    )


class Form(NamedTuple):
    """One localised form: how it is read, and what the country added to it."""

    mapping: FormMapping
    added: tuple[AdaptedChoice, ...] = ()

    def codes(self, rule: Rule) -> dict[str, list[str]]:
        """The standard's code -> the codes with which this form can say it, as the overlay has it, not the mapping."""
        list_name = load().indicator(rule.indicator).choices
        mine = [one for one in self.added if one.list_name == list_name]
        return {code: [code, *(one.code for one in mine if one.parent == code)] for code in rule.codes}


def form(found: Overlay | None) -> Form:
    catalogue = adapted(load(), found) if found else load()
    mine = tuple(one.id for one in found.local_indicators) if found else ()
    entries: list[Any] = [*load().core_field_form, *MORE, *mine]
    entries += [{"indicator": name, "gap_reason": "Nothing else tells it"} for name in GAPS]
    brief = load_brief(written({"indicators": entries, "languages": ["en", "ar"]}), "brief.yaml", catalogue)
    return Form(recipe(assemble(brief, catalogue, dorvania.load()).questionnaire), found.choices if found else ())


@cache
def standard() -> Form:
    return form(None)


def given_answers(data: st.DataObject, rule: Rule, with_own: set[str]) -> list[str]:
    """Standard codes, as the list and the limit of the question let them be; or one that stands alone; or nothing.

    Those that a country says in more than one way come more often, since there something could go wrong.
    """
    stands_alone = {"none", "dk", "pna", *rule.exclusive}
    real = [code for code in rule.codes if code not in stands_alone]
    alone = [code for code in rule.codes if code not in real]
    if data.draw(st.integers(0, 5)) == 0:
        return data.draw(st.sampled_from([[], *([code] for code in alone)]))
    real += [code for code in real if code in with_own] * 4
    most = (rule.max_select or 4) if rule.response == "select_multiple" else 1
    return data.draw(st.lists(st.sampled_from(real), min_size=1, max_size=most, unique=True))


def said(data: st.DataObject, rule: Rule, codes: list[str], ways: Mapping[str, list[str]]) -> str:
    """The same in the codes of one form: an own answer in place of its parent, and sometimes beside it."""
    chosen = [data.draw(st.sampled_from(ways[code])) for code in codes]
    beside = [code for one in codes for code in ways[one] if code not in chosen and code != one]
    if rule.response == "select_multiple" and beside and rule.max_select is None and data.draw(st.booleans()):
        chosen += beside[:1]
    return " ".join(chosen)


def row(form: Form, answers: dict[str, str], ids: Mapping[AnswerKey, int]) -> dict[str, Any]:
    """Through the same line as production: decode, strip, apply; in words, without what is only asked here."""
    mapping, interview = form.mapping, form.mapping.interview
    head = {
        **{step.path: step.value for step in mapping.gate},
        "meta/instanceID": "uuid:1",
        "__version__": "v",
        interview.day: "2026-04-09",
        interview.minutes: "20",
        interview.adm1: "XD01",
        interview.adm2: "XD0101",
        interview.adm3: "XD010101",
        interview.site: "XD-S001",
    }
    own = {one.path: answers[one.indicator] for one in mapping.rules if answers.get(one.indicator)}
    page = msgspec.json.encode({"count": 1, "next": None, "results": [head | own | _about(mapping)]})
    raw = next(iter(Decoder(mapping).kobo_page(page)))
    assert raw is not None
    clean = Strip(mapping, Setting(KEYS, PLACES, DEPLOYED))(raw, RECEIVED).clean
    assert clean is not None
    found = Apply(mapping, PLACES, ids)(clean)
    # An answer where nothing was asked is refused in every country, in a screen that may have another name.
    refused = sorted((one.path.rpartition("/")[2], one.reason.value) for one in found.rejects)
    return {"refused": refused, **_in_words(found.row._asdict(), {number: key for key, number in ids.items()})}


def _about(mapping: FormMapping) -> dict[str, str]:
    codes = {one.path: one.codes[0] for one in mapping.about}
    group = mapping.interview.source_group
    return codes | ({group.path: "leader" if "leader" in group.codes else group.codes[0]} if group else {})


def _in_words(found: dict[str, Any], names: Mapping[int, AnswerKey]) -> dict[str, Any]:
    def known(numbers: list[int]) -> list[AnswerKey]:
        return [key for key in map(names.__getitem__, numbers) if not key.indicator_id.startswith("LOC-")]

    same = {name: value for name, value in found.items() if name not in NOT_SHOWN}
    return same | {name: known(found[name]) for name in ("c", "nk", "e")}


@given(st.data(), overlays(), overlays())
@settings(max_examples=10, deadline=None, suppress_health_check=[HealthCheck.too_slow])
def test_the_same_answers_in_two_countries_are_the_same_rows(data: st.DataObject, one: Overlay, other: Overlay) -> None:
    assert [*check(one, load()), *check(other, load())] == []
    forms = [standard(), form(one), form(other)]
    ids = {
        key: number
        for number, key in enumerate(
            dict.fromkeys(key for each in forms for key in needed_answers(each.mapping, ["v"]))
        )
    }
    spoken: list[dict[str, str]] = [{} for _ in forms]
    for rule in single_rules(standard().mapping):
        with_own = {code for each in forms for code, ways in each.codes(rule).items() if len(ways) > 1}
        codes = given_answers(data, rule, with_own) if rule.codes else []
        for each, answers in zip(forms, spoken, strict=True):
            answers[rule.indicator] = said(data, rule, codes, each.codes(rule)) if codes else ""

    first, *others = (row(each, answers, ids) for each, answers in zip(forms, spoken, strict=True))

    assert others == [first, first]


def test_an_own_answer_beside_its_parent_counts_once() -> None:
    kilns = AdaptedChoice(
        list_name="labour_sector", code="kiln", parent="construction", label=load().choices("yn_dk")[0].label
    )
    mine = form(
        Overlay(
            country="XDV", organisation="ORGA", version=1, catalogue="1.0.0", languages=("en", "ar"), choices=(kilns,)
        )
    )
    ids = {key: number for number, key in enumerate(needed_answers(mine.mapping, ["v"]))}

    both = row(mine, {"CTE-COM-026": "forced_labour", "CTE-COM-027": "construction kiln"}, ids)
    parent = row(mine, {"CTE-COM-026": "forced_labour", "CTE-COM-027": "construction"}, ids)

    assert both == parent
    assert [key.code for key in both["c"] if key.indicator_id == "CTE-COM-027"] == ["", "construction"]


def test_an_own_question_makes_rows_of_its_own_and_changes_no_other() -> None:
    mine = form(overlay(local_indicators=[local()]))
    ids = {key: number for number, key in enumerate(needed_answers(mine.mapping, ["v"]))}
    rule = next(one for one in mine.mapping.rules if one.indicator == LOCAL["id"])

    assert (rule.level, rule.theme, rule.sensitivity, rule.comparability) == ("community", "protective_factor", 1, 0.0)
    assert row(mine, {LOCAL["id"]: "yes"}, ids) == row(standard(), {}, ids)

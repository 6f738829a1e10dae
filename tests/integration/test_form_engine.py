"""The demo form in JavaRosa, the engine inside ODK Collect, and its recipe on what comes out.

1. ODK Validate has nothing to say.
2. Every question is reached and can be answered.
3. The start of the clock never leaves the phone; the minutes always do; the code needs consent.
4. What hangs on consent, on the informant's group or on an earlier answer is not asked without it.
5. The recipe reads every filled form without a reject, and keeps nothing of one that the gate stopped.
"""

import re
from collections.abc import Iterator
from datetime import date

import pytest
from engine_forms import needs_engine

from forms.build import BuiltForm, build
from forms.catalogue import load
from forms.demo import brief as demo_brief
from forms.engine import Ending, Engine, Filled, OpenForm, Plan, exploring_plan
from forms.engine.coverage import coverage
from mappings.apply import Apply, needed_answers
from mappings.areas.demo import load as dorvania
from mappings.decode import Decoder
from mappings.model import AnswerKey, Outcome, Stripped
from mappings.places import Places
from mappings.privacy.pseudonym import Keys
from mappings.strip import Setting, Strip

pytestmark = needs_engine

DAY = date(2026, 3, 4)
EXPLORE = exploring_plan(DAY)
ENOUGH = 60
STOPS = {
    Ending.STOPPED: {"saf_private": "no"},
    Ending.NOT_UNDERSTOOD: {"con_understood": "no"},
    Ending.REFUSED: {"con_understood": "yes", "con_given": "no"},
}
SAFE = {f"saf_{name}": "yes" for name in ("trained", "card", "private", "adult", "role")}
CONSENT = {**SAFE, "con_understood": "yes", "con_given": "yes"}


@pytest.fixture(scope="module")
def form() -> BuiltForm:
    return build(demo_brief(), load(), dorvania())


@pytest.fixture(scope="module")
def engine() -> Iterator[Engine]:
    with Engine(seconds=120) as running:
        yield running


@pytest.fixture(scope="module")
def phone(engine: Engine, form: BuiltForm) -> OpenForm:
    return engine.open_form(form.xform, form.media)


@pytest.fixture(scope="module")
def explored(phone: OpenForm) -> tuple[Filled, ...]:
    return phone.fill_many(range(ENOUGH), EXPLORE)


@pytest.fixture(scope="module")
def lazy(phone: OpenForm) -> dict[Ending, tuple[Filled, ...]]:
    """Every way through the form, with all that is optional left out, whichever way the last questions go."""
    plan = Plan(today=DAY, skip=0.999)
    ways = {**{ending: {**SAFE, **forced} for ending, forced in STOPS.items()}, Ending.COMPLETE: CONSENT}
    return {ending: phone.fill_many(range(5), plan.with_forced(**forced)) for ending, forced in ways.items()}


def names(filled: Filled) -> set[str]:
    return {path.rpartition("/")[2] for path in filled.answers}


def test_1_odk_validate_has_nothing_to_say(engine: Engine, form: BuiltForm) -> None:
    assert engine.validate(form.xform) == ()


def test_1_all_four_languages_are_there(phone: OpenForm) -> None:
    assert phone.info.languages == ("English (en)", "Français (fr)", "Español (es)", "العربية (ar)")


def test_2_every_question_is_reached_and_can_be_answered(phone: OpenForm, explored: tuple[Filled, ...]) -> None:
    rows = coverage(phone.info, explored)

    assert len(rows) > 50
    assert [row.path for row in rows if row.never_reached or row.never_answerable] == []


def test_2_no_list_is_empty_and_no_constraint_cannot_be_met(explored: tuple[Filled, ...]) -> None:
    assert [problem for filled in explored for problem in filled.problems] == []
    assert [filled.seed for filled in explored if not filled.valid] == []


def test_2_an_enumerator_whose_area_is_not_listed_gets_to_the_end(phone: OpenForm) -> None:
    lost = {"ctx_adm1": "XD01", "ctx_adm2": "XD01-NIL", "ctx_adm3": "XD01-NIL-NIL", "ctx_site": "XD01-NIL-NIL-NIL"}

    filled = phone.fill(1, Plan(today=DAY).with_forced(**CONSENT, **lost))

    assert (filled.ending, filled.valid, filled.problems) == (Ending.COMPLETE, True, ())


@pytest.mark.parametrize("ending", list(Ending))
def test_3_the_start_of_the_clock_is_gone_in_every_way_through(
    lazy: dict[Ending, tuple[Filled, ...]], ending: Ending
) -> None:
    assert {filled.ending for filled in lazy[ending]} == {ending}
    assert [filled.seed for filled in lazy[ending] if b"<t0" in filled.xml] == []


@pytest.mark.parametrize("ending", list(Ending))
def test_3_the_minutes_are_there_in_every_way_through(lazy: dict[Ending, tuple[Filled, ...]], ending: Ending) -> None:
    minutes = [filled.answers["/data/you/q_minutes"] for filled in lazy[ending]]

    assert [text for text in minutes if not re.fullmatch(r"\d{1,3}", text)] == []


def test_3_neither_is_different_in_forms_filled_at_random(explored: tuple[Filled, ...]) -> None:
    assert [filled.seed for filled in explored if b"<t0" in filled.xml or "q_minutes" not in names(filled)] == []


def test_3_the_code_is_made_with_consent_and_only_then(explored: tuple[Filled, ...]) -> None:
    codes = {filled.seed: filled.answers.get("/data/goodbye/clo_code", "") for filled in explored}
    agreed = {filled.seed for filled in explored if filled.ending is Ending.COMPLETE}

    assert {seed for seed, code in codes.items() if re.fullmatch(r"[0-9a-f]{8}", code)} == agreed
    assert {code for seed, code in codes.items() if seed not in agreed} == {""}
    assert len({codes[seed] for seed in agreed}) == len(agreed)


def test_3_no_other_moment_and_no_device_is_in_what_a_phone_sends(explored: tuple[Filled, ...]) -> None:
    moment = re.compile(rb"\d\d:\d\d|T\d\d|<(start|end|deviceid|username|phonenumber|audit|instanceName)\b")

    assert [filled.seed for filled in explored if moment.search(filled.xml)] == []


@pytest.mark.parametrize("ending", list(STOPS))
def test_4_without_consent_nothing_about_the_community_is_sent(
    lazy: dict[Ending, tuple[Filled, ...]], ending: Ending
) -> None:
    sent = {name for filled in lazy[ending] for name in names(filled)}

    assert {
        name for name in sent if re.match(r"cte_|evi_|dis_|clo_(limits|distress|code)|ctx_(adm3|site|ki)", name)
    } == set()
    assert "clo_enum_safe" in sent


@pytest.mark.parametrize("group", ["economy", "authority"])
def test_4_those_who_may_recruit_are_asked_nothing_sensitive(phone: OpenForm, form: BuiltForm, group: str) -> None:
    filled = phone.fill(2, Plan(today=DAY, skip=0).with_forced(**CONSENT, ctx_ki_group=group))

    sensitive = {rule.path.rpartition("/")[2] for rule in form.mapping.rules if rule.sensitivity >= 3}
    assert sensitive & names(filled) == set()
    assert {"cte_com_001", "evi_basis_community", "cte_com_043"} <= names(filled)
    assert "evi_basis_exploitation" not in names(filled)


@pytest.mark.parametrize("answer", ["none", "dk", "pna"])
def test_4_after_no_offers_nobody_is_asked_about_them(phone: OpenForm, answer: str) -> None:
    forced = {**CONSENT, "ctx_ki_group": "community", "cte_com_012": answer}

    sent = names(phone.fill(3, Plan(today=DAY, skip=0).with_forced(**forced)))

    assert {"cte_com_013", "cte_com_014", "cte_com_015", "cte_com_017"} & sent == set()
    assert {"cte_com_012", "cte_hhd_009"} <= sent


def test_4_after_offers_they_are_asked_about(phone: OpenForm) -> None:
    forced = {**CONSENT, "ctx_ki_group": "community", "cte_com_012": "often"}

    sent = names(phone.fill(3, Plan(today=DAY, skip=0).with_forced(**forced)))

    assert {"cte_com_013", "cte_com_014", "cte_com_015", "cte_com_017"} <= sent


@pytest.mark.parametrize("answers", ["none other", "dk pna", "committee dk"])
def test_4_what_stands_alone_is_refused_with_others(phone: OpenForm, answers: str) -> None:
    filled = phone.fill(4, Plan(today=DAY).with_forced(**CONSENT, cte_com_008=answers))

    assert "/data/community/community_2/cte_com_008" in filled.rejected


def places() -> Places:
    registry = dorvania()
    parents = {level: {area.pcode: str(area.parent) for area in registry.level(level)} for level in (2, 3)}
    sites = {site.code: (site.site_type, site.pcode) for site in registry.sites.values()}
    return Places(frozenset(area.pcode for area in registry.level(1)), parents[2], parents[3], sites, {})


def stripped(form: BuiltForm, fills: tuple[Filled, ...]) -> list[tuple[Filled, Stripped]]:
    decoder = Decoder(form.mapping)
    strip = Strip(form.mapping, Setting(Keys(b"r" * 32, b"c" * 32), places(), deployed_on=DAY))
    found = []
    for filled in fills:
        raw = decoder.letter(filled.xml, root=filled.instance_id, instance="", version=form.version, received="")
        found.append((filled, strip(raw, DAY)))
    return found


def test_5_the_recipe_reads_every_filled_form_without_a_reject(form: BuiltForm, explored: tuple[Filled, ...]) -> None:
    read = stripped(form, explored)

    assert {one.outcome for filled, one in read if filled.ending is Ending.COMPLETE} == {Outcome.STORED}
    assert [reject for _, one in read for reject in one.rejects] == []


def test_5_a_stopped_form_counts_by_its_reason_and_leaves_nothing(
    form: BuiltForm, lazy: dict[Ending, tuple[Filled, ...]]
) -> None:
    kinds = {ending: {one.sighting.kinds for _, one in stripped(form, lazy[ending])} for ending in STOPS}
    kept = [one.clean for ending in STOPS for _, one in stripped(form, lazy[ending])]

    assert kinds == {
        Ending.STOPPED: {("received", "stopped_safety")},
        Ending.NOT_UNDERSTOOD: {("received", "not_understood")},
        Ending.REFUSED: {("received", "refused")},
    }
    assert set(kept) == {None}


def test_5_what_was_not_asked_is_known_as_such_and_nothing_is_invalid(
    form: BuiltForm, explored: tuple[Filled, ...]
) -> None:
    keys = needed_answers(form.mapping, {site.site_type for site in dorvania().sites.values()})
    ids = {key: number for number, key in enumerate(keys)}
    statuses = {number: key for key, number in ids.items() if key.kind == "status"}
    apply = Apply(form.mapping, places(), ids)
    clean = [(filled, one.clean) for filled, one in stripped(form, explored) if one.clean is not None]

    by_form = {filled.seed: _not_asked_in(filled, form) for filled, _ in clean}
    applied = {filled.seed: apply(one) for filled, one in clean}

    told = {seed: {statuses[code] for code in done.row.c if code in statuses} for seed, done in applied.items()}
    assert [done.rejects for done in applied.values() if done.rejects] == []
    assert {seed: _with(found, "not_asked") for seed, found in told.items()} == by_form
    assert {seed for seed, found in told.items() if _with(found, "skipped") or _with(found, "invalid")} == set()


def _with(keys: set[AnswerKey], status: str) -> set[str]:
    return {key.indicator_id for key in keys if key.code == status}


def _not_asked_in(filled: Filled, form: BuiltForm) -> set[str]:
    """The other way round: indicators that the engine did not put to the enumerator."""
    asked = {path.rpartition("/")[2] for path in filled.asked}
    return {rule.indicator for rule in form.mapping.rules if rule.path.rpartition("/")[2] not in asked}

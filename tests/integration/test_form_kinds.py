"""A form of each kind of respondent, in JavaRosa and through its own recipe.

1. pyxform and ODK Validate have nothing to say; every question is reached, every list has answers, nothing fails.
2. The start of the clock never leaves the phone; the minutes always do; form and catalogue version always come back.
3. A gate that does not hold keeps everything back, and counts as what it is.
4. A kind asks no more than it needs: no consent of a place, no sex of a register, no site of an expert.
5. The recipe reads every filled form without a reject; sources, evidence and method are what the kind says.
6. Of the form for safety only counters and the supervisor's inbox stay.
"""

from collections.abc import Iterator
from dataclasses import replace
from datetime import date

import pytest
from engine_forms import needs_engine
from kind_forms import EVERY_KIND, OPEN, form_of

from forms.build import BuiltForm
from forms.engine import Engine, Filled, OpenForm, Plan, exploring_plan
from forms.engine.coverage import coverage
from forms.kinds import KINDS
from mappings.apply import Apply, needed_answers
from mappings.areas.demo import load as dorvania
from mappings.decode import Decoder
from mappings.language import dump, load
from mappings.model import AnswerKey, Applied, InboxNote, Outcome, Stripped
from mappings.places import Places
from mappings.privacy.pseudonym import Keys
from mappings.strip import Setting, Strip

pytestmark = needs_engine

DAY = date(2026, 3, 4)
FEW, MANY = 24, 200
KEPT = [kind for kind in EVERY_KIND if KINDS[kind].keeps_answers]
GATES = [
    (kind.name, gate.item, gate.otherwise) for kind in KINDS.values() for gate in kind.gates if gate.value == "yes"
]
Fills = dict[str, tuple[Filled, ...]]


@pytest.fixture(scope="module")
def engine() -> Iterator[Engine]:
    with Engine(seconds=120) as running:
        yield running


@pytest.fixture(scope="module")
def explored(engine: Engine) -> dict[str, tuple[OpenForm, tuple[Filled, ...]]]:
    found = {}
    for kind in EVERY_KIND:
        form = form_of(kind)
        phone = engine.open_form(form.xform, form.media)
        found[kind] = (phone, phone.fill_many(range(FEW), exploring_plan(DAY)))
    return found


@pytest.fixture(scope="module")
def held(engine: Engine) -> Fills:
    """Interviews that got to the end, with whatever is optional filled in."""
    found = {}
    for kind in EVERY_KIND:
        form = form_of(kind)
        plan = Plan(today=DAY, skip=0).with_forced(**OPEN)
        found[kind] = engine.open_form(form.xform, form.media).fill_many(range(6), plan)
    return found


def names(filled: Filled) -> set[str]:
    return {path.rpartition("/")[2] for path in filled.answers}


def places() -> Places:
    registry = dorvania()
    parents = {level: {area.pcode: str(area.parent) for area in registry.level(level)} for level in (2, 3)}
    sites = {site.code: (site.site_type, site.pcode) for site in registry.sites.values()}
    return Places(frozenset(area.pcode for area in registry.level(1)), parents[2], parents[3], sites, {})


def stripped(form: BuiltForm, fills: tuple[Filled, ...]) -> list[Stripped]:
    """By the recipe as it is kept: written to YAML and read again."""
    mapping = load(dump(form.mapping))
    decoder, strip = Decoder(mapping), Strip(mapping, Setting(Keys(b"r" * 32, b"c" * 32), places(), deployed_on=DAY))
    raws = (
        decoder.letter(filled.xml, root=filled.instance_id, instance="", version=form.version, received="")
        for filled in fills
    )
    return [strip(raw, DAY) for raw in raws]


def ids_of(form: BuiltForm) -> dict[AnswerKey, int]:
    types = {site.site_type for site in dorvania().sites.values()}
    return {key: number for number, key in enumerate(needed_answers(form.mapping, types))}


def applied(form: BuiltForm, fills: tuple[Filled, ...]) -> list[Applied]:
    apply = Apply(form.mapping, places(), ids_of(form))
    return [apply(one.clean) for one in stripped(form, fills) if one.clean is not None]


# ---- 1 ---------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", EVERY_KIND)
def test_1_odk_validate_has_nothing_to_say(engine: Engine, kind: str) -> None:
    assert engine.validate(form_of(kind).xform) == ()


@pytest.mark.parametrize("kind", EVERY_KIND)
def test_1_every_question_is_reached_and_nothing_fails(
    explored: dict[str, tuple[OpenForm, tuple[Filled, ...]]], kind: str
) -> None:
    phone, fills = explored[kind]

    assert [row.path for row in coverage(phone.info, fills) if row.never_reached or row.never_answerable] == []
    assert [problem for filled in fills for problem in filled.problems] == []
    assert [filled.seed for filled in fills if not filled.valid] == []


@pytest.mark.slow
@pytest.mark.parametrize("kind", EVERY_KIND)
def test_1_two_hundred_fills_find_no_dead_question_no_empty_list_and_no_error(engine: Engine, kind: str) -> None:
    form = form_of(kind)
    phone = engine.open_form(form.xform, form.media)

    plans = [replace(exploring_plan(DAY), language=name) for name in phone.info.languages]
    fills = [one for number, plan in enumerate(plans) for one in phone.fill_many(range(number, MANY, len(plans)), plan)]

    assert len(fills) == MANY
    assert [row.path for row in coverage(phone.info, fills) if row.never_reached or row.never_answerable] == []
    assert [problem for filled in fills for problem in filled.problems] == []
    assert [filled.seed for filled in fills if not filled.valid or b"<t0" in filled.xml] == []


# ---- 2 ---------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", EVERY_KIND)
def test_2_the_minutes_are_sent_and_the_start_never_is(
    explored: dict[str, tuple[OpenForm, tuple[Filled, ...]]], kind: str
) -> None:
    fills = explored[kind][1]

    assert [filled.seed for filled in fills if b"<t0" in filled.xml] == []
    assert [filled.seed for filled in fills if "q_minutes" not in names(filled)] == []


@pytest.mark.parametrize("kind", EVERY_KIND)
def test_2_form_and_catalogue_version_come_back_in_every_submission(
    explored: dict[str, tuple[OpenForm, tuple[Filled, ...]]], kind: str
) -> None:
    """KoBo puts its own id and version into the root, so they travel as answers too."""
    form = form_of(kind)
    sent = {
        tuple(filled.answers[f"/data/fv_{name}"] for name in ("form", "version", "catalogue"))
        for filled in explored[kind][1]
    }

    assert sent == {(form.form_id, form.version, form.mapping.catalogue_version)}


# ---- 3 ---------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("kind", "item", "otherwise"), GATES)
def test_3_a_gate_that_does_not_hold_keeps_everything_back(
    engine: Engine, kind: str, item: str, otherwise: str
) -> None:
    form = form_of(kind)
    plan = Plan(today=DAY, skip=0).with_forced(**(OPEN | {item: "no"}))

    fills = engine.open_form(form.xform, form.media).fill_many(range(2), plan)

    read = stripped(form, fills)
    asked = {name for filled in fills for name in names(filled)}
    assert {(one.outcome, one.clean, one.sighting.kinds) for one in read} == {
        (Outcome.REFUSED, None, ("received", otherwise))
    }
    assert [name for name in asked if name.startswith(("cte_", "evi_", "ctx_ki", "clo_code", "src_"))] == []
    assert {"clo_enum_safe", "q_minutes"} <= asked


@pytest.mark.parametrize("source", ["", "amina-haddad", "REG-2025 DTM-R12"])
def test_3_without_a_source_of_the_brief_nothing_is_kept(held: Fills, source: str) -> None:
    form = form_of("desk_structural")
    named = held["desk_structural"][0].answers["/data/source/src_ref"].encode()
    xml = held["desk_structural"][0].xml.replace(b">" + named + b"</src_ref>", b">" + source.encode() + b"</src_ref>")
    raw = Decoder(form.mapping).letter(xml, root="uuid:1", instance="", version=form.version, received="")

    read = Strip(form.mapping, Setting(Keys(b"r" * 32, b"c" * 32), places(), deployed_on=DAY))(raw, DAY)

    assert (read.outcome, read.clean) == (Outcome.REFUSED, None)


# ---- 4 ---------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("kind", "never"),
    [
        ("site_ki", ("prv_", "src_", "inc_")),
        ("group", ("prv_", "src_", "inc_")),
        ("site_observation", ("con_", "ctx_ki", "saf_adult", "saf_role", "clo_code", "clo_distress", "src_", "prv_")),
        ("expert", ("ctx_adm3", "ctx_site", "prv_", "src_")),
        ("provider_monthly", ("con_", "saf_", "ctx_ki", "ctx_adm3", "ctx_site", "dis_", "clo_code", "clo_distress")),
        ("desk_structural", ("con_", "saf_", "ctx_ki", "ctx_adm3", "ctx_site", "dis_", "prv_", "clo_code")),
        ("cte_safety", ("con_", "saf_", "ctx_ki", "ctx_adm2", "ctx_adm3", "ctx_site", "cte_", "evi_", "clo_code")),
    ],
)
def test_4_a_kind_asks_no_more_than_it_needs(kind: str, never: tuple[str, ...]) -> None:
    assert [name for name in form_of(kind).questionnaire.paths if name.startswith(never)] == []


def test_4_groups_are_asked_nothing_sensitive_about_exploitation() -> None:
    asked = [one.indicator for one in form_of("group").questionnaire.questions if one.indicator]

    assert [one.id for one in asked if one.theme == "trafficking_indication" and one.sensitivity >= 3] == []


def test_4_who_may_recruit_is_asked_nothing_sensitive_in_a_group(engine: Engine) -> None:
    form = form_of("group")
    plan = Plan(today=DAY, skip=0).with_forced(**OPEN, ctx_ki_group="economy")

    sent = names(engine.open_form(form.xform, form.media).fill(1, plan))

    sensitive = {rule.path.rpartition("/")[2] for rule in form.mapping.rules if rule.sensitivity >= 3}
    assert len(sensitive) >= 5
    assert sensitive & sent == set()


def test_4_who_speaks_of_a_whole_region_names_no_district(engine: Engine) -> None:
    form = form_of("desk_structural")
    phone = engine.open_form(form.xform, form.media)

    filled = phone.fill(1, Plan(today=DAY).with_forced(ctx_adm1="XD01", ctx_adm2=""))

    (read,) = stripped(form, (filled,))
    assert read.clean is not None
    assert (read.clean.adm1_pcode, read.clean.adm2_pcode, read.rejects) == ("XD01", None, ())


# ---- 5 ---------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", KEPT)
def test_5_the_recipe_reads_every_filled_form_without_a_reject(held: Fills, kind: str) -> None:
    form = form_of(kind)
    read, done = stripped(form, held[kind]), applied(form, held[kind])

    assert {one.outcome for one in read} == {Outcome.STORED}
    assert [reject for one in read for reject in one.rejects] + [reject for one in done for reject in one.rejects] == []
    assert {one.row.method for one in done} == {KINDS[kind].method}


@pytest.mark.parametrize("kind", KEPT)
def test_5_evidence_that_the_kind_itself_gives_is_the_same_everywhere(held: Fills, kind: str) -> None:
    form, basis = form_of(kind), KINDS[kind].basis
    words = {number: key for key, number in ids_of(form).items()}
    said = {
        words[number].code for one in applied(form, held[kind]) for number in one.row.e if words[number].kind == "basis"
    }

    assert said == {basis} if basis else len(said) > 2


@pytest.mark.parametrize("kind", KEPT)
def test_5_what_is_read_from_existing_data_names_its_source_in_every_row(held: Fills, kind: str) -> None:
    form = form_of(kind)
    words = {number: key for key, number in ids_of(form).items()}
    sources = [[words[n].code for n in one.row.e if words[n].kind == "source"] for one in applied(form, held[kind])]
    is_secondary = KINDS[kind].names_source

    assert form.mapping.source_kind == ("secondary" if is_secondary else "primary")
    assert {len(found) for found in sources} == {int(is_secondary)}
    assert {code for found in sources for code in found} <= {"DTM-R12", "REG-2025"}


# ---- 6 ---------------------------------------------------------------------------------------------------------------


def test_6_of_the_form_for_safety_only_counters_and_the_inbox_stay(engine: Engine) -> None:
    form = form_of("cte_safety")
    forced = {"ctx_adm1": "XD01", "dis_action": "supervisor", "clo_enum_safe": "no", "clo_debrief": "yes"}
    phone = engine.open_form(form.xform, form.media)

    read = stripped(form, (phone.fill(1, Plan(today=DAY).with_forced(**forced)),))[0]

    assert (read.outcome, read.clean, read.rejects) == (Outcome.COUNTED, None, ())
    assert read.sighting.kinds == ("received", "disclosure_action:supervisor")
    assert read.sighting.note is not None
    assert read.sighting.note[1:] == InboxNote("", enum_safe=False, debrief=True)[1:]


def test_6_a_safety_form_without_an_id_is_rejected() -> None:
    form = form_of("cte_safety")
    raw = Decoder(form.mapping).letter(b"<data/>", root="", instance="", version=form.version, received="")

    read = Strip(form.mapping, Setting(Keys(b"r" * 32, b"c" * 32), places(), deployed_on=DAY))(raw, DAY)

    assert (read.outcome, read.clean) == (Outcome.REJECTED, None)

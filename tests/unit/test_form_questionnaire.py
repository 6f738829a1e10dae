"""What is asked, in which order and under which condition.

1. The enumerator's own part and the two gates come first; nothing about the community is asked without consent.
2. Context: only the levels that the areas have.
3. At most four sections; evidence once in each.
4. The guide on disclosure stands before the first question of sensitivity 3, and again at the end (rule 10).
5. What depends on an answer is asked after it, and not when it was none, dk or pna (rule 11); conditions are flat.
6. Sensitivity 3 is not asked of informants from the economy or the authorities (rule 9).
7. Exclusive answers, limits, numbers, required answers.
8. The close: the code while the person is there, the last two questions always, one trigger for the minutes.
9. No question can name, time or locate a person.
"""

from dataclasses import replace
from datetime import date

import pytest

from forms.brief import Brief, BriefError, Chosen
from forms.catalogue import Catalogue, load
from forms.demo import brief as demo_brief
from forms.questionnaire import Question, Questionnaire, QuestionType, Unless
from forms.questionnaire.assemble import assemble
from forms.questionnaire.thematic import SECTIONS
from forms.questionnaire.words import word
from mappings.areas import Area, AreaRegistry, Site, build_registry
from mappings.areas.demo import load as dorvania

CONSENT = "${con_given}='yes'"
NO_ANSWER = ("none", "dk", "pna")
FIELD = [indicator for indicator in load().indicators if indicator.is_field and "ki" in indicator.methods]
EVERYTHING = tuple(Chosen(indicator.id, "no other source") for indicator in FIELD if indicator.sensitivity < 4)


def asked(brief: Brief | None = None, registry: AreaRegistry | None = None) -> Questionnaire:
    return assemble(brief or demo_brief(), load(), registry or dorvania()).questionnaire


def only(*indicators: str) -> Brief:
    return replace(demo_brief(), indicators=tuple(Chosen(name) for name in indicators))


def question(name: str, questionnaire: Questionnaire) -> Question:
    return next(found for found in questionnaire.questions if found.name == name)


@pytest.fixture(scope="module")
def core() -> Questionnaire:
    return asked()


@pytest.fixture(scope="module")
def everything() -> Questionnaire:
    return asked(replace(demo_brief(), indicators=EVERYTHING))


def test_1_gates_come_before_everything_about_the_community(core: Questionnaire) -> None:
    names = [section.name for section in core.sections]

    assert names[:4] == ["who", "safety", "consent", "context"]
    assert names[4:] == [*SECTIONS, "goodbye", "after", "you"]


def test_1_code_organisation_and_area_of_the_enumerator_are_asked_before_consent(core: Questionnaire) -> None:
    assert [found.name for found in core.sections[0].questions] == ["ctx_enum", "ctx_org", "ctx_adm1", "ctx_adm2"]
    assert core.sections[0].relevant == ""


def test_1_everything_after_the_gates_needs_consent_except_the_last_two_questions(core: Questionnaire) -> None:
    assert {section.relevant for section in core.sections[3:-1]} == {CONSENT}
    assert core.sections[-1].relevant == ""


def test_1_consent_itself_needs_all_five_conditions_of_safety(core: Questionnaire) -> None:
    relevant = question("con_given", core).relevant

    assert [
        item for item in ("trained", "card", "private", "adult", "role") if f"${{saf_{item}}}='yes'" in relevant
    ] == [*("trained", "card", "private", "adult", "role")]


def test_1_the_length_of_the_conversation_is_in_the_consent_text(core: Questionnaire) -> None:
    script = question("con_script", core).label

    assert script is not None
    assert "it takes about 20 minutes" in script["en"]
    assert [text for text in script.values() if "20" not in text or "{" in text] == []


def test_2_place_is_asked_as_a_cascade_of_files_below_the_first_level(core: Questionnaire) -> None:
    cascade = [question(name, core) for name in ("ctx_adm2", "ctx_adm3", "ctx_site")]

    assert [(found.file, found.choice_filter) for found in cascade] == [
        ("adm2.csv", "parent=${ctx_adm1}"),
        ("adm3.csv", "parent=${ctx_adm2}"),
        ("sites.csv", "parent=${ctx_adm3}"),
    ]


def test_2_the_list_of_sites_appears_when_the_area_above_it_is_answered(core: Questionnaire) -> None:
    assert question("ctx_site", core).relevant == "${ctx_adm3} != ''"


def test_2_the_method_is_that_of_the_kind_and_not_asked(core: Questionnaire) -> None:
    assert "ctx_method" not in core.paths
    assert core.kind.method == "ki"


def small_country(*, level2: bool, sites: bool) -> AreaRegistry:
    areas = [Area("X1", 1, None, {"en": "North"}), *([Area("X11", 2, "X1", {"en": "Upper"})] if level2 else [])]
    placed = [Site("S1", "X11", {"en": "Camp"}, "planned_site")] if sites else []
    return build_registry(areas, label="small", sites=placed)


@pytest.mark.parametrize(
    ("registry", "levels"),
    [
        (small_country(level2=False, sites=False), []),
        (small_country(level2=True, sites=False), ["ctx_adm2"]),
        (small_country(level2=True, sites=True), ["ctx_adm2", "ctx_adm3", "ctx_site"]),
    ],
)
def test_2_a_level_that_the_areas_do_not_have_is_not_asked(registry: AreaRegistry, levels: list[str]) -> None:
    assembled = assemble(demo_brief(), load(), registry)

    names = assembled.questionnaire.paths
    assert [name for name in ("ctx_adm2", "ctx_adm3", "ctx_site") if name in names] == levels
    assert len(assembled.files) == len(levels)


def test_2_areas_are_narrowed_to_those_of_the_brief() -> None:
    assembled = assemble(replace(demo_brief(), areas=("XD0101",)), load(), dorvania())

    assert assembled.questionnaire.codes("adm1") == ("XD01",)
    assert b"XD0201" not in dict(assembled.files)["adm2.csv"]


def test_2_sites_are_narrowed_to_those_of_the_brief() -> None:
    files = dict(assemble(replace(demo_brief(), sites=("XD-S001",)), load(), dorvania()).files)

    assert b"XD-S001" in files["sites.csv"]
    assert b"XD-S002" not in files["sites.csv"]


def test_2_areas_and_sites_that_do_not_exist_or_do_not_fit_are_all_named() -> None:
    brief = replace(demo_brief(), areas=("XD0101", "XD99"), sites=("XD-S001", "XD-S006", "XD-S999"))

    with pytest.raises(BriefError) as raised:
        asked(brief)

    assert [finding.what for finding in raised.value.findings] == [
        "there is no area XD99 in 'Dorvania (invented), 2024'",
        "site XD-S006 lies outside the areas of the brief",
        "there is no site XD-S999 in 'Dorvania (invented), 2024'",
    ]


def test_2_a_former_p_code_is_met_with_the_one_of_today() -> None:
    registry = build_registry([Area("X2", 1, None, {"en": "North"})], label="new", aliases={"X1": "X2"})

    with pytest.raises(BriefError, match="It is X2 today: write that"):
        asked(replace(demo_brief(), areas=("X1",)), registry)


def test_3_the_core_form_has_four_sections_and_twenty_indicators(core: Questionnaire) -> None:
    indicators = [found.indicator.id for found in core.questions if found.indicator]

    assert [section.name for section in core.thematic] == list(SECTIONS)
    assert sorted(indicators) == sorted(load().core_field_form)


def test_3_evidence_is_asked_once_a_section_and_last(core: Questionnaire) -> None:
    ends = [[found.name for found in section.questions[-2:]] for section in core.thematic]

    assert ends == [[f"evi_basis_{name}", f"evi_confidence_{name}"] for name in SECTIONS]
    assert len([name for name in core.paths if name.startswith("evi_")]) == 2 * len(SECTIONS)


def test_3_every_theme_has_its_place_in_one_section() -> None:
    themes = [theme for found in SECTIONS.values() for theme in found]

    assert sorted(themes) == sorted({indicator.theme for indicator in load().indicators})


def test_3_a_section_without_indicators_is_left_out() -> None:
    assert [section.name for section in asked(only("CTE-COM-043")).thematic] == ["movement_services"]


def test_3_the_order_in_the_brief_does_not_matter() -> None:
    assert asked(only("CTE-COM-012", "CTE-COM-001")) == asked(only("CTE-COM-001", "CTE-COM-012"))


def test_3_names_are_unique_and_indicators_keep_theirs(everything: Questionnaire) -> None:
    names = [found.name for found in everything.questions]

    assert len(names) == len(set(names)) == len(set(everything.paths.values()))
    assert {found.name for found in everything.questions if found.indicator} == {
        chosen.indicator.lower().replace("-", "_") for chosen in EVERYTHING
    }


def test_4_the_guide_stands_right_before_the_first_sensitive_screen(everything: Questionnaire) -> None:
    names = [found.name for found in everything.questions]
    sensitive = [found.name for found in everything.questions if found.indicator and found.indicator.sensitivity >= 3]

    assert names[names.index(sensitive[0]) - 1] == "dis_guide"
    assert min(names.index(name) for name in sensitive) == names.index(sensitive[0])


def test_4_the_guide_stands_again_before_the_question_on_what_was_done(core: Questionnaire) -> None:
    names = [found.name for found in core.questions]

    assert names[names.index("dis_action") - 1] == "dis_guide_end"


def test_4_a_form_without_sensitive_questions_has_the_guide_at_the_end_only() -> None:
    paths = asked(only("CTE-COM-001")).paths

    assert "dis_guide_end" in paths
    assert "dis_guide" not in paths


def test_4_a_screen_never_mixes_calm_and_sensitive_questions() -> None:
    (section,) = asked(only("CTE-COM-010", "CTE-HHD-006")).thematic

    assert [screen.name for screen in section.screens] == [
        *("community_1", "community_guide", "community_2", "community_evidence")
    ]


def test_5_a_dependent_question_stands_after_the_one_it_depends_on(everything: Questionnaire) -> None:
    names = [found.name for found in everything.questions]
    pairs = [(unless.question, found.name) for found in everything.questions for unless in found.unless]

    assert len(pairs) > 20
    assert [pair for pair in pairs if names.index(pair[0]) >= names.index(pair[1])] == []


def test_5_a_dependent_question_is_skipped_after_none_dont_know_and_no_answer(core: Questionnaire) -> None:
    found = question("cte_com_013", core)

    assert Unless("cte_com_012", NO_ANSWER) in found.unless
    assert "${cte_com_012} != 'none' and ${cte_com_012} != 'dk' and ${cte_com_012} != 'pna'" in found.condition


def test_5_it_is_hidden_while_the_earlier_question_is_still_empty(core: Questionnaire) -> None:
    assert "${cte_com_012} != ''" in question("cte_com_013", core).condition


def test_5_after_several_answers_it_asks_whether_one_of_them_was_given(everything: Questionnaire) -> None:
    found = question("cte_com_033", everything)

    assert found.unless == (Unless("cte_com_032", NO_ANSWER, multiple=True),)
    assert "not(selected(${cte_com_032}, 'none'))" in found.condition


def depending(name: str, on: str) -> Catalogue:
    """The catalogue with one more dependency than it has."""
    catalogue = load()
    indicators = dict(catalogue.entries.indicators)
    indicators[name] = replace(indicators[name], depends_on=(on,))
    return replace(catalogue, entries=replace(catalogue.entries, indicators=indicators))


def test_5_a_dependency_counts_more_than_the_order_of_codes() -> None:
    found = assemble(only("CTE-COM-012", "CTE-HHD-009"), depending("CTE-COM-012", on="CTE-HHD-009"), dorvania())

    assert [asked.name for asked in found.questionnaire.questions if asked.indicator] == ["cte_hhd_009", "cte_com_012"]


def test_5_a_dependency_on_a_later_section_is_refused() -> None:
    with pytest.raises(ValueError, match="CTE-COM-001 is asked before CTE-COM-012, on which it depends"):
        assemble(only("CTE-COM-012", "CTE-COM-001"), depending("CTE-COM-001", on="CTE-COM-012"), dorvania())


def test_5_conditions_are_flat_along_a_chain_of_dependencies() -> None:
    chained = depending("CTE-COM-014", on="CTE-COM-013")

    found = assemble(only("CTE-COM-012", "CTE-COM-013", "CTE-COM-014"), chained, dorvania()).questionnaire

    assert question("cte_com_014", found).unless == (
        Unless("ctx_ki_group", ("economy", "authority")),
        Unless("cte_com_012", NO_ANSWER),
        Unless("cte_com_013", NO_ANSWER, multiple=True),
    )


def test_5_a_question_can_only_depend_on_one_with_a_list_of_answers() -> None:
    broken = depending("CTE-COM-001", on="CTE-COM-003")

    with pytest.raises(ValueError, match="CTE-COM-001 depends on CTE-COM-003, which has no list of answers"):
        assemble(only("CTE-COM-003", "CTE-COM-001"), broken, dorvania())


def test_6_every_sensitive_question_spares_those_who_may_recruit(everything: Questionnaire) -> None:
    spared = Unless("ctx_ki_group", ("economy", "authority"))
    indicators = {found.name: found for found in everything.questions if found.indicator}

    unspared = {name for name, found in indicators.items() if spared not in found.unless}
    assert unspared == {
        name for name, found in indicators.items() if found.indicator and found.indicator.sensitivity < 3
    }


def test_6_evidence_is_not_asked_where_nothing_of_the_section_was(core: Questionnaire) -> None:
    spared = (Unless("ctx_ki_group", ("economy", "authority")),)

    assert question("evi_basis_exploitation", core).unless == spared
    assert question("evi_confidence_recruitment", core).unless == spared
    assert question("evi_basis_community", core).unless == ()


def test_7_answers_that_stand_alone_cannot_be_combined(core: Questionnaire) -> None:
    constraint = question("cte_com_015", core).constraint

    assert [code for code in ("none", "dk", "pna", "no_difference") if f"not(selected(., '{code}')" in constraint] == [
        *("none", "dk", "pna", "no_difference")
    ]


def test_7_a_limit_is_in_the_hint_in_the_constraint_and_in_its_message(core: Questionnaire) -> None:
    found = question("cte_com_007", core)

    assert found.constraint.startswith("count-selected(.) <= 5 and ")
    assert found.hint is not None
    assert found.constraint_message is not None
    assert found.hint["en"].endswith("At most 5.")
    assert "At most 5 answers" in found.constraint_message["en"]


def test_7_long_lists_are_not_read_aloud_in_any_language(core: Questionnaire) -> None:
    several = [found for found in core.questions if found.indicator and found.type is QuestionType.SELECT_MULTIPLE]
    spontaneous = word("hint_spontaneous")

    assert len(several) == 9
    assert [
        found.name
        for found in several
        if found.hint is None
        or any(not found.hint[language].startswith(spontaneous[language]) for language in core.languages)
    ] == []


def test_7_a_number_is_not_negative_and_may_be_left_empty(everything: Questionnaire) -> None:
    found = question("cte_com_003", everything)

    assert found.constraint == ". >= 0 and . <= 9999999"
    assert not found.required


def test_7_an_answer_is_required_where_the_list_has_a_way_out(everything: Questionnaire) -> None:
    required = {found.name for found in everything.questions if found.required and found.indicator}
    choices = {found.question_name: found.choices for found in load().indicators}

    assert {name for name in required if "pna" not in everything.codes(choices[name] or "")} == set()
    assert {found.name for found in everything.questions if found.indicator} - required == {"cte_com_003"}


def test_7_whatever_is_required_or_constrained_says_so_in_words(everything: Questionnaire) -> None:
    silent = [
        found.name
        for found in everything.questions
        if found.required != (found.required_message is not None)
        or bool(found.constraint) != (found.constraint_message is not None)
    ]

    assert silent == []


def test_7_the_period_looked_back_on_is_in_the_question(everything: Questionnaire) -> None:
    labels = [found.label for found in everything.questions if found.label is not None]

    assert question("cte_com_012", everything).label["ar"].endswith("خلال الأشهر الثلاثة الماضية؟")  # type: ignore[index]
    assert [label for label in labels if any("{" in text.replace("${", "") for text in label.values())] == []


def test_8_the_code_is_offered_while_the_person_is_there(core: Questionnaire) -> None:
    goodbye = next(section for section in core.sections if section.name == "goodbye")

    assert goodbye.with_person
    assert [found.name for found in goodbye.questions] == ["clo_code", "clo_code_note"]


def test_8_the_last_two_questions_are_put_in_every_case_and_end_the_clock(core: Questionnaire) -> None:
    safe, debrief, minutes = core.sections[-1].questions

    assert (safe.name, safe.required, safe.condition) == ("clo_enum_safe", True, "")
    assert (debrief.name, debrief.condition) == ("clo_debrief", "")
    assert (minutes.name, minutes.trigger, minutes.condition) == ("q_minutes", "${clo_enum_safe}", "")


def test_8_the_start_is_there_only_until_the_minutes_are(core: Questionnaire) -> None:
    assert question("t0", core).condition == "${q_minutes}=''"


def test_9_the_only_metadata_is_the_day(everything: Questionnaire) -> None:
    types = {found.type for found in everything.questions}

    assert types == {
        *(QuestionType.SELECT_ONE, QuestionType.SELECT_MULTIPLE, QuestionType.INTEGER),
        *(QuestionType.NOTE, QuestionType.CALCULATE, QuestionType.TODAY),
    }
    assert [found.name for found in everything.questions if found.type is QuestionType.TODAY] == ["ctx_date"]


def test_9_nothing_of_the_purpose_block_reaches_the_form() -> None:
    brief = demo_brief()
    later = replace(brief.purpose, referral_verified_on=date(2026, 1, 20), decision="Another", raw_retention_days=3)

    assert asked(replace(brief, purpose=later)) == asked(brief)

"""The recipe of a form: from the same questionnaire as the sheets, the mapping that reads its answers."""

from collections.abc import Iterator
from typing import Literal, cast

from forms.catalogue.terms import Unit
from forms.kinds import ANY
from forms.questionnaire import Question, Questionnaire, QuestionType
from forms.questionnaire.answering import largest
from mappings.language import (
    LANGUAGE_VERSION,
    About,
    Coded,
    FormMapping,
    GateStep,
    Interview,
    MappingError,
    Rule,
    check,
)

PROFILE = "fieldveil-1"
"""The set of rules by which answers lose what could identify: strip, apply and the floors of the catalogue."""
_Response = Literal["select_one", "select_multiple", "integer", "decimal"]


def recipe(questionnaire: Questionnaire) -> FormMapping:
    """Raises MappingError when it would not be readable; then the questionnaire is wrong, not the officer's brief."""
    paths = questionnaire.paths
    mapping = FormMapping(
        language=LANGUAGE_VERSION,
        form_id=questionnaire.form_id,
        form_version=questionnaire.version,
        survey_id=questionnaire.survey_id,
        country=questionnaire.country,
        respondent_kind=questionnaire.kind.name,
        catalogue_version=questionnaire.catalogue_version,
        deid_profile=PROFILE,
        fixed_method=questionnaire.kind.method,
        gate=tuple(_gate(questionnaire, paths)),
        interview=_interview(questionnaire, paths),
        rules=tuple(_rules(questionnaire, paths)),
        about=tuple(_about(questionnaire, paths)),
        source_kind="secondary" if questionnaire.kind.names_source else "primary",
        keeps="answers" if questionnaire.kind.keeps_answers else "counters",
        overlay=questionnaire.overlay,
    )
    findings = list(check(mapping))
    if findings:
        raise MappingError("\n".join(f"{questionnaire.form_id}: {finding}" for finding in findings))
    return mapping


def _gate(questionnaire: Questionnaire, paths: dict[str, str]) -> Iterator[GateStep]:
    for gate in questionnaire.kind.gates:
        codes = _codes(questionnaire, gate.item) if gate.value == ANY else ()
        yield GateStep(paths[gate.item], gate.value, gate.otherwise, codes)


def _codes(questionnaire: Questionnaire, name: str) -> tuple[str, ...]:
    return questionnaire.codes(questionnaire.question(name).list_name)


def _interview(questionnaire: Questionnaire, paths: dict[str, str]) -> Interview:
    def coded(name: str) -> Coded | None:
        return Coded(paths[name], _codes(questionnaire, name)) if name in paths else None

    return Interview(
        adm1=paths["ctx_adm1"],
        adm2=paths.get("ctx_adm2", ""),
        adm3=paths.get("ctx_adm3", ""),
        site=paths.get("ctx_site", ""),
        day=paths["ctx_date"],
        enumerator=coded("ctx_enum"),
        organisation=coded("ctx_org"),
        source_group=coded("ctx_ki_group"),
        source_sex=coded("ctx_ki_sex"),
        minutes=paths["q_minutes"],
        withdrawal_code=paths.get("clo_code", ""),
        enum_safe=paths["clo_enum_safe"],
        debrief=paths["clo_debrief"],
        distress=paths.get("clo_distress", ""),
        disclosure_action=coded("dis_action"),
    )


def _rules(questionnaire: Questionnaire, paths: dict[str, str]) -> Iterator[Rule]:
    exclusive = dict(questionnaire.exclusive)
    for section in questionnaire.thematic:
        for question in section.questions:
            if question.indicator is not None:
                codes = questionnaire.standard_codes(question.list_name) if question.list_name else {}
                alone = exclusive[question.list_name] if question.type is QuestionType.SELECT_MULTIPLE else ()
                yield _rule(question, section.name, codes, alone, paths)


def _rule(
    question: Question, section: str, codes: dict[str, str], alone: tuple[str, ...], paths: dict[str, str]
) -> Rule:
    indicator = question.indicator
    if indicator is None:
        raise TypeError("a rule reads the answer to an indicator")
    return Rule(
        path=paths[question.name],
        indicator=indicator.id,
        version=indicator.version,
        response=cast(_Response, question.type.value),
        level=indicator.level.value,
        theme=indicator.theme.value,
        unit=indicator.unit.value,
        recall=indicator.recall,
        sensitivity=indicator.sensitivity,
        section=section,
        # dk and pna have the same name in the form as the status they become.
        codes=codes,
        exclusive=alone,
        max_select=indicator.max_select,
        minimum=None if codes else 0,
        maximum=None if codes else largest(percent=indicator.unit is Unit.PERCENT),
        asked_if=tuple(unless.asked_if(paths[unless.question]) for unless in question.unless),
        comparability=question.compared.score if question.compared else 1.0,
    )


def _about(questionnaire: Questionnaire, paths: dict[str, str]) -> Iterator[About]:
    for section in questionnaire.thematic:
        for kind in ("basis", "confidence"):
            name = f"evi_{kind}_{section.name}"
            is_said = bool(questionnaire.question(name).list_name)
            codes = _codes(questionnaire, name) if is_said else (questionnaire.kind.basis,)
            yield About(kind, paths[name], codes, section.name, multiple=kind == "basis" and is_said)
    if "src_ref" in paths:
        yield About("source", paths["src_ref"], _codes(questionnaire, "src_ref"))
    if "clo_limits" in paths:
        yield About("limitation", paths["clo_limits"], _codes(questionnaire, "clo_limits"), multiple=True)

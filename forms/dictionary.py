"""The data dictionary of a form: a workbook that says for each variable what it asks, of whom, and what becomes of it.

Written from the same questionnaire and recipe as the form, so that it cannot say something else.
"""

from collections.abc import Iterator, Sequence

from forms.build import BuiltForm
from forms.catalogue import Catalogue, Indicator
from forms.conditions import in_words, labels_of
from forms.questionnaire import Question, Questionnaire, QuestionType, Section
from forms.sheets import Table, write_tables
from forms.xlsform import LANGUAGES
from mappings.schema import Field, fields

_DROPPED = "not kept"
_SCHEMA_TABLES = ("submission", "observation", "counter", "inbox")
_VARIABLE = (
    *("name", "path", "section", "type", "list", "file", "required", "asked_when", "relevance", "constraint"),
    *("indicator", "indicator_version", "level", "theme", "unit", "recall", "sensitivity", "privacy_class"),
    *("standard_field", "hxl", "transform", "comparability", "adapted"),
)
_INDICATOR = (
    *("indicator", "version", "name", "definition", "level", "theme", "tier", "unit", "recall", "methods"),
    *("sensitivity", "min_release_geo", "min_release_period", "pim_category", "preferred_source", "depends_on"),
    *("hxl", "safeguard"),
)
_SCHEMA = ("field", "type", "allowed", "hxl", "privacy_class", "transform", "filled_from")

Row = dict[str, str]


def dictionary(built: BuiltForm, catalogue: Catalogue) -> bytes:
    """A sheet for each thing: form, variables, choices, files, indicators, standard. Same form, same bytes."""
    form = built.questionnaire
    variables = [_variable(question, section, form) for section, question in _questions(form)]
    return write_tables(
        {
            "form": Table(("what", "value"), list(_form(built))),
            "variables": Table((*_VARIABLE, *_columns("label", form), *_columns("hint", form)), variables),
            "choices": Table(_choice_columns(form), _choices(form, catalogue)),
            "files": Table(("file", "entries", "asked_by"), _files(built)),
            "indicators": Table(_INDICATOR, [_indicator(one.indicator) for one in form.questions if one.indicator]),
            "standard": Table(_SCHEMA, list(_standard(variables))),
        }
    )


def _form(built: BuiltForm) -> Iterator[Row]:
    form = built.questionnaire
    facts = {
        "form_id": built.form_id,
        "form_version": built.version,
        "title": built.title,
        "respondent": form.kind.name,
        "method": form.kind.method or "none",
        "survey_id": form.survey_id,
        "country": form.country,
        "catalogue_version": form.catalogue_version,
        "overlay": form.overlay or "none",
        "mapping_version": built.mapping.version,
        "source_kind": built.mapping.source_kind,
        "languages": ", ".join(LANGUAGES[language] for language in form.languages),
        "kept only if": " and ".join(f"{gate.item} = {gate.value}" for gate in form.kind.gates) or "nothing is kept",
        "minutes (estimated)": str(built.minutes),
    }
    yield from ({"what": what, "value": value} for what, value in facts.items())
    for part in built.lengths:
        yield {"what": f"minutes of section {part.section} (estimated)", "value": f"{part.seconds / 60:.1f}"}


def _questions(form: Questionnaire) -> Iterator[tuple[Section | None, Question]]:
    yield from ((None, question) for question in form.head)
    for section in form.sections:
        yield from ((section, question) for question in section.questions)


def _variable(question: Question, section: Section | None, form: Questionnaire) -> Row:
    condition = " and ".join(part for part in (section.relevant if section else "", question.condition) if part)
    standard = _field(question.standard)
    row = {
        "name": question.name,
        "path": form.paths[question.name],
        "section": section.name if section else "",
        "type": question.type.value,
        "list": question.list_name,
        "file": question.file,
        "required": "yes" if question.required else "no",
        "asked_when": in_words(condition, form.languages[0], _itself, labels_of(_labels(form, form.languages[0]))),
        "relevance": condition,
        "constraint": question.constraint,
        "privacy_class": question.privacy,
        "standard_field": question.standard or (_DROPPED if question.type is not QuestionType.NOTE else ""),
        "hxl": standard.hxl if standard else "",
        "transform": standard.transform if standard else "",
    }
    return (
        row
        | _about(question.indicator)
        | _compared(question)
        | _texts("label", question, form)
        | _texts("hint", question, form)
    )


def _about(indicator: Indicator | None) -> Row:
    if indicator is None:
        return {}
    return {
        "indicator": indicator.id,
        "indicator_version": str(indicator.version),
        "level": indicator.level,
        "theme": indicator.theme,
        "unit": indicator.unit,
        "recall": indicator.recall,
        "sensitivity": str(indicator.sensitivity),
        "hxl": indicator.hxl,
    }


def _compared(question: Question) -> Row:
    found = question.compared
    return {"comparability": f"{found.score:.2f}", "adapted": found.why} if found else {}


def _choices(form: Questionnaire, catalogue: Catalogue) -> list[Row]:
    exclusive = dict(form.exclusive)
    rows = []
    for name, answers in form.choices:
        known = {found.name: found for found in catalogue.choice_lists}.get(name)
        maps = {choice.name: ", ".join(choice.maps_to) for choice in known.choices} if known else {}
        for answer in answers:
            labels = {f"label::{LANGUAGES[language]}": answer.label[language] for language in form.languages}
            alone = "yes" if answer.code in exclusive[name] else ""
            row = {"list": name, "code": answer.code, "exclusive": alone, "maps_to": maps.get(answer.code, "")}
            row["counts_as"] = answer.standard if form.overlay else ""
            rows.append(row | labels)
    return rows


def _files(built: BuiltForm) -> list[Row]:
    asked = {question.file: question.name for question in built.questionnaire.questions if question.file}
    return [
        {"file": name, "entries": str(content.count(b"\n") - 1), "asked_by": asked.get(name, "")}
        for name, content in sorted(built.media.items())
    ]


def _indicator(indicator: Indicator) -> Row:
    row = {column: getattr(indicator, column) for column in _INDICATOR if column != "indicator"}
    texts = {name: " ".join(value) if isinstance(value, tuple) else str(value) for name, value in row.items()}
    return {"indicator": indicator.id, **texts}


def _standard(variables: Sequence[Row]) -> Iterator[Row]:
    """The fields of the standard that this form fills; those that the product makes itself are not among them."""
    filled: dict[str, list[str]] = {}
    for row in variables:
        if "." in row["standard_field"]:
            filled.setdefault(row["standard_field"], []).append(row["name"])
    for table in _SCHEMA_TABLES:
        for field in fields(table):
            name = f"{table}.{field.name}"
            if name in filled:
                yield {
                    "field": name,
                    "type": field.type,
                    "allowed": field.allowed,
                    "hxl": field.hxl,
                    "privacy_class": field.privacy_class,
                    "transform": field.transform,
                    "filled_from": " ".join(filled[name]),
                }


def _field(target: str) -> Field | None:
    table, _, name = target.partition(".")
    return next((field for field in fields(table) if field.name == name), None) if name else None


def _labels(form: Questionnaire, language: str) -> dict[str, dict[str, str]]:
    lists = {name: {answer.code: answer.label[language] for answer in answers} for name, answers in form.choices}
    return {question.name: lists[question.list_name] for question in form.questions if question.list_name}


def _itself(name: str) -> str:
    return name


def _choice_columns(form: Questionnaire) -> tuple[str, ...]:
    return ("list", "code", *_columns("label", form), "exclusive", "maps_to", "counts_as")


def _columns(column: str, form: Questionnaire) -> tuple[str, ...]:
    return tuple(f"{column}::{LANGUAGES[language]}" for language in form.languages)


def _texts(column: str, question: Question, form: Questionnaire) -> Row:
    texts = question.label if column == "label" else question.hint
    return {f"{column}::{LANGUAGES[language]}": texts[language] for language in form.languages} if texts else {}

"""A questionnaire as the rows of an XLSForm, and these rows as a workbook and as an XForm."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from forms.catalogue import Texts
from forms.catalogue.packs import Shown
from forms.questionnaire import Question, Questionnaire, QuestionType, Section
from forms.sheets import Table, write_tables

LANGUAGES: Mapping[str, str] = Shown()
"""As phones and servers show them: the own name of the language, and the code that tells the direction."""
REFUSED_TYPES: Mapping[str, str] = {
    **dict.fromkeys(("geopoint", "geotrace", "geoshape", "start-geopoint"), "it tells where somebody is"),
    **dict.fromkeys(("image", "audio", "video", "file", "background-audio"), "it records people"),
    **dict.fromkeys(("barcode", "signature", "draw"), "it can identify a person or a card"),
    **dict.fromkeys(("deviceid", "phonenumber", "simserial", "subscriberid"), "it identifies the phone"),
    **dict.fromkeys(("username", "email"), "it names the enumerator"),
    **dict.fromkeys(("start", "end", "audit"), "it times a person; only the day and whole minutes are kept"),
}
_ALLOWED_TYPES = frozenset(QuestionType) | {"begin_group", "end_group", "select_one_from_file"}
_TRANSLATED = ("label", "hint", "guidance_hint", "required_message", "constraint_message")
_COLUMNS = (
    *("type", "name", "label", "hint", "guidance_hint", "appearance", "required", "required_message", "relevant"),
    *("constraint", "constraint_message", "calculation", "trigger", "choice_filter"),
)
_SETTINGS = ("form_title", "form_id", "version", "default_language", "style", "clean_text_values")

Row = dict[str, str]


class FormError(Exception):
    """A form that must not go to a phone. Names the row, what is wrong and what to do; quotes no answer."""


@dataclass(frozen=True, slots=True)
class Sheets:
    """The three sheets of an XLSForm. An absent key is an empty cell."""

    survey: Table
    choices: Table
    settings: Table

    def workbook(self) -> bytes:
        return write_tables({"survey": self.survey, "choices": self.choices, "settings": self.settings})

    def tables(self) -> dict[str, list[dict[str, str]] | list[dict[str, None]]]:
        """In the shape pyxform takes, headers named: it would guess them from the first rows."""
        found: dict[str, list[dict[str, str]] | list[dict[str, None]]] = {}
        for name, table in (("survey", self.survey), ("choices", self.choices), ("settings", self.settings)):
            found[name] = [dict(row) for row in table.rows]
            found[f"{name}_header"] = [dict.fromkeys(table.header)]
        return found


def sheets(questionnaire: Questionnaire) -> Sheets:
    """Raises FormError for a type that could name, record or locate somebody."""
    survey = list(_survey(questionnaire))
    for number, row in enumerate(survey, start=2):
        check_type(row["type"], number)
    return Sheets(
        survey=Table(_header(_COLUMNS, survey, questionnaire.languages), survey),
        choices=_choices(questionnaire),
        settings=Table(_SETTINGS, [_settings(questionnaire)]),
    )


def check_type(cell: str, number: int) -> None:
    kind = cell.split(" ", 1)[0]
    if kind in REFUSED_TYPES:
        raise FormError(f"survey, row {number}: type '{kind}' is refused: {REFUSED_TYPES[kind]}. Remove the question.")
    if kind not in _ALLOWED_TYPES:
        raise FormError(f"survey, row {number}: type '{kind}' is not one that our forms have. Use another type.")


def _survey(questionnaire: Questionnaire) -> Iterator[Row]:
    languages = questionnaire.languages
    for question in questionnaire.head:
        yield _question(question, languages)
    yield from _provenance(questionnaire)
    for section in questionnaire.sections:
        yield from _section(section, languages)


def _provenance(questionnaire: Questionnaire) -> Iterator[Row]:
    """Hidden lines that come back in every submission: some servers replace form id and version by their own."""
    values = {
        "fv_form": questionnaire.form_id,
        "fv_version": questionnaire.version,
        "fv_catalogue": questionnaire.catalogue_version,
        **({"fv_overlay": questionnaire.overlay} if questionnaire.overlay else {}),
    }
    for name, value in values.items():
        yield {"type": "calculate", "name": name, "calculation": f"'{value}'"}


def _section(section: Section, languages: Sequence[str]) -> Iterator[Row]:
    is_screen = len(section.screens) == 1
    title = {"type": "begin_group", "name": section.name, "appearance": "field-list" if is_screen else ""}
    yield _filled(title | {"relevant": section.relevant} | _texts("label", section.title, languages))
    for screen in section.screens:
        if not is_screen:
            yield {"type": "begin_group", "name": screen.name, "appearance": "field-list"}
        for question in screen.questions:
            yield _question(question, languages)
        if not is_screen:
            yield {"type": "end_group", "name": screen.name}
    yield {"type": "end_group", "name": section.name}


def _question(question: Question, languages: Sequence[str]) -> Row:
    guidance = {language: _guidance(question, language) for language in languages}
    return _filled(
        {
            "type": _type(question),
            "name": question.name,
            "appearance": question.appearance,
            "required": "yes" if question.required else "",
            "relevant": question.condition,
            "constraint": question.constraint,
            "calculation": question.calculation,
            "trigger": question.trigger,
            "choice_filter": question.choice_filter,
            **_texts("label", question.label, languages),
            **_texts("hint", question.hint, languages),
            **_texts("guidance_hint", guidance, languages),
            **_texts("required_message", question.required_message, languages),
            **_texts("constraint_message", question.constraint_message, languages),
        }
    )


def _guidance(question: Question, language: str) -> str:
    """Definitions are kept in English only; another language says so."""
    return question.guidance if language == "en" or not question.guidance else f"[English] {question.guidance}"


def _type(question: Question) -> str:
    if question.file:
        return f"select_one_from_file {question.file}"
    return f"{question.type} {question.list_name}" if question.type.is_select else str(question.type)


def _choices(questionnaire: Questionnaire) -> Table:
    rows = [
        {"list_name": name, "name": answer.code, **_texts("label", answer.label, questionnaire.languages)}
        for name, answers in questionnaire.choices
        for answer in answers
    ]
    return Table(_header(("list_name", "name", "label"), rows, questionnaire.languages), rows)


def _settings(questionnaire: Questionnaire) -> Row:
    return {
        "form_title": questionnaire.title,
        "form_id": questionnaire.form_id,
        "version": questionnaire.version,
        "default_language": LANGUAGES[questionnaire.languages[0]],
        "style": "pages",
        # Else pyxform makes straight quotes of typographic ones.
        "clean_text_values": "no",
    }


def _texts(column: str, texts: Texts | Mapping[str, str] | None, languages: Sequence[str]) -> Row:
    return {f"{column}::{LANGUAGES[language]}": texts[language] for language in languages} if texts else {}


def _header(columns: Sequence[str], rows: Sequence[Row], languages: Sequence[str]) -> tuple[str, ...]:
    """Only columns that are used; a translated one stands there in every language."""
    used = {column for row in rows for column in row}
    found: list[str] = []
    for column in columns:
        names = [f"{column}::{LANGUAGES[language]}" for language in languages] if column in _TRANSLATED else [column]
        found += [name for name in names if name in used]
    return tuple(found)


def _filled(row: Row) -> Row:
    return {column: text for column, text in row.items() if text}

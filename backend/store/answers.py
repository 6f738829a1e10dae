"""The answer dictionary: every code, status and number that a form version can give has one integer."""

from collections.abc import Iterable

from sqlalchemy import insert, select
from sqlalchemy.orm import Session

from backend.store.tables import answer, asked, offered
from mappings.language import FormMapping, Rule, answers
from mappings.model import AnswerKey

_KEY_COLUMNS = [answer.c[name] for name in AnswerKey._fields]


def answer_ids(session: Session) -> dict[AnswerKey, int]:
    """The whole dictionary; a few thousand entries, read once for each pull."""
    rows = session.execute(select(answer.c.id, *_KEY_COLUMNS))
    return {AnswerKey(*row[1:]): row[0] for row in rows}


def register_answers(session: Session, needed: Iterable[AnswerKey]) -> dict[AnswerKey, int]:
    """Adds what is missing and returns the whole dictionary. Ids are never reused or changed."""
    known = answer_ids(session)
    missing = [key._asdict() for key in needed if key not in known]
    if not missing:
        return known
    session.execute(insert(answer), missing)
    return answer_ids(session)


def register_form_version(session: Session, mapping: FormMapping) -> None:
    """Notes what the form version asks and which codes it offers: the long view reads denominators from here.

    A form that keeps only counters asks nothing of the kind.
    """
    ids = register_answers(session, dict.fromkeys(answers(mapping)))
    rules = {rule.indicator: rule for rule in reversed(mapping.rules)}
    place: dict[str, str | int | float] = {"form_id": mapping.form_id, "form_version": mapping.form_version}
    if rules:
        session.execute(insert(asked), [place | _asked(rule) for rule in rules.values()])
    choices = sorted({ids[key] for key in answers(mapping) if key.kind == "choice"})
    if choices:
        session.execute(insert(offered), [place | {"answer_id": number} for number in choices])


def _asked(rule: Rule) -> dict[str, str | int | float]:
    return {
        "indicator_id": rule.indicator,
        "indicator_version": rule.version,
        "section": rule.section,
        "level": rule.level,
        "theme": rule.theme,
        "unit": rule.unit,
        "recall": rule.recall,
        "sensitivity": rule.sensitivity,
        "comparability": rule.comparability,
    }

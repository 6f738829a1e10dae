"""Builds a brief from its source: first every field, then every rule, then all that is wrong at once."""

import re
from dataclasses import dataclass

from forms.brief.model import (
    Brief,
    BriefError,
    Chosen,
    DataSource,
    Enumerator,
    Finding,
    Organisation,
    Principle,
    Purpose,
    Survey,
)
from forms.brief.reader import CODE, Reader
from forms.brief.rules import check
from forms.brief.selection import TIERS, of_tier, with_what_they_need
from forms.brief.source import read_source
from forms.catalogue import Catalogue
from forms.catalogue import load as load_catalogue
from forms.kinds import KINDS
from forms.sentences import say

FORM_ID = r"[a-z][a-z0-9_]{2,39}"
_ORGANISATION = re.compile(r"(?=.{1,30}$)[A-Za-z0-9]+(-[A-Za-z0-9]+)*")
_AREA = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.-]{0,39}")


@dataclass(frozen=True, slots=True)
class Judged:
    """A brief as far as it could be read, with every fault. With faults it is good for looking at and nothing else."""

    brief: Brief
    findings: tuple[Finding, ...]


def load_brief(data: bytes, filename: str, catalogue: Catalogue | None = None) -> Brief:
    """Reads YAML or XLSX. Raises BriefError with every fault; what it returns keeps all rules of the catalogue."""
    judged = judge_brief(data, filename, catalogue)
    if judged.findings:
        raise BriefError(judged.findings)
    return judged.brief


def judge_brief(data: bytes, filename: str, catalogue: Catalogue | None = None) -> Judged:
    """As `load_brief`, for a brief that is still being made: fields that could not be read are empty in it.

    Raises BriefError only for what is no brief at all.
    """
    catalogue = catalogue or load_catalogue()
    source = read_source(data, filename)
    reader = Reader(source)
    brief = _brief(reader, catalogue, filename)
    reader.close()
    return Judged(brief, tuple(dict.fromkeys([*source.findings, *check(brief, catalogue, reader.place)])))


def _brief(reader: Reader, catalogue: Catalogue, filename: str) -> Brief:
    organisations = _organisations(reader)
    respondent = reader.word("respondent", [kind.name for kind in catalogue.forms])
    return Brief(
        form_id=reader.matching("form_id", FORM_ID, "cte_site_ki (small letters, digits, _)"),
        title=reader.text("title", 80),
        respondent=respondent,
        languages=reader.several("languages", catalogue.languages),
        survey=_survey(reader),
        purpose=_purpose(reader, catalogue),
        indicators=with_what_they_need(_indicators(reader, catalogue, respondent), catalogue),
        organisations=organisations,
        enumerators=_enumerators(reader),
        areas=_codes(reader, "areas", "pcode"),
        sites=_codes(reader, "sites", "code"),
        sources=_sources(reader),
        file=filename,
    )


def _survey(reader: Reader) -> Survey:
    return Survey(
        id=reader.matching("survey.id", r"CTE-S-[A-Z]{3}-[0-9]{4}-[0-9]{2}", "CTE-S-XDV-2026-01"),
        round=reader.number("survey.round", 1, 999),
        country=reader.matching("survey.country", r"[A-Z]{3}", "three capitals (ISO 3166-1 alpha-3)"),
        operation=reader.text("survey.operation", 80, required=False),
        period_start=reader.day("survey.period_start"),
        period_end=reader.day("survey.period_end"),
        organisation=reader.matching("survey.organisation", _ORGANISATION.pattern, "a code, such as ORG-A"),
    )


def _purpose(reader: Reader, catalogue: Catalogue) -> Purpose:
    def words(name: str) -> tuple[str, ...]:
        return catalogue.choice_list(name).names

    return Purpose(
        codes=reader.several("purpose.codes", words("purpose_code"), Principle.PURPOSE),
        decision=reader.text("purpose.decision", 500),
        owner_role=reader.role("purpose.owner_role"),
        author_role=reader.role("purpose.author_role"),
        approver_role=reader.role("purpose.approver_role"),
        existing_data_checked=reader.yes(
            "purpose.existing_data_checked",
            say("existing data were not checked for each indicator, area and period"),
            say("Look at what is already held, then write yes"),
            Principle.EXISTING_FIRST,
        ),
        gap_reason=reader.text("purpose.gap_reason", 500),
        risk_assessed=reader.yes(
            "purpose.risk_assessed",
            say("risks and benefits were not assessed with protection staff"),
            say("Assess them first, then write yes"),
            Principle.DO_NO_HARM,
        ),
        residual_risk=reader.word("purpose.residual_risk", words("risk_level"), Principle.RISK),
        referral_verified_on=reader.day(
            "purpose.referral_verified_on",
            Principle.DO_NO_HARM,
            say(": nobody is asked in the field without a referral pathway that works"),
        ),
        isp_ref=reader.text("purpose.isp_ref", 200),
        sharing_level=reader.word("purpose.sharing_level", words("sharing_level"), Principle.COORDINATION),
        raw_retention_days=reader.number("purpose.raw_retention_days", 0, 30, Principle.DATA_PROTECTION),
        sampling=reader.word("purpose.sampling", words("sampling"), Principle.PURPOSE),
        population=reader.text("purpose.population", 500),
        limitations=reader.several("purpose.limitations", words("limitation"), Principle.PURPOSE),
        funding_focus=reader.text("purpose.funding_focus", 200, required=False),
    )


def _indicators(reader: Reader, catalogue: Catalogue, respondent: str) -> tuple[Chosen, ...]:
    """A tier stands for its indicators, alone or beside single ones; one that is named too keeps its own reason."""
    word, rows = reader.word_or_rows("indicators", TIERS)
    kind = KINDS.get(respondent)
    if rows is None:
        return tuple(Chosen(name) for name in of_tier(word or "core", kind, catalogue)) if kind else ()
    chosen: list[Chosen] = []
    tiers: list[str] = []
    for row in rows:
        name, reason = row.get("indicator"), row.get("gap_reason")
        text = reader.words(reason, "gap_reason", 500) if reason else ""
        if name and name.text in TIERS:
            tiers += of_tier(name.text, kind, catalogue) if kind else ()
        elif name and name.text:
            chosen.append(Chosen(name.text, text))
        else:
            place = reason.place if reason else reader.place("indicators")
            reader.fault(
                place, say("an entry of indicators has no indicator"), say("Give its code, such as CTE-COM-001")
            )
    named = {one.indicator for one in chosen}
    return (*(Chosen(name) for name in dict.fromkeys(tiers) if name not in named), *chosen)


def _sources(reader: Reader) -> tuple[DataSource, ...]:
    found = []
    for row in reader.rows("sources", "none") or []:
        code = reader.coded(row, "sources", "code", _ORGANISATION.fullmatch)
        citation = reader.words(row["citation"], "citation", 200) if "citation" in row else ""
        found.append(DataSource(code, citation or code))
    return tuple(found)


def _organisations(reader: Reader) -> tuple[Organisation, ...]:
    found = []
    for row in reader.entries("organisations"):
        code = reader.coded(row, "organisations", "code", _ORGANISATION.fullmatch)
        name = reader.words(row["name"], "name", 80) if "name" in row else ""
        found.append(Organisation(code, name or code))
    return tuple(found)


def _enumerators(reader: Reader) -> tuple[Enumerator, ...]:
    return tuple(
        Enumerator(
            *(reader.coded(row, "enumerators", column, CODE.fullmatch) for column in ("code", "team", "supervisor"))
        )
        for row in reader.entries("enumerators")
    )


def _codes(reader: Reader, table: str, column: str) -> tuple[str, ...] | None:
    rows = reader.rows(table, "all")
    if rows is None:
        return None
    if not rows:
        reader.fault(
            reader.place(table),
            say("%(table)s is an empty list", table=table),
            say("Name at least one, or write 'all'"),
        )
    return tuple(code for row in rows if (code := reader.coded(row, table, column, _AREA.fullmatch)))

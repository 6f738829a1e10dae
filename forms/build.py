"""From a brief to a form that can go to phones: XLSX, XForm, media, recipe, and what the officer has to know."""

import hashlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import date

import msgspec

from forms.brief import Brief
from forms.brief.selection import left_out, tier_asked
from forms.catalogue import Catalogue
from forms.checks import Gate, Report, Workbook, check_form, convert_and_check, workbook_of
from forms.comparability import Compared
from forms.minutes import AT_MOST, Length, lengths
from forms.practice import practice_brief, practice_questionnaire
from forms.questionnaire import Questionnaire
from forms.questionnaire.assemble import assemble
from forms.recipe import recipe
from forms.sentences import Sentence, say
from forms.translation.gaps import check_complete, in_english
from forms.xlsform import LANGUAGES, FormError, Sheets, sheets
from mappings.areas import AreaRegistry
from mappings.language import FormMapping

_HASH_DIGITS = 10


@dataclass(frozen=True, slots=True, kw_only=True)
class BuiltForm:
    """Everything that belongs to one form version. The same brief, overlay, catalogue and areas give the same bytes."""

    form_id: str
    version: str
    title: str
    xlsx: bytes = field(repr=False)
    xform: bytes = field(repr=False)
    media: Mapping[str, bytes] = field(repr=False)
    mapping: FormMapping = field(repr=False)
    minutes: int
    """Estimated length of the conversation; the consent text says it."""
    lengths: tuple[Length, ...]
    """The same, section by section."""
    sections: tuple[str, ...]
    """The names of the thematic sections."""
    notes: tuple[str, ...]
    """What the officer should know before the form goes out."""
    sha256: str
    """Of the XForm, which is what phones download."""
    brief: Brief = field(repr=False)
    questionnaire: Questionnaire = field(repr=False)
    """What sheets, recipe, paper form and data dictionary are written from."""
    practice: bool = False

    @property
    def compared(self) -> tuple[Compared, ...]:
        """The indicators that are not asked just as in the standard, least comparable first."""
        differing = (one for one in self.questionnaire.compared if one.is_local or one.adaptations)
        return tuple(sorted(differing, key=lambda one: (one.score, one.indicator)))

    def survey_record(self) -> dict[str, str | int | bool | date | list[str] | None]:
        """The row of table `survey` of the standard schema."""
        survey, purpose = self.brief.survey, self.brief.purpose
        return {
            "survey_id": survey.id,
            "round": survey.round,
            "country_iso3": survey.country,
            "operation": survey.operation or None,
            "period_start": survey.period_start,
            "period_end": survey.period_end,
            "org_code": survey.organisation,
            "catalogue_version": self.mapping.catalogue_version,
            "form_id": self.form_id,
            "form_version": self.version,
            "form_sha256": self.sha256,
            "purpose_code": list(purpose.codes),
            "purpose_text": purpose.decision,
            "decision_owner_role": purpose.owner_role,
            "existing_data_checked": purpose.existing_data_checked,
            "gap_justification": self.brief.gap_justification,
            "risk_assessed": purpose.risk_assessed,
            "residual_risk": purpose.residual_risk,
            "approver_role": purpose.approver_role,
            "referral_verified_on": purpose.referral_verified_on,
            "isp_ref": purpose.isp_ref,
            "sharing_level": purpose.sharing_level,
            "raw_retention_days": purpose.raw_retention_days,
            "sampling": purpose.sampling,
            "representativeness": purpose.population,
            "limitations": list(purpose.limitations),
            "funding_focus": purpose.funding_focus or None,
            "language": list(self.brief.languages),
        }


def build(
    brief: Brief, catalogue: Catalogue, registry: AreaRegistry, *, practice: bool = False, pace: float = 1.0
) -> BuiltForm:
    """Raises BriefError for areas that do not exist, and FormError for a form in which the checks find anything.

    `pace` corrects the minutes by what was measured (`forms.minutes.pace`).
    """
    brief = practice_brief(brief) if practice else brief
    assembled = assemble(brief, catalogue, registry, pace=pace)
    asked = practice_questionnaire(assembled.questionnaire) if practice else assembled.questionnaire
    media = dict(assembled.files)
    check_complete(asked, media)
    questionnaire = replace(asked, version=_version(asked, media))
    rows = sheets(questionnaire)
    xform = convert(rows, media, catalogue, file=f"{questionnaire.form_id}.xlsx")
    return BuiltForm(
        form_id=questionnaire.form_id,
        version=questionnaire.version,
        title=questionnaire.title,
        xlsx=rows.workbook(),
        xform=xform,
        media=media,
        mapping=recipe(questionnaire),
        minutes=questionnaire.minutes,
        lengths=lengths(questionnaire, pace),
        sections=tuple(section.name for section in questionnaire.thematic),
        notes=(*_notes(brief, catalogue, questionnaire), *in_english(questionnaire, media)),
        sha256=hashlib.sha256(xform).hexdigest(),
        brief=brief,
        questionnaire=questionnaire,
        practice=practice,
    )


def check_built(built: BuiltForm, catalogue: Catalogue, *, gate: Gate | None = None) -> Report:
    """The whole report about a form, with what is only good to know; with a gate the engine fills it too."""
    rows = sheets(built.questionnaire)
    return check_form(_tables(rows, built.media, f"{built.form_id}.xlsx"), gate=gate, catalogue=catalogue)


def _tables(rows: Sheets, media: Mapping[str, bytes], file: str) -> Workbook:
    return workbook_of(file, {"survey": rows.survey, "choices": rows.choices, "settings": rows.settings}, media)


def convert(rows: Sheets, media: Mapping[str, bytes], catalogue: Catalogue, *, file: str = "the form") -> bytes:
    """The XForm. A warning is an error here: on a phone it would be an empty label or a rule that does nothing."""
    checked = convert_and_check(_tables(rows, media, file), catalogue=catalogue)
    complaints = [*checked.report.errors, *checked.report.warnings]
    if complaints or not checked.xform:
        head = f"{file} does not pass its checks; correct the catalogue entry that the row was made from:"
        raise FormError("\n".join([head, *map(str, complaints)]))
    return checked.xform


def _version(questionnaire: Questionnaire, media: Mapping[str, bytes]) -> str:
    """Another content is another version: sheets, files beside the form, and the recipe that reads the answers."""
    rows = sheets(questionnaire)
    digest = hashlib.sha256()
    for table in (rows.survey, rows.choices, rows.settings):
        digest.update(msgspec.json.encode([list(table.header), list(table.rows)]))
    for name, content in sorted(media.items()):
        digest.update(name.encode() + b"\0" + content)
    digest.update(msgspec.json.encode(recipe(questionnaire)))
    return f"{questionnaire.catalogue_version}-{digest.hexdigest()[:_HASH_DIGITS]}"


def _notes(brief: Brief, catalogue: Catalogue, questionnaire: Questionnaire) -> Iterator[str]:
    if questionnaire.minutes > AT_MOST:
        yield say(
            "%(what)s takes about %(minutes)s minutes (estimated); above %(most)s people tire."
            " Leave out the indicators that no decision needs.",
            what=say("The conversation") if questionnaire.kind.asks_people else say("The form"),
            minutes=questionnaire.minutes,
            most=AT_MOST,
        )
    yield from _adaptations(catalogue, questionnaire)
    for chosen in brief.indicators:
        if chosen.pulled_by:
            yield say(
                "%(indicator)s is asked too, since %(pulled_by)s depends on it.",
                indicator=chosen.indicator,
                pulled_by=chosen.pulled_by,
            )
    unreviewed = [LANGUAGES[code] for code in brief.languages if code in catalogue.unreviewed_languages]
    if unreviewed:
        yield say(
            "Texts not reviewed by a native speaker: %(languages)s. Have them read by one before they go to the field.",
            languages=", ".join(unreviewed),
        )
    yield say(
        "The length of %(minutes)s minutes is an estimate; compare it with the minutes that come back.",
        minutes=questionnaire.minutes,
    )
    asked = {chosen.indicator for chosen in brief.indicators}
    # Who picked single indicators by hand did not mean to ask a whole tier.
    tier = tier_asked(questionnaire.kind, catalogue, asked)
    missing = left_out(questionnaire.kind, catalogue, asked, tier) if tier else ()
    if missing:
        yield say(
            "Up to tier %(tier)s, not asked without a written reason why existing data are not enough: %(missing)s."
            " Where you have such a reason, name the indicator in the brief with its gap_reason.",
            tier=tier,
            missing=", ".join(missing),
        )


def _adaptations(catalogue: Catalogue, questionnaire: Questionnaire) -> Iterator[str]:
    if questionnaire.overlay:
        adapted = sum(bool(one.adaptations) for one in questionnaire.compared)
        local = sum(one.is_local for one in questionnaire.compared)
        asked, less = len(questionnaire.compared), (one for one in questionnaire.compared if one.score < 1)
        yield say(
            "Overlay %(overlay)s: of %(asked)s indicators %(adapted)s are adapted and %(local)s local;"
            " comparability goes from 1 (as in the standard) down to 0.",
            overlay=questionnaire.overlay,
            asked=asked,
            adapted=adapted,
            local=local,
        )
        yield from (_comparability(one) for one in less if one.adaptations)
        yield from catalogue.local.notes


def _comparability(one: Compared) -> Sentence:
    score = f"{one.score:.2f}"
    return say("%(indicator)s: comparability %(score)s: %(why)s.", indicator=one.indicator, score=score, why=one.why)

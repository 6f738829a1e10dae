"""The kinds of respondent a form can be made for, and the gate of each: what must be true before an answer is kept.

A new kind is a new entry here; questionnaire, brief rules and recipe read everything about a kind from it.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Literal

Otherwise = Literal["refused", "not_understood", "stopped_safety"]
ANY = "*"
"""As the value of a gate: any answer, as long as there is one."""


class Voice(StrEnum):
    """Who or what is spoken of; words.yaml has other words for an item where a voice needs them (`group.con_given`)."""

    PERSON = "person"
    GROUP = "group"
    PLACE = "place"
    RECORDS = "records"
    INCIDENT = "incident"


@dataclass(frozen=True, slots=True)
class Gate:
    """The module item that must be answered `value`; else nothing is kept and the submission counts as `otherwise`."""

    item: str
    value: str
    otherwise: Otherwise

    @property
    def open(self) -> str:
        return f"${{{self.item}}} != ''" if self.value == ANY else f"${{{self.item}}}='{self.value}'"


@dataclass(frozen=True, slots=True, kw_only=True)
class Kind:
    """`method` is the same for every interview of the kind, so that no enumerator has to say it.

    The tuples name module items, part by part, in the order in which they are asked. `basis` is the evidence that holds
    for every answer of the kind, so that nobody is asked for it; '' where it is asked.
    """

    name: str
    method: str
    voice: Voice
    gates: tuple[Gate, ...] = ()
    who: tuple[str, ...]
    safety: tuple[str, ...] = ()
    statements: tuple[str, ...] = ()
    source: tuple[str, ...] = ()
    consent: tuple[str, ...] = ()
    context: tuple[str, ...] = ()
    goodbye: tuple[str, ...] = ()
    disclosure: tuple[str, ...] = ()
    after: tuple[str, ...] = ("clo_limits",)
    basis: str = ""
    in_field: bool = False
    """Goes to a place where people live; others may speak of a whole region."""

    @property
    def asks_people(self) -> bool:
        """Somebody answers who can agree, refuse, be distressed or be a recruiter."""
        return bool(self.consent)

    @property
    def names_source(self) -> bool:
        """The answers stand in existing data: secondary, and of a source that the brief names. Only such a form may
        hold what the catalogue says is never asked: it is read, and nobody is asked."""
        return bool(self.source)

    @property
    def keeps_answers(self) -> bool:
        return bool(self.method)

    @property
    def open(self) -> str:
        """What must hold before anything about the community is asked. Consent itself is asked only where all else
        holds."""
        if not self.gates:
            return ""
        return self.gates[-1].open if self.asks_people else " and ".join(gate.open for gate in self.gates)


_WHO = ("ctx_enum", "ctx_org", "ctx_adm1", "ctx_adm2")
_SAFETY = ("saf_trained", "saf_card", "saf_private", "saf_adult", "saf_role")
_CONSENT = ("con_script", "con_understood", "con_given", "con_end")
_INFORMANT = ("ctx_ki_group", "ctx_ki_sex")
_SITE = ("ctx_adm3", "ctx_site")
_CODE = ("clo_code", "clo_code_note")
_DISCLOSURE = ("dis_guide", "dis_action")
_WITH_PEOPLE = ("clo_limits", "clo_distress")


def _stops(*items: str) -> tuple[Gate, ...]:
    return tuple(Gate(item, "yes", "stopped_safety") for item in items)


def _people(name: str, method: str, voice: Voice, place: tuple[str, ...], *, in_field: bool) -> Kind:
    """Kinds in which somebody is asked: all five conditions of safety, understanding, consent."""
    return Kind(
        name=name,
        method=method,
        voice=voice,
        gates=(
            *_stops(*_SAFETY),
            Gate("con_understood", "yes", "not_understood"),
            Gate("con_given", "yes", "refused"),
        ),
        who=_WHO,
        safety=(*_SAFETY, "saf_stop"),
        consent=_CONSENT,
        context=(*place, *_INFORMANT),
        goodbye=_CODE,
        disclosure=_DISCLOSURE,
        after=_WITH_PEOPLE,
        in_field=in_field,
    )


_ALL = (
    _people("site_ki", "ki", Voice.PERSON, _SITE, in_field=True),
    _people("group", "fgd", Voice.GROUP, _SITE, in_field=True),
    Kind(
        name="site_observation",
        method="observation",
        voice=Voice.PLACE,
        gates=_stops("saf_trained", "saf_card", "saf_private"),
        who=_WHO,
        safety=("saf_trained", "saf_card", "saf_private", "saf_stop"),
        context=_SITE,
        disclosure=_DISCLOSURE,
        basis="observed",
        in_field=True,
    ),
    _people("expert", "expert", Voice.PERSON, (), in_field=False),
    Kind(
        name="provider_monthly",
        method="provider_agg",
        voice=Voice.RECORDS,
        gates=(Gate("prv_consent", "yes", "refused"), Gate("prv_totals", "yes", "refused")),
        who=_WHO,
        statements=("prv_consent", "prv_totals", "prv_stop"),
        source=("src_ref",),
        basis="service_data",
    ),
    Kind(
        name="desk_structural",
        method="desk",
        voice=Voice.RECORDS,
        gates=(Gate("src_ref", ANY, "refused"),),
        who=_WHO,
        source=("src_ref",),
    ),
    Kind(
        name="cte_safety",
        method="",
        voice=Voice.INCIDENT,
        who=("inc_intro", "ctx_enum", "ctx_org", "ctx_adm1"),
        disclosure=_DISCLOSURE,
        after=(),
    ),
)
KINDS: Mapping[str, Kind] = {kind.name: kind for kind in _ALL}
"""Every kind that the catalogue names."""

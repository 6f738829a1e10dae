"""Apply's own look at the head of a clean submission: it must hold what strip writes there, whoever called apply."""

import re
from operator import itemgetter

from mappings.language import Coded, FormMapping, single_rules
from mappings.model import CleanSubmission, Clock
from mappings.places import Places

# Matched against str(value): None is a word here.
_KEY_OR_NONE = re.compile(r"[0-9a-f]{32}|None")
_KEYS = re.compile(r"[0-9a-f]{32} [0-9a-f]{32} ([0-9a-f]{32}|None)")
_PERIOD = re.compile(r"[0-9]{4}-(0[1-9]|1[0-2])")
_LONGEST_INTERVIEW = 600
# The fields of a clean submission that each half of the domains speaks of, in the same order.
_PLACE = itemgetter(5, 6, 7, 8, 15)
_INTERVIEW = itemgetter(4, 9, 10, 11, 12, 14)
_NOT_STRIPPED = "Field {} was not written by strip; nothing of this submission is stored"
_MEMORY = 20_000
UNKNOWN = "unknown"

_Domains = dict[str, frozenset[str | None] | re.Pattern[str]]


class NotStrippedError(Exception):
    """A field of a clean submission holds something outside its closed domain. Names the field, never the value."""


class HeadGuard:
    """Compiled for one form version. Raises NotStrippedError; returns nothing when all fields fit."""

    def __init__(self, mapping: FormMapping, places: Places) -> None:
        interview = mapping.interview
        self._answers = len(single_rules(mapping))
        self._places: _Domains = {
            "adm1_pcode": frozenset(places.adm1),
            "adm2_pcode": frozenset((None, *places.adm2)),
            "adm3_pcode": frozenset((None, *places.adm3)),
            "site_key": _KEY_OR_NONE,
            "site_type": frozenset((None, *(kind for kind, _ in places.sites.values()))),
        }
        self._interview: _Domains = {
            "org_code": _domain(interview.organisation, mapping.fixed_organisation, UNKNOWN),
            "period": _PERIOD,
            "method": _domain(interview.method, mapping.fixed_method, UNKNOWN),
            "source_group": _domain(interview.source_group, None),
            "source_sex": _domain(interview.source_sex, None),
            "clock": frozenset(Clock),
        }
        # Combinations that were found good, in two halves that are few each; they hold what fits these domains only.
        self._seen: set[tuple[str | None, ...]] = set()

    def __call__(self, clean: CleanSubmission) -> None:
        keys = f"{clean.submission_key} {clean.collector_key} {clean.withdrawal_key}"
        if _KEYS.fullmatch(keys) is None:
            raise NotStrippedError(_NOT_STRIPPED.format("submission_key, collector_key or withdrawal_key"))
        if clean.minutes is not None and not 0 <= clean.minutes <= _LONGEST_INTERVIEW:
            raise NotStrippedError(_NOT_STRIPPED.format("minutes"))
        if len(clean.answers) != self._answers:
            raise NotStrippedError(_NOT_STRIPPED.format("answers"))
        place = _PLACE(clean)
        if place not in self._seen:
            self._remember(self._places, place)
        interview = _INTERVIEW(clean)
        if interview not in self._seen:
            self._remember(self._interview, interview)

    def _remember(self, domains: _Domains, values: tuple[str | None, ...]) -> None:
        for (name, domain), value in zip(domains.items(), values, strict=True):
            if not _is_in(value, domain):
                raise NotStrippedError(_NOT_STRIPPED.format(name))
        if len(self._seen) > _MEMORY:
            self._seen.clear()
        self._seen.add(values)


def _is_in(value: str | None, domain: frozenset[str | None] | re.Pattern[str]) -> bool:
    return value in domain if isinstance(domain, frozenset) else domain.fullmatch(str(value)) is not None


def _domain(coded: Coded | None, *more: str | None) -> frozenset[str | None]:
    return frozenset((*(coded.codes if coded else ()), *more))

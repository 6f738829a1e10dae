"""Apply's own look at the head of a clean submission: it must hold what strip writes there, whoever called apply."""

import re

from mappings.language import Coded, FormMapping
from mappings.model import CleanSubmission, Clock
from mappings.places import Places

_KEY = re.compile(r"[0-9a-f]{32}")
_PERIOD = re.compile(r"[0-9]{4}-(0[1-9]|1[0-2])")
_LONGEST_INTERVIEW = 600
_MEMORY = 20_000
UNKNOWN = "unknown"


class NotStrippedError(Exception):
    """A field of a clean submission holds something outside its closed domain. Names the field, never the value."""


class HeadGuard:
    """Compiled for one form version. Raises NotStrippedError; returns nothing when all fields fit."""

    def __init__(self, mapping: FormMapping, places: Places) -> None:
        interview = mapping.interview
        self._version = mapping.form_version
        self._domains: dict[str, frozenset[str | None]] = {
            "org_code": _domain(interview.organisation, mapping.fixed_organisation, UNKNOWN),
            "adm1_pcode": frozenset(places.adm1),
            "adm2_pcode": frozenset((None, *places.adm2)),
            "adm3_pcode": frozenset((None, *places.adm3)),
            "site_type": frozenset((None, *(kind for kind, _ in places.sites.values()))),
            "method": _domain(interview.method, mapping.fixed_method, UNKNOWN),
            "source_group": _domain(interview.source_group, None),
            "source_sex": _domain(interview.source_sex, None),
            "clock": frozenset(Clock),
        }
        self._seen: set[tuple[str | None, ...]] = set()

    def __call__(self, clean: CleanSubmission) -> None:
        for name, key in (("submission_key", clean.submission_key), ("collector_key", clean.collector_key)):
            _check(name, _KEY.fullmatch(key) is not None)
        for name, key in (("withdrawal_key", clean.withdrawal_key), ("site_key", clean.site_key)):
            _check(name, key is None or _KEY.fullmatch(key) is not None)
        _check("minutes", clean.minutes is None or 0 <= clean.minutes <= _LONGEST_INTERVIEW)
        head = (
            clean.org_code,
            clean.adm1_pcode,
            clean.adm2_pcode,
            clean.adm3_pcode,
            clean.site_type,
            clean.method,
            clean.source_group,
            clean.source_sex,
            clean.clock,
        )
        if (clean.period, *head) in self._seen:
            return
        _check("period", _PERIOD.fullmatch(clean.period) is not None)
        for (name, domain), value in zip(self._domains.items(), head, strict=True):
            _check(name, value in domain)
        if len(self._seen) < _MEMORY:
            self._seen.add((clean.period, *head))


def _check(name: str, fits: bool) -> None:
    if not fits:
        raise NotStrippedError(f"Field {name} was not written by strip; nothing of this submission is stored")


def _domain(coded: Coded | None, *more: str | None) -> frozenset[str | None]:
    return frozenset((*(coded.codes if coded else ()), *more))

"""One form of each kind of respondent, built once for all tests of a process."""

from dataclasses import replace
from datetime import date
from functools import cache

from brief_tables import loaded, of_kind

from forms.build import BuiltForm, build
from forms.catalogue import load
from forms.kinds import KINDS
from mappings.areas.demo import load as dorvania

EVERY_KIND = tuple(KINDS)
SAFE = {f"saf_{name}": "yes" for name in ("trained", "card", "private", "adult", "role")}
OPEN = {**SAFE, "con_understood": "yes", "con_given": "yes", "prv_consent": "yes", "prv_totals": "yes"}
"""Opens every gate of every kind; what a form does not ask is ignored."""


@cache
def form_of(kind: str, tier: str = "") -> BuiltForm:
    """With everything that the kind may be asked without a reason; for providers the ten that are allowed."""
    wanted = tier or ("core" if kind == "provider_monthly" else "extended")
    return build(loaded(of_kind(kind, indicators=wanted)), load(), dorvania())


def fresh_form_of(kind: str, verified: date, tier: str = "core") -> BuiltForm:
    """As it may be deployed: the referral pathway was verified on that day."""
    brief = loaded(of_kind(kind, indicators=tier))
    purpose = replace(brief.purpose, referral_verified_on=verified)
    return build(replace(brief, purpose=purpose), load(), dorvania())

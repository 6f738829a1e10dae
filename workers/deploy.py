"""Puts a built form on the letterbox: survey record, version, files, legend and keys, in one transaction."""

from dataclasses import dataclass
from datetime import date

from sqlalchemy.orm import Session

from backend.keys import field_key
from backend.notes import seal_enumerator
from backend.store import areas, forms
from backend.store.audit import Audit
from backend.store.engine import transaction
from backend.store.forms import LegendEntry, NewVersion
from forms.brief import as_yaml
from forms.build import BuiltForm
from mappings.privacy.pseudonym import Keys, collector_key
from workers.context import Context
from workers.letter_keys import keep
from workers.pseudonym_keys import create_keys

PRACTICE_SUFFIX = "_practice"


class DeployError(Exception):
    """A form that may not go to phones. The message says what is missing and what to do."""


@dataclass(frozen=True, slots=True)
class Deployed:
    """`changed` is False when phones had this very version already."""

    form_id: str
    version: str
    changed: bool


def deploy(context: Context, built: BuiltForm, *, today: date, actor: str) -> Deployed:
    """Gives phones this version. Deploying the same version again changes nothing."""
    _check(built, today)
    keep(context, today)
    survey = built.survey_record()
    keys = create_keys(context.settings, survey_id=str(survey["survey_id"]), country=str(survey["country_iso3"]))
    with transaction(context.engine) as session:
        head = forms.form_head(session, built.form_id)
        audit = Audit(actor, "form.deployed", built.form_id, {"version": built.version})
        if forms.is_registered(session, built.form_id, built.version):
            if head is not None and head.current_version == built.version and head.state == "open":
                return Deployed(built.form_id, built.version, changed=False)
            forms.make_current(session, built.form_id, built.version, audit)
        else:
            entries = _legend(context, built, keys)
            forms.register_version(session, _new_version(session, built, today), entries, audit)
    return Deployed(built.form_id, built.version, changed=True)


def _check(built: BuiltForm, today: date) -> None:
    verified = built.brief.purpose.referral_verified_on
    age = (today - verified).days
    if not 0 <= age <= _REFERRAL_DAYS:
        raise DeployError(
            f"The referral pathway was verified {age} days ago (PIM: do no harm); no field question without a live one."
            f" Verify it again, write the day into the brief (purpose, referral_verified_on), and deploy."
        )


# Standard schema, survey.referral_verified_on: at most 30 days before the first collection.
_REFERRAL_DAYS = 30


def _new_version(session: Session, built: BuiltForm, today: date) -> NewVersion:
    area_set_id = areas.current_id(session)
    if area_set_id is None:
        raise DeployError("No areas are in the store: `fieldveil areas import FILE --apply` first")
    return NewVersion(
        survey=built.survey_record(),
        form_id=built.form_id,
        version=built.version,
        title=built.title,
        practice=False,
        server="letterbox",
        server_form_id=built.form_id,
        mapping=built.mapping,
        brief=as_yaml(built.brief).decode(),
        xform=built.xform,
        xlsx=built.xlsx,
        media=built.media,
        sha256=built.sha256,
        area_set_id=area_set_id,
        minutes=built.minutes,
        deployed_on=today,
    )


def _legend(context: Context, built: BuiltForm, keys: Keys) -> list[LegendEntry]:
    """The codes of the enumerators, encrypted, each under the pseudonym that its submissions will carry."""
    secret = field_key(context.settings)
    survey_id = built.brief.survey.id
    entries = []
    for enumerator in built.brief.enumerators:
        key = collector_key(keys, enumerator.code)
        entries.append(LegendEntry(key, enumerator.team, seal_enumerator(secret, survey_id, key, enumerator.code)))
    return entries

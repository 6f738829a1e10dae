"""A built or stored form as a package for a server, and what is live there as a version for the store."""

import hashlib
from collections.abc import Iterator
from datetime import date

import yaml
from sqlalchemy.orm import Session

from backend.keys import field_key
from backend.notes import seal_enumerator
from backend.settings import Settings
from backend.store import areas, forms
from backend.store.forms import Issue, LegendEntry, NewVersion
from backend.store.local_words import LocalWord
from forms.brief import as_yaml
from forms.build import BuiltForm
from forms.reissue import reissue_mapping
from forms.xlsform import LANGUAGES
from mappings.privacy.pseudonym import Keys, collector_key
from workers.servers.phone_side import title_of
from workers.servers.target import Live, Package


def package_of(built: BuiltForm) -> Package:
    return Package(
        form_id=built.form_id,
        version=built.version,
        title=built.title,
        languages=tuple(LANGUAGES[language] for language in built.brief.languages),
        xlsx=built.xlsx,
        xform=built.xform,
        media=built.media,
    )


def stored_package(session: Session, form_id: str, version: str) -> Package:
    """A version that was on phones, just as it was."""
    stored = forms.stored_version(session, form_id, version)
    if stored is None:
        raise LookupError(f"{form_id} {version} is not in the store")
    # The brief was checked when the form was built, by rules that may have become stricter since.
    languages = yaml.safe_load(stored.brief)["languages"]
    return Package(
        form_id=form_id,
        version=version,
        title=title_of(stored.xform),
        languages=tuple(LANGUAGES[language] for language in languages),
        xlsx=stored.xlsx,
        xform=stored.xform,
        media=stored.media,
    )


def version_of(session: Session, built: BuiltForm, live: Live, server: str, today: date) -> NewVersion:
    package = live.package
    number = areas.current_id(session)
    if number is None:
        raise LookupError("no areas are in the store")
    return NewVersion(
        survey={**built.survey_record(), "form_version": package.version, "form_sha256": _sha256(package.xform)},
        form_id=built.form_id,
        version=package.version,
        title=built.title,
        practice=built.practice,
        server=server,
        server_form_id=live.server_form_id,
        mapping=reissue_mapping(built.mapping, package.version),
        brief=as_yaml(built.brief).decode(),
        xform=package.xform,
        xlsx=package.xlsx,
        media=package.media,
        sha256=_sha256(package.xform),
        area_set_id=number,
        minutes=built.minutes,
        deployed_on=today,
        local_words=tuple(_local_words(built)),
    )


def _local_words(built: BuiltForm) -> Iterator[LocalWord]:
    """Of the questions that no catalogue has: their texts, and those of their answers."""
    form = built.questionnaire
    answers = dict(form.choices)
    for question in form.questions:
        if question.compared and question.compared.is_local:
            name = question.compared.indicator
            yield from (LocalWord(name, "", each, text) for each, text in (question.label or {}).items())
            for answer in answers.get(question.list_name, ()):
                yield from (LocalWord(name, answer.code, each, text) for each, text in answer.label.items())


def issue_of(session: Session, of: str, live: Live, today: date) -> Issue:
    """An old form under a new version: read by the same mapping, but for the version."""
    package = live.package
    stored = forms.stored_version(session, package.form_id, of)
    if stored is None:
        raise LookupError(f"{package.form_id} {of} is not in the store")
    mapping = reissue_mapping(stored.mapping, package.version)
    return Issue(of, mapping, package.xform, package.xlsx, _sha256(package.xform), today)


def legend(settings: Settings, built: BuiltForm, keys: Keys) -> list[LegendEntry]:
    """The codes of the enumerators, encrypted, each under the pseudonym that its submissions will carry."""
    secret = field_key(settings)
    survey_id = built.brief.survey.id
    entries = []
    for enumerator in built.brief.enumerators:
        key = collector_key(keys, enumerator.code)
        entries.append(LegendEntry(key, enumerator.team, seal_enumerator(secret, survey_id, key, enumerator.code)))
    return entries


def _sha256(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()

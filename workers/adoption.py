"""Versions that somebody published by hand on a form's server: what they are, and how one is read from now on.

known here ─▶ server's versions ─▶ each new one against the version of ours it was made from ─▶ its mapping, or why none
"""

from collections.abc import Iterator, Mapping
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from datetime import date

from sqlalchemy.orm import Session

from backend.form_surveys import KnownSurvey, stored_survey, survey_of
from backend.store import adoptions
from backend.store.adoptions import Adopted
from backend.store.audit import Audit
from backend.store.connections import NOWHERE
from backend.store.due import PULL
from backend.store.engine import reading, transaction
from backend.store.forms import FormHead, form_head
from backend.store.servers import Server, ServerKind
from backend.wake import wake
from forms.adoption import Adoption, adopt
from forms.archive import SheetError
from forms.catalogue import load
from forms.checks.survey import Survey
from forms.diff import Aliases, stakes, twins
from forms.migration import Migration, Step, check_step, write_migration
from mappings.kobo import OWN_VERSION
from workers.context import Context
from workers.net import NetError
from workers.servers.breaker import refusal
from workers.servers.central import client as central_client
from workers.servers.central.versions import CentralVersions
from workers.servers.kobo import client as kobo_client
from workers.servers.kobo.versions import KoboVersions
from workers.servers.published import Published, PublishedVersions, VersionFiles
from workers.servers.registry import LETTERBOX, require_server

# Of more than these nobody will have published by hand what still comes in.
_MOST_VERSIONS = 20
_LONGEST_NAME = 40


class AdoptionError(Exception):
    """A version that cannot be adopted. `code` is stable and shown on pages; the message says what to do."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code


@dataclass(frozen=True, slots=True)
class Candidate:
    """A version that is not known here. `of`: the version of ours it was made from.

    `problem` is a code for what cannot even be compared, '' for what was; then `adoption` tells how it stands.
    """

    version: str
    published_on: date
    of: str = ""
    problem: str = ""
    adoption: Adoption | None = None
    survey: Survey | None = field(default=None, repr=False)
    twins: Mapping[str, str] = field(default_factory=dict, repr=False)
    files: VersionFiles | None = field(default=None, repr=False)

    @property
    def can_be_adopted(self) -> bool:
        return self.adoption is not None and self.adoption.mapping is not None

    def as_dict(self) -> dict[str, object]:
        """For programs and for pages; the keys stay."""
        told = self.adoption.as_dict() if self.adoption else {}
        head = {"version": self.version, "published_on": self.published_on.isoformat(), "of": self.of}
        return {**head, "problem": self.problem, "can_be_adopted": self.can_be_adopted, **told}


@dataclass(frozen=True, slots=True)
class Choice:
    """Which version, as made from which of ours, and what somebody decided in writing. All may be left open."""

    version: str = ""
    of: str = ""
    decision: Migration | None = None


_ANY = Choice()


def look(context: Context, form_id: str, choice: Choice = _ANY) -> list[Candidate]:
    """The newest first. Asks the server and changes nothing. Raises AdoptionError, PullError and MigrationError."""
    with reading(context.engine) as session:
        head = _head(session, form_id)
        server = require_server(session, head.server)
        known = {*adoptions.known_versions(session, form_id), *adoptions.aliases(session, form_id)}
    try:
        with _open(context, server, head.server_form_id) as side:
            found = [one for one in side.published() if one.version not in known]
            wanted = [one for one in found if choice.version in ("", one.version)][:_MOST_VERSIONS]
            files = [_files(side, one) for one in wanted]
    except NetError as error:
        raise refusal(error, server.server_id) from None
    if choice.version and not wanted:
        said = "is read already" if choice.version in known else "is not on the server"
        raise AdoptionError("version_gone", f"Version {choice.version} of {form_id} {said}: form adopt {form_id}")
    with reading(context.engine) as session:
        judged = [_judged(session, head, one, each, choice) for one, each in zip(wanted, files, strict=True)]
    return [one for one in judged if not (server.kind is ServerKind.KOBO and _is_ours(context, form_id, one))]


def take_over(context: Context, form_id: str, one: Candidate, *, actor: str, decision: Migration | None = None) -> None:
    """From the next pull on its answers are read, those that wait too. Raises AdoptionError."""
    if one.adoption is None or one.adoption.mapping is None or one.files is None:
        raise AdoptionError("version_refused", f"Version {one.version} of {form_id} cannot be adopted: {why_not(one)}")
    details: dict[str, str | int | bool] = {
        "version": one.version,
        "of": one.of,
        "indicators": len(one.adoption.mapping.rules),
        "left_out": len(one.adoption.left),
        "ignored": len(one.adoption.ignored),
    }
    if decision:
        details |= {"decided_by_role": decision.decided_by_role, "accepted": len(decision.accepted)}
    new = Adopted(
        of=one.of,
        mapping=one.adoption.mapping,
        xform=one.files.xform,
        xlsx=one.files.xlsx,
        media=one.survey.workbook.media if one.survey else {},
        published_on=one.published_on,
    )
    with transaction(context.engine) as session:
        if one.version in adoptions.known_versions(session, form_id):
            raise AdoptionError("version_gone", f"Version {one.version} of {form_id} is read already")
        adoptions.adopt_version(session, form_id, new, Audit(actor, "form.version_adopted", form_id, details))
        wake(session, PULL, form_id)


def why_not(one: Candidate) -> str:
    if one.problem:
        return PROBLEMS[one.problem]
    found = one.adoption.obstacles if one.adoption else ()
    return "; ".join(f"{each.subject}: {each.what}" if each.subject else each.what for each in found)


def undecided(form_id: str, one: Candidate) -> str:
    """A migration to fill in, for what needs a decision in writing and for what was perhaps only renamed."""
    if one.adoption is None or one.survey is None:
        raise AdoptionError("version_refused", f"Version {one.version} cannot be compared: {why_not(one)}")
    step, diff = Step(form_id, one.of, one.version), one.adoption.conformance.diff
    keys = [each.key for each in one.adoption.obstacles if each.key]
    return write_migration(step, diff, one.twins, keys)


PROBLEMS = {
    "no_workbook": "it was published as an XForm, without a workbook that could be compared with ours",
    "unreadable": "its workbook cannot be read",
    "bad_name": f"its name is empty or longer than {_LONGEST_NAME} characters; publish it again under another one",
    "no_standard": "there is no version of ours to compare it with",
}


# ---- what the server has ---------------------------------------------------------------------------------------------


@contextmanager
def _open(context: Context, server: Server, server_form_id: str) -> Iterator[PublishedVersions]:
    if server.kind is ServerKind.KOBO:
        with closing(kobo_client.open_client(context, server)) as kobo:
            yield KoboVersions(kobo, server_form_id)
    else:
        with closing(central_client.open_client(context, server)) as central:
            yield CentralVersions(central, server_form_id)


def _files(side: PublishedVersions, one: Published) -> VersionFiles | str:
    """A problem in the place of files that cannot be compared."""
    if not 0 < len(one.version) <= _LONGEST_NAME:
        return "bad_name"
    try:
        return side.files(one.version) or "no_workbook"
    except SheetError:
        return "unreadable"


def _head(session: Session, form_id: str) -> FormHead:
    head = form_head(session, form_id)
    if head is None:
        raise AdoptionError("no_form", f"There is no form {form_id}: `fieldveil form list` shows them")
    if head.practice or head.server in (LETTERBOX, NOWHERE):
        raise AdoptionError(
            "version_not_there",
            f"Form {form_id} is read from no other server, so nobody can have published a version of it by hand",
        )
    return head


# ---- against ours ----------------------------------------------------------------------------------------------------


def _judged(session: Session, head: FormHead, one: Published, files: VersionFiles | str, choice: Choice) -> Candidate:
    if isinstance(files, str):
        return Candidate(one.version, one.on, problem=files)
    try:
        bare = survey_of(one.version, files.xlsx, files.media)
        of, ours = _standard(session, head, bare, choice.of)
    except SheetError:
        return Candidate(one.version, one.on, problem="unreadable")
    if ours is None:
        return Candidate(one.version, one.on, of, problem="no_standard")
    # Files that the server does not keep with its versions are those of ours.
    survey = survey_of(one.version, files.xlsx, {**ours.survey.workbook.media, **files.media})
    aliases, accepted = Aliases(), frozenset[str]()
    if choice.decision is not None:
        check_step(choice.decision, Step(head.form_id, of, one.version))
        aliases = choice.decision.aliases()
        accepted = frozenset(each.change for each in choice.decision.accepted)
    found = stakes(ours.survey, mapping=ours.mapping, catalogue=load())
    adoption = adopt(
        ours.survey, survey, ours.mapping, version=one.version, stakes=found, aliases=aliases, accepted=accepted
    )
    return Candidate(one.version, one.on, of, "", adoption, survey, twins(ours.survey, survey), files)


def _standard(session: Session, head: FormHead, survey: Survey, wanted: str) -> tuple[str, KnownSurvey | None]:
    """The version it says it is in its hidden line, which people leave alone; else the one phones were given last."""
    line = survey.one(OWN_VERSION)
    said = line.get("calculation").strip("'\" ") if line else ""
    for version in (wanted,) if wanted else (said, head.current_version or ""):
        found = stored_survey(session, head.form_id, version) if version else None
        if found is not None:
            return version, found
    return wanted or said, None


def _is_ours(context: Context, form_id: str, one: Candidate) -> bool:
    """KoBo gives every version a name of its own, those that were deployed from here too."""
    if one.adoption is None:
        return False
    with reading(context.engine) as session:
        ours = stored_survey(session, form_id, one.of)
    if ours is None or not one.adoption.reads_like(ours.mapping):
        return False
    with transaction(context.engine) as session:
        adoptions.keep_alias(session, form_id, one.version, one.of)
    return True

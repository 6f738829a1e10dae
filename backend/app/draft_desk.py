"""A draft laid out for a page: what is in it, what it would become, and the form that is built from it."""

import re
from dataclasses import dataclass, field, replace
from functools import cached_property

from flask import abort

from backend.app.state import state
from backend.store import drafts
from backend.store.drafts import StoredDraft
from backend.store.engine import reading
from forms import catalogue
from forms.brief import BriefError, Draft, Finding, Judged, Principle, judge_brief, load_brief, read_draft
from forms.build import BuiltForm, build
from forms.catalogue import Catalogue
from forms.kinds import KINDS, Kind
from forms.prospect import Prospect, prospect
from forms.xlsform import FormError
from mappings.areas import AreaRegistry

_FILE = "draft.yaml"
_LINE = re.compile(r"^line \d+(, )?")


class NoAreasError(Exception):
    """No area list is in the store, and every form asks for areas."""


@dataclass(frozen=True)
class Desk:
    """`stored` and everything that follows from it; `registry` None where no areas were imported."""

    stored: StoredDraft
    registry: AreaRegistry | None
    known: Catalogue = field(default_factory=catalogue.load)

    @cached_property
    def draft(self) -> Draft:
        return read_draft(self.stored.content.encode(), _FILE)

    @cached_property
    def judged(self) -> Judged:
        return judge_brief(self.stored.content.encode(), _FILE, self.known)

    @cached_property
    def prospect(self) -> Prospect | None:
        return prospect(self.judged, self.known, self.registry) if self.registry else None

    @property
    def kind(self) -> Kind | None:
        return KINDS.get(self.judged.brief.respondent)

    @property
    def form_id(self) -> str:
        return self.judged.brief.form_id

    @cached_property
    def findings(self) -> tuple[Finding, ...]:
        """Broken rules first: they are what an officer has to think about; a missing field only has to be filled."""
        found = self.prospect.findings if self.prospect else self.judged.findings
        return tuple(sorted(found, key=lambda one: one.principle is None))

    @cached_property
    def named(self) -> dict[str, str]:
        """The indicators that were picked, with their gap reasons; not those that were pulled in."""
        return {one.indicator: one.gap_reason for one in self.judged.brief.indicators if not one.pulled_by}

    def built(self, *, practice: bool = False) -> BuiltForm:
        """Raises BriefError, FormError, NoAreasError."""
        if self.registry is None:
            raise NoAreasError
        brief = load_brief(self.stored.content.encode(), _FILE, self.known)
        return build(brief, self.known, self.registry, practice=practice)


CANNOT_BE_BUILT = (BriefError, FormError, NoAreasError)


def place_of(finding: Finding) -> str:
    """Lines count in a file that nobody sees here."""
    return _LINE.sub("", finding.place)


def open_desk(draft_id: str) -> Desk:
    with reading(state().engine) as session:
        stored = drafts.find_draft(session, draft_id)
        registry = state().places.current(session)
    return Desk(stored, registry) if stored is not None else abort(404)


def identifying(content: bytes) -> tuple[Finding, ...]:
    """What looks like a name, an address or a telephone number: a draft that holds one is not kept at all."""
    found = judge_brief(content, _FILE, catalogue.load()).findings
    return tuple(one for one in found if one.principle is Principle.NO_IDENTIFIERS)


def with_content(desk: Desk, draft: Draft) -> Desk:
    """The same draft as if it said something else, to see what would become of it. Nothing is stored."""
    shown = replace(desk.stored, content=draft.as_yaml().decode(), pending=None, pending_sha256=None)
    return Desk(shown, desk.registry, desk.known)

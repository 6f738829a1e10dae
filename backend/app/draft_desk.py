"""A draft laid out for a page: what is in it, what it would become, and the form that is built from it."""

import re
from dataclasses import dataclass, replace
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
from forms.comparability import Compared
from forms.kinds import KINDS, Kind
from forms.overlay import Finding as OverlayFinding
from forms.overlay import Overlay, OverlayError, catalogue_with, load_overlay
from forms.prospect import Prospect, prospect
from forms.xlsform import FormError
from mappings.areas import AreaRegistry

_FILE = "draft.yaml"
OVERLAY_FILE = "overlay.yaml"
_LINE = re.compile(r"^line \d+(, )?")


class NoAreasError(Exception):
    """No area list is in the store, and every form asks for areas."""


@dataclass(frozen=True)
class Desk:
    """`stored` and everything that follows from it; `registry` None where no areas were imported."""

    stored: StoredDraft
    registry: AreaRegistry | None

    @cached_property
    def _laid(self) -> tuple[Catalogue, OverlayError | None]:
        """The standard stands in for an overlay that does not fit the catalogue any more."""
        try:
            return catalogue_with(self.stored.overlay.encode() if self.stored.overlay else None), None
        except OverlayError as error:
            return catalogue.load(), error

    @property
    def known(self) -> Catalogue:
        """The standard, or what the overlay of the draft makes of it."""
        return self._laid[0]

    @property
    def overlay_faults(self) -> tuple[OverlayFinding, ...]:
        """Why the overlay of the draft cannot be used; nothing can be built then."""
        error = self._laid[1]
        return error.findings if error else ()

    @cached_property
    def overlay(self) -> Overlay | None:
        """None where there is none, or where it cannot be used."""
        if self.stored.overlay is None or self.overlay_faults:
            return None
        return load_overlay(self.stored.overlay.encode(), OVERLAY_FILE, catalogue.load())

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
        """Raises BriefError, FormError, OverlayError, NoAreasError."""
        if self.registry is None:
            raise NoAreasError
        if error := self._laid[1]:
            raise error
        brief = load_brief(self.stored.content.encode(), _FILE, self.known)
        return build(brief, self.known, self.registry, practice=practice)


CANNOT_BE_BUILT = (BriefError, FormError, OverlayError, NoAreasError)


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
    return Desk(shown, desk.registry)


def overlay_label(content: str) -> str:
    """By which forms name it; '' where it does not fit the catalogue any more."""
    try:
        return catalogue_with(content.encode()).local.overlay
    except OverlayError:
        return ""


def with_overlay(desk: Desk, overlay: str | None) -> Desk:
    """The same draft as if it had another overlay, or none. Nothing is stored."""
    return Desk(replace(desk.stored, overlay=overlay, pending_overlay=None), desk.registry)


@dataclass(frozen=True, slots=True)
class Moved:
    """One indicator of a draft, as it is asked with one overlay and with another."""

    indicator: str
    before: Compared
    after: Compared


def moved(before: Desk, after: Desk) -> list[Moved]:
    """Every indicator that either asks otherwise than the standard does, or otherwise than the other."""
    asked = dict.fromkeys(one.indicator for desk in (before, after) for one in desk.judged.brief.indicators)
    pairs = (Moved(name, before.known.local.compared(name), after.known.local.compared(name)) for name in asked)
    return [one for one in pairs if one.before.is_local or one.before.adaptations or one.after.adaptations]

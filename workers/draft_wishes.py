"""What somebody asked to be done with a draft in the pages: filled by the engine, or given to phones.

The form is built anew from the draft. What would not be the very version that was looked at is not deployed.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from backend.store import areas, drafts
from backend.store.engine import reading
from backend.store.wishes import Wish, WishAction
from forms.brief import BriefError, load_brief
from forms.build import BuiltForm, build, check_built
from forms.catalogue import Catalogue
from forms.checks import Gate
from forms.migration import MigrationError
from forms.overlay import OverlayError, catalogue_with
from forms.xlsform import FormError
from workers.context import Context
from workers.deploy import DeployError, deploy
from workers.net import NetError
from workers.servers.source import PullError
from workers.servers.target import TargetError

FILLS = 40


def done(context: Context, wish: Wish, today: date) -> tuple[str, Mapping[str, Any] | None]:
    """The problem as a code, '' for none, and what there is to tell."""
    try:
        made = _made(context, wish)
    except (BriefError, FormError, OverlayError):
        return "draft_broken", None
    if made is None or made.built.version != wish.version:
        return "draft_changed", None
    built = made.built
    if wish.action is WishAction.CHECK:
        report = check_built(built, made.catalogue, gate=Gate(fills=FILLS))
        return "", report.as_dict()
    try:
        deploy(context, built, today=today, actor=wish.actor)
    except MigrationError:
        return "draft_breaks", None
    except DeployError:
        return "draft_refused", None
    except (PullError, TargetError, NetError):
        return "draft_not_deployed", None
    return "", {"form_id": built.form_id, "version": built.version}


@dataclass(frozen=True, slots=True)
class _Made:
    """A form, and the catalogue as the country of its draft sees it."""

    built: BuiltForm
    catalogue: Catalogue


def _made(context: Context, wish: Wish) -> _Made | None:
    """None when the draft is another by now, or the areas are gone."""
    with reading(context.engine) as session:
        stored, registry = drafts.find_draft(session, wish.subject_id), areas.current(session)
    if stored is None or str(stored.revision) != wish.seen or registry is None:
        return None
    catalogue = catalogue_with(stored.overlay.encode() if stored.overlay else None)
    brief = load_brief(stored.content.encode(), "draft.yaml", catalogue)
    return _Made(build(brief, catalogue, registry, practice=wish.action is WishAction.PRACTICE), catalogue)

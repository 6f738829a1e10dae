"""What every page shows around its content: the links the reader may follow, and the words for codes."""

from dataclasses import dataclass

from flask import Flask, request
from flask_babel import gettext

from backend.access import Permission, can_access
from backend.app import catalogue_terms, words
from backend.app.brief_fields import field_names
from backend.app.state import viewer
from backend.app.words import N_
from backend.troubles import FEATURES, TROUBLES


@dataclass(frozen=True, slots=True)
class Link:
    endpoint: str
    text: str
    permission: Permission


_LINKS = (
    Link("monitor.show", N_("Monitor"), Permission.SEE_WORK),
    Link("forms.show", N_("Forms"), Permission.SEE_FORMS),
    Link("catalogue.show", N_("Catalogue"), Permission.SEE_FORMS),
    Link("drafts.show", N_("Drafts"), Permission.MAKE_FORMS),
    Link("servers.show", N_("Servers"), Permission.SEE_SERVERS),
    Link("answers.show", N_("Answers"), Permission.SEE_ANSWERS),
    Link("export.show", N_("Export"), Permission.EXPORT_ANSWERS),
    Link("inbox.show", N_("Inbox"), Permission.SEE_INBOX),
    Link("protection.show", N_("Protection"), Permission.SEE_PROTECTION),
)


@dataclass(frozen=True, slots=True)
class ShownLink:
    endpoint: str
    text: str
    is_here: bool


def links() -> list[ShownLink]:
    # Pages of one subject have blueprints such as `drafts` and `drafts_files`.
    here = (request.blueprint or "").partition("_")[0]
    return [
        ShownLink(link.endpoint, gettext(link.text), link.endpoint.split(".")[0] == here)
        for link in _LINKS
        if can_access(viewer(), link.permission)
    ]


def install(app: Flask) -> None:
    app.jinja_env.globals.update(links=links, viewer=viewer, word=words.word, words=words, Permission=Permission)
    app.jinja_env.filters["commands"] = words.with_commands
    app.jinja_env.globals.update(TROUBLES=TROUBLES, FEATURES=FEATURES, terms=catalogue_terms)
    app.jinja_env.globals.update(field_names=field_names)
    app.jinja_env.globals["can_access"] = can_access

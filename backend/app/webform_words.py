"""What the pages /preview and /fill say. They change the language without a server, so they carry every language."""

from flask_babel import gettext as _


def texts() -> dict[str, str]:
    """In the language of the moment. Names in braces are filled in by the page."""
    return {**_form_texts(), **_preview_texts(), **_fill_texts(), **_queue_texts()}


def _form_texts() -> dict[str, str]:
    """The engine of the form speaks English only: these replace what it says itself."""
    return {
        "language": _("Language"),
        "send": _("Send"),
        "one_open": _("1 question needs an answer or a correction."),
        "many_open": _("{n} questions need an answer or a correction."),
        "no_choice": _("Nothing found"),
        "search": _("Search"),
        "broken": _("This form cannot be shown. Reload the page; if that does not help, tell your supervisor."),
        "loading": _("One moment…"),
    }


def _preview_texts() -> dict[str, str]:
    return {
        "preview": _("Preview"),
        "preview_note": _("A preview: nothing you enter leaves this page, and it is gone when you close it."),
        "preview_done": _("This is what a phone would send. It was not sent."),
        "again": _("Fill it in again"),
    }


def _fill_texts() -> dict[str, str]:
    return {
        "fill": _("Web form"),
        "online": _("Connected"),
        "offline": _("No network: interviews are sealed and wait here."),
        "start": _("Start an interview"),
        "which": _("Which form?"),
        "no_form": _("No form is open for this link. Ask your supervisor."),
        "dead_link": _("This link is not valid or no longer valid. Ask for a new one: it also sends what waits here."),
        "first_online": _("Connect to the network once, so that the form can be kept for work without it."),
        "ready_offline": _("Ready for work without a network."),
        "discard": _("Discard this interview"),
        "discard_sure": _("Discard this interview? Its answers are kept nowhere."),
        "in_memory": _("An interview that is not finished is lost when this page is closed: no draft is kept."),
        "https_only": _(
            "This page cannot seal answers here, because the address is not safe. Ask your supervisor for the address "
            "that begins with https://"
        ),
        "old_browser": _("This browser is too old to seal answers. Use a newer one, or ODK Collect."),
        "no_storage": _(
            "This browser keeps nothing for this page, so an interview could be lost. Leave private browsing, or make "
            "room, and reload."
        ),
    }


def _queue_texts() -> dict[str, str]:
    return {
        "received": _("Received and sealed."),
        "waits": _("Sealed. It is sent as soon as there is a network; keep this browser and its data until then."),
        "waiting": _("Sealed interviews waiting here: {n}"),
        "send_now": _("Send now"),
        "sending": _("Sending…"),
        "until": _("Send them by {day}: later nobody can open them any more."),
        "lost": _("Interviews that nobody can open any more: {n}. They waited too long, and their key was destroyed."),
        "lost_do": _("Tell your supervisor how many, then remove them."),
        "remove": _("Remove them"),
        "key_old": _(
            "This browser was without a network for too long: what you seal now could not be opened later. Connect "
            "before you start."
        ),
    }

"""Words for the codes that pages show; the codes themselves stay in the store, in the API and in the exports."""

from collections.abc import Mapping

from flask_babel import gettext
from markupsafe import Markup, escape

from backend.access import Role
from mappings.model import Clock, Outcome, Reason, Status


def N_(text: str) -> str:  # noqa: N802 (the name by which translators' tools know a text to translate later)
    return text


ROLES: Mapping[str, str] = {
    Role.ADMIN: N_("Administrator"),
    Role.IM_OFFICER: N_("Information management officer"),
    Role.COORDINATOR: N_("Coordinator"),
    Role.SUPERVISOR: N_("Supervisor"),
    Role.REVIEWER: N_("Reviewer"),
    Role.PROTECTION_FOCAL_POINT: N_("Protection focal point"),
    Role.PARTNER: N_("Partner"),
}
OUTCOMES: Mapping[str, str] = {
    Outcome.STORED: N_("Stored"),
    Outcome.REFUSED: N_("Refused"),
    Outcome.REJECTED: N_("Rejected"),
    Outcome.COUNTED: N_("Only counted"),
    Outcome.WITHDRAWN: N_("Withdrawn"),
    Outcome.DELETED: N_("Deleted"),
}
STATES: Mapping[str, str] = {"draft": N_("Draft"), "open": N_("Open"), "closed": N_("Closed")}
SERVERS: Mapping[str, str] = {"letterbox": N_("Letterbox"), "none": N_("No server")}
SERVER_KINDS: Mapping[str, str] = {"kobo": "KoboToolbox", "central": "ODK Central"}
STANDINGS: Mapping[str, str] = {
    "equal": N_("Equal"),
    "count_equal": N_("Count equal"),
    "different": N_("Different"),
}
COUNTERS: Mapping[str, str] = {
    "received": N_("Received"),
    "refused": N_("Consent refused"),
    "not_understood": N_("Purpose not understood"),
    "stopped_safety": N_("Stopped for safety"),
    "too_late": N_("Came too late"),
    "nil:adm2": N_("Area of level 2 not in the list"),
    "nil:adm3": N_("Area of level 3 not in the list"),
    "nil:site": N_("Site not in the list"),
    "distress": N_("Somebody seemed distressed or at risk"),
}
REASONS: Mapping[str, str] = {
    Reason.NOT_IN_LIST: N_("The code is not in the list of answers"),
    Reason.TOO_MANY: N_("More answers than allowed"),
    Reason.NOT_EXCLUSIVE: N_("An answer that stands alone was given with others"),
    Reason.NOT_A_NUMBER: N_("Not a number"),
    Reason.OUT_OF_RANGE: N_("The number is out of range"),
    Reason.WRONG_SHAPE: N_("The answer has another form than expected"),
    Reason.NOT_A_DAY: N_("Not a date"),
    Reason.NOT_EXPECTED: N_("Answered, although the question did not apply"),
    Reason.OUTSIDE_PARENT: N_("The area does not lie in the area above it"),
    Reason.UNREADABLE: N_("The submission cannot be read"),
    Reason.NO_ROOT: N_("The submission has no id"),
    Reason.NO_AREA: N_("The submission has no known area"),
    Reason.UNKNOWN_VERSION: N_("The form version is not known here"),
    Reason.NO_KEY: N_("The key of the letter was destroyed"),
}
STATUSES: Mapping[str, str] = {
    Status.ANSWERED: N_("Answered"),
    Status.DK: N_("Don’t know"),
    Status.PNA: N_("Prefers not to answer"),
    Status.SKIPPED: N_("Skipped"),
    Status.NOT_ASKED: N_("Not asked"),
    Status.SUPPRESSED: N_("Suppressed"),
    Status.INVALID: N_("Invalid"),
}
CLOCKS: Mapping[str, str] = {
    Clock.OK: N_("Clock right"),
    Clock.EARLY: N_("Clock behind"),
    Clock.FUTURE: N_("Clock ahead"),
}


def with_commands(text: str) -> Markup:
    """What stands between backticks is typed into a terminal, from left to right on every page."""
    parts = [
        Markup('<code class="code">{}</code>').format(part) if at % 2 else escape(part)
        for at, part in enumerate(text.split("`"))
    ]
    return Markup("").join(parts)


def word(words: Mapping[str, str], code: str) -> str:
    """The word of a code in the reader's language; a code without a word is shown as it is."""
    text = words.get(code)
    return code if text is None else gettext(text)

"""The language of a page: the person's own choice first, then what the browser asks for."""

from datetime import UTC, date, datetime

from babel import Locale
from babel.dates import format_skeleton
from flask import Flask, request, session
from flask_babel import Babel, get_locale

from backend.app.state import account, state
from backend.store.accounts import LANGUAGES

# Each in its own words: that is what a reader looks for.
LANGUAGE_NAMES = {"en": "English", "fr": "Français", "es": "Español", "ar": "العربية"}
SESSION_KEY = "language"


def install(app: Flask) -> None:
    Babel(app, locale_selector=choose_language)
    app.jinja_env.globals.update(
        language=language, direction=direction, comma=comma, LANGUAGE_NAMES=LANGUAGE_NAMES, is_reviewed=is_reviewed
    )
    app.jinja_env.filters.update(moment=moment, short_day=short_day)


def choose_language() -> str:
    chosen = session.get(SESSION_KEY)
    if chosen in LANGUAGES:
        return str(chosen)
    person = account()
    if person is not None and person.language in LANGUAGES:
        return str(person.language)
    # Werkzeug's own choice would prefer a plain `en` to a `fr-CA` that is asked for before it.
    asked = (tag.split("-")[0].lower() for tag in request.accept_languages.values())
    return next((code for code in asked if code in LANGUAGES), state().settings.default_language)


def language() -> str:
    locale = get_locale()
    return locale.language if isinstance(locale, Locale) else LANGUAGES[0]


def direction() -> str:
    locale = get_locale()
    return str(locale.text_direction) if isinstance(locale, Locale) else "ltr"


def comma() -> str:
    """What stands between two of a series. In Arabic it is another sign."""
    return "، " if language() == "ar" else ", "


def moment(at: datetime) -> str:
    """Day and time of day in UTC, with the month as a word: 1/2 is another day in another country."""
    return f"{format_skeleton('yMMMd', at, locale=get_locale())}{comma()}{at.astimezone(UTC):%H:%M}"


def short_day(day: date) -> str:
    """Without the year, for the narrow places below a chart."""
    return format_skeleton("MMMd", datetime(day.year, day.month, day.day, tzinfo=UTC), locale=get_locale())


def is_reviewed() -> bool:
    """Only English has been read by a native speaker so far; the pages say so."""
    return language() == "en"

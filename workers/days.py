"""The day that things are destroyed by: a clock that leaps ahead must not destroy what has days left."""

from datetime import date, timedelta

from backend.settings import Settings
from workers import remembered

FILE = ".days"
_A_DAY = timedelta(days=1)


def to_destroy_by(settings: Settings, today: date) -> date:
    """Today; but at most one day after the last day before it on which workers ran.

    After a leap, or weeks without workers, what is too old goes on the day after: a clock can be set right until then.
    """
    before = _read(settings)
    # A day that lies ahead was never there: the clock was wrong.
    days = sorted({day for day in before if day <= today} | {today})[-2:]
    if days != before:
        remembered.write(settings, FILE, [day.isoformat() for day in days])
    return min(today, days[0] + _A_DAY)


def _read(settings: Settings) -> list[date]:
    try:
        return [date.fromisoformat(day) for day in remembered.read(settings, FILE) or ()]
    except (ValueError, TypeError):
        return []

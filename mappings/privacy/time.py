"""Days become months. The day of an interview, with a place and a role, can point at a person."""

from datetime import date, timedelta

from mappings.model import Clock

# Phones in the field are a time zone or a wrong evening off; more than a day is a wrong clock.
_TOLERANCE = timedelta(days=1)


def month(day: date) -> str:
    """`YYYY-MM`."""
    return f"{day.year:04d}-{day.month:02d}"


def clock(today: date | None, deployed_on: date, received_on: date) -> Clock:
    """Whether `today` of the phone is possible: not before the form existed, not after it was received.

    None (no readable day) counts as early.
    """
    if today is None or today < deployed_on - _TOLERANCE:
        return Clock.EARLY
    if today > received_on + _TOLERANCE:
        return Clock.FUTURE
    return Clock.OK


def period(today: date | None, verdict: Clock, received_on: date) -> str:
    """Month of the interview. An impossible day (1970 after a flat battery) gives way to the month of receipt."""
    return month(today if verdict is Clock.OK and today else received_on)

"""How far a form was read, kept with the last page of each commit. KoBo shows no time of change, so ids must do."""

from datetime import UTC, datetime, timedelta

import msgspec

# A row takes its id when its sending begins and is visible when its files are stored: measured, seconds later.
_LATE = 3600
_LATE_ROWS = 200
_FEED_OVERLAP = timedelta(minutes=10)
_COMPARE_EVERY = timedelta(hours=24)


class Mark(msgspec.Struct, frozen=True, array_like=True):
    """The highest `_id` that was read at a time, in seconds since 1970."""

    at: int
    top: int


class Progress(msgspec.Struct, frozen=True, array_like=True):
    """`older` and `newer` are marks for the overlap, `top` is where new rows begin.

    `compared`: when the whole list was last compared; `feed`: until when the history was read, 0 where it may not be.
    `doubles`: rows of the list that share their root with another one.
    """

    top: int = 0
    older: Mark = Mark(0, 0)
    newer: Mark = Mark(0, 0)
    compared: int = 0
    feed: int = 0
    doubles: int = 0

    @property
    def overlap_from(self) -> int:
        """Ids above this one are looked at again: those of the last hour at least, and two hundred at least."""
        return max(min(self.older.top, self.top - _LATE_ROWS), 0)

    @property
    def feed_from(self) -> datetime | None:
        return datetime.fromtimestamp(self.feed, UTC) - _FEED_OVERLAP if self.feed else None

    def compared_at(self) -> datetime | None:
        return datetime.fromtimestamp(self.compared, UTC) if self.compared else None

    def must_compare(self, now: datetime) -> bool:
        """Whether the whole list is due: it was never compared, or not for a day (the history may not reach back)."""
        return now - datetime.fromtimestamp(self.compared, UTC) >= _COMPARE_EVERY

    def reached(self, top: int, now: datetime) -> "Progress":
        """All rows up to `top` were read. Marks move on when the newer one is old enough."""
        at, highest = int(now.timestamp()), max(top, self.top)
        older, newer = self.older, self.newer
        if older.at and at - newer.at >= _LATE:
            older, newer = newer, Mark(at, highest)
        return msgspec.structs.replace(self, top=highest, older=older, newer=newer)

    def compared_whole(self, started: datetime, doubles: int) -> "Progress":
        """The first time sets the marks; what was on its way then and lies lower shows in the count of rows."""
        at = int(started.timestamp())
        first = Mark(at, self.top)
        older, newer = (self.older, self.newer) if self.older.at else (first, first)
        return msgspec.structs.replace(self, older=older, newer=newer, compared=at, doubles=doubles)

    def fed(self, until: datetime | None) -> "Progress":
        return msgspec.structs.replace(self, feed=int(until.timestamp()) if until else 0)


def read_progress(cursor: str | None) -> Progress:
    return msgspec.json.decode(cursor, type=Progress) if cursor else Progress()


def write_progress(progress: Progress) -> str:
    return msgspec.json.encode(progress).decode()

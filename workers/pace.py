"""How the interpreter shares its time while a form is read: short turns between threads, and no look at every object.

Python's collector goes through all that is alive each time some thousand objects were made, and a page makes ten
thousand; nearly none of them lie in a cycle. Without it a submission takes 26 microseconds to read instead of 40.
"""

import gc
import sys
from collections.abc import Iterator
from contextlib import contextmanager

# The thread that saves hears of the database some fifty times a page, and each time waits so long for the one that
# reads: with Python's own five milliseconds the two work no faster than one after the other.
_TURN = 0.0001
_TIDY_EVERY = 16


@contextmanager
def steady() -> Iterator[None]:
    """For one run over a form. Sets what holds for the whole process, and puts it back."""
    turn, collects = sys.getswitchinterval(), gc.isenabled()
    sys.setswitchinterval(_TURN)
    gc.disable()
    try:
        yield
    finally:
        sys.setswitchinterval(turn)
        if collects:
            gc.enable()


def tidy(pages: int) -> None:
    """After each page, of so many: now and then looks at what is new, so that the few cycles that come up do not stay.

    Each time costs as much as saving a hundred submissions, since it looks at all of the page that is read ahead.
    """
    if pages % _TIDY_EVERY == 0:
        gc.collect(0)

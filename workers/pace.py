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


def tidy() -> None:
    """After each page: looks at what is new only, so that the few cycles that come up do not stay."""
    gc.collect(0)

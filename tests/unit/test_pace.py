"""What a run sets for the whole process is put back, however the run ends."""

import gc
import sys
import weakref

import pytest

from workers import pace


def test_the_collector_rests_during_a_run_and_works_after_it() -> None:
    with pace.steady():
        during = gc.isenabled()

    assert (during, gc.isenabled()) == (False, True)


def test_a_failing_run_puts_everything_back() -> None:
    before = sys.getswitchinterval()

    with pytest.raises(RuntimeError, match="broken"), pace.steady():
        raise RuntimeError("broken")

    assert (sys.getswitchinterval(), gc.isenabled()) == (before, True)


class Knot:
    def __init__(self) -> None:
        self.itself = self


def test_cycles_of_some_pages_do_not_stay() -> None:
    with pace.steady():
        knot = weakref.ref(Knot())
        assert knot() is not None

        pace.tidy(16)

        assert knot() is None

"""Becomes a program that ends when its parent does: python -m workers.processes.tether PARENT PROGRAM [ARGUMENT ...]

Even when the parent is killed and can say nothing to anybody: a letterbox nobody knows of must not stay open.
"""

import ctypes
import os
import signal
import subprocess
import sys

from workers.hardening import forbid_core_dumps

_PR_SET_PDEATHSIG = 1
_LOOK_SECONDS = 0.5


def main() -> int:
    parent, *command = sys.argv[1:]
    forbid_core_dumps()
    if sys.platform != "linux":
        return watch(int(parent), command)
    become(int(parent), command)
    return 1


def become(parent: int, command: list[str]) -> None:
    """The kernel keeps the tie through exec. Returns only when the parent is gone already."""
    ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
    if os.getppid() == parent:
        os.execvp(command[0], command)  # noqa: S606 (our own programs)


def watch(parent: int, command: list[str]) -> int:
    """Where the kernel knows no such tie: stays beside the program and looks twice a second."""
    process = subprocess.Popen(command)  # noqa: S603 (our own programs)
    signal.signal(signal.SIGTERM, lambda *_: process.terminate())
    while os.getppid() == parent:
        try:
            return process.wait(_LOOK_SECONDS)
        except subprocess.TimeoutExpired:
            continue
    process.kill()
    return process.wait()


if __name__ == "__main__":
    raise SystemExit(main())

"""The command line. `main` is the console script `fieldveil`; a command's code is imported when it is called."""

from workers.cli.entry import main

__all__ = ["main"]

"""An application behind waitress in a thread of the test, ended without a race."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import Any

from waitress import wasyncore
from waitress.server import create_server


@contextmanager
def served(app: Any, **options: Any) -> Iterator[int]:
    """The port. The thread that looks at the sockets closes them: closed from here, it would look at what is gone."""
    server = create_server(app, host="127.0.0.1", port=0, **options)
    thread = threading.Thread(target=server.run)
    thread.start()
    try:
        yield int(server.effective_port)
    finally:
        # Another thread may wake the server between the note and its bell: then all is closed before the bell rings.
        with suppress(OSError):
            server.trigger.pull_trigger(lambda: wasyncore.close_all(server._map, ignore_all=True))
        thread.join(10)
        server.task_dispatcher.shutdown()

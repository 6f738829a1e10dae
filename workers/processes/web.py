"""The web server as a process: python -m workers.processes.web serves pages, API and letterbox at the setting BIND."""

import signal
import sys

import waitress

from backend.app import create_app
from backend.letterbox.serving import waitress_options
from backend.settings import settings
from workers.hardening import forbid_core_dumps
from workers.messages import explain


def main() -> int:
    forbid_core_dumps()
    try:
        _serve()
    except Exception as error:  # noqa: BLE001 (whoever typed `serve` reads a remedy; a traceback could quote a value)
        print(explain(error), file=sys.stderr)  # noqa: T201
        return 1
    return 0


def _serve() -> None:
    chosen = settings()
    app = create_app(chosen)
    # Ends as on Ctrl-C: requests in work are answered first.
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    waitress.serve(app, listen=chosen.bind, ident="fieldveil", **waitress_options(chosen))


if __name__ == "__main__":
    sys.exit(main())

"""How gunicorn serves `backend.app` in production, behind the proxy of docker-compose.yml."""

import logging
from typing import Any

from backend import logs
from backend.settings import Environment, settings
from backend.store.engine import open_engine
from backend.store.migrate import upgrade

# All addresses of the container, which only the proxy can reach.
bind = "0.0.0.0:8000"
# Threads, because the proxy streams: a phone on a slow line holds one while its submission arrives.
worker_class = "gthread"
threads = 16
# The heartbeat file; on the container's disk it would stall the workers.
worker_tmp_dir = "/dev/shm"  # noqa: S108 (memory, not a shared folder of files)
timeout = 120
graceful_timeout = 30
# Nobody steers it from inside the container, where its root is read-only anyway.
control_socket_disable = True
# No access log: the path of a phone's request holds its token.
accesslog = None
# The proxy is the only peer, and it replaces what a client claims about itself.
forwarded_allow_ips = "*"


def on_starting(server: Any) -> None:  # noqa: ARG001 (gunicorn's signature)
    """Before any worker is forked: one process migrates, and no connection is inherited."""
    _log_like_the_rest()
    engine = open_engine(settings().database)
    try:
        upgrade(engine)
    finally:
        engine.dispose()


def _log_like_the_rest() -> None:
    """Its own lines would quote requests that are no HTTP, and whole addresses where an answer breaks."""
    chosen = settings()
    logs.configure(chosen.log_level, as_json=chosen.environment is Environment.PRODUCTION)
    own = logging.getLogger("gunicorn.error")
    own.handlers.clear()
    own.propagate = True
    own.addFilter(_without_request)


def _without_request(record: logging.LogRecord) -> bool:
    if str(record.msg).startswith("Invalid request"):
        record.msg, record.args = "a request that is no HTTP was refused", ()
    return True

"""How gunicorn serves `backend.app` in production, behind the proxy of docker-compose.yml."""

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
    chosen = settings()
    logs.configure(chosen.log_level, as_json=chosen.environment is Environment.PRODUCTION)
    engine = open_engine(chosen.database)
    try:
        upgrade(engine)
    finally:
        engine.dispose()

"""The parts of the product as commands: how web server, worker and beat are started, and how one knows they are up."""

import errno
import socket
import sys
from pathlib import Path
from urllib.parse import urlsplit

from backend.settings import Environment, Settings
from workers.processes.children import ChildError, Children

_START_SECONDS = 60.0
_PROGRAM = [sys.executable, "-P", "-m"]
_CELERY = [*_PROGRAM, "celery", "--quiet", "-A", "workers.app"]


def start_web(children: Children, settings: Settings) -> None:
    check_free(settings.bind)
    host, port = address(settings.bind)
    children.start("web", _gunicorn(settings) if _is_production(settings) else [*_PROGRAM, "workers.processes.web"])
    children.wait_until(lambda: listens(host, port), "the web server does not answer", _START_SECONDS)


def start_worker(children: Children, settings: Settings, concurrency: int = 2) -> None:
    # A lone worker has nobody to gossip with; waiting for others would cost it a second at each start.
    options = ["--loglevel", settings.log_level, "--concurrency", str(concurrency), "--without-gossip"]
    children.start("worker", [*_CELERY, "worker", "--without-mingle", *options])


def start_beat(children: Children, folder: Path) -> None:
    """`folder` holds the file in which beat remembers when it last woke whom."""
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    options = ["--schedule", str(folder / "schedule"), "--pidfile="]
    children.start("beat", [*_CELERY, "beat", *options])


def address(bind: str) -> tuple[str, int]:
    parts = urlsplit(f"//{bind}")
    try:
        host, port = parts.hostname, parts.port
    except ValueError:
        host, port = None, None
    if not host or not port:
        raise ChildError("FIELDVEIL_BIND is not an address with a port, such as 127.0.0.1:8080")
    return host, port


def listens(host: str, port: int) -> bool:
    with socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET) as probe:
        probe.settimeout(1)
        return probe.connect_ex((_reachable(host), port)) == 0


def _reachable(host: str) -> str:
    """All addresses of a machine cannot be connected to; its own can."""
    return {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(host, host)  # noqa: S104 (compared, not listened on)


def check_free(bind: str) -> None:
    """Raises ChildError where the web server could not listen: to be asked before anything else is begun."""
    host, port = address(bind)
    with socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError as error:
            raise ChildError(_not_free(host, port, error)) from None


def _not_free(host: str, port: int, error: OSError) -> str:
    other = port + 1 if 1024 <= port < 65535 else 8080
    remedy = (
        f"Choose another port: `fieldveil demo --port {other}`, `fieldveil serve --bind {host}:{other}`; with make:"
        f" ARGS='--port {other}'"
    )
    if error.errno == errno.EADDRINUSE:
        return f"Another program uses port {port} of {host}, maybe a Fieldveil that still runs. {remedy}"
    if error.errno == errno.EACCES:
        return f"Ports below 1024, such as {port}, are for the administrator of the machine. {remedy}"
    return f"The web server cannot listen on {host}:{port} ({error.strerror}). {remedy}"


def _is_production(settings: Settings) -> bool:
    return settings.environment is Environment.PRODUCTION


def _gunicorn(settings: Settings) -> list[str]:
    """As deploy/gunicorn.conf.py; no access log, since the path of a phone's request holds its token."""
    options = [
        "--worker-class",
        "gthread",
        "--workers",
        "2",
        "--threads",
        "16",
        "--timeout",
        "120",
        "--no-control-socket",
    ]
    memory = ["--worker-tmp-dir", "/dev/shm"] if Path("/dev/shm").is_dir() else []  # noqa: S108 (heartbeat, in memory)
    return [*_PROGRAM, "gunicorn", "--bind", settings.bind, *options, *memory, "backend.app:create_app()"]

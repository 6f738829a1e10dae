"""Listens to the broker while the demo runs: everything that ever passed through it, and what it holds at the end."""

import threading
from types import TracebackType
from typing import Any, Self

from redis import Redis
from redis.exceptions import RedisError

_LOOK_SECONDS = 0.2


class BrokerWatch:
    """Keeps what it hears in memory only, to be searched."""

    def __init__(self, url: str) -> None:
        self._url = url
        self._heard: list[bytes] = []
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._listen, name="broker-watch", daemon=True)
        self._connection: Any = None

    def __enter__(self) -> Self:
        self._broker = Redis.from_url(self._url)
        self._connection = self._broker.connection_pool.get_connection()
        self._connection.send_command("MONITOR")
        self._connection.read_response()
        self._thread.start()
        return self

    def __exit__(
        self, _kind: type[BaseException] | None, _error: BaseException | None, _trace: TracebackType | None
    ) -> None:
        self._stop.set()
        self._thread.join()
        self._connection.disconnect()
        self._broker.close()

    @property
    def commands(self) -> int:
        return len(self._heard)

    def passed(self) -> bytes:
        """Every command so far. Bytes beyond ASCII come escaped, as the broker tells them."""
        return b"\n".join(self._heard)

    def held(self) -> bytes:
        """Every key and its content."""
        found: list[bytes] = []
        for key in self._broker.scan_iter(count=1000):
            found += [key, *_content(self._broker, key)]
        return b"\n".join(found)

    def _listen(self) -> None:
        while not self._stop.is_set():
            try:
                if self._connection.can_read(_LOOK_SECONDS):
                    self._heard.append(_as_bytes(self._connection.read_response()))
            except (RedisError, OSError):
                return


def _content(broker: Redis, key: bytes) -> list[bytes]:
    # redis-py's types know asynchronous answers too; ours are not.
    ask: Any = broker
    kind = ask.type(key)
    readers: dict[bytes, Any] = {
        b"string": lambda: [ask.get(key) or b""],
        b"list": lambda: ask.lrange(key, 0, -1),
        b"set": lambda: ask.smembers(key),
        b"zset": lambda: ask.zrange(key, 0, -1),
        b"hash": lambda: [part for pair in ask.hgetall(key).items() for part in pair],
    }
    found = readers[kind]() if kind in readers else []
    return [_as_bytes(part) for part in found]


def _as_bytes(part: object) -> bytes:
    return part if isinstance(part, bytes) else str(part).encode()

"""One exchange of a fake server: what was asked, what it answers."""

import gzip
import json
from dataclasses import dataclass, field, replace
from typing import Any


@dataclass
class Asked:
    """One exchange as the server saw it. `sent`: bytes of the answer on the line, fewer than `size` when packed."""

    method: str
    path: str
    query: dict[str, str]
    headers: dict[str, str]
    status: int = 0
    size: int = 0
    sent: int = 0


@dataclass
class Answer:
    status: int
    body: bytes = b""
    headers: dict[str, str] = field(default_factory=dict)


def json_answer(content: Any, status: int = 200) -> Answer:
    return Answer(status, json.dumps(content).encode(), {"Content-Type": "application/json; charset=utf-8"})


def packed(asked: Asked, answer: Answer) -> Answer:
    """As the proxy in front of a server sends it, to a client that accepts gzip."""
    accepted = {name.lower(): value for name, value in asked.headers.items()}.get("accept-encoding", "")
    if "gzip" not in accepted or not answer.body:
        return answer
    return replace(answer, body=gzip.compress(answer.body, 6), headers={**answer.headers, "Content-Encoding": "gzip"})

"""Makes a text that fits a simple regular expression, as the codes in forms have; the engine judges the result."""

import re
import string
from random import Random

_CLASSES = {"d": string.digits, "w": string.ascii_lowercase + string.digits + "_", "s": " "}
_ANY = string.ascii_lowercase
_MOST_EXTRA = 3
_COUNT = re.compile(r"\{(\d+)(?:(,)(\d*))?\}")


def sample(pattern: str, rng: Random) -> str:
    """One text for the pattern; parts it does not understand are taken as they stand."""
    text, _ = _alternatives(pattern, 0, rng)
    return text


def _alternatives(pattern: str, at: int, rng: Random) -> tuple[str, int]:
    options: list[str] = []
    text = ""
    while at < len(pattern) and pattern[at] != ")":
        if pattern[at] == "|":
            options.append(text)
            text, at = "", at + 1
            continue
        start = at
        _, after = _atom(pattern, start, rng)
        times, at = _times(pattern, after, rng)
        text += "".join(_atom(pattern, start, rng)[0] for _ in range(times))
    options.append(text)
    return options[int(rng.random() * len(options))], at


def _atom(pattern: str, at: int, rng: Random) -> tuple[str, int]:
    sign = pattern[at]
    if sign in "^$":
        return "", at + 1
    if sign == "(":
        inside = at + 3 if pattern.startswith("(?:", at) else at + 1
        text, end = _alternatives(pattern, inside, rng)
        return text, end + 1
    if sign == "[":
        return _class(pattern, at + 1, rng)
    if sign == "\\" and at + 1 < len(pattern):
        return _pick(_CLASSES.get(pattern[at + 1], pattern[at + 1]), rng), at + 2
    return (_pick(_ANY, rng) if sign == "." else sign), at + 1


def _class(pattern: str, at: int, rng: Random) -> tuple[str, int]:
    negated = pattern.startswith("^", at)
    at += negated
    members = ""
    while at < len(pattern) and (pattern[at] != "]" or not members):
        if pattern[at] == "\\" and at + 1 < len(pattern):
            members += _CLASSES.get(pattern[at + 1], pattern[at + 1])
            at += 2
        elif at + 2 < len(pattern) and pattern[at + 1] == "-" and pattern[at + 2] != "]":
            members += "".join(map(chr, range(ord(pattern[at]), ord(pattern[at + 2]) + 1)))
            at += 3
        else:
            members += pattern[at]
            at += 1
    if negated:
        members = "".join(letter for letter in _ANY + string.digits if letter not in members)
    return _pick(members, rng), at + 1


def _times(pattern: str, at: int, rng: Random) -> tuple[int, int]:
    if at >= len(pattern):
        return 1, at
    if count := _COUNT.match(pattern, at):
        least = int(count[1])
        most = int(count[3]) if count[3] else least + _MOST_EXTRA * bool(count[2])
        return _between(least, most, rng), count.end()
    ranges = {"?": (0, 1), "*": (0, _MOST_EXTRA), "+": (1, 1 + _MOST_EXTRA)}
    if pattern[at] not in ranges:
        return 1, at
    return _between(*ranges[pattern[at]], rng), at + 1


def _between(least: int, most: int, rng: Random) -> int:
    return least + int(rng.random() * (max(most, least) - least + 1))


def _pick(members: str, rng: Random) -> str:
    return members[int(rng.random() * len(members))] if members else ""

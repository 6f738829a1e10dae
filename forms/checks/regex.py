"""Whether a regular expression can be read by the engine, whose dialect (Java) knows a few signs more than ours."""

import re
import warnings

_JAVA = (
    (re.compile(r"\\[pP]\{[^}]*\}"), r"\\w"),
    (re.compile(r"\\[hHRXvVN]"), r"\\s"),
    (re.compile(r"\\x\{[0-9a-fA-F]+\}"), "x"),
    (re.compile(r"\(\?<([A-Za-z]\w*)>"), r"(?P<\1>"),
    (re.compile(r"\\k<([A-Za-z]\w*)>"), r"(?P=\1)"),
    (re.compile(r"\\[zGQE]"), ""),
)
_NESTED = re.compile(r"&&|\[[^\]]*\[")


def complaint(pattern: str) -> str:
    """What is wrong, or nothing; sets inside sets are Java's own and are not judged."""
    plain = pattern
    for found, instead in _JAVA:
        plain = found.sub(instead, plain)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            re.compile(plain)
    except (re.error, OverflowError, RecursionError) as error:
        return "" if _NESTED.search(plain.replace("\\[", "")) and "unterminated" not in str(error) else str(error)
    return ""

"""Mines an XForm for what may answer its questions: bounds, literals, exclusive codes. Guesses: the engine judges."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from random import Random
from typing import TYPE_CHECKING

from defusedxml import DefusedXmlException, ElementTree

from forms.engine.errors import FormRefusedError
from forms.engine.pattern import sample

if TYPE_CHECKING:
    from xml.etree.ElementTree import Element

_JR = "{http://openrosa.org/javarosa}"
_LOGIC = ("relevant", "constraint", "calculate", "required", "readonly", "value", "nodeset")
_LITERAL = r"""(?:'(?P<one>[^']*)'|"(?P<two>[^"]*)"|(?P<number>-?\d+(?:\.\d+)?))"""
_COMPARE = r"\s*(?:!=|<=|>=|=|<|>)\s*"
_PATH_END = r"/(?P<name>[\w.\-]+)\s*"
_SELF = r"(?<![\w./)\]])\.(?![\w./])\s*"
_NAME_FIRST = re.compile(_PATH_END + _COMPARE + _LITERAL)
_NAME_LAST = re.compile(_LITERAL + _COMPARE + r"(?:\.\.|[\w.()\-]*)(?:/\s*[\w.\-]+)*" + _PATH_END)
_SELECTED = re.compile(r"selected\(\s*[^,()]*?" + _PATH_END + r",\s*" + _LITERAL)
_SELF_LITERAL = re.compile(_SELF + _COMPARE + _LITERAL)
_SELF_SELECTED = re.compile(r"selected\(\s*\.\s*,\s*" + _LITERAL)
_SELF_BOUND = re.compile(_SELF + r"(?P<sign><=|>=|<|>|=)\s*(?P<number>-?\d+(?:\.\d+)?)")
_PICKS = re.compile(r"count-selected\(\s*\.\s*\)\s*(?P<sign><=|<)\s*(?P<number>\d+)")
_LENGTH = re.compile(r"string-length\(\s*\.\s*\)\s*(?P<sign><=|<)\s*(?P<number>\d+)")
_REGEX = re.compile(r"regex\(\s*\.\s*,\s*" + _LITERAL)
_MATCHED = re.compile(r"regex\(\s*[^,()]*?" + _PATH_END + r",\s*" + _LITERAL)
_SAMPLES = 2
_MEDIA = re.compile(r"^jr://file(?:-csv)?/(?P<name>[^/]+)$")


@dataclass(frozen=True, slots=True)
class Hints:
    type: str = ""
    least: float | None = None
    most: float | None = None
    step: float | None = None
    literals: tuple[str, ...] = ()
    alone: frozenset[str] = field(default_factory=frozenset)
    most_picks: int | None = None
    most_letters: int | None = None
    pattern: str | None = None
    note: bool = False


NOTHING = Hints()


def parse(xform: bytes) -> "Element":
    """The XForm as a tree; refuses what is not XML and any document type or entity."""
    try:
        root: Element = ElementTree.fromstring(xform, forbid_dtd=True)
    except DefusedXmlException:
        raise FormRefusedError(
            "The XForm declares a document type or entities. Remove them: a form needs none."
        ) from None
    except ElementTree.ParseError as problem:
        raise FormRefusedError(f"The XForm is not well-formed XML: {problem}. Convert the form again.") from None
    if root.find("{*}head/{*}model") is None:
        raise FormRefusedError(
            "The file is XML but not an XForm: it has no head with a model. Give the converted form."
        )
    return root


def media_names(root: "Element") -> tuple[str, ...]:
    """The file names that the form reads from its media folder."""
    found = (_MEDIA.match(instance.get("src", "")) for instance in root.iterfind("{*}head/{*}model/{*}instance"))
    return tuple(match["name"] for match in found if match)


def day_names(root: "Element") -> tuple[str, ...]:
    """The names of the questions that the phone itself fills with the day of the interview."""
    binds = root.iterfind("{*}head/{*}model/{*}bind")
    return tuple(_name(bind) for bind in binds if bind.get(f"{_JR}preloadParams") == "today")


def mine(root: "Element") -> dict[str, Hints]:
    """Hints by the absolute path of the bind; a question without a bind has none."""
    literals = _literals_by_name(root)
    ranges = {control.get("ref", ""): control for control in root.iter() if control.tag.endswith("}range")}
    binds = root.iterfind("{*}head/{*}model/{*}bind")
    return {path: _hints(bind, literals, ranges.get(path)) for bind in binds if (path := bind.get("nodeset", ""))}


def _hints(bind: "Element", literals: dict[str, list[str]], control: "Element | None") -> Hints:
    own = bind.get("constraint", "")
    least, most = _bounds(own, whole=bind.get("type") in {"int", "integer"})
    step = None
    if control is not None:
        least, most, step = (_number(control.get(key)) for key in ("start", "end", "step"))
    mined = dict.fromkeys([*_own_literals(own), *literals.get(_name(bind), [])])
    pattern = _REGEX.search(own)
    return Hints(
        type=bind.get("type", "").rpartition(":")[2],
        least=least,
        most=most,
        step=step,
        literals=tuple(text for text in mined if _fits(text, least, most)),
        alone=frozenset(_texts(_SELF_SELECTED, own)) if "count-selected" in own else frozenset(),
        most_picks=_limit(_PICKS, own),
        most_letters=_limit(_LENGTH, own),
        pattern=_text(pattern) if pattern else None,
        note=bind.get("readonly") == "true()",
    )


def _name(bind: "Element") -> str:
    return bind.get("nodeset", "").rpartition("/")[2]


def _fits(text: str, least: float | None, most: float | None) -> bool:
    number = _number(text)
    if number is None:
        return bool(text)
    return (least is None or number >= least) and (most is None or number <= most)


def _literals_by_name(root: "Element") -> dict[str, list[str]]:
    """Which constants each question is compared with anywhere in the form, by the question's name."""
    found: dict[str, list[str]] = {}
    for expression in _expressions(root):
        for finder in (_NAME_FIRST, _NAME_LAST, _SELECTED):
            for match in finder.finditer(expression):
                found.setdefault(match["name"], []).extend(_around(match))
        for match in _MATCHED.finditer(expression):
            rng = Random(_text(match))  # noqa: S311 (the same form is filled in the same way)
            found.setdefault(match["name"], []).extend(sample(_text(match), rng) for _ in range(_SAMPLES))
    return found


def _expressions(root: "Element") -> Iterator[str]:
    for element in root.iter():
        for key in _LOGIC:
            expression = element.get(key)
            if expression and ("'" in expression or '"' in expression or any(sign in expression for sign in "=<>")):
                yield expression


def _own_literals(constraint: str) -> list[str]:
    return [text for match in _SELF_LITERAL.finditer(constraint) for text in _around(match)]


def _around(match: re.Match[str]) -> list[str]:
    """The literal itself; for a number also its neighbours, since the sign may be strict either way."""
    if match["number"] is None:
        return [_text(match)]
    number = float(match["number"])
    return [_plain(number), _plain(number + 1), _plain(number - 1)]


def _bounds(constraint: str, *, whole: bool) -> tuple[float | None, float | None]:
    lows: list[float] = []
    highs: list[float] = []
    nudge = 1.0 if whole else 0.0
    for match in _SELF_BOUND.finditer(constraint):
        number = float(match["number"])
        if match["sign"].startswith(">"):
            lows.append(number if "=" in match["sign"] else number + nudge)
        elif match["sign"].startswith("<"):
            highs.append(number if "=" in match["sign"] else number - nudge)
    least, most = max(lows, default=None), min(highs, default=None)
    if least is not None and most is not None and least > most:
        return None, None
    return least, most


def _limit(finder: re.Pattern[str], constraint: str) -> int | None:
    limits = [int(match["number"]) - (match["sign"] == "<") for match in finder.finditer(constraint)]
    return min(limits, default=None)


def _texts(finder: re.Pattern[str], expression: str) -> list[str]:
    return [_text(match) for match in finder.finditer(expression)]


def _text(match: re.Match[str]) -> str:
    return next((match[group] for group in ("one", "two", "number") if match[group] is not None), "")


def _number(text: str | None) -> float | None:
    try:
        return float(text) if text else None
    except ValueError:
        return None


def _plain(number: float) -> str:
    return str(int(number)) if number == int(number) else str(number)

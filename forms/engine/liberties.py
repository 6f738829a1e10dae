"""Which answers nothing else in a form reads, so that each may be changed alone; and what depends on clock or chance.

Every name that stands anywhere in an expression counts as read, in quotes too: rather one answer too few is varied.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from xml.etree.ElementTree import Element

_JR = "{http://openrosa.org/javarosa}"
# What names the element itself, what is only shown, and what is no expression.
_OWN = frozenset({"ref", "id", "src", "appearance", "class", "type", "event", "lang", "mediatype", "query"})
_OWN_JR = frozenset({"requiredMsg", "constraintMsg", "preload", "preloadParams", "template", "version"})
_SHOWN = frozenset({"label", "hint", "value", "output"})
_NO_LOGIC = frozenset({"instance", "submission", "translation", "text"})
_ACTIONS = frozenset({"setvalue", "setgeopoint", "recordaudio"})
_NAME = re.compile(r"[^\W\d][\w.\-]*")
_QUOTED = re.compile(r"'[^']*'|\"[^\"]*\"")
_ANY = re.compile(r"[/(,\[]\s*\*|//|::")
_CLOCK = re.compile(r"\b(?:now|today)\s*\(")
_CHANCE = re.compile(r"\b(?:random|uuid)\s*\(")


@dataclass(frozen=True, slots=True)
class Liberties:
    """`free`: paths of questions that no other element reads. `volatile`: leaves that clock or chance fill.

    `codes`: leaves that a phone draws at random and nothing reads. `ids`: leaves that the phone fills with a new id.
    `stamps`: leaves with the time of the interview. `clock_bound`: a rule looks at the day or time, or a calculation at
    what the phone noted of them.
    """

    free: tuple[str, ...] = ()
    volatile: tuple[str, ...] = ()
    codes: tuple[str, ...] = ()
    ids: tuple[str, ...] = ()
    stamps: tuple[str, ...] = ()
    clock_bound: bool = False


@dataclass(frozen=True, slots=True)
class _Read:
    """One expression: the path of the element it stands on, and whether it decides what is asked or accepted."""

    path: str
    text: str
    decides: bool
    names: frozenset[str] = field(default_factory=frozenset)


def liberties(root: "Element") -> Liberties:
    binds = {bind.get("nodeset", ""): bind for bind in root.iterfind("{*}head/{*}model/{*}bind")}
    controls = dict(_controls(root))
    reads = list(_reads(root, controls))
    read = frozenset().union(*(one.names for one in reads))
    anything = any(_ANY.search(_QUOTED.sub("", one.text)) for one in reads)
    acting = {path for path, control in controls.items() if any(_tag(child) in _ACTIONS for child in control)}
    free = [path for path in controls if _last(path) not in read and path not in acting]
    days = {_last(path) for path, bind in binds.items() if bind.get(f"{_JR}preloadParams") == "today"}
    stamps = tuple(_last(path) for path, bind in binds.items() if bind.get(f"{_JR}preload") == "timestamp")
    dated = days.union(stamps)
    timed = _timed(reads, dated)
    return Liberties(
        free=() if anything else tuple(free),
        volatile=tuple(sorted(timed | _names_of(reads, _CHANCE))),
        codes=tuple(sorted(_names_of(reads, _CHANCE) - read - {_last(path) for path in controls})),
        ids=tuple(_last(path) for path, bind in binds.items() if bind.get(f"{_JR}preload") == "uid"),
        stamps=stamps,
        clock_bound=bool(read & dated)
        or any(one.decides and (_CLOCK.search(one.text) or one.names & timed) for one in reads),
    )


def _timed(reads: list[_Read], dated: set[str]) -> set[str]:
    """Leaves whose value follows the clock, also by way of others."""
    timed = _names_of(reads, _CLOCK)
    grown = True
    while grown:
        more = {_last(one.path) for one in reads if not one.decides and one.names & (timed | dated)} - timed
        timed, grown = timed | more, bool(more)
    return timed


def _names_of(reads: list[_Read], sign: re.Pattern[str]) -> set[str]:
    return {_last(one.path) for one in reads if not one.decides and sign.search(one.text)}


def _controls(root: "Element") -> Iterator[tuple[str, "Element"]]:
    """Questions of the body by path; groups and repeats are none."""
    for element in root.iterfind("{*}body//*[@ref]"):
        if _tag(element) not in {*_SHOWN, *_ACTIONS, "group", "itemset", "item", "copy"}:
            yield element.get("ref", ""), element


def _reads(root: "Element", controls: dict[str, "Element"]) -> Iterator[_Read]:
    model = root.find("{*}head/{*}model")
    body = root.find("{*}body")
    for part in (model, body):
        for element in part.iter() if part is not None else ():
            yield from _of_element(element, controls)


def _of_element(element: "Element", controls: dict[str, "Element"]) -> Iterator[_Read]:
    tag = _tag(element)
    path = element.get("nodeset", "") if tag == "bind" else element.get("ref", "")
    asked = tag != "bind" or any(control == path or control.startswith(f"{path}/") for control in controls)
    for key, text in element.attrib.items():
        if _is_expression(tag, key):
            # A calculation and an action only fill a leaf; all else decides what is asked and what is accepted.
            decides = asked and not (key == "calculate" or tag in _ACTIONS)
            yield _Read(path, text, decides, frozenset(_NAME.findall(text)))
    if tag in _ACTIONS and element.text:
        yield _Read(path, element.text, decides=False, names=frozenset(_NAME.findall(element.text)))


def _is_expression(tag: str, key: str) -> bool:
    if tag in _SHOWN or tag in _NO_LOGIC:
        return False
    space, _, name = key.rpartition("}")
    if space:
        return f"{space}}}" == _JR and name not in _OWN_JR
    return name not in _OWN and not (tag in {"bind", "repeat"} and name == "nodeset")


def _tag(element: "Element") -> str:
    return str(element.tag).rpartition("}")[2]


def _last(path: str) -> str:
    return path.rpartition("/")[2]

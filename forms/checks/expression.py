"""Reads the expressions of an XLSForm: XPath 1.0 as form engines take it, with ${name} for an answer."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache

from forms.sentences import say

_DEEPEST = 60
_NAME = r"[^\W\d][\w.\-]*"
_TOKEN = re.compile(
    rf"""\s*(?:
      (?P<reference>\$\{{\s*(?P<saved>last-saved\#)?(?P<name>[^{{}}]*?)\s*\}})
    | (?P<number>\d+(?:\.\d*)?|\.\d+)
    | (?P<literal>'[^']*'|"[^"]*")
    | (?P<sign>!=|<=|>=|//|::|\.\.|[()\[\],@/.|+\-*=<>])
    | (?P<word>{_NAME}(?::(?!:){_NAME})?(?::\*)?)
    )""",
    re.VERBOSE,
)
_LEVELS = (
    frozenset({"or"}),
    frozenset({"and"}),
    frozenset({"=", "!="}),
    frozenset({"<", "<=", ">", ">="}),
    frozenset({"+", "-"}),
    frozenset({"*", "div", "mod"}),
)
_WORD_OPERATORS = frozenset({"or", "and", "div", "mod"})
_REFERENCE = re.compile(r"\$\{\s*(last-saved#)?([^{}]*?)\s*\}")


class ExpressionError(Exception):
    """Says what is wrong and near what."""


@dataclass(frozen=True, slots=True)
class Number:
    value: float


@dataclass(frozen=True, slots=True)
class Literal:
    text: str


@dataclass(frozen=True, slots=True)
class Reference:
    """${name}; `saved` is the answer of the last interview."""

    name: str
    saved: bool = False


@dataclass(frozen=True, slots=True)
class Call:
    name: str
    arguments: tuple["Node", ...]


@dataclass(frozen=True, slots=True)
class Step:
    """`name` is a name, `.`, `..` or `*`; an axis other than child makes it unknowable here."""

    name: str
    predicates: tuple["Node", ...] = ()
    axis: str = ""


@dataclass(frozen=True, slots=True)
class Path:
    """From `start` (a reference or call), from the root when absolute, else from the question itself."""

    start: "Node | None"
    absolute: bool
    steps: tuple[Step, ...]
    predicates: tuple["Node", ...] = ()
    """Those of the start."""


@dataclass(frozen=True, slots=True)
class Binary:
    sign: str
    left: "Node"
    right: "Node"


@dataclass(frozen=True, slots=True)
class Minus:
    value: "Node"


Node = Number | Literal | Reference | Call | Path | Binary | Minus
ITSELF = Path(None, False, (Step("."),))
"""The answer being given: a lone dot."""


@lru_cache(maxsize=4096)
def parse(text: str) -> Node:
    """Raises ExpressionError."""
    return _Parser(list(_tokens(text))).whole()


def references(text: str) -> Iterator[tuple[str, bool]]:
    """Each ${name} in any text, and whether it is of the last interview."""
    return ((match[2], bool(match[1])) for match in _REFERENCE.finditer(text))


def inner(node: Node) -> Iterator[Node]:
    """What stands directly in a node."""
    match node:
        case Call(_, arguments):
            yield from arguments
        case Binary(_, left, right):
            yield from (left, right)
        case Minus(value):
            yield value
        case Path(start, _, steps, predicates):
            if start is not None:
                yield start
            yield from predicates
            for step in steps:
                yield from step.predicates


def walk(node: Node) -> Iterator[Node]:
    yield node
    for part in inner(node):
        yield from walk(part)


@dataclass(frozen=True, slots=True)
class _Token:
    kind: str
    text: str
    saved: bool = False


def _tokens(text: str) -> Iterator[_Token]:
    at, end = 0, len(text.rstrip())
    previous: _Token | None = None
    while at < end:
        match = _TOKEN.match(text, at)
        if match is None:
            raise ExpressionError(say("what begins with %(text)s cannot be read", text=repr(text[at:].strip()[:12])))
        kind = match.lastgroup if match.lastgroup not in {"saved", "name"} else "reference"
        at = match.end()
        if kind == "reference" or match["reference"] is not None:
            token = _Token("reference", match["name"], bool(match["saved"]))
        else:
            token = _plain(str(kind), match[str(kind)], previous)
        previous = token
        yield token


def _plain(kind: str, text: str, previous: _Token | None) -> _Token:
    """A star or a word such as `and` is an operator when something stands before it that can be its left side."""
    operand = previous is not None and (
        previous.kind in {"reference", "number", "literal", "word"} or previous.text in {")", "]", ".", ".."}
    )
    if kind == "word" and operand and text in _WORD_OPERATORS:
        return _Token("operator", text)
    if text == "*" and not operand:
        return _Token("word", text)
    return _Token("operator" if kind == "sign" and text in "=!=<=>=+-*|" else kind, text)


class _Parser:
    """Recursive descent, one method a level."""

    def __init__(self, tokens: list[_Token]) -> None:
        self._tokens, self._at, self._depth = tokens, 0, 0

    def whole(self) -> Node:
        node = self._level(0)
        if self._next is not None:
            raise ExpressionError(say("%(text)s stands where an operator is expected", text=repr(self._next.text)))
        return node

    @property
    def _next(self) -> _Token | None:
        return self._tokens[self._at] if self._at < len(self._tokens) else None

    def _sees(self, *texts: str) -> bool:
        token = self._next
        return token is not None and token.kind in {"sign", "operator"} and token.text in texts

    def _take(self) -> _Token:
        token = self._next
        if token is None:
            raise ExpressionError(say("it ends too early: something is missing at the end"))
        self._at += 1
        return token

    def _expect(self, text: str) -> None:
        if not self._sees(text):
            found = f"before {self._next.text!r}" if self._next else "at the end"
            raise ExpressionError(f"{text!r} is missing {found}")
        self._at += 1

    def _level(self, level: int) -> Node:
        if level == len(_LEVELS):
            return self._unary()
        left = self._level(level + 1)
        while (token := self._next) and token.kind == "operator" and token.text in _LEVELS[level]:
            self._at += 1
            left = Binary(token.text, left, self._level(level + 1))
        return left

    def _unary(self) -> Node:
        self._depth += 1
        if self._depth > _DEEPEST:
            raise ExpressionError(say("brackets are nested too deep"))
        if self._sees("-"):
            self._at += 1
            node: Node = Minus(self._unary())
        else:
            node = self._path()
            while self._sees("|"):
                self._at += 1
                node = Binary("|", node, self._path())
        self._depth -= 1
        return node

    def _path(self) -> Node:
        token = self._next
        if token is None:
            raise ExpressionError(say("it ends too early: something is missing at the end"))
        if self._sees("/", "//"):
            return self._absolute()
        if self._begins_step():
            return Path(None, False, self._steps(first=True))
        start = self._primary()
        predicates = self._predicates()
        steps = self._steps(first=False)
        return Path(start, False, steps, predicates) if steps or predicates else start

    def _absolute(self) -> Node:
        if self._sees("//"):
            self._take()
            return Path(None, True, (Step("*", axis="descendant"), *self._steps(first=True)))
        self._take()
        return Path(None, True, self._steps(first=True) if self._begins_step() else ())

    def _begins_step(self) -> bool:
        token = self._next
        if token is None:
            return False
        if token.kind == "word":
            after = self._tokens[self._at + 1] if self._at + 1 < len(self._tokens) else None
            return not (after and after.kind == "sign" and after.text == "(") or token.text in {"node", "text"}
        return self._sees(".", "..", "@")

    def _steps(self, *, first: bool) -> tuple[Step, ...]:
        steps = [self._step()] if first else []
        while self._sees("/", "//"):
            axis = "descendant" if self._take().text == "//" else ""
            steps.append(self._step(axis))
        return tuple(steps)

    def _step(self, axis: str = "") -> Step:
        token = self._take()
        if token.text == "@":
            return Step(f"@{self._take().text}", self._predicates(), "attribute")
        if token.kind != "word" and token.text not in {".", ".."}:
            raise ExpressionError(say("%(text)s stands where a name is expected", text=repr(token.text)))
        if self._sees("::"):
            self._take()
            return self._step(token.text)
        if self._sees("(") and token.text in {"node", "text"}:
            self._take()
            self._expect(")")
            return Step("*", self._predicates(), axis or "node")
        return Step(token.text, self._predicates(), axis)

    def _predicates(self) -> tuple[Node, ...]:
        found = []
        while self._sees("["):
            self._take()
            found.append(self._level(0))
            self._expect("]")
        return tuple(found)

    def _primary(self) -> Node:
        token = self._take()
        match token.kind:
            case "reference":
                return Reference(token.text, token.saved)
            case "number":
                return Number(float(token.text))
            case "literal":
                return Literal(token.text[1:-1])
            case "word":
                return Call(token.text, self._arguments())
        if token.text != "(":
            raise ExpressionError(say("%(text)s stands where a value is expected", text=repr(token.text)))
        node = self._level(0)
        self._expect(")")
        return node

    def _arguments(self) -> tuple[Node, ...]:
        self._expect("(")
        found: list[Node] = []
        if not self._sees(")"):
            found.append(self._level(0))
            while self._sees(","):
                self._take()
                found.append(self._level(0))
        self._expect(")")
        return tuple(found)

"""The functions that form engines know, and how many arguments each takes."""

from forms.sentences import say

_MANY = 10_000
ARGUMENTS: dict[str, tuple[int, int]] = {
    **dict.fromkeys(("true", "false", "now", "today", "pi", "current", "last"), (0, 0)),
    **dict.fromkeys(("random", "uuid"), (0, 1)),
    **dict.fromkeys(("position", "string", "number", "string-length", "name", "local-name", "normalize-space"), (0, 1)),
    **dict.fromkeys(("not", "boolean", "int", "abs", "sqrt", "exp", "exp10", "log", "log10", "sin", "cos"), (1, 1)),
    **dict.fromkeys(("tan", "asin", "acos", "atan", "floor", "ceiling", "once", "area", "distance", "count"), (1, 1)),
    **dict.fromkeys(("sum", "count-non-empty", "count-selected", "instance", "date", "date-time", "lang"), (1, 1)),
    **dict.fromkeys(("decimal-date-time", "decimal-time", "boolean-from-string", "upper-case", "lower-case"), (1, 1)),
    **dict.fromkeys(("geofence",), (2, 2)),
    **dict.fromkeys(("base64-decode", "extract-signed"), (1, 2)),
    **dict.fromkeys(("is-null", "namespace-uri", "digest-hex", "property"), (1, 1)),
    **dict.fromkeys(("selected", "selected-at", "starts-with", "ends-with", "contains", "substring-before"), (2, 2)),
    **dict.fromkeys(("substring-after", "regex", "pow", "atan2", "format-date", "format-date-time", "id"), (2, 2)),
    **dict.fromkeys(("jr:choice-name", "jr:itext"), (1, 2)),
    **dict.fromkeys(("round", "randomize"), (1, 2)),
    **dict.fromkeys(("substr", "substring", "digest"), (2, 3)),
    **dict.fromkeys(("if", "translate", "replace"), (3, 3)),
    **dict.fromkeys(("min", "max", "coalesce", "join", "concat", "checklist", "weighted-checklist"), (1, _MANY)),
    "pulldata": (2, 4),
    "indexed-repeat": (3, 7),
    "search": (1, 6),
    "intersects": (1, 1),
    "depend": (1, _MANY),
}
NODE_SETS = frozenset(
    {
        *("sum", "count", "count-non-empty", "min", "max", "join", "concat", "indexed-repeat", "randomize", "position"),
        *("area", "distance", "id", "checklist", "weighted-checklist", "coalesce"),
    }
)
"""Those that take all answers of a repeat at once."""


def wrong_number(name: str, given: int) -> str:
    """What is wrong with the number of arguments, or nothing; unknown functions are another matter."""
    least, most = ARGUMENTS[name]
    if least <= given <= most:
        return ""
    wanted = (
        f"{least}"
        if least == most
        else say("%(least)s or more", least=least)
        if most == _MANY
        else say("%(least)s to %(most)s", least=least, most=most)
    )
    return say("%(name)s() takes %(wanted)s arguments and gets %(given)s", name=name, wanted=wanted, given=given)

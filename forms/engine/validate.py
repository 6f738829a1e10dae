"""ODK Validate, warm and in the same JVM: what it says against an XForm."""

from typing import Any

import jpype


def complaints(xform: bytes) -> tuple[str, ...]:
    """Empty when the form is valid. Validate fills nothing in, so its words quote the form only."""
    found: list[str] = []

    def error(message: Any, cause: Any = None) -> None:
        text = str(message) if cause is None else f"{message}: {cause.getMessage()}"
        found.append(" ".join(text.split()))

    listener = jpype.JProxy("org.opendatakit.validate.ErrorListener", dict={"error": error, "info": _ignore})
    validator = jpype.JClass("org.opendatakit.validate.FormValidator")().setErrorListener(listener)
    try:
        validator.validate(jpype.JArray(jpype.JByte)(xform))
    except jpype.JException as problem:
        error("ODK Validate cannot finish", problem)
    return tuple(dict.fromkeys(found))


def _ignore(*_args: Any) -> None:
    return None

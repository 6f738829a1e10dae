"""Tells what a fake server says that the recorded one did not: keys and kinds, since ids, times and names differ."""

from typing import Any


def shape(value: Any) -> Any:
    """Keys and kinds, without the values."""
    if isinstance(value, dict):
        return {key: shape(one) for key, one in value.items()}
    if isinstance(value, list):
        return [shape(value[0])] if value else []
    return "text" if isinstance(value, str) else "number" if isinstance(value, int | float) else "plain"


def drift(fake: Any, real: Any, where: str = "") -> list[str]:
    """Between two shapes. What the fake leaves out is no drift: nobody reads it."""
    if isinstance(fake, dict) and isinstance(real, dict):
        unknown = [f"{where}/{key}" for key in fake if key not in real]
        return unknown + [one for key in fake if key in real for one in drift(fake[key], real[key], f"{where}/{key}")]
    if isinstance(fake, list) and isinstance(real, list):
        return drift(fake[0], real[0], f"{where}[]") if fake and real else []
    return [] if "plain" in (fake, real) or fake == real else [where]

"""The codes for "not in the list": every list below level 1 has one, so that an enumerator is never stuck."""

SUFFIX = "-NIL"
"""No p-code and no site code may end in it, in capitals or not; the import refuses them."""


def nil(parent: str) -> str:
    """The "not in the list" of the list below `parent`, which may itself be one."""
    return parent + SUFFIX


def is_nil(code: str) -> bool:
    return code.endswith(SUFFIX)


def is_reserved(code: str) -> bool:
    """Wider than `is_nil`: a code in small letters would be taken for the real one by a reader."""
    return code.upper().endswith(SUFFIX)


def known(code: str) -> str | None:
    """What the store keeps: the code, or null when it says "not in the list"."""
    return None if is_nil(code) else code

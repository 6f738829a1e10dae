"""What a server is to a deploy: it tells what would change, and then changes all of it or nothing."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Protocol


class TargetError(Exception):
    """A form that is not on the phones. The message says what to do; the server is as it was before."""


class UndecidedError(TargetError):
    """Something that a person has to accept first. `warnings` holds it in words, about the form only."""

    def __init__(self, warnings: Sequence[str]) -> None:
        told = "; ".join(warnings)
        super().__init__(
            f"Not deployed, a person has to decide: {told}. Accept it with --accept-warnings, or change it"
        )
        self.warnings = tuple(warnings)


class Action(StrEnum):
    CREATE = "create"
    REPLACE = "replace"
    UNCHANGED = "unchanged"


@dataclass(frozen=True, slots=True, kw_only=True)
class Package:
    """What of a form goes to a server. `version` is made of the content, so it is our own hash of all of it."""

    form_id: str
    version: str
    title: str
    languages: tuple[str, ...]
    """As phones show them, the first is the default."""
    xlsx: bytes = field(repr=False)
    xform: bytes = field(repr=False)
    media: Mapping[str, bytes] = field(repr=False)


@dataclass(frozen=True, slots=True)
class Known:
    """What our store says of this form on this server: '' where it was never deployed there.

    `adopted`: versions that somebody else published there, and that are read all the same.
    """

    server_form_id: str = ""
    version: str = ""
    adopted: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Steps:
    """What a deploy would do, to be shown before it is done. `warnings` wait for a person."""

    action: Action
    files: tuple[str, ...] = ()
    removed: tuple[str, ...] = ()
    senders: tuple[str, ...] = ()
    warnings: tuple[str, ...] = ()

    @property
    def is_empty(self) -> bool:
        return self.action is Action.UNCHANGED and not (self.files or self.removed or self.senders)


@dataclass(frozen=True, slots=True)
class Live:
    """What phones get now, read back and compared. The version is another than ours where the server wanted a new one.

    `server_version` is the server's own name of it.
    """

    package: Package
    server_form_id: str
    server_version: str
    steps: Steps

    @property
    def changed(self) -> bool:
        return not self.steps.is_empty


class Target(Protocol):
    """One place on one server. Raises TargetError and NetError, with everything as it was before."""

    def look(self, package: Package) -> Steps:
        """The dry run: asks, and changes nothing."""
        ...

    def put(self, package: Package, *, accept_warnings: bool) -> Live:
        """Doing it again changes nothing. Raises UndecidedError while a warning is not accepted."""
        ...

    def ring(self, server_form_id: str) -> bool:
        """Has the server ring our doorbell for new interviews; False where a server cannot."""
        ...


def decided(steps: Steps, *, accept_warnings: bool) -> Steps:
    if steps.warnings and not accept_warnings:
        raise UndecidedError(steps.warnings)
    return steps

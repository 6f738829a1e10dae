"""The decision about a breaking change: what was renamed, and which breaks are accepted, by whom and why.

Without one, a form whose answers would break the series is not deployed.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import msgspec
import yaml

from forms.diff import Aliases, Change, FormDiff, Kind
from forms.reissue import content_of

_NEVER = frozenset({Kind.GATE, Kind.FORM_ID, Kind.VERSION_KEPT})
"""No reason makes these right."""
_SHORTEST_REASON = 10
_UNDECIDED = "?"


class MigrationError(Exception):
    """A migration that cannot be read, or breaks that nobody has decided. Says which, and what to do."""


class Accepted(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """`change` is the key of a change, as `fieldveil form diff` shows it."""

    change: str
    reason: str


class Migration(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """From one version to the next. `renamed`: question -> question; `choices`: list -> code -> code; old to new."""

    form_id: str
    from_version: str
    to_version: str
    decided_by_role: str = ""
    renamed: dict[str, str] = {}
    choices: dict[str, dict[str, str]] = {}
    accepted: tuple[Accepted, ...] = ()

    def aliases(self) -> Aliases:
        return Aliases(self.renamed, self.choices)


@dataclass(frozen=True, slots=True)
class Step:
    """Which versions a migration has to be for."""

    form_id: str
    from_version: str
    to_version: str


def read_migration(text: str, name: str) -> Migration:
    try:
        migration = msgspec.convert(yaml.safe_load(text), Migration)
    except yaml.YAMLError:
        raise MigrationError(
            f"{name}: not readable as YAML. Mend it, or write a new one: form diff --migration"
        ) from None
    except msgspec.ValidationError as error:
        raise MigrationError(f"{name}: {error}. Write a new one with: form diff --migration") from None
    findings = list(_faults(migration))
    if findings:
        raise MigrationError("\n".join(f"{name}: {finding}" for finding in findings))
    return migration


def write_migration(
    step: Step, diff: FormDiff, twins: Mapping[str, str], to_decide: Sequence[str] | None = None
) -> str:
    """To be filled in: a rename is suggested where two questions look the same; each other break needs a reason.

    `to_decide`: keys of the changes that need one, where it is not every break.
    """
    renamed = {old: new for old, new in twins.items() if _gone(diff, old)}
    open_breaks = [one.key for one in diff.breaking if one.kind not in _NEVER and one.subject not in renamed]
    wanted = open_breaks if to_decide is None else to_decide
    content: dict[str, Any] = {
        "form_id": step.form_id,
        "from_version": step.from_version,
        "to_version": step.to_version,
        "decided_by_role": _UNDECIDED,
        "renamed": renamed,
        "choices": {},
        "accepted": [{"change": key, "reason": _UNDECIDED} for key in dict.fromkeys(wanted)],
    }
    return _HEADER + yaml.safe_dump(content, sort_keys=False, allow_unicode=True, width=118)


def check_migration(migration: Migration | None, step: Step, diff: FormDiff) -> None:
    """`diff` was made with the migration's aliases. Raises MigrationError for every break that is not decided."""
    if migration is not None:
        check_step(migration, step)
    accepted = {one.change for one in migration.accepted} if migration else set()
    never = [one for one in diff.breaking if one.kind in _NEVER]
    undecided = [one for one in diff.breaking if one.kind not in _NEVER and one.key not in accepted]
    if never or undecided:
        raise MigrationError("\n".join(_complaint(never, undecided)))


def check_step(migration: Migration, step: Step) -> None:
    """Raises MigrationError for one that was written for other versions."""
    if _contents(migration) != _contents(step):
        raise MigrationError(
            f"the migration is for {migration.form_id}, {migration.from_version} to {migration.to_version};"
            f" needed is {step.form_id}, {step.from_version} to {step.to_version}. Write it anew, with --migration"
        )


_HEADER = """\
# What breaks between two versions of the form, and what was decided.
# renamed: a question that only has another name now (old: new). Then its answers go on as one series.
# choices: the same for answers, by list (list: {old_code: new_code}).
# accepted: breaks that you accept, each with a reason. Replace every '?'.
"""


def _contents(one: Migration | Step) -> tuple[str, str, str]:
    """What a version asks, whichever issue of it phones have: ways back give it another number, and ask the same."""
    return one.form_id, content_of(one.from_version), content_of(one.to_version)


def _complaint(never: list[Change], undecided: list[Change]) -> Iterator[str]:
    if never:
        yield "Changes that no migration can allow:"
        yield from (f"  {change}" for change in never)
    if undecided:
        breaks = "One change breaks" if len(undecided) == 1 else f"{len(undecided)} changes break"
        yield f"{breaks} the series of answers, and nobody has decided about that:"
        yield from (f"  {change.key}: {change.what}" for change in undecided)
        yield "Write a migration with `fieldveil form diff OLD NEW --migration FILE`, fill it in, and deploy with it."


def _faults(migration: Migration) -> Iterator[str]:
    if migration.decided_by_role.strip() in {"", _UNDECIDED}:
        yield "decided_by_role is missing; name the role that decided (not the person)"
    for one in migration.accepted:
        if len(one.reason.strip()) < _SHORTEST_REASON:
            yield f"{one.change}: a reason in words is missing"
    new = list(migration.renamed.values())
    for name in sorted({name for name in new if new.count(name) > 1}):
        yield f"renamed: two questions became {name}; only one of them can be it"


def _gone(diff: FormDiff, name: str) -> bool:
    return any(change.kind is Kind.QUESTION_REMOVED and change.subject == name for change in diff.changes)

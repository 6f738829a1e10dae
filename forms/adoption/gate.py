"""Whether the gate of a version is the one of the standard form: consent and safety, in words and in structure."""

from collections.abc import Collection, Iterator

from forms.adoption.model import Obstacle, Obstructed
from forms.adoption.places import Places, guards
from forms.conformance import Conformance
from forms.diff import Change, Grade, Kind, Stakes
from forms.sentences import say
from mappings.language import FormMapping, GateStep, gate_paths, paths

_WORDS = frozenset({Kind.LABEL, Kind.OTHER})
_ANSWERS = frozenset({Kind.CHOICE_LABEL, Kind.CHOICE_MEANING, Kind.CHOICE_REMOVED, Kind.CHOICE_RENAMED})


def gate_obstacles(
    found: Conformance, places: Places, mapping: FormMapping, stakes: Stakes, accepted: Collection[str]
) -> Iterator[Obstructed]:
    """`accepted`: keys of changes that somebody has decided about; only other words can be accepted."""
    yield from (Obstructed(Obstacle.GATE, one.subject, one.what) for one in found.gate)
    for step in mapping.gate:
        if not _has(step, places):
            what = say("the question of the gate, or the answer that opens it, is not there as it was")
            yield Obstructed(Obstacle.GATE, _last(step.path), what)
    lists = {item.list_name for step in mapping.gate if (item := places.ours(step.path)) and item.list_name}
    for change in found.diff.changes:
        if change.grade is Grade.HARMLESS:
            continue
        if change.kind in _ANSWERS and change.subject.partition(":")[0] in lists:
            yield Obstructed(Obstacle.GATE, change.subject, change.what)
        elif change.kind in _WORDS and change.subject in stakes.gate and change.key not in accepted:
            yield _worded(change)
    yield from _unguarded(places, mapping, stakes.gate)


def _worded(change: Change) -> Obstructed:
    return Obstructed(Obstacle.GATE_WORDS, change.subject, change.what, change.key)


def _has(step: GateStep, places: Places) -> bool:
    item = places.theirs(step.path)
    if item is None or step.value == "*" or not item.is_select:
        return item is not None
    return places.codes(step.path, [step.value]) == {step.value: step.value}


def _unguarded(places: Places, mapping: FormMapping, gate: frozenset[str]) -> Iterator[Obstructed]:
    """What is asked before a question of the gate that it came after, or without waiting for one it waited for."""
    steps = [step for step in map(places.ours, gate_paths(mapping)) if step is not None]
    before = {item.path: number for number, item in enumerate(places.standard.items)}
    for path in paths(mapping):
        ours, theirs = places.ours(path), places.theirs(path)
        if ours is None or theirs is None:
            continue
        waited = {places.renamed(name) for name in guards(ours, gate)}
        if not waited <= guards(theirs, frozenset(waited)):
            yield Obstructed(Obstacle.GATE, theirs.name, say("it no longer waits for consent or safety"))
        earlier = [step for step in steps if before[step.path] < before[ours.path]]
        stands = [places.theirs(step.name) for step in earlier]
        if ours.is_asked and any(
            one is not None and places.order[one.path] > places.order[theirs.path] for one in stands
        ):
            yield Obstructed(Obstacle.GATE, theirs.name, say("it is asked before consent or safety, which came first"))


def _last(path: str) -> str:
    return path.rpartition("/")[2]

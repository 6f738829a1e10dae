"""Makes the mapping of a version that was published by hand, from ours. Nothing is added to what is read.

A question keeps its rule where it still is the same question; an answer where it is still offered. What they ask or
offer beside ours stays outside, and what became another question is left out.
"""

from collections.abc import Collection, Iterator

from msgspec.structs import asdict, replace

from forms.adoption.gate import gate_obstacles
from forms.adoption.model import Adoption, Left, Obstacle, Obstructed
from forms.adoption.places import Places
from forms.checks.survey import Survey
from forms.conformance import Conformance, Judged, Standing, conform
from forms.diff import Aliases, Kind, Stakes
from forms.sentences import listed, say
from mappings.language import About, AskedIf, Coded, FormMapping, GateStep, Interview, Rule, check

_STATUSES = frozenset({"dk", "pna"})
_GONE = say("it is not there as the same question")
_NO_ANSWERS = say("none of its answers is offered")


def adopt(
    standard: Survey,
    edited: Survey,
    mapping: FormMapping,
    *,
    version: str,
    stakes: Stakes,
    aliases: Aliases | None = None,
    accepted: Collection[str] = (),
) -> Adoption:
    """`mapping` and `stakes` are of `standard`, from which `edited` was made; `accepted` are keys of changes."""
    aliases = aliases or Aliases()
    found = conform(standard, edited, mapping, stakes=stakes, aliases=aliases)
    places = Places(standard, edited, aliases)
    heir = _Heir(places, found, mapping)
    derived = heir.mapping(version)
    obstacles = [*gate_obstacles(found, places, mapping, stakes, accepted), *_unusable(mapping, derived)]
    standing = tuple({(one.obstacle, one.subject): one for one in reversed(obstacles)}.values())[::-1]
    return Adoption(found, None if standing else derived, standing, tuple(heir.left), tuple(_ignored(found)))


def _unusable(mapping: FormMapping, derived: FormMapping) -> Iterator[Obstructed]:
    if not derived.interview.adm1:
        what = say("the first-level area is not asked as it was, and without it no answer can be placed")
        yield Obstructed(Obstacle.AREA, mapping.interview.adm1.rpartition("/")[2], what)
    if mapping.rules and not derived.rules:
        yield Obstructed(Obstacle.NOTHING, "", say("no indicator is asked as in the standard"))
    yield from (Obstructed(Obstacle.MAPPING, "", finding) for finding in check(derived))


def _ignored(found: Conformance) -> Iterator[str]:
    yield from found.added
    yield from (one.subject for one in found.diff.changes if one.kind is Kind.CHOICE_ADDED)


class _Heir:
    """`left` takes what of ours cannot be read."""

    def __init__(self, places: Places, found: Conformance, mapping: FormMapping) -> None:
        self._places, self._mapping = places, mapping
        self._judged = {one.question: one for one in found.indicators}
        self.left: list[Left] = []

    def mapping(self, version: str) -> FormMapping:
        """One that may be of no use: its obstacles are judged elsewhere."""
        made = [(rule, self._rule(rule)) for rule in self._mapping.rules]
        kept = [(rule, heir) for rule, heir in made if heir is not None]
        new = {rule.path: heir.path for rule, heir in kept if not heir.repeat}
        group = self._mapping.interview.source_group
        interview = self._interview(self._mapping.interview)
        if group and interview.source_group:
            new[group.path] = interview.source_group.path
        return replace(
            self._mapping,
            form_version=version,
            gate=tuple(self._step(step) for step in self._mapping.gate),
            interview=interview,
            rules=tuple(replace(heir, asked_if=tuple(self._conditions(rule, new))) for rule, heir in kept),
            about=tuple(self._abouts()),
        )

    def _rule(self, rule: Rule) -> Rule | None:
        judged, path = self._judged[rule.path.rpartition("/")[2]], self._places.path(rule.path)
        codes = self._places.codes(rule.path, rule.codes)
        reason = "" if path else _GONE
        if judged.standing in (Standing.MISSING, Standing.BROKEN):
            reason = listed(change.what for change in judged.changes) or _GONE
        elif path and rule.codes and all(rule.codes[code] in _STATUSES for code in codes):
            reason = _NO_ANSWERS
        score = _comparability(rule, judged)
        if reason or (score <= 0 < rule.comparability):
            self._leave(rule.path, rule.indicator, reason or say("too much of it is another question"))
            return None
        return replace(
            rule,
            path=path,
            codes={to: rule.codes[code] for code, to in codes.items()},
            exclusive=tuple(codes[code] for code in rule.exclusive if code in codes),
            repeat=self._places.repeat(rule.path),
            comparability=score,
        )

    def _conditions(self, rule: Rule, new: dict[str, str]) -> Iterator[AskedIf]:
        """Where it is asked of other people than ours, our rule of whom it is asked says nothing any more."""
        judged = self._judged[rule.path.rpartition("/")[2]]
        if any(change.kind is Kind.RELEVANT for change in judged.changes):
            return
        for step in rule.asked_if:
            codes = self._places.codes(step.path, step.none_of)
            if step.path in new and codes:
                yield AskedIf(new[step.path], tuple(codes[code] for code in step.none_of if code in codes))

    def _step(self, step: GateStep) -> GateStep:
        codes = self._places.codes(step.path, step.codes)
        return replace(step, path=self._places.path(step.path) or step.path, codes=tuple(codes.values()))

    def _interview(self, ours: Interview) -> Interview:
        found = {name: self._place(place) for name, place in asdict(ours).items() if place}
        return replace(ours, **found)

    def _place(self, ours: str | Coded) -> str | Coded | None:
        if isinstance(ours, Coded):
            path, codes = self._places.path(ours.path), self._places.codes(ours.path, ours.codes)
            if path and codes:
                return Coded(path, tuple(codes[code] for code in ours.codes if code in codes))
            self._leave(ours.path, "", _NO_ANSWERS if path else _GONE)
            return None
        path = self._places.path(ours)
        if not path:
            self._leave(ours, "", _GONE)
        return path

    def _abouts(self) -> Iterator[About]:
        for about in self._mapping.about:
            path, codes = self._places.path(about.path), self._places.codes(about.path, about.codes)
            if path and codes:
                yield replace(about, path=path, codes=tuple(codes[code] for code in about.codes if code in codes))
            else:
                self._leave(about.path, "", _NO_ANSWERS if path else _GONE)

    def _leave(self, path: str, indicator: str, why: str) -> None:
        self.left.append(Left(path.rpartition("/")[2], indicator, why))


def _comparability(rule: Rule, judged: Judged) -> float:
    """What this version changed comes on top of what the standard form had changed already."""
    return round(max(0.0, rule.comparability - (1.0 - judged.score)), 2)

"""The mapping language: which answer of a form becomes which entry of the standard schema.

A mapping is a YAML file. `forms` writes one beside every generated form (its recipe); a form that somebody else made
gets one by hand. Both are read here, checked whole, and run by the same engine (strip, apply). Paths are question names
with their groups, joined by `/`, without the root: `consent/con_given`.
"""

import hashlib
import re
from collections.abc import Iterator
from itertools import accumulate
from typing import Any, Literal

import msgspec
import yaml

from mappings.model import AnswerKey, Status

LANGUAGE_VERSION = 1
_MAX_DEPTH = 50
_PATH = re.compile(r"[A-Za-z_][\w.-]*(/[A-Za-z_][\w.-]*)*")
_CODE = re.compile(r"[A-Za-z0-9_.-]{1,60}")
_INDICATOR = re.compile(r"CTE-(IND|HHD|COM|STR)-\d{3}|LOC-[A-Z]{3}-[A-Z0-9]+-\d{3}")
_ABOUT_KINDS = frozenset({"basis", "confidence", "limitation", "source"})


class MappingError(Exception):
    """A mapping that cannot be used. The message names the mapping, every finding and the remedy."""


class _Part(msgspec.Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    pass


class Coded(_Part, frozen=True):
    """An answer of one code out of a closed list."""

    path: str
    codes: tuple[str, ...]


class GateStep(_Part, frozen=True):
    """The answer at `path` must be `value`, else the submission counts as `otherwise` and nothing of it is kept.

    `value` '*' means any answer at all, or any of `codes` where these are given (a source must be named, whichever it
    is). Only such a step may read an answer that `about` reads too.
    """

    path: str
    value: str
    otherwise: Literal["refused", "not_understood", "stopped_safety"]
    codes: tuple[str, ...] = ()

    def opens(self, answer: str | int | float | bool | None) -> bool:
        if answer in (None, ""):
            return False
        if self.value != "*":
            return answer == self.value
        return not self.codes or answer in self.codes


class Interview(_Part, frozen=True):
    """Where the form asks about the interview itself. Only `adm1` is needed; what is absent is stored as unknown.

    `day` is the metadata question `today`. Areas and sites are checked against the area registry, not against a list.
    """

    adm1: str
    adm2: str = ""
    adm3: str = ""
    site: str = ""
    day: str = ""
    enumerator: Coded | None = None
    organisation: Coded | None = None
    method: Coded | None = None
    source_group: Coded | None = None
    source_sex: Coded | None = None
    minutes: str = ""
    withdrawal_code: str = ""
    enum_safe: str = ""
    debrief: str = ""
    distress: str = ""
    disclosure_action: Coded | None = None


class About(_Part, frozen=True):
    """What holds for a whole section (`basis`, `confidence`) or, with section "", the whole interview (`limitation`,
    `source`)."""

    kind: str
    path: str
    codes: tuple[str, ...]
    section: str = ""
    multiple: bool = False


class AskedIf(_Part, frozen=True):
    """The rule's question is asked unless the answer at `path` is (or holds) one of `none_of`."""

    path: str
    none_of: tuple[str, ...]


class Disagg(_Part, frozen=True):
    """The part of the population a number speaks of."""

    sex: str = "all"
    age: str = "all"
    pop: str = "all"
    form: str = "all"


class Rule(_Part, frozen=True):
    """One question and the indicator it answers. `codes` map the form's codes to the standard's, or to a status
    (`dk`, `pna`). Bounds are inclusive. `repeat` is the path of the repeat the question lies in. `comparability` is 1
    where the question is asked as in the standard, and less where a country adapted it; 0 where it is its own."""

    path: str
    indicator: str
    version: int
    response: Literal["select_one", "select_multiple", "integer", "decimal"]
    level: str
    theme: str
    unit: str
    recall: str
    sensitivity: int
    section: str
    codes: dict[str, str] = {}
    exclusive: tuple[str, ...] = ()
    max_select: int | None = None
    minimum: float | None = None
    maximum: float | None = None
    asked_if: tuple[AskedIf, ...] = ()
    disagg: Disagg = Disagg()
    repeat: str = ""
    comparability: float = 1.0


class FormMapping(_Part, frozen=True):
    """The mapping of one form version. Build with `load`, write with `dump`; both check it whole.

    A form that `keeps` counters only has no rules and needs no gate: none of its answers is ever stored.
    """

    language: int
    form_id: str
    form_version: str
    survey_id: str
    country: str
    respondent_kind: str
    catalogue_version: str
    deid_profile: str
    fixed_method: str
    gate: tuple[GateStep, ...]
    interview: Interview
    rules: tuple[Rule, ...]
    about: tuple[About, ...] = ()
    source_kind: Literal["primary", "secondary"] = "primary"
    fixed_organisation: str = ""
    keeps: Literal["answers", "counters"] = "answers"
    overlay: str = ""

    @property
    def version(self) -> str:
        """First 16 hex digits of the SHA-256 of the content: another content is another version."""
        return hashlib.sha256(msgspec.json.encode(_canonical(self), order="sorted")).hexdigest()[:16]


class _Loader(yaml.CSafeLoader):
    """Refuses a key that stands twice: YAML would let the second one win in silence."""

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Any, Any]:
        keys = [self.construct_object(key, deep=True) for key, _ in node.value]
        if len(keys) != len(set(keys)):
            raise yaml.constructor.ConstructorError(None, None, "a key stands twice", node.start_mark)
        return super().construct_mapping(node, deep)


def load(text: str, *, name: str = "mapping") -> FormMapping:
    """Reads and checks a mapping. Raises MappingError with every finding."""
    if _depth(text) > _MAX_DEPTH:
        raise MappingError(f"{name}: brackets are nested more than {_MAX_DEPTH} deep. Mend the file.")
    try:
        data = yaml.load(text, Loader=_Loader)  # noqa: S506 (a subclass of the safe loader)
        mapping = msgspec.convert(data, FormMapping)
    except yaml.YAMLError as error:
        raise MappingError(f"{name}: not readable as YAML: {error}. Mend the file at that place.") from None
    except msgspec.ValidationError as error:
        raise MappingError(f"{name}: {error}. Compare with docs/mapping.md.") from None
    findings = list(check(mapping))
    if findings:
        raise MappingError("\n".join(f"{name}: {finding}" for finding in findings))
    return mapping


def _canonical(mapping: FormMapping) -> FormMapping:
    """As `load` would give it: a bound written as 0 in code is 0.0 when read, and must not make another version."""
    return msgspec.convert(msgspec.to_builtins(mapping), FormMapping)


def _depth(text: str) -> int:
    """libyaml ends the whole process on brackets nested 100,000 deep, so they are counted before it reads."""
    return max(accumulate((character in "[{") - (character in "]}") for character in text), default=0)


def dump(mapping: FormMapping) -> str:
    """YAML that `load` reads back to an equal mapping. Same mapping, same text."""
    text: str = yaml.safe_dump(msgspec.to_builtins(_canonical(mapping)), sort_keys=False, allow_unicode=True, width=118)
    return text


def check(mapping: FormMapping) -> Iterator[str]:
    """Every finding that makes the mapping unusable, each with where, what and what to do."""
    if mapping.language != LANGUAGE_VERSION:
        yield f"language {mapping.language} is not known; this version reads {LANGUAGE_VERSION}"
    if mapping.keeps == "answers":
        if not mapping.gate:
            yield "gate is empty; name the answers (consent, safety) without which nothing may be kept"
        if not mapping.fixed_method and not mapping.interview.method:
            yield "neither fixed_method nor interview.method is given; say how the answers were obtained"
    elif mapping.rules or mapping.about:
        yield "keeps only counters and has rules; take the rules out, or keep answers"
    if not mapping.fixed_organisation and not mapping.interview.organisation:
        yield "neither fixed_organisation nor interview.organisation is given; say who collected"
    yield from _check_paths(mapping)
    yield from _check_rules(mapping)
    for about in mapping.about:
        if about.kind not in _ABOUT_KINDS:
            yield f"about {about.path}: kind {about.kind!r} is none of {', '.join(sorted(_ABOUT_KINDS))}"


def _check_paths(mapping: FormMapping) -> Iterator[str]:
    seen: set[str] = set()
    for path in paths(mapping):
        if not _PATH.fullmatch(path):
            yield f"path {path!r} is not a question path; write group/question without the root"
        if path in seen:
            yield f"path {path} is used twice; one question answers one thing"
        seen.add(path)


def _check_rules(mapping: FormMapping) -> Iterator[str]:
    known = {rule.path for rule in mapping.rules if not rule.repeat}
    if mapping.interview.source_group:
        known.add(mapping.interview.source_group.path)
    for rule in mapping.rules:
        where = f"rule {rule.path}"
        yield from (f"{where}: {finding}" for finding in _check_codes(rule))
        if not _INDICATOR.fullmatch(rule.indicator):
            yield f"{where}: {rule.indicator!r} is no indicator code (CTE-COM-001 or LOC-<ISO3>-<ORG>-001)"
        if not 1 <= rule.sensitivity <= 4:
            yield f"{where}: sensitivity must be 1 to 4"
        if not 0 <= rule.comparability <= 1:
            yield f"{where}: comparability must be 0 to 1"
        if rule.repeat and not rule.path.startswith(f"{rule.repeat}/"):
            yield f"{where}: repeat {rule.repeat} is not the beginning of the path"
        for condition in rule.asked_if:
            if condition.path not in known:
                yield f"{where}: asked_if names {condition.path}, which no rule outside a repeat reads"


def _check_codes(rule: Rule) -> Iterator[str]:
    if rule.response.startswith("select") != bool(rule.codes):
        yield "codes are needed for a select and must be absent for a number"
    bad = [code for code in (*rule.codes, *rule.codes.values()) if not _CODE.fullmatch(code)]
    if bad:
        yield f"{len(bad)} codes hold other characters than letters, digits, '_', '.', '-'"
    if not set(rule.exclusive) <= set(rule.codes):
        yield "exclusive names codes that the list does not have"
    if rule.repeat and rule.response == "select_multiple":
        yield "a select_multiple inside a repeat is not read; ask one select_one for each thing"


def paths(mapping: FormMapping) -> Iterator[str]:
    """Every path the mapping reads; whatever else a server sends is never decoded."""
    interview = mapping.interview
    for name in interview.__struct_fields__:
        place = getattr(interview, name)
        path = place.path if isinstance(place, Coded) else place
        if path:
            yield path
    yield from gate_paths(mapping)
    yield from (about.path for about in mapping.about)
    yield from (rule.path for rule in mapping.rules)


def gate_paths(mapping: FormMapping) -> tuple[str, ...]:
    """The paths of the gate that nothing else reads."""
    shared = {about.path for about in mapping.about}
    return tuple(step.path for step in mapping.gate if step.value != "*" or step.path not in shared)


def single_rules(mapping: FormMapping) -> tuple[Rule, ...]:
    """The rules outside repeats, in the order of a submission's answers: kind after kind, which makes reading fast."""
    singles = (rule for rule in mapping.rules if not rule.repeat)
    return tuple(sorted(singles, key=_kind))


def _kind(rule: Rule) -> int:
    return {"select_one": 0, "select_multiple": 1}.get(rule.response, 2)


def answers(mapping: FormMapping) -> Iterator[AnswerKey]:
    """Every entry of the answer dictionary that a submission of this form version can need. May repeat entries."""
    for rule in mapping.rules:
        yield from rule_answers(rule).values()
    for about in mapping.about:
        for code in about.codes:
            yield about_answer(about, code)


def rule_answers(rule: Rule) -> dict[str, AnswerKey]:
    """Answers of one rule by name: the form's code, ':number', ':multi' or 'status:<status>'; no code holds a colon."""
    disagg = (rule.disagg.sex, rule.disagg.age, rule.disagg.pop, rule.disagg.form)

    def entry(kind: str, code: str) -> AnswerKey:
        return AnswerKey(kind, rule.indicator, rule.version, "", code, *disagg)

    result = {f"status:{status}": entry("status", status) for status in _KEPT_STATUSES}
    if rule.response in ("integer", "decimal"):
        return result | {":number": entry("number", "")}
    statuses = {code: entry("status", to) for code, to in rule.codes.items() if to in _STATUS_CODES}
    kind = "value" if rule.response == "select_one" else "choice"
    real = {code: entry(kind, to) for code, to in rule.codes.items() if to not in _STATUS_CODES}
    multi = {":multi": entry("multi", "")} if rule.response == "select_multiple" else {}
    return result | statuses | real | multi


def about_answer(about: About, code: str) -> AnswerKey:
    return AnswerKey(about.kind, section=about.section, code=code)


_STATUS_CODES = frozenset({Status.DK.value, Status.PNA.value})
_KEPT_STATUSES = (
    Status.DK.value,
    Status.PNA.value,
    Status.SKIPPED.value,
    Status.NOT_ASKED.value,
    Status.INVALID.value,
)

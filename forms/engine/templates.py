"""Recorded forms for machines without the engine: filled once by JavaRosa, replayed with new ids, days and codes."""

import gzip
import re
import zlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from random import Random
from typing import TYPE_CHECKING, Self
from uuid import UUID

import msgspec

from forms.engine.errors import TemplatesRefusedError
from forms.engine.fingerprint import fingerprint
from forms.engine.plan import Plan
from forms.engine.records import Ending, Filled, Pool
from forms.engine.rewrite import rewrite
from forms.engine.skeleton import Leaf, Role, Skeleton, Slot, skeleton
from forms.engine.tendencies import repeatable, seed_number

if TYPE_CHECKING:
    from forms.engine.client import OpenForm

CODES = ("clo_code",)
MINUTES = "q_minutes"
_UUID = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}")
_HEX = re.compile(r"[0-9a-f]{4,}")


class Template(msgspec.Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """`pools`: what may stand in the place of an answer, by its path; without pools nothing but ids and days vary.

    `day`: on which the engine filled it.
    """

    xml: str
    ending: Ending
    asked: tuple[str, ...]
    shown: tuple[str, ...]
    pools: Mapping[str, Pool] = {}
    day: date | None = None


class Recording(msgspec.Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """The leaves that a replay writes anew, by name: days, random codes, ids and times of the interview.

    `keeps_day`: rules or answers of the form depend on the day of the interview, so that each template keeps its own.
    """

    form: str
    days: tuple[str, ...]
    codes: tuple[str, ...]
    templates: tuple[Template, ...]
    ids: tuple[str, ...] = ("instanceID",)
    stamps: tuple[str, ...] = ()
    keeps_day: bool = False


@dataclass(slots=True)
class Draft:
    """One interview before it is written, from the template in this place: `texts` stand in the skeleton's slots."""

    place: int
    template: Template
    skeleton: Skeleton
    texts: list[str] = field(repr=False)

    def xml(self) -> bytes:
        return self.skeleton.write(self.texts)

    def text(self, role: Role) -> str:
        """Of the first leaf in this role; empty when the form has none, or the engine left it out."""
        return next((text for slot, text in zip(self.skeleton.slots, self.texts, strict=True) if slot.role is role), "")

    def put(self, role: Role, text: str) -> None:
        """Only where something stands: what the engine left out is never put in."""
        for place, slot in enumerate(self.skeleton.slots):
            if slot.role is role and self.texts[place]:
                self.texts[place] = text


class Templates:
    """A recording that belongs to this form; fills like an open form does, and nothing but what was recorded."""

    def __init__(self, data: bytes, xform: bytes, media: Mapping[str, bytes]) -> None:
        recording = _read(data)
        if recording.form != fingerprint(xform, media):
            raise TemplatesRefusedError(
                "The recorded templates belong to another version of the form. Record them again, or install the"
                " engine: pip install 'fieldveil[engine]'."
            )
        self._hold(recording)

    @classmethod
    def of(cls, recording: Recording) -> Self:
        """For a recording that was made a moment ago."""
        made = cls.__new__(cls)
        made._hold(recording)
        return made

    def _hold(self, recording: Recording) -> None:
        self.recording = recording
        self.skeletons = [_skeleton(recording, template) for template in recording.templates]
        self._fitting: dict[tuple[tuple[str, str], ...], tuple[int, ...]] = {(): tuple(range(len(self.skeletons)))}

    def fill(self, seed: int | str, plan: Plan) -> Filled:
        """Heeds the plan's day, salt, rewrites and forced answers; distributions are those of the recording."""
        draft = self.draft(seed, plan)
        template, xml = draft.template, draft.xml()
        return Filled(
            seed=str(seed),
            xml=rewrite(xml, plan.rewrite) if plan.rewrite else xml,
            ending=template.ending,
            valid=True,
            asked=template.asked,
            shown=template.shown,
            rejected={},
            problems=(),
        )

    def fill_many(self, seeds: Iterable[int | str], plan: Plan) -> tuple[Filled, ...]:
        return tuple(self.fill(seed, plan) for seed in seeds)

    def draft(self, seed: int | str, plan: Plan, among: Sequence[int] | None = None) -> Draft:
        """`among` names the templates to choose from, by their place in the recording."""
        candidates = self._with_answers(plan.forced) if among is None else among
        rng = repeatable("replay", plan.salt, plan.today, seed)
        place = candidates[int(rng.random() * len(candidates))]
        template, skeleton = self.recording.templates[place], self.skeletons[place]
        bits = seed_number("replay", plan.salt, plan.today, seed, bits=128)
        renew = _Renewal(self.recording, plan, f"uuid:{UUID(int=bits, version=4)}", rng)
        return Draft(place, template, skeleton, [renew.text(slot) for slot in skeleton.slots])

    def _with_answers(self, forced: Mapping[str, str]) -> tuple[int, ...]:
        key = tuple(sorted(forced.items()))
        if key not in self._fitting:
            templates = enumerate(self.recording.templates)
            self._fitting[key] = tuple(place for place, template in templates if _has(template, forced))
        if not self._fitting[key]:
            raise TemplatesRefusedError(
                f"No recorded template has the forced answers to {', '.join(sorted(forced))}. Install the engine:"
                " pip install 'fieldveil[engine]'."
            )
        return self._fitting[key]


class _Renewal:
    """What stands in each slot of one new interview."""

    def __init__(self, recording: Recording, plan: Plan, identity: str, rng: Random) -> None:
        self._keeps_day, self._plan, self._identity, self._rng = recording.keeps_day, plan, identity, rng
        self._day = plan.today.isoformat()

    def text(self, slot: Slot) -> str:
        if slot.role is Role.ANSWER:
            draws = slot.pool.draws if slot.pool else ()
            forced = self._plan.forced and slot.name in self._plan.forced
            return slot.text if forced or not draws else draws[int(self._rng.random() * len(draws))]
        if slot.role is Role.ID:
            return self._identity
        if slot.role is Role.CODE:
            return _code(slot.text, self._rng)
        if slot.role is Role.MINUTES:
            return str(max(1, round(int(slot.text) * (0.75 + 0.6 * self._rng.random()))))
        if self._keeps_day:
            return slot.text
        return self._day if slot.role is Role.DAY else f"{self._day}{slot.text[len(self._day) :]}"


def _skeleton(recording: Recording, template: Template) -> Skeleton:
    roles: dict[str, Role] = {
        **dict.fromkeys(recording.ids, Role.ID),
        **dict.fromkeys(recording.days, Role.DAY),
        **dict.fromkeys(recording.stamps, Role.STAMP),
        **dict.fromkeys(recording.codes, Role.CODE),
    }

    def slot_of(leaf: Leaf) -> Slot | None:
        pool = template.pools.get(leaf.path)
        role = Role.ANSWER if pool else roles.get(leaf.name)
        if template.pools and leaf.name == MINUTES and leaf.text.isdigit():
            role = Role.MINUTES
        if role is None or (role is not Role.ANSWER and not leaf.text):
            return None
        return Slot(leaf.path, role, leaf.tag, leaf.opening, leaf.text, pool)

    return skeleton(template.xml, slot_of)


def _code(text: str, rng: Random) -> str:
    """As long as the other, of the same letters; what looks like nothing known stays."""
    if _UUID.fullmatch(text):
        return str(UUID(int=rng.getrandbits(128), version=4))
    if text.isdigit():
        return text[0] + "".join(str(int(rng.random() * 10)) for _ in text[1:])
    if _HEX.fullmatch(text):
        return f"{rng.getrandbits(4 * len(text)):0{len(text)}x}"
    return text


def record(form: "OpenForm", seeds: Iterable[int | str], plan: Plan, codes: tuple[str, ...] = CODES) -> bytes:
    """The same form, seeds and plan give the same bytes. Only whole, valid interviews are taken."""
    templates = tuple(template(filled) for filled in form.fill_many(seeds, plan) if filled.valid)
    check_any(templates)
    recording = Recording(form.fingerprint, form.info.days, codes, templates)
    return gzip.compress(msgspec.json.encode(recording), mtime=0)


def template(filled: Filled, day: date | None = None) -> Template:
    return Template(filled.xml.decode(), filled.ending, filled.asked, filled.shown, filled.pools, day)


def check_any(templates: Sequence[Template]) -> None:
    if not templates:
        raise TemplatesRefusedError("No interview with this form was valid, so there is nothing to record.")


def _read(data: bytes) -> Recording:
    try:
        return msgspec.json.decode(gzip.decompress(data), type=Recording)
    except (OSError, EOFError, zlib.error, msgspec.DecodeError):
        raise TemplatesRefusedError("The recorded templates cannot be read. Record them again.") from None


def _has(template: Template, forced: Mapping[str, str]) -> bool:
    filled = Filled("", template.xml.encode(), template.ending, True, (), (), {}, ())
    answers = {path.rpartition("/")[2]: text for path, text in filled.answers.items()}
    return all(answers.get(name, "") == value for name, value in forced.items())

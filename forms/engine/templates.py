"""Recorded forms for machines without the engine: filled once by JavaRosa, replayed with new ids, days and codes."""

import gzip
import zlib
from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING
from uuid import UUID

import msgspec

from forms.engine.errors import TemplatesRefusedError
from forms.engine.fingerprint import fingerprint
from forms.engine.plan import Plan
from forms.engine.records import Ending, Filled
from forms.engine.rewrite import lengths, rewrite
from forms.engine.tendencies import repeatable, seed_number

if TYPE_CHECKING:
    from forms.engine.client import OpenForm

CODES = ("clo_code",)


class Template(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    xml: str
    ending: Ending
    asked: tuple[str, ...]
    shown: tuple[str, ...]


class Recording(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """`days` and `codes` name the leaves that a replay writes anew."""

    form: str
    days: tuple[str, ...]
    codes: tuple[str, ...]
    templates: tuple[Template, ...]


class Templates:
    """A recording that belongs to this form; fills like an open form does, and nothing but what was recorded."""

    def __init__(self, data: bytes, xform: bytes, media: Mapping[str, bytes]) -> None:
        self._recording = _read(data)
        if self._recording.form != fingerprint(xform, media):
            raise TemplatesRefusedError(
                "The recorded templates belong to another version of the form. Record them again, or install the"
                " engine: pip install 'fieldveil[engine]'."
            )

    def fill(self, seed: int | str, plan: Plan) -> Filled:
        """Heeds the plan's day, salt, rewrites and forced answers; distributions are those of the recording."""
        candidates = self._with_answers(plan.forced)
        rng = repeatable("replay", plan.salt, plan.today, seed)
        template = candidates[int(rng.random() * len(candidates))]
        xml = template.xml.encode()
        values = {name: plan.today.isoformat() for name in self._recording.days}
        values["instanceID"] = (
            f"uuid:{UUID(int=seed_number('replay', plan.salt, plan.today, seed, bits=128), version=4)}"
        )
        for name, length in lengths(xml, self._recording.codes).items():
            values[name] = f"{rng.getrandbits(4 * length):0{length}x}"
        return Filled(
            seed=str(seed),
            xml=rewrite(xml, {**values, **plan.rewrite}),
            ending=template.ending,
            valid=True,
            asked=template.asked,
            shown=template.shown,
            rejected={},
            problems=(),
        )

    def fill_many(self, seeds: Iterable[int | str], plan: Plan) -> tuple[Filled, ...]:
        return tuple(self.fill(seed, plan) for seed in seeds)

    def _with_answers(self, forced: Mapping[str, str]) -> tuple[Template, ...]:
        if not forced:
            return self._recording.templates
        found = tuple(template for template in self._recording.templates if _has(template, forced))
        if not found:
            raise TemplatesRefusedError(
                f"No recorded template has the forced answers to {', '.join(sorted(forced))}. Install the engine:"
                " pip install 'fieldveil[engine]'."
            )
        return found


def record(form: "OpenForm", seeds: Iterable[int | str], plan: Plan, codes: tuple[str, ...] = CODES) -> bytes:
    """The same form, seeds and plan give the same bytes. Only whole, valid interviews are taken."""
    templates = tuple(
        Template(filled.xml.decode(), filled.ending, filled.asked, filled.shown)
        for filled in form.fill_many(seeds, plan)
        if filled.valid
    )
    if not templates:
        raise TemplatesRefusedError("No interview with this form was valid, so there is nothing to record.")
    recording = Recording(form.fingerprint, form.info.days, codes, templates)
    return gzip.compress(msgspec.json.encode(recording), mtime=0)


def _read(data: bytes) -> Recording:
    try:
        return msgspec.json.decode(gzip.decompress(data), type=Recording)
    except (OSError, EOFError, zlib.error, msgspec.DecodeError):
        raise TemplatesRefusedError("The recorded templates cannot be read. Record them again.") from None


def _has(template: Template, forced: Mapping[str, str]) -> bool:
    filled = Filled("", template.xml.encode(), template.ending, True, (), (), {}, ())
    answers = {path.rpartition("/")[2]: text for path, text in filled.answers.items()}
    return all(answers.get(name, "") == value for name, value in forced.items())

"""Answers that do not fit, as only a broken or foreign phone sends them: an identifier where a code should be."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from fnmatch import fnmatchcase
from random import Random
from xml.sax.saxutils import quoteattr

from forms.engine import Filled
from forms.engine.rewrite import rewrite
from workers.phone.canary import Canaries


@dataclass(frozen=True, slots=True)
class Misfit:
    """`leaves` are patterns of question names; `after` keeps what stands there and adds to it."""

    name: str
    leaves: tuple[str, ...]
    place: str
    after: bool = False


MISFITS = (
    Misfit("one_choice", ("cte_*",), "answer.code"),
    Misfit("one_choice_arabic", ("cte_*",), "answer.code_arabic"),
    Misfit("several_choices", ("cte_*",), "answer.one_word", after=True),
    Misfit("evidence", ("evi_basis_*", "evi_confidence_*", "clo_limits"), "answer.one_word", after=True),
    Misfit("number", ("q_minutes",), "answer.number"),
    Misfit("long_number", ("cte_*",), "answer.number"),
    Misfit("region", ("ctx_adm1",), "answer.one_word"),
    Misfit("district", ("ctx_adm2",), "answer.code_arabic"),
    Misfit("community", ("ctx_adm3",), "answer.code"),
    Misfit("site", ("ctx_site",), "answer.code"),
    Misfit("enumerator", ("ctx_enum",), "answer.code"),
    Misfit("organisation", ("ctx_org",), "answer.one_word"),
    Misfit("informant", ("ctx_ki_*",), "answer.code_arabic"),
    Misfit("disclosure", ("dis_action",), "answer.code"),
    Misfit("day", ("ctx_date",), "answer.day"),
    Misfit("withdrawal_code", ("clo_code",), "answer.one_word"),
)
_VERSION = re.compile(r"(?P<open><[^?!][^>]*?\sversion=)(\"[^\"]*\"|'[^']*')")
VERSION = "form_version"


def misfitted(filled: Filled, xml: bytes, canaries: Canaries, rng: Random) -> tuple[bytes, str]:
    """The XML with one answer that does not fit, and the name of the misfit."""
    answers = {path.rpartition("/")[2]: text for path, text in filled.answers.items()}
    applicable = [(misfit, leaf) for misfit in MISFITS for leaf in _leaves(misfit, answers)]
    names = [*sorted({misfit.name for misfit, _ in applicable}), VERSION]
    name = rng.choice(names)
    if name == VERSION:
        return _with_version(xml, canaries.text("answer.form_version")), name
    misfit, leaf = rng.choice([found for found in applicable if found[0].name == name])
    text = canaries.text(misfit.place)
    return rewrite(xml, {leaf: f"{answers[leaf]} {text}" if misfit.after else text}), name


def _leaves(misfit: Misfit, answers: Mapping[str, str]) -> list[str]:
    return [leaf for leaf in answers if any(fnmatchcase(leaf, pattern) for pattern in misfit.leaves)]


def _with_version(xml: bytes, version: str) -> bytes:
    return _VERSION.sub(rf"\g<open>{quoteattr(version)}", xml.decode(), count=1).encode()

"""Synthetic KoBo replies for the benchmarks: about 60 questions, one repeat, 2.3 KB a submission, with identifiers.

The form is somebody else's: names in groups, a repeat, numbers, five select_multiple. A hand-written mapping reads it.
An interview leaves some questions out, as skip logic does, and so gives 48 observations on average.
"""

import random
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta

import orjson

from mappings.language import About, Coded, Disagg, FormMapping, GateStep, Interview, Rule
from mappings.places import Places

FORM_ID = "bench"
FORM_VERSION = "vBench1"
DEPLOYED_ON = date(2026, 1, 1)
_GROUPS = ("recruitment_and_travel", "risk_factors", "services_present", "population_movement", "livelihoods_and_work")
_ANSWERED = 0.73
_ENUMERATORS = tuple(f"E{number:02d}" for number in range(40))
_ORGS = ("ORG-A", "ORG-B", "ORG-C")
_KI_GROUPS = ("leader", "economy", "authority", "teacher", "health", "women", "other")
_ONE = (*(f"c{number}" for number in range(6)), "dk", "pna")
_MANY = (*(f"m{number}" for number in range(10)), "none", "dk", "pna")


@dataclass(frozen=True, slots=True)
class Bench:
    """A mapping, its places, and pages of KoBo JSON that it reads."""

    mapping: FormMapping
    places: Places
    pages: list[bytes]


def bench(submissions: int, *, page: int = 1000, seed: int = 7) -> Bench:
    places = _places()
    rows = _rows(submissions, places, random.Random(seed))
    pages = []
    while chunk := [row for _, row in zip(range(page), rows, strict=False)]:
        pages.append(orjson.dumps({"count": submissions, "next": None, "previous": None, "results": chunk}))
    return Bench(_mapping(), places, pages)


def _places() -> Places:
    adm1 = [f"XB{a:02d}" for a in range(10)]
    adm2 = {f"{a}{b:02d}": a for a in adm1 for b in range(6)}
    adm3 = {f"{b}{c:02d}": b for b in adm2 for c in range(5)}
    sites = {f"S{number:04d}": ("camp", list(adm3)[number % len(adm3)]) for number in range(900)}
    return Places(frozenset(adm1), adm2, adm3, sites, {})


def _rule(group: str, number: int, response: str) -> Rule:
    codes = {"select_one": _ONE, "select_multiple": _MANY}.get(response, ())
    return Rule(
        path=f"{group}/q{number:02d}",
        indicator=f"CTE-COM-{number:03d}",
        version=1,
        response=response,  # type: ignore[arg-type]
        level="community",
        theme="risk_factor",
        unit="site",
        recall="P3M",
        sensitivity=2,
        section=group,
        codes={code: code for code in codes},
        exclusive=tuple(code for code in ("none", "dk", "pna") if code in codes),
        minimum=0 if response == "integer" else None,
    )


def _mapping() -> FormMapping:
    kinds = ["select_multiple"] * 5 + ["integer"] * 9 + ["select_one"] * 36
    rules = [_rule(_GROUPS[number % 5], number, kind) for number, kind in enumerate(kinds, start=1)]
    inside = [
        Rule(
            path=f"incidents/{name}",
            indicator=f"CTE-COM-{number}",
            version=1,
            response=response,  # type: ignore[arg-type]
            level="community",
            theme="trend",
            unit="persons",
            recall="P3M",
            sensitivity=3,
            section=_GROUPS[0],
            codes={code: code for code in (_ONE if response == "select_one" else ())},
            disagg=Disagg(),
            repeat="incidents",
        )
        for number, name, response in ((901, "kind", "select_one"), (902, "n", "integer"))
    ]
    about = [About("basis", f"{g}/basis", ("seen", "told", "records", "rumour"), g, multiple=True) for g in _GROUPS[:2]]
    return FormMapping(
        language=1,
        form_id=FORM_ID,
        form_version=FORM_VERSION,
        survey_id="CTE-S-XBA-2026-01",
        country="XBA",
        respondent_kind="site_ki",
        catalogue_version="1.0.0",
        deid_profile="fieldveil-1",
        fixed_method="ki",
        gate=(GateStep("consent/con_given", "yes", "refused"),),
        interview=Interview(
            adm1="who/adm1",
            adm2="who/adm2",
            adm3="who/adm3",
            site="who/site",
            day="today",
            enumerator=Coded("who/enum", _ENUMERATORS),
            organisation=Coded("who/org", _ORGS),
            source_group=Coded("who/group", _KI_GROUPS),
            source_sex=Coded("who/sex", ("f", "m", "mixed")),
            minutes="minutes",
            withdrawal_code="code",
            distress="distress",
        ),
        rules=(*rules, *inside),
        about=tuple(about),
    )


def _rows(submissions: int, places: Places, rng: random.Random) -> Iterator[dict[str, object]]:
    sites = list(places.sites.items())
    for number in range(submissions):
        yield _row(number, submissions, sites[rng.randrange(len(sites))], places, rng)


def _row(
    number: int, submissions: int, site: tuple[str, tuple[str, str]], places: Places, rng: random.Random
) -> dict[str, object]:
    root = f"{rng.getrandbits(128):032x}"
    day = DEPLOYED_ON + timedelta(days=number * 85 // submissions)
    adm3 = site[1][1]
    adm2 = places.adm3[adm3]
    row: dict[str, object] = {
        "_id": number,
        "formhub/uuid": f"{rng.getrandbits(128):032x}",
        "__version__": FORM_VERSION,
        "meta/instanceID": f"uuid:{root}",
        "meta/rootUuid": f"uuid:{root}",
        "_submission_time": f"{day}T10:00:00",
        "_submitted_by": f"collector.{rng.randrange(40)}",
        "_uuid": root,
        "_xform_id_string": "aBench",
        "_status": "submitted_via_web",
        "_geolocation": [12.1 + rng.random(), 13.2 + rng.random()],
        "_tags": [],
        "_notes": [],
        "_attachments": [],
        "_validation_status": {},
        "deviceid": f"collect:{rng.getrandbits(64):016x}",
        "username": f"collector.{rng.randrange(40)}",
        "who/name": f"Canary Name {number}",
        "who/phone": f"+9639{rng.randrange(10**8):08d}",
        "who/gps": f"{12 + rng.random():.6f} {13 + rng.random():.6f} 0 5",
        "today": str(day),
        "who/enum": rng.choice(_ENUMERATORS),
        "who/org": rng.choice(_ORGS),
        "who/adm1": places.adm2[adm2],
        "who/adm2": adm2,
        "who/adm3": adm3,
        "who/site": site[0],
        "who/group": rng.choice(_KI_GROUPS),
        "who/sex": rng.choice(("f", "m")),
        "consent/con_given": "no" if rng.random() < 0.05 else "yes",
        "minutes": str(rng.randrange(12, 40)),
        "code": root[:8],
        "distress": "no",
    }
    row |= _answers(rng)
    return row


def _answers(rng: random.Random) -> dict[str, object]:
    answers: dict[str, object] = {f"{group}/basis": "seen told" for group in _GROUPS[:2]}
    for number in range(1, 51):
        path = f"{_GROUPS[number % 5]}/q{number:02d}"
        if number <= 5:
            answers[path] = " ".join(sorted(rng.sample(_MANY[:10], rng.randrange(1, 4))))
        elif number <= 14:
            answers[path] = str(rng.randrange(0, 200))
        elif rng.random() < _ANSWERED:
            answers[path] = rng.choice(_ONE)
    repeats = [
        {"incidents/kind": rng.choice(_ONE), "incidents/n": str(rng.randrange(9))}
        for _ in range(rng.choice((0, 1, 1, 2, 3)))
    ]
    return answers | ({"incidents": repeats} if repeats else {})

"""A small form for the tests of reading: one of everything the mapping language knows, with sensible answers."""

from datetime import date
from typing import Any

import msgspec

from mappings.apply import Apply, needed_answers
from mappings.decode import Decoder
from mappings.language import About, AskedIf, Coded, Disagg, FormMapping, GateStep, Interview, Rule
from mappings.model import AnswerKey, RawSubmission, Stripped
from mappings.places import Places
from mappings.privacy.pseudonym import Keys
from mappings.strip import Setting, Strip

DEPLOYED = date(2026, 3, 1)
RECEIVED = date(2026, 4, 10)
KEYS = Keys(b"r" * 32, b"c" * 32)
PLACES = Places(
    adm1=frozenset({"XA01", "XA02"}),
    adm2={"XA0101": "XA01", "XA0102": "XA01", "XA0201": "XA02"},
    adm3={"XA010101": "XA0101", "XA010102": "XA0101", "XA020101": "XA0201"},
    sites={"S1": ("camp", "XA010101"), "S2": ("host_community", "XA0201")},
    aliases={"XA99": "XA01"},
)


def rule(path: str, indicator: str, response: str, **changes: Any) -> Rule:
    values: dict[str, Any] = {
        "path": path,
        "indicator": indicator,
        "version": 1,
        "response": response,
        "level": "community",
        "theme": "recruitment",
        "unit": "site",
        "recall": "P3M",
        "sensitivity": 2,
        "section": "recruitment",
    }
    return Rule(**values | changes)


FREQUENCY = {code: code for code in ("never", "some", "often", "dk", "pna")}
PROMISES = {code: code for code in ("job", "school", "none", "dk", "pna")}
RULES = (
    rule("rec/how_often", "CTE-COM-012", "select_one", codes=FREQUENCY),
    rule(
        "rec/promise",
        "CTE-COM-013",
        "select_multiple",
        codes=PROMISES,
        exclusive=("none", "dk", "pna"),
        max_select=2,
        asked_if=(AskedIf("rec/how_often", ("never", "dk", "pna")), AskedIf("ctx/group", ("economy",))),
    ),
    rule("rec/people", "CTE-COM-050", "integer", minimum=0, maximum=5000, disagg=Disagg(sex="f")),
    rule("rec/share", "CTE-COM-051", "decimal", minimum=0, maximum=100),
    rule("rep/kind", "CTE-COM-060", "select_one", codes={"a": "a", "b": "b"}, repeat="rep"),
    rule("rep/count", "CTE-COM-061", "integer", repeat="rep", minimum=0),
)
MAPPING = FormMapping(
    language=1,
    form_id="small",
    form_version="v1",
    survey_id="CTE-S-XAA-2026-01",
    country="XAA",
    respondent_kind="site_ki",
    catalogue_version="1.0.0",
    deid_profile="fieldveil-1",
    fixed_method="",
    gate=(
        GateStep("saf/private", "yes", "stopped_safety"),
        GateStep("con/understood", "yes", "not_understood"),
        GateStep("con/given", "yes", "refused"),
    ),
    interview=Interview(
        adm1="who/adm1",
        adm2="who/adm2",
        adm3="ctx/adm3",
        site="ctx/site",
        day="today",
        enumerator=Coded("who/enum", ("E01", "E02")),
        organisation=Coded("who/org", ("ORG-A",)),
        method=Coded("ctx/method", ("ki", "fgd")),
        source_group=Coded("ctx/group", ("leader", "economy", "teacher")),
        source_sex=Coded("ctx/sex", ("f", "m")),
        minutes="q_minutes",
        withdrawal_code="clo/code",
        enum_safe="clo/safe",
        debrief="clo/talk",
        distress="clo/distress",
        disclosure_action=Coded("dis/action", ("none", "referred")),
    ),
    rules=RULES,
    about=(
        About("basis", "rec/basis", ("seen", "told"), "recruitment", multiple=True),
        About("confidence", "rec/confidence", ("high", "low"), "recruitment"),
        About("limitation", "clo/limits", ("noise", "hurry"), multiple=True),
    ),
)
FULL: dict[str, Any] = {
    "meta/rootUuid": "uuid:root-1",
    "meta/instanceID": "uuid:root-1",
    "__version__": "v1",
    "_submission_time": "2026-04-10T08:00:00",
    "today": "2026-04-09",
    "who/enum": "E01",
    "who/org": "ORG-A",
    "who/adm1": "XA01",
    "who/adm2": "XA0101",
    "saf/private": "yes",
    "con/understood": "yes",
    "con/given": "yes",
    "ctx/adm3": "XA010101",
    "ctx/site": "S1",
    "ctx/method": "ki",
    "ctx/group": "leader",
    "ctx/sex": "f",
    "rec/how_often": "often",
    "rec/promise": "job school",
    "rec/people": "12",
    "rec/share": "2.5",
    "rec/basis": "seen told",
    "rec/confidence": "high",
    "rep": [{"rep/kind": "a", "rep/count": "3"}, {"rep/kind": "b", "rep/count": "4"}],
    "clo/limits": "noise",
    "clo/distress": "no",
    "clo/safe": "yes",
    "clo/talk": "no",
    "clo/code": "0123abcd",
    "dis/action": "none",
    "q_minutes": "25",
}


def ids(mapping: FormMapping = MAPPING) -> dict[AnswerKey, int]:
    types = {site_type for site_type, _ in PLACES.sites.values()}
    return {key: number for number, key in enumerate(needed_answers(mapping, types), start=1)}


def words(numbers: list[int], mapping: FormMapping = MAPPING) -> list[str]:
    """Ids as readable words: `CTE-COM-012 value often`."""
    names = {number: key for key, number in ids(mapping).items()}
    return [" ".join(filter(None, (names[n].indicator_id, names[n].kind, names[n].code))) for n in numbers]


def kobo(**answers: Any) -> bytes:
    """One row of KoBo's list; `answers` replace those of FULL, with `__` for `/`; None leaves one out."""
    row = FULL | {name.replace("__", "/") if not name.startswith("_") else name: v for name, v in answers.items()}
    row = {name: value for name, value in row.items() if value is not None}
    return msgspec.json.encode({"count": 1, "next": None, "results": [row]})


def raw(mapping: FormMapping = MAPPING, **answers: Any) -> RawSubmission:
    found = next(Decoder(mapping).kobo_page(kobo(**answers)))
    assert found is not None
    return found


def strip(mapping: FormMapping = MAPPING, **answers: Any) -> Stripped:
    return Strip(mapping, Setting(KEYS, PLACES, DEPLOYED))(raw(mapping, **answers), RECEIVED)


def apply(mapping: FormMapping = MAPPING) -> Apply:
    return Apply(mapping, PLACES, ids(mapping))

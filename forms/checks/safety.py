"""Safety of people: what a form records besides answers, whom it could identify, and what it asks of whom."""

import re
from collections.abc import Callable, Iterator

from forms.checks.codes import Code
from forms.checks.consent import check_consent
from forms.checks.origin import Origin
from forms.checks.report import Finding
from forms.checks.survey import Item, Survey
from forms.checks.wording import Asked, asks, asks_of_person, languages_of, names_trafficking, names_violence
from forms.sentences import say

_TYPES = {
    **dict.fromkeys(("geopoint", "geotrace", "geoshape", "start-geopoint", "osm"), Code.LOCATION_CAPTURE),
    **dict.fromkeys(("image", "audio", "video", "file", "background-audio"), Code.MEDIA_CAPTURE),
    **dict.fromkeys(("barcode", "signature", "draw"), Code.MEDIA_CAPTURE),
    **dict.fromkeys(("deviceid", "phonenumber", "simserial", "subscriberid"), Code.DEVICE_IDENTIFIER),
    **dict.fromkeys(("username", "email"), Code.DEVICE_IDENTIFIER),
    **dict.fromkeys(("start", "end", "audit"), Code.TIME_STAMP),
}
_WORDS = (
    (Asked.CONTACT, Code.ASKS_CONTACT),
    (Asked.ID_NUMBER, Code.ASKS_ID_NUMBER),
    (Asked.EXACT_PLACE, Code.ASKS_EXACT_PLACE),
    (Asked.NAME, Code.ASKS_NAME),
)
_NAMES = (
    (Code.ASKS_CONTACT, r"phone|tel|telephone|phone_?(?:no|number)|mobile_?(?:no|number)|whatsapp|e_?mail"),
    (Code.ASKS_ID_NUMBER, r"passport|passport_?no|passport_?number|nid|national_?id|id_?number|id_?no|cedula|cnic"),
    (Code.ASKS_BIRTH_DATE, r"dob|birth_?date|date_?of_?birth|birthday|date_?naissance|fecha_?nacimiento"),
    (Code.ASKS_EXACT_PLACE, r"gps|address|home_?address|latitude|longitude|adresse|direccion|domicilio"),
    (Code.ASKS_NAME, r"first_?name|last_?name|full_?name|surname|family_?name|resp(?:ondent)?_?name|prenom|apellidos?"),
    (
        Code.ASKS_NAME,
        r"(?:ki|head|hh|hhh|person|victim|child|interviewer|enum(?:erator)?)_?names?|name_?of_?respondent",
    ),
)
_PATTERNS = tuple((code, re.compile(rf"(?:^|_)(?:{words})(?:_?\d+)?$", re.IGNORECASE)) for code, words in _NAMES)
_PLACEHOLDER = re.compile(r"\$\{[^}]*\}|[(\[<](?:NAME|name|NOM|nom|NOMBRE|nombre)[)\]>]")
"""Where the phone or the enumerator puts in a name that is known already: How old is (NAME)?"""
_TYPED = frozenset({"text", "integer", "decimal", "date", "datetime"})
_SENSITIVE, _NEVER = 3, 4
_PEOPLE_GATES = ("con_given", "saf_")


def check_safety(survey: Survey, origin: Origin) -> Iterator[Finding]:
    dangerous: list[Finding] = []
    for item in survey.items:
        yield from _captured(survey, item)
        if item.kind in _TYPED and item.is_asked:
            yield from _identifier(survey, item)
        if item.is_asked and not origin.is_ours:
            dangerous += _wording(survey, item)
    yield from dangerous
    yield from check_consent(survey, origin)
    if origin.is_ours:
        yield from _catalogue(survey, origin)
    elif dangerous and not _offers_help(survey):
        reason = say("the form asks sensitive questions and names no help")
        yield Finding(
            Code.NO_REFERRAL, dangerous[0].place, reason, say("Verify a referral pathway and name it in the form")
        )


def _captured(survey: Survey, item: Item) -> Iterator[Finding]:
    if code := _TYPES.get(item.kind):
        yield Finding(code, survey.place(item, "type"), say("the type %(kind)s is in the form", kind=item.kind))
    if item.kind == "audit" and "location" in item.get("parameters"):
        yield Finding(
            Code.LOCATION_CAPTURE, survey.place(item, "parameters"), say("the audit records where the phone is")
        )
    if {"signature", "draw", "annotate"} & set(item.get("appearance").split()) and item.kind not in _TYPES:
        yield Finding(Code.MEDIA_CAPTURE, survey.place(item, "appearance"), say("a signature or drawing is taken"))


def _identifier(survey: Survey, item: Item) -> Iterator[Finding]:
    """One finding a question: the first kind that its label tells, else the one that its name tells."""
    for column, label in item.row.texts("label").items():
        text = _PLACEHOLDER.sub(" ", label)
        for language in languages_of(column.language):
            if word := asks(Asked.BIRTH_DATE, language, text):
                yield Finding(
                    Code.ASKS_BIRTH_DATE, survey.at(item, column), say("'%(word)s' stands in the label", word=word)
                )
                return
            for kind, code in _WORDS:
                if word := asks_of_person(kind, language, text):
                    yield Finding(code, survey.at(item, column), say("'%(word)s' stands in the label", word=word))
                    return
    for code, pattern in _PATTERNS:
        if pattern.search(item.name) and not _is_about_thing(item):
            yield Finding(code, survey.place(item, "name"), say("the question is called '%(item)s'", item=item.name))
            return


def _is_about_thing(item: Item) -> bool:
    """A label that speaks of a site or an office tells more than a name does."""
    return any(
        asks(Asked.OF_THINGS, language, text) or asks(Asked.COUNTED, language, text)
        for column, text in item.row.texts("label").items()
        for language in languages_of(column.language)
    )


def _wording(survey: Survey, item: Item) -> Iterator[Finding]:
    """The gravest kind that a label tells, and the first language that tells it: the others say the same."""
    texts = item.row.texts("label").items()
    for code, tells in _DANGEROUS:
        for column, text in texts:
            word = next((word for language in languages_of(column.language) if (word := tells(language, text))), "")
            if word:
                yield Finding(code, survey.at(item, column), say("'%(word)s' stands in the question", word=word))
                return


def _directed(language: str, text: str) -> str:
    return asks(Asked.DIRECTED, language, text)


_DANGEROUS: tuple[tuple[Code, Callable[[str, str], str]], ...] = (
    (Code.VICTIM_DIRECTED, _directed),
    (Code.NAMES_TRAFFICKING, names_trafficking),
    (Code.ASKS_VIOLENCE, names_violence),
)


def _offers_help(survey: Survey) -> bool:
    return any(
        asks(Asked.HELP, language, text)
        for item in survey.items
        for key in ("label", "hint", "guidance_hint")
        for column, text in item.row.texts(key).items()
        for language in languages_of(column.language)
    )


def _catalogue(survey: Survey, origin: Origin) -> Iterator[Finding]:
    people = any(item.name.startswith(_PEOPLE_GATES) for item in survey.items)
    sensitive: Item | None = None
    for item in survey.items:
        indicator = origin.indicators.get(item.name)
        if indicator is None:
            continue
        if people and (indicator.sensitivity >= _NEVER or not indicator.is_field):
            reason = say(
                "%(indicator)s has sensitivity %(sensitivity)s and the field default %(default)s",
                indicator=indicator.id,
                sensitivity=indicator.sensitivity,
                default=indicator.field_default,
            )
            yield Finding(Code.TOO_SENSITIVE, survey.place(item, "name"), reason)
        if sensitive is None and indicator.sensitivity >= _SENSITIVE:
            sensitive = item
    if people and sensitive is not None and "con_given" in survey.by_name and "dis_guide" not in survey.by_name:
        reason = say("the guide on disclosure (dis_guide) is not in the form")
        yield Finding(Code.NO_REFERRAL, survey.place(sensitive, "name"), reason)

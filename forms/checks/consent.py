"""Whether people are asked for their consent, and whether a refusal has any effect."""

import re
from collections.abc import Iterator

from forms.checks.codes import Code
from forms.checks.expression import references
from forms.checks.origin import Origin
from forms.checks.report import Finding
from forms.checks.survey import SILENT, Item, Survey
from forms.checks.wording import Asked, asks, languages_of
from forms.sentences import say

_NAMED = re.compile(r"(?:^|_)(?:consent\w*|con_given|agree\w*|acepta|accord|informed)(?:_|$)", re.IGNORECASE)
_ASKING = frozenset({"select_one", "acknowledge", "select_multiple"})
_MOST_ANSWERS = 6


def check_consent(survey: Survey, origin: Origin) -> Iterator[Finding]:
    asked = [item for item in survey.items if item.is_asked and item.kind != "acknowledge"]
    if not asked:
        return
    consent = next((item for item in survey.items if _is_consent(survey, item)), None)
    if consent is None:
        # Our own forms that ask nobody (observation, desk) have another gate, which the recipe holds.
        if not origin.is_ours:
            yield Finding(Code.NO_CONSENT, survey.place(asked[0], "type"), say("no question asks for consent"))
        return
    depends = _depending(survey, consent)
    following = survey.items[survey.items.index(consent) + 1 :]
    free = [item for item in following if item.is_asked and item not in depends]
    stops = consent.get("constraint") or consent.kind == "acknowledge"
    if free and not depends and not stops:
        reason = say("nothing depends on '%(consent)s'", consent=consent.name)
        yield Finding(Code.CONSENT_WITHOUT_EFFECT, survey.place(consent, "name"), reason)
    elif not origin.is_ours and not stops:
        for item in free:
            reason = say("'%(item)s' does not depend on '%(consent)s'", item=item.name, consent=consent.name)
            yield Finding(Code.OUTSIDE_CONSENT, survey.place(item, "name"), reason)


def _is_consent(survey: Survey, item: Item) -> bool:
    if item.kind not in _ASKING:
        return False
    found = survey.lists.get(item.list_name)
    if item.kind != "acknowledge" and (found is None or len(found.choices) > _MOST_ANSWERS):
        return False
    if _NAMED.search(item.name):
        return True
    texts = item.row.texts("label").items()
    return any(
        asks(Asked.CONSENT, language, text) for column, text in texts for language in languages_of(column.language)
    )


def _depending(survey: Survey, consent: Item) -> set[Item]:
    """Everything that is shown only after an answer to the consent, also by way of others."""
    found = {consent}
    names = {consent.name}
    for item in survey.items:
        mentioned = {name for name, _ in references(item.get("relevant"))}
        if item.kind in SILENT:
            mentioned |= {name for name, _ in references(item.get("calculation"))}
        if mentioned & names or any(above in found for above in item.above):
            found.add(item)
            names.add(item.name)
    return found - {consent}

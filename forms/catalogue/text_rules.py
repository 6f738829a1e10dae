"""Rules about every text that people read: whole, clean, in its script, with the right placeholders."""

import re
from collections import defaultdict
from collections.abc import Iterator

from forms.catalogue.collection import Entries
from forms.catalogue.entries import Choice, Texts
from forms.catalogue.fault import Fault
from forms.catalogue.languages import script_of
from forms.catalogue.packs import known
from forms.sentences import say

CONSENT_TEXT = "con_script"
"""The item that tells how long the form takes; `{minutes}` is filled in when a form is built."""

_PLACEHOLDER = re.compile(r"\$\{[^{}]*\}|\{[^{}]*\}|[{}]")
_UNCLEAN = re.compile("[\x00-\x1f\x7f-\x9f\u200b\u200e\u200f\u2028-\u202e\u2060-\u2069\ufeff\ud800-\udfff\ufffd]")
_LATIN = "LATIN"
_FRENCH_SPACE = re.compile("(?<=\\S) [?!:;%»]|« ")


def texts_are_clean(entries: Entries) -> Iterator[Fault]:
    for file, entry, texts in every_text(entries):
        for language, text in texts.items():
            yield from (Fault(file, entry, *fault) for fault in faults_of(language, text))


def faults_of(language: str, text: str) -> Iterator[tuple[str, str]]:
    """What is wrong with one text, and what to do."""
    if _UNCLEAN.search(text):
        what = say("the text in '%(language)s' holds a line break or an invisible character", language=language)
        yield what, say("Type it again on one line")
    if text != text.strip() or "  " in text:
        what = say("the text in '%(language)s' has a space too many", language=language)
        yield what, say("Remove spaces at the ends and doubled spaces")
    if not _is_in_script(text, known()[language].script):
        what = say("the text in '%(language)s' is not in the script of that language", language=language)
        yield what, say("Look whether two languages changed places")


def _is_in_script(text: str, script: str) -> bool:
    """Latin letters may stand anywhere, for a name or a word that is written so everywhere; others only at home."""
    foreign = {found for char in text if (found := script_of(char))} - {_LATIN, "MODIFIER"}
    return foreign == ({script} if script != _LATIN else set())


def placeholders_are_the_same_in_all_languages(entries: Entries) -> Iterator[Fault]:
    for file, entry, texts in every_text(entries):
        by_language = {language: sorted(_PLACEHOLDER.findall(text)) for language, text in texts.items()}
        used = {placeholder for found in by_language.values() for placeholder in found}
        for stray in sorted(used - _allowed(file, entry, used)):
            yield Fault(
                file,
                entry,
                say("'%(stray)s' has no meaning here", stray=stray),
                say("Remove it or correct its spelling"),
            )
        if len({tuple(found) for found in by_language.values()}) > 1:
            what = say("the languages differ in %(used)s", used=" ".join(sorted(used)))
            yield Fault(file, entry, what, say("Put the same placeholders into every language, each once"))
        if entry.endswith(f": {CONSENT_TEXT}") and "{minutes}" not in used:
            what = say("the consent text does not say how long the form takes")
            yield Fault(file, entry, what, say("Put {minutes} into the text of every language"))


def _allowed(file: str, entry: str, used: set[str]) -> set[str]:
    if file.startswith("indicators/"):
        return {"{r}"}
    if file.startswith("modules/"):
        answers = {placeholder for placeholder in used if placeholder.startswith("${")}
        return answers | ({"{minutes}"} if entry.endswith(f": {CONSENT_TEXT}") else set())
    return set()


def answers_read_differently(entries: Entries) -> Iterator[Fault]:
    for choice_list in entries.choice_lists.values():
        alike: dict[tuple[str, str], list[Choice]] = defaultdict(list)
        for choice in choice_list.choices:
            for language, text in choice.label.items():
                alike[language, text.casefold()].append(choice)
        for (language, _), choices in alike.items():
            if len(choices) > 1:
                # One that a country added is easier to put right than one of the standard.
                one = next((choice for choice in choices if choice.parent), choices[-1])
                others = ", ".join(choice.name for choice in choices if choice is not one)
                what = say("the label in '%(language)s' is also that of %(others)s", language=language, others=others)
                file = f"choices/{choice_list.name}.yaml"
                yield Fault(file, f"{choice_list.name}: {one.name}", what, say("Tell them apart in the label"))


def french_spaces(entries: Entries) -> Iterator[Fault]:
    for file, entry, texts in every_text(entries):
        if _FRENCH_SPACE.search(texts.get("fr", "")):
            what = say(
                "an ordinary space stands before ? ! : ; or a percent sign, or inside « », where a line may break"
            )
            yield Fault(file, entry, what, say("Put a no-break space (U+00A0) there"))


def every_text(entries: Entries) -> Iterator[tuple[str, str, Texts]]:
    """File, entry and text of everything that people read."""
    for indicator in entries.indicators.values():
        yield f"indicators/{indicator.id}.yaml", indicator.id, indicator.question
    for choice_list in entries.choice_lists.values():
        for choice in choice_list.choices:
            yield f"choices/{choice_list.name}.yaml", f"{choice_list.name}: {choice.name}", choice.label
    for module in entries.modules.values():
        for item in module.items:
            if item.label:
                yield f"modules/{module.id}.yaml", f"{module.id}: {item.name}", item.label
    for recall in entries.recalls.values():
        if recall.label:
            yield "recall.yaml", f"recall: {recall.code}", recall.label

"""The numbered rules of the catalogue with their reasons; `load()` runs them all. docs/catalogue.md lists them."""

from collections.abc import Callable, Iterator
from typing import NamedTuple

from forms.catalogue import coherence_rules as coherence
from forms.catalogue import module_rules as modules
from forms.catalogue import safety_rules as safety
from forms.catalogue import text_rules as texts
from forms.catalogue.collection import Catalogue, Entries
from forms.catalogue.fault import Fault
from forms.catalogue.findings import Finding
from forms.catalogue.merge import without_gaps
from forms.sentences import say


class Rule(NamedTuple):
    """A number that never changes, what must hold and why, in words for the owners of the catalogue."""

    number: int
    holds: str
    because: str
    check: Callable[[Entries], Iterator[Fault]]


RULES = (
    Rule(
        1,
        say("An indicator about persons is never asked in the field; sensitivity 4 never is, except the open note."),
        "Nobody is asked about what was done to them, and no single case is looked for.",
        safety.persons_are_never_asked_about,
    ),
    Rule(
        2,
        say("Sexual, household and armed violence are desk topics."),
        "Asking about them without specialists harms people; the specialists already hold the data.",
        safety.violence_stays_at_the_desk,
    ),
    Rule(
        3,
        say("A field question names no victims, no trafficking, and asks for no name, address or phone number."),
        "The words themselves put people who answer in danger, and identifiers are never needed.",
        safety.questions_name_no_victims_or_persons,
    ),
    Rule(
        4,
        say("Every list that people answer from has dk and pna; none, dk and pna stand alone."),
        "Who must choose an answer invents one; a refusal is itself worth knowing.",
        safety.informants_can_say_they_do_not_know,
    ),
    Rule(
        5,
        say("A field question is about a site, community or area, never a count of people."),
        "What informants tell is a view of a place; counting from it would be false.",
        safety.places_are_counted_not_people,
    ),
    Rule(
        6,
        say("Where existing data are the better source, the field asks only with a written reason."),
        "Every question costs people time and safety.",
        safety.existing_data_come_first,
    ),
    Rule(
        7,
        say(
            "Answers of field questions and the standard modules hold no forbidden words and no "
            "violence of rule 2, in any "
            "language; nobody is called an informer."
        ),
        "An answer option is read out and seen just like a question.",
        safety.answers_hold_no_violence,
    ),
    Rule(
        8,
        say("A field question with a recall period says it by {r}; one without has recall none."),
        "Two people must look back over the same time.",
        safety.recall_is_said_in_the_question,
    ),
    Rule(
        9,
        say(
            "Sensitive signs of trafficking are never asked in groups; observation never concerns "
            "children or vehicles; "
            "traders, employers and authorities are not asked items of sensitivity 3."
        ),
        "Those listening, or those asked, may be the recruiters; watching children or cars draws attention to them.",
        safety.sensitive_topics_are_asked_alone,
    ),
    Rule(
        10,
        say("The guide for disclosures exists."),
        "Whoever hears of a real case must know what to do before the first sensitive question.",
        safety.disclosure_guide_is_there,
    ),
    Rule(
        11,
        say(
            "An indicator depends only on a select asked in the same way; one question takes free text, 300 characters."
        ),
        "A follow-up to 'none' makes no sense; free text can hold names.",
        coherence.dependent_items_can_be_skipped,
    ),
    Rule(
        13,
        say("The core form holds indicators that may be asked freely of key informants, without the open note."),
        "It is the default of every survey.",
        coherence.the_core_form_can_be_asked,
    ),
    Rule(
        14,
        say("Each part of an indicator may change in a country or may not; safety, consent, disclosure: wording only."),
        "Data of two countries stack only where the meaning stayed the same.",
        coherence.what_may_change_is_said,
    ),
    Rule(
        15,
        say("Area and period of release are at least as coarse as the sensitivity asks."),
        "A fine figure about few people points at them.",
        safety.releases_are_coarse_enough,
    ),
    Rule(
        16,
        say("Ids, codes and names are built as agreed and fit their level."),
        "They name columns, files and stored answers for years.",
        coherence.names_are_sound,
    ),
    Rule(
        17,
        say("Whatever an entry refers to exists; every list is used."),
        "A form built on a missing list would be found broken on a phone.",
        coherence.references_meet,
    ),
    Rule(
        18,
        say("Texts are one clean line in the script of their language."),
        "Invisible characters and swapped languages are seen by nobody but the people asked.",
        texts.texts_are_clean,
    ),
    Rule(
        19,
        say("Placeholders are known and the same in every language; the consent text tells the minutes."),
        "A placeholder that is not filled in is read out as it stands.",
        texts.placeholders_are_the_same_in_all_languages,
    ),
    Rule(
        20,
        say("Every indicator has a method, and max_select fits its list."),
        "A limit that no answer can reach, or that all reach, says nothing.",
        coherence.answers_fit_their_lists,
    ),
    Rule(
        21,
        say("Module items have their own names, known references and closed answers."),
        "They are part of every form.",
        modules.items_fit_together,
    ),
    Rule(
        22,
        say("Nothing about the informant is asked before safety is confirmed and consent given."),
        "Without consent nothing may be stored.",
        modules.nothing_is_asked_before_consent,
    ),
    Rule(
        23,
        say("One required question without relevance stops the clock; the start time is dropped."),
        "Otherwise a time of day stays in the submission.",
        modules.one_question_stops_the_clock,
    ),
    Rule(
        24,
        say("Answers of modules are kept, coarsened, counted or dropped as their privacy class allows."),
        "The class is a promise to the people asked.",
        modules.answers_are_kept_as_their_class_allows,
    ),
    Rule(
        25,
        say("Each theme has an indicator."),
        "Risks, protection, process, routes, actors and response belong together in one picture.",
        coherence.every_theme_is_there,
    ),
    Rule(
        26,
        say("Each indicator has its own HXL tag; number tags hold numbers."),
        "Partners' tools add up what stands under a number tag.",
        coherence.tags_are_hxl,
    ),
    Rule(
        29,
        say("No two answers of a list read the same, in any language."),
        "Who must choose between them chooses by chance, and each is stored as something else.",
        texts.answers_read_differently,
    ),
)
ADVICE = (
    Rule(
        12,
        say("French texts have a no-break space before ? ! : ; and percent signs, and inside quotation marks."),
        "A phone would put the mark alone on the next line. Spreadsheet programs type ordinary spaces.",
        texts.french_spaces,
    ),
    Rule(
        28,
        say("Each theme has a core or recommended indicator."),
        "A survey that follows the tiers alone would leave the theme out.",
        coherence.themes_are_recommended,
    ),
)
"""What could be better and stops nobody."""
VERSION_RULE = 27
"""A change of meaning raises the version; judged by `changes` against the catalogue that is replaced."""


def check(entries: Entries) -> list[Finding]:
    """Every fault of every rule."""
    return _run(RULES, without_gaps(entries))


def advice(catalogue: Catalogue) -> list[Finding]:
    """What could be better, for `fieldveil catalogue check` to say."""
    return _run(ADVICE, catalogue.entries)


def _run(rules: tuple[Rule, ...], entries: Entries) -> list[Finding]:
    return [
        Finding(fault.file, fault.entry, rule.number, *fault[2:]) for rule in rules for fault in rule.check(entries)
    ]

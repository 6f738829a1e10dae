"""Every code a check can report: how grave it is, what it means and what to do, as `codes.yaml` says."""

from dataclasses import dataclass
from enum import StrEnum
from functools import cache
from importlib.resources import files

from forms.catalogue.files import load_tree
from forms.sentences import Sentence


class Severity(StrEnum):
    """An error keeps a form from phones; a warning is a likely mistake; a note is good to know."""

    ERROR = "error"
    WARNING = "warning"
    NOTE = "note"


class Layer(StrEnum):
    """Who looks at the form: converter and engine are other people's programs, all between is our lint."""

    CONVERTER = "pyxform and ODK Validate"
    WORKBOOK = "Sheets and columns"
    STRUCTURE = "Questions and groups"
    LOGIC = "Logic"
    CHOICES = "Choices"
    TRANSLATIONS = "Translations"
    FILES = "Files beside the form"
    SERVERS = "KoBoToolbox, Central and web forms"
    SAFETY = "Safety of people"
    ENGINE = "Filled by the engine"


@dataclass(frozen=True, slots=True)
class Meaning:
    layer: Layer
    severity: Severity
    what: str
    remedy: Sentence


class Code(StrEnum):
    """An id is never used again for something else: people and programs know it."""

    PYXFORM = "pyxform"
    PYXFORM_WARNING = "pyxform-warning"
    LANGUAGE_CODE = "language-code"
    VALIDATE = "validate"
    MISSPELT_COLUMN = "misspelt-column"
    UNKNOWN_COLUMN = "unknown-column"
    DUPLICATE_COLUMN = "duplicate-column"
    HEADLESS_COLUMN = "headless-column"
    MISSPELT_SETTING = "misspelt-setting"
    UNKNOWN_SETTING = "unknown-setting"
    SECOND_SETTINGS_ROW = "second-settings-row"
    UNDECLARED_PREFIX = "undeclared-prefix"
    CONTROL_CHARACTER = "control-character"
    INVISIBLE_CHARACTER = "invisible-character"
    GAP_IN_ROWS = "gap-in-rows"
    BAD_CELL = "bad-cell"
    EMPTY_FORM = "empty-form"
    UNKNOWN_TYPE = "unknown-type"
    DUPLICATE_NAME = "duplicate-name"
    TWO_TRIGGERS = "two-triggers"
    REQUIRED_NOTE = "required-note"
    BLOCKING_NOTE = "blocking-note"
    NO_LABEL = "no-label"
    EMPTY_GROUP = "empty-group"
    IDLE_MESSAGE = "idle-message"
    BAD_DEFAULT = "bad-default"
    BAD_RANGE = "bad-range"
    BAD_EXPRESSION = "bad-expression"
    UNKNOWN_NAME = "unknown-name"
    AMBIGUOUS_NAME = "ambiguous-name"
    BARE_NAME = "bare-name"
    NO_SUCH_VALUE = "no-such-value"
    MISSING_PATH = "missing-path"
    ABSOLUTE_PATH = "absolute-path"
    UNKNOWN_FUNCTION = "unknown-function"
    WRONG_ARGUMENTS = "wrong-arguments"
    UNKNOWN_CHOICE = "unknown-choice"
    TYPE_MISMATCH = "type-mismatch"
    UNSATISFIABLE = "unsatisfiable"
    NEVER_RELEVANT = "never-relevant"
    SELF_IN_CONSTRAINT = "self-in-constraint"
    SELF_REFERENCE = "self-reference"
    BAD_REGEX = "bad-regex"
    REPEAT_FROM_OUTSIDE = "repeat-from-outside"
    NOT_A_REPEAT = "not-a-repeat"
    UNKNOWN_INSTANCE = "unknown-instance"
    UNKNOWN_LIST = "unknown-list"
    UNKNOWN_FILTER_COLUMN = "unknown-filter-column"
    UNREACHABLE_CHOICE = "unreachable-choice"
    DUPLICATE_CHOICE = "duplicate-choice"
    DUPLICATE_LABEL = "duplicate-label"
    CODE_WITH_SPACE = "code-with-space"
    MISSING_LANGUAGE = "missing-language"
    SIMILAR_LANGUAGES = "similar-languages"
    BLANK_TRANSLATION = "blank-translation"
    PLACEHOLDERS_DIFFER = "placeholders-differ"
    MISSING_FILE = "missing-file"
    BAD_FILE = "bad-file"
    MISSING_FILE_COLUMN = "missing-file-column"
    DUPLICATE_FILE_CODE = "duplicate-file-code"
    BLANK_FILE_CODE = "blank-file-code"
    KOBO_LANGUAGE = "kobo-language"
    RESERVED_NAME = "reserved-name"
    NOT_ASCII_NAME = "not-ascii-name"
    NESTED_REPEAT = "nested-repeat"
    NOT_IN_WEB_FORMS = "not-in-web-forms"
    NO_FORM_ID = "no-form-id"
    LOCATION_CAPTURE = "location-capture"
    MEDIA_CAPTURE = "media-capture"
    DEVICE_IDENTIFIER = "device-identifier"
    TIME_STAMP = "time-stamp"
    ASKS_NAME = "asks-name"
    ASKS_CONTACT = "asks-contact"
    ASKS_ID_NUMBER = "asks-id-number"
    ASKS_BIRTH_DATE = "asks-birth-date"
    ASKS_EXACT_PLACE = "asks-exact-place"
    VICTIM_DIRECTED = "victim-directed"
    NAMES_TRAFFICKING = "names-trafficking"
    ASKS_VIOLENCE = "asks-violence"
    NO_CONSENT = "no-consent"
    CONSENT_WITHOUT_EFFECT = "consent-without-effect"
    OUTSIDE_CONSENT = "outside-consent"
    TOO_SENSITIVE = "too-sensitive"
    NO_REFERRAL = "no-referral"
    NEVER_REACHED = "never-reached"
    EMPTY_LIST = "empty-list"
    SOMETIMES_EMPTY_LIST = "sometimes-empty-list"
    NO_ANSWER_ACCEPTED = "no-answer-accepted"
    NO_FITTING_ANSWER = "no-fitting-answer"
    FAILS_WHEN_FILLED = "fails-when-filled"
    CANNOT_BE_FINISHED = "cannot-be-finished"
    ENGINE_REFUSES = "engine-refuses"
    HANGS = "hangs"
    FEWER_FILLS = "fewer-fills"
    ENGINE_LEFT_OUT = "engine-left-out"

    @property
    def meaning(self) -> Meaning:
        return _meanings()[self.value]


@cache
def _meanings() -> dict[str, Meaning]:
    tree = load_tree((files("forms.checks") / "codes.yaml").read_text(encoding="utf-8"))
    return {name: _meaning(entry) for name, entry in tree.items()} if isinstance(tree, dict) else {}


def _meaning(entry: object) -> Meaning:
    if not isinstance(entry, dict):
        raise TypeError("codes.yaml: an entry has no fields")
    return Meaning(
        Layer[entry["layer"].upper()], Severity(entry["severity"]), entry["what"], Sentence(entry["remedy"], {})
    )

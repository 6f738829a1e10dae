"""A language as a workbook for translators: one sheet a kind, one row a string, English and the other languages beside.

Hidden columns hold what the English and the translation were, so that on the way back nothing is overwritten unseen.
"""

from collections.abc import Mapping, Sequence
from importlib.resources import files

from forms.catalogue import load_own
from forms.catalogue.files import Tree, load_tree
from forms.catalogue.languages import SOURCE, Language, own
from forms.catalogue.packs import ASKED, FORBIDDEN, Pack, fingerprint
from forms.sheets import Table, write_tables
from forms.translation.status import Judged, progress
from forms.translation.strings import Kind

ABOUT, SAFETY = "about", "safety"
KEY, STATE, ROLE, DAY, COMMENT = "key", "state", "read by (role)", "read on", "comment"
ENGLISH_WAS, TEXT_WAS = "english_was", "text_was"
WORDS, BUT_NOT = "words", "but_not"
_HOW = (
    ("1", "Write in the column with the name of your language. Leave every other column as it is."),
    ("2", "Keep what stands in {...} and ${...} just as it is: the form puts something in its place."),
    ("3", "Stay near 'at most': a phone is narrow. 'look at' names what a person should check."),
    ("4", "Who has read a text as a native speaker writes 'reviewed' under 'state', a role (no name) and the day."),
    ("5", "Do not translate by machine without reading: people are asked these questions in danger."),
)


def to_workbook(code: str, pack: Pack | None) -> bytes:
    """The same texts and reviews give the same bytes."""
    found = progress(code, pack)
    language = found.language
    sheets = {ABOUT: _about(language)}
    for kind in Kind:
        rows = [one for one in found.judged if one.string.kind is kind]
        sheets[kind.value] = Table(header(language), [_row(one, language) for one in rows], (ENGLISH_WAS, TEXT_WAS))
    if pack is not None and pack.is_new:
        sheets[SAFETY] = _safety(language, pack)
    return write_tables(sheets, right_to_left=tuple(sheets) if language.is_right_to_left else ())


def header(language: Language) -> tuple[str, ...]:
    return (
        *(KEY, "where", own()[SOURCE].shown, language.shown, *(other.shown for other in _others(language))),
        *("at most", "look at", STATE, ROLE, DAY, COMMENT, ENGLISH_WAS, TEXT_WAS),
    )


def safety_header(language: Language) -> tuple[str, ...]:
    return ("kind", "column", own()[SOURCE].shown, language.shown)


def _others(language: Language) -> list[Language]:
    return [other for code, other in own().items() if code not in {SOURCE, language.code}]


def _about(language: Language) -> Table:
    rows = [("language", language.code), ("catalogue", load_own().version), *_HOW]
    return Table(("what", "value"), [{"what": name, "value": value} for name, value in rows])


def _row(one: Judged, language: Language) -> dict[str, str]:
    string, review = one.string, one.review
    cells = {
        KEY: string.key,
        "where": string.where,
        own()[SOURCE].shown: string.english,
        language.shown: one.text,
        **{other.shown: string.texts[other.code] for other in _others(language)},
        "at most": str(string.at_most),
        "look at": "; ".join(doubt.meaning for doubt in one.doubts),
        STATE: str(one.standing),
        ROLE: review.role,
        DAY: review.on.isoformat() if review.on else "",
        COMMENT: review.comment,
        ENGLISH_WAS: fingerprint(string.english),
        TEXT_WAS: fingerprint(one.text),
    }
    return {column: text for column, text in cells.items() if text}


def _safety(language: Language, pack: Pack) -> Table:
    """Words that must not be put to people, and that give away what a question asks for."""
    rows = []
    for kind in (*FORBIDDEN, *ASKED):
        for column in (WORDS, BUT_NOT):
            cells = {
                "kind": kind,
                "column": column,
                own()[SOURCE].shown: "; ".join(_english(kind, column)),
                language.shown: "; ".join(map(str, _names(pack.safety.get(kind, {}).get(column, [])))),
            }
            rows.append({name: text for name, text in cells.items() if text})
    return Table(safety_header(language), rows)


def _english(kind: str, column: str) -> list[str]:
    section = _sections()[kind]
    if column == WORDS:
        return _names(section.get(SOURCE, []))
    but_not = section.get(BUT_NOT, {})
    return _names(but_not.get(SOURCE, []) if isinstance(but_not, dict) else [])


def _sections() -> Mapping[str, Mapping[str, Tree]]:
    found: dict[str, Mapping[str, Tree]] = {}
    for place in (files("forms.catalogue") / "words.yaml", files("forms.checks") / "wording.yaml"):
        tree = load_tree(place.read_text(encoding="utf-8"))
        sections = tree.items() if isinstance(tree, dict) else ()
        found |= {name: section for name, section in sections if isinstance(section, dict)}
    return found


def _names(values: Tree) -> list[str]:
    return [str(value) for value in values] if isinstance(values, Sequence) and not isinstance(values, str) else []

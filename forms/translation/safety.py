"""The safety words of a new language, from the sheet of a translator's workbook."""

from collections.abc import Mapping, Sequence

from forms.catalogue.files import Tree
from forms.catalogue.languages import Language
from forms.catalogue.packs import ASKED, FORBIDDEN
from forms.sheets import ROW
from forms.translation.workbook import BUT_NOT, SAFETY, WORDS, safety_header

Safety = dict[str, Mapping[str, Tree]]


def read_safety(rows: Sequence[Mapping[str, str]], language: Language) -> tuple[Safety, list[str]]:
    """Kind -> words and phrases in which they are harmless; and what is wrong with the sheet."""
    absent = [name for name in safety_header(language) if rows and name not in rows[0]]
    if absent:
        return {}, [f"sheet '{SAFETY}': has no column '{name}'. Start from a fresh export." for name in absent]
    found: dict[str, dict[str, Tree]] = {kind: {WORDS: [], BUT_NOT: []} for kind in (*FORBIDDEN, *ASKED)}
    faults = []
    for row in rows:
        if row["kind"] not in found or row["column"] not in {WORDS, BUT_NOT}:
            place = f"sheet '{SAFETY}', row {row[ROW]}"
            faults.append(f"{place}: there is no such kind of words. Put kind and column back.")
        else:
            words = (word.strip() for word in row[language.shown].split(";"))
            found[row["kind"]][row["column"]] = [*dict.fromkeys(word for word in words if word)]
    return dict(found), faults

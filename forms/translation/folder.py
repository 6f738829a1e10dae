"""The folder of language packs: begin a pack, read one, write what a workbook changed."""

from pathlib import Path

from forms.catalogue.files import Tree, dump_tree, write_whole
from forms.catalogue.findings import CatalogueError, Finding
from forms.catalogue.languages import Language, own, read_language
from forms.catalogue.packs import LANGUAGE, REVIEWS, SAFETY, TEXTS, Pack, Review, read_pack, read_packs
from forms.translation.strings import strings
from forms.translation.taking import TranslationError


def start_pack(folder: Path, code: str, facts: dict[str, Tree]) -> Path:
    """Writes `language.yaml` of a language that is not there yet. Raises CatalogueError when a fact does not fit."""
    file = folder / code / LANGUAGE
    if code in own() or file.exists():
        raise TranslationError(f"'{code}' is there already. Go on with: fieldveil form translate export {code} FILE")
    findings: list[Finding] = []
    read_language(facts, code, f"{code}/{LANGUAGE}", findings)
    if findings:
        raise CatalogueError(findings)
    write_whole(file, dump_tree(facts))
    return file


def find_pack(folder: Path, code: str) -> Pack:
    """The pack of a language; for one of our own that has none yet, an empty one."""
    if code in own() and not (folder / code).is_dir():
        return empty_pack(own()[code])
    if not (folder / code).is_dir():
        known = ", ".join(dict.fromkeys((*own(), *read_packs(folder))))
        raise TranslationError(
            f"There is no language '{code}' in {folder}. There is: {known}. Begin one: form translate start"
        )
    findings: list[Finding] = []
    pack = read_pack(folder / code, findings)
    if findings:
        raise CatalogueError(findings)
    return pack


def empty_pack(language: Language) -> Pack:
    return Pack(language.code, language)


def write_pack(folder: Path, pack: Pack) -> list[Path]:
    """Writes texts, reviews and safety words, whole or not at all each, in the order of the workbook."""
    order = [string.key for string in strings()]
    trees: dict[str, Tree] = {
        TEXTS: {key: pack.texts[key] for key in order if key in pack.texts},
        REVIEWS: {key: _review(pack.reviews[key]) for key in order if key in pack.reviews},
        SAFETY: {kind: columns for kind, words in pack.safety.items() if (columns := _filled(words))},
    }
    written = []
    for name, tree in trees.items():
        if tree:
            write_whole(folder / pack.code / name, dump_tree(tree))
            written.append(folder / pack.code / name)
    return written


def _review(review: Review) -> Tree:
    day = review.on.isoformat() if review.on else ""
    fields = {"english": review.english, "text": review.text, "role": review.role, "on": day, "comment": review.comment}
    return _filled(fields)


def _filled(tree: object) -> dict[str, Tree]:
    return {name: value for name, value in tree.items() if value} if isinstance(tree, dict) else {}

"""Every text of the pages is there in every language, with its placeholders, and compiled as it stands."""

import re
import subprocess
import sys
from gettext import GNUTranslations
from pathlib import Path

import pytest
from babel.messages.catalog import Catalog, Message
from babel.messages.mofile import read_mo
from babel.messages.pofile import read_po

ROOT = Path(__file__).parents[2]
TRANSLATIONS = ROOT / "backend" / "translations"
# English stands in the code.
LANGUAGES = ("fr", "es", "ar")
_PLACEHOLDER = re.compile(r"%\(\w+\)[sd]")


def _texts(path: Path) -> Catalog:
    with path.open("rb") as file:
        return read_po(file)


def _translated(language: str) -> Catalog:
    return _texts(TRANSLATIONS / language / "LC_MESSAGES" / "messages.po")


def _ids(catalog: Catalog) -> set[str | tuple[str, ...]]:
    return {message.id if isinstance(message.id, str) else tuple(message.id) for message in catalog if message.id}


def _parts(value: object) -> list[str]:
    return [value] if isinstance(value, str) else list(value)  # type: ignore[call-overload]


def _pairs(catalog: Catalog) -> dict[tuple[str, ...], list[str]]:
    return {tuple(_parts(message.id)): _parts(message.string) for message in catalog if message.id}


def _messages(language: str) -> list[Message]:
    return [message for message in _translated(language) if message.id]


@pytest.fixture(scope="module")
def fresh(tmp_path_factory: pytest.TempPathFactory) -> Catalog:
    """The texts as they stand in code and templates now."""
    target = tmp_path_factory.mktemp("texts") / "messages.pot"
    options = ["-F", "backend/translations/babel.cfg", "-k", "_l", "-k", "N_", "--no-location", "-o", str(target), "."]
    command = [sys.executable, "-m", "babel.messages.frontend", "--quiet", "extract", *options]
    subprocess.run(command, cwd=ROOT, check=True, capture_output=True)
    return _texts(target)


def test_the_template_of_texts_is_up_to_date(fresh: Catalog) -> None:
    assert _ids(_texts(TRANSLATIONS / "messages.pot")) == _ids(fresh), "See backend/translations/README.md"


def test_there_are_texts_at_all(fresh: Catalog) -> None:
    assert len(_ids(fresh)) > 200


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_text_is_there_in_every_language(fresh: Catalog, language: str) -> None:
    assert _ids(_translated(language)) == _ids(fresh), "See backend/translations/README.md"


@pytest.mark.parametrize("language", LANGUAGES)
def test_no_text_is_left_empty_or_unsure(language: str) -> None:
    unsure = [
        message.id
        for message in _messages(language)
        if message.fuzzy or not all(map(str.strip, _parts(message.string)))
    ]

    assert unsure == []


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_translation_keeps_the_placeholders(language: str) -> None:
    wrong = [
        message.id
        for message in _messages(language)
        if any(
            sorted(_PLACEHOLDER.findall(part)) != sorted(_PLACEHOLDER.findall(_parts(message.id)[-1]))
            for part in _parts(message.string)
        )
    ]

    assert wrong == []


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_translation_is_as_compiled(language: str) -> None:
    source = _translated(language)
    with (TRANSLATIONS / language / "LC_MESSAGES" / "messages.mo").open("rb") as file:
        compiled = read_mo(file)

    assert _pairs(compiled) == _pairs(source), "See backend/translations/README.md"


@pytest.mark.parametrize(
    ("number", "expected"), [(1, "واحد"), (2, "مصدران"), (5, "مصادر"), (14, "مصدراً"), (100, "مصدر")]
)
def test_arabic_counts_with_its_six_forms(number: int, expected: str) -> None:
    with (TRANSLATIONS / "ar" / "LC_MESSAGES" / "messages.mo").open("rb") as file:
        arabic = GNUTranslations(file)

    told = arabic.ngettext("%(num)s source answered", "%(num)s sources answered", number) % {"num": number}

    assert expected in told.split()


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_language_nobody_has_read_says_so_in_its_file(language: str) -> None:
    first = (TRANSLATIONS / language / "LC_MESSAGES" / "messages.po").read_text(encoding="utf-8").splitlines()[0]

    assert "Not yet reviewed by a native speaker" in first

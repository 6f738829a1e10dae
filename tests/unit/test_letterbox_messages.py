"""The texts a person with a phone reads, and the two lists a phone reads."""

from pathlib import Path
from xml.etree import ElementTree

import pytest

from backend.letterbox import messages
from backend.letterbox.listing import form_list, manifest
from backend.letterbox.messages import LANGUAGES, MessagesError, Say, load_messages, openrosa_response
from backend.store.door import ListedForm, MediaFile

_OPENROSA = "{http://openrosa.org/http/response}"


@pytest.mark.parametrize("say", Say)
@pytest.mark.parametrize("language", LANGUAGES)
def test_every_message_is_there_in_every_language(say: Say, language: str) -> None:
    words = messages.text(say, language, most_bytes=10_000_000)

    assert words
    assert "{" not in words
    assert messages.status(say) in {201, 400, 403, 404, 410, 411, 413, 503, 507}


@pytest.mark.parametrize("say", Say)
def test_no_message_has_a_status_that_hides_it_from_the_person(say: Say) -> None:
    # Collect takes 200 for a network's login page and asks for a password on 401; both times the text is lost.
    assert messages.status(say) not in {200, 401}


def test_the_limit_is_named_in_megabytes() -> None:
    assert "12 MB" in messages.text(Say.TOO_LARGE, "en", most_bytes=12_000_000)


def test_a_message_is_an_openrosa_response() -> None:
    root = ElementTree.fromstring(openrosa_response(Say.BUSY, "a < b & c"))

    assert root.tag == f"{_OPENROSA}OpenRosaResponse"
    assert [(child.tag, child.get("nature"), child.text) for child in root] == [
        (f"{_OPENROSA}message", "busy", "a < b & c")
    ]


@pytest.mark.parametrize(
    ("wrong", "named"),
    [
        ("messages: {}", "busy"),
        ("messages: {unheard_of: {}}", "unheard_of"),
    ],
)
def test_a_message_file_that_does_not_fit_is_refused_with_the_entry(tmp_path: Path, wrong: str, named: str) -> None:
    file = tmp_path / "messages.yaml"
    file.write_text(wrong)

    with pytest.raises(MessagesError, match=named):
        load_messages(file)


def test_a_missing_text_is_named(tmp_path: Path) -> None:
    file = tmp_path / "messages.yaml"
    file.write_text("messages:\n" + "".join(f"  {say}: {{status: 400, en: x, fr: x, es: x}}\n" for say in Say))

    with pytest.raises(MessagesError, match=r"needs a status and a text in en, fr, es, ar"):
        load_messages(file)


def test_names_and_addresses_are_written_safely() -> None:
    form = ListedForm("a/b&c", "v 1", "Safety <core>", b"<h:html/>", has_media=True)

    root = ElementTree.fromstring(form_list("https://x.org/letterbox/t", [form]))

    fields = {child.tag.rpartition("}")[2]: child.text for child in root[0]}
    assert fields == {
        "formID": "a/b&c",
        "name": "Safety <core>",
        "version": "v 1",
        "hash": "md5:c715eca0d5372c12583041b8bc1e3f09",
        "downloadUrl": "https://x.org/letterbox/t/forms/a%2Fb%26c/v%201.xml",
        "manifestUrl": "https://x.org/letterbox/t/forms/a%2Fb%26c/v%201/manifest",
    }


def test_a_media_file_has_name_hash_and_address() -> None:
    files = [MediaFile("adm 2.csv", "0" * 32)]

    root = ElementTree.fromstring(manifest("https://x.org/letterbox/t", "f", "1", files))

    assert [child.text for child in root[0]] == [
        "adm 2.csv",
        f"md5:{'0' * 32}",
        "https://x.org/letterbox/t/forms/f/1/media/adm%202.csv",
    ]

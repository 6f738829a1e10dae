"""Every setting is documented, in the page and in the example file, with the default it really has."""

import settings_page

from backend.settings import Settings


def test_the_settings_page_is_made_from_the_class() -> None:
    written = settings_page.PAGE.read_text(encoding="utf-8")

    assert written == settings_page.page(), "Run: python tests/house/settings_page.py"


def test_the_example_file_is_made_from_the_class() -> None:
    written = settings_page.EXAMPLE.read_text(encoding="utf-8")

    assert written == settings_page.example(), "Run: python tests/house/settings_page.py"


def test_every_setting_says_what_it_means() -> None:
    assert [name for name, field in Settings.model_fields.items() if not field.description] == []


def test_the_page_names_every_setting() -> None:
    page = settings_page.page()

    assert [name for name in Settings.model_fields if f"`{settings_page.variable(name)}`" not in page] == []

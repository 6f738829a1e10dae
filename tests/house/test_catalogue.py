"""Every indicator of the catalogue has what a form, a translator and a reader of figures need of it."""

import pytest

from forms import catalogue
from forms.catalogue.entries import Indicator

LANGUAGES = ("en", "fr", "es", "ar")
INDICATORS = catalogue.load().indicators


@pytest.mark.parametrize("indicator", INDICATORS, ids=lambda found: found.id)
def test_an_indicator_asks_in_four_languages_and_says_what_it_is_for(indicator: Indicator) -> None:
    assert [language for language, text in indicator.question.items() if text.strip()] == list(LANGUAGES)
    assert indicator.name.strip()
    assert indicator.definition.strip()
    assert indicator.source_basis


@pytest.mark.parametrize("indicator", INDICATORS, ids=lambda found: found.id)
def test_an_indicator_says_how_sensitive_it_is_and_how_coarsely_it_is_released(indicator: Indicator) -> None:
    assert indicator.sensitivity in {1, 2, 3, 4}
    assert indicator.privacy_class
    assert indicator.min_release_geo
    assert indicator.min_release_period
    # What can harm somebody is explained to whoever puts it into a form.
    assert indicator.safeguard.strip() or indicator.sensitivity < 3

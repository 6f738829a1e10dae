"""A practice form: the same questions, an id of its own, and a red word that nobody overlooks."""

import re

import pytest

from forms.build import BuiltForm, build
from forms.catalogue import load
from forms.demo import brief
from forms.practice import practice_id
from forms.questionnaire.assemble import assemble
from mappings.areas.demo import load as dorvania


@pytest.fixture(scope="module")
def practice() -> BuiltForm:
    return build(brief(), load(), dorvania(), practice=True)


def test_it_has_an_id_and_a_title_of_its_own(practice: BuiltForm) -> None:
    assert (practice.form_id, practice.practice) == ("demo_site_ki_practice", True)
    assert practice.title == f"PRACTICE · {brief().title}"
    assert practice.mapping.form_id == practice.brief.form_id == practice.form_id


def test_the_red_word_stands_on_every_page_in_every_language(practice: BuiltForm) -> None:
    shown = re.findall('&lt;span style="color:#b3261e"&gt;(.*?)&lt;/span&gt;', practice.xform.decode())

    assert set(shown) == {"PRACTICE", "EXERCICE", "PRÁCTICA", "تدريب"}
    sections = assemble(brief(), load(), dorvania()).questionnaire.sections
    assert len(shown) == 4 * len(sections)


def test_practice_of_a_practice_form_is_itself() -> None:
    assert practice_id(practice_id("core")) == practice_id("core") == "core_practice"

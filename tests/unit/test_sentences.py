"""Sentences that are written once, in English, and said on pages in the reader's language."""

import json
import pickle

import pytest

from forms.checks import Code
from forms.comparability import Adaptation, Compared, overall
from forms.sentences import Sentence, keepable, listed, restored, say

NESTED = say("the %(kind)s '%(name)s' is gone", kind=say("question"), name="q_1")


def test_a_sentence_reads_as_english() -> None:
    assert say("'%(name)s' is 100%% new", name="q_1") == "'q_1' is 100% new"
    assert f"{NESTED}." == "the question 'q_1' is gone."


def test_a_sentence_without_parts_is_its_pattern() -> None:
    assert say("Write 5% or more") == "Write 5% or more"


def test_several_are_said_one_after_the_other() -> None:
    both = listed([say("one"), NESTED])

    assert both == "one; the question 'q_1' is gone"
    assert list(both.parts.values()) == [say("one"), NESTED]


@pytest.mark.parametrize("tree", [NESTED, {"findings": [{"reason": NESTED, "row": 3, "cell": None}]}, "plain"])
def test_what_is_kept_as_json_knows_its_sentences_again(tree: object) -> None:
    found = restored(json.loads(json.dumps(keepable(tree))))

    assert found == tree
    assert keepable(found) == keepable(tree)


def test_a_sentence_outlives_a_copy() -> None:
    copy = pickle.loads(pickle.dumps(NESTED))  # noqa: S301 (made in the line itself)

    assert isinstance(copy, Sentence)
    assert copy.parts == NESTED.parts


def test_every_code_of_a_check_has_a_remedy_that_can_be_translated() -> None:
    assert all(isinstance(code.meaning.remedy, Sentence) for code in Code)


def test_the_comparability_of_a_form_is_one_only_while_nothing_was_adapted() -> None:
    whole = [Compared(f"CTE-COM-{number:03}") for number in range(99)]
    adapted = Compared("CTE-COM-100", (Adaptation.CHOICE_ADDED,))

    assert overall(whole) == 1.0
    assert overall([*whole, adapted]) == 0.99
    assert overall([*whole, Compared("LOC-XDV-ORGA-001", is_local=True)]) == 1.0
    assert overall([]) == 1.0

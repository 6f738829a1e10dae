"""What is new, a retry, an edit or a conflict.

1. Each distinct content of a receipt is stored once.
2. The first content keeps its kind; others of the same receipt are conflicts and change nothing.
3. An edit belongs to the root of what it edits, also when it came first.
4. Of repeated posts the largest number of attachments stays.
"""

from datetime import date

from hypothesis import given
from hypothesis import strategies as st

from backend.store.letter_plan import Known, Letter, LetterKind, NewRoot, plan


def _letter(receipt: str, content: str, previous: str | None = None, attachments: int = 0, form: str = "f") -> Letter:
    kind = LetterKind.ORIGINAL if previous is None else LetterKind.EDIT
    return Letter(form, "k", kind, receipt, content, date(2026, 11, 1), b"sealed", previous, attachments)


def _known(receipt: str, content: str, root: str = "", kind: str = "original", attachments: int = 0) -> Known:
    return Known(7, "f", receipt, content, root or receipt, kind, attachments)


def test_1_a_first_letter_is_new_and_its_own_root() -> None:
    todo = plan([_letter("r1", "a")], [])

    assert [(row.kind, row.root_receipt) for row in todo.new] == [("original", "r1")]


def test_1_a_retry_is_nothing_new() -> None:
    todo = plan([_letter("r1", "a")], [_known("r1", "a")])

    assert (todo.new, todo.attachments, todo.new_roots) == ([], {}, [])


def test_1_two_equal_letters_in_one_batch_are_one() -> None:
    assert len(plan([_letter("r1", "a"), _letter("r1", "a")], []).new) == 1


def test_1_the_same_receipt_in_another_form_is_another_letter() -> None:
    todo = plan([_letter("r1", "a", form="g")], [_known("r1", "a")])

    assert [row.kind for row in todo.new] == ["original"]


def test_2_other_content_is_a_conflict() -> None:
    todo = plan([_letter("r1", "b")], [_known("r1", "a")])

    assert [row.kind for row in todo.new] == ["conflict"]


def test_2_a_conflict_that_comes_again_is_nothing_new() -> None:
    assert plan([_letter("r1", "b")], [_known("r1", "a"), _known("r1", "b", kind="conflict")]).new == []


def test_2_within_a_batch_the_first_wins() -> None:
    todo = plan([_letter("r1", "a"), _letter("r1", "b"), _letter("r1", "a")], [])

    assert [(row.content, row.kind) for row in todo.new] == [("a", "original"), ("b", "conflict")]


def test_3_an_edit_belongs_to_the_root_of_what_it_edits() -> None:
    todo = plan([_letter("r3", "c", previous="r2")], [_known("r2", "b", root="r1", kind="edit")])

    assert [(row.kind, row.root_receipt) for row in todo.new] == [("edit", "r1")]


def test_3_an_edit_of_an_unknown_original_waits_under_its_receipt() -> None:
    assert plan([_letter("r2", "b", previous="r1")], []).new[0].root_receipt == "r1"


def test_3_a_late_edit_takes_along_what_edited_it() -> None:
    todo = plan([_letter("r2", "b", previous="r1")], [_known("r1", "a")])

    assert todo.new_roots == [NewRoot("f", "r2", "r1")]


def test_3_a_conflicting_original_is_no_root_to_go_by() -> None:
    known = [_known("r2", "x", root="r9", kind="conflict"), _known("r2", "b", root="r1", kind="edit")]

    assert plan([_letter("r3", "c", previous="r2")], known).new[0].root_receipt == "r1"


def test_3_a_conflicting_edit_moves_nobody() -> None:
    assert plan([_letter("r2", "other", previous="r1")], [_known("r2", "b", root="r1", kind="edit")]).new_roots == []


def test_4_the_larger_number_of_attachments_stays() -> None:
    assert plan([_letter("r1", "a", attachments=3)], [_known("r1", "a", attachments=1)]).attachments == {7: 3}
    assert plan([_letter("r1", "a", attachments=1)], [_known("r1", "a", attachments=3)]).attachments == {}
    assert plan([_letter("r1", "a", attachments=n) for n in (1, 5, 2)], []).new[0].attachments == 5
    assert plan([_letter("r1", "a", attachments=n) for n in (4, 9, 6)], [_known("r1", "a")]).attachments == {7: 9}


@given(st.lists(st.tuples(st.sampled_from("rst"), st.sampled_from("abc")), max_size=12))
def test_1_and_2_hold_for_any_batch(posts: list[tuple[str, str]]) -> None:
    new = plan([_letter(receipt, content) for receipt, content in posts], []).new

    assert sorted((row.letter.receipt, row.content) for row in new) == sorted(set(posts))
    firsts = dict(reversed(posts))
    assert {row.letter.receipt: row.content for row in new if row.kind is LetterKind.ORIGINAL} == firsts

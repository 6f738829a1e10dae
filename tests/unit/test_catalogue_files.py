"""The files of the catalogue: one form of writing, nothing lost, nothing touched that is not the catalogue's."""

from pathlib import Path

import pytest
from catalogue_folder import copy_of_the_catalogue
from hypothesis import given
from hypothesis import strategies as st

from forms import catalogue
from forms.catalogue import files
from forms.catalogue.files import DATA, dump_tree, load_tree
from forms.catalogue.render import trees
from forms.catalogue.workbook import save

LINE = st.text(
    st.characters(exclude_categories=["Cc", "Cs", "Zl", "Zp", "Cn"], exclude_characters="\ufeff"), min_size=1
)
TEXT = LINE.map(lambda text: " ".join(part for part in text.split(" ") if part)).filter(bool)
LONG = st.lists(TEXT, min_size=1, max_size=12).map(" ".join)


def test_the_files_are_written_as_the_product_writes_them() -> None:
    contents = trees(catalogue.load().entries)

    on_disk = {path.relative_to(DATA).as_posix(): path.read_text(encoding="utf-8") for path in DATA.rglob("*.yaml")}

    assert on_disk == {file: dump_tree(tree) for file, tree in contents.items()}


def test_saving_what_did_not_change_touches_nothing(tmp_path: Path) -> None:
    copy = copy_of_the_catalogue(tmp_path)

    assert save(catalogue.load(), copy) == []


def test_saving_into_an_empty_folder_writes_the_same_bytes(tmp_path: Path) -> None:
    written = save(catalogue.load(), tmp_path / "new")

    assert len(written) == 122 + 66 + 11 + 2
    assert all((tmp_path / "new" / file).read_bytes() == (DATA / file).read_bytes() for file in written)
    assert catalogue.load(tmp_path / "new").digest == catalogue.load().digest


def test_a_file_of_an_entry_that_is_gone_is_removed(tmp_path: Path) -> None:
    copy = copy_of_the_catalogue(tmp_path)
    (copy / "choices/old.yaml").write_text("name: old\n", encoding="utf-8")

    assert save(catalogue.load(), copy) == ["choices/old.yaml"]
    assert not (copy / "choices/old.yaml").exists()


def test_a_folder_of_something_else_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "compose.yaml").write_text("services: {}\n", encoding="utf-8")

    with pytest.raises(catalogue.CatalogueError, match=r"holds other things and no catalogue\.yaml"):
        save(catalogue.load(), tmp_path)

    assert [path.name for path in tmp_path.iterdir()] == ["compose.yaml"]


def test_a_file_that_cannot_be_written_leaves_the_old_one_whole(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    copy = copy_of_the_catalogue(tmp_path)
    path = copy / "choices/yn.yaml"
    path.write_text(path.read_text(encoding="utf-8").replace("fr: Oui", "fr: Ouais"), encoding="utf-8")
    before = path.read_bytes()

    def full(path: Path, content: bytes) -> None:
        path.write_bytes(content[: len(content) // 2])
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(files, "write_file", full)
    with pytest.raises(OSError, match="No space left"):
        save(catalogue.load(), copy)

    assert path.read_bytes() == before


def test_a_long_text_is_folded_at_its_sentences_and_at_ordinary_spaces_only() -> None:
    text = "Read this. " + "mot " * 30 + "fin\u00a0? Then go on."

    assert dump_tree({"fr": text}).splitlines() == [
        "fr: >-",
        "  Read this.",
        "  mot mot mot mot mot mot mot mot mot mot mot mot mot mot mot mot mot mot mot mot mot mot mot mot mot mot mot",
        "  mot mot mot fin\u00a0?",
        "  Then go on.",
    ]


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("no", "a: 'no'"),
        ("1-25", "a: '1-25'"),
        ("it's: so", "a: 'it''s: so'"),
        ("# not a comment", "a: '# not a comment'"),
        ("C # D", "a: 'C # D'"),
        ("¿Qué?", "a: ¿Qué?"),
        ("${con_given}='yes'", "a: ${con_given}='yes'"),
        ("نعم", "a: نعم"),
    ],
)
def test_texts_that_yaml_could_mistake_are_quoted(text: str, line: str) -> None:
    assert dump_tree({"a": text}) == f"{line}\n"
    assert load_tree(line) == {"a": text}


def test_a_text_that_yaml_cannot_hold_on_one_line_is_never_written() -> None:
    with pytest.raises(ValueError, match="cannot be written as YAML"):
        dump_tree({"a": "two\nlines"})


@given(st.dictionaries(st.sampled_from("abc"), LONG | st.lists(TEXT, min_size=1), min_size=1))
def test_every_text_reads_back_exactly(tree: dict[str, str | list[str]]) -> None:
    assert load_tree(dump_tree(tree)) == tree  # type: ignore[arg-type]

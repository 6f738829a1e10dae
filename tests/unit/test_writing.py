"""Files are written where somebody asked for them, and through no link."""

import os
from pathlib import Path

import pytest

from forms.writing import LinkError, no_link, owner_only, write_below, write_file


@pytest.fixture
def elsewhere(tmp_path: Path) -> Path:
    """A file of the same person that nobody asked to change."""
    folder = tmp_path / "private"
    folder.mkdir()
    file = folder / "elsewhere"
    file.write_text("before")
    return file


@pytest.mark.parametrize("opener", [no_link, owner_only])
def test_nothing_is_opened_through_a_link(tmp_path: Path, elsewhere: Path, opener: object) -> None:
    (tmp_path / "out.csv").symlink_to(elsewhere)

    with pytest.raises(LinkError, match="is a link to another place"), open(tmp_path / "out.csv", "wb", opener=opener):  # type: ignore[call-overload]
        pass
    assert elsewhere.read_text() == "before"


def test_a_link_to_nothing_makes_no_file_there(tmp_path: Path) -> None:
    (tmp_path / "out.csv").symlink_to(tmp_path / "new")

    with pytest.raises(LinkError):
        write_file(tmp_path / "out.csv", b"after")
    assert not (tmp_path / "new").exists()


@pytest.mark.parametrize("name", ["form.xlsx", "media/areas.csv", "media/deep/areas.csv"])
def test_files_and_their_folders_are_made(tmp_path: Path, name: str) -> None:
    for content in (b"longer than the second", b"second"):
        write_below(tmp_path / "out" / "form", name, content)

    assert (tmp_path / "out" / "form" / name).read_bytes() == b"second"


@pytest.mark.parametrize("at", ["media", "media/deep", "media/deep/elsewhere"])
def test_no_folder_on_the_way_may_be_a_link(tmp_path: Path, elsewhere: Path, at: str) -> None:
    out = tmp_path / "out"
    (out / at).parent.mkdir(parents=True)
    (out / at).symlink_to(elsewhere if at.endswith("elsewhere") else elsewhere.parent)

    with pytest.raises(LinkError) as refused:
        write_below(out, "media/deep/elsewhere", b"after")
    assert refused.value.filename == str(out / at)
    assert sorted(path.name for path in elsewhere.parent.iterdir()) == ["elsewhere"]
    assert elsewhere.read_text() == "before"


def test_the_folder_somebody_named_may_be_one(tmp_path: Path) -> None:
    (tmp_path / "real").mkdir()
    (tmp_path / "out").symlink_to(tmp_path / "real")

    write_below(tmp_path / "out", "form.xlsx", b"content")

    assert (tmp_path / "real" / "form.xlsx").read_bytes() == b"content"


def test_no_handle_is_left_open(tmp_path: Path) -> None:
    before = len(os.listdir("/proc/self/fd"))

    write_below(tmp_path, "a/b/c", b"")
    (tmp_path / "a" / "link").symlink_to(tmp_path)
    with pytest.raises(LinkError):
        write_below(tmp_path, "a/link/c", b"")

    assert len(os.listdir("/proc/self/fd")) == before


def test_a_file_that_was_open_to_others_is_theirs_no_more(tmp_path: Path) -> None:
    file = tmp_path / "out.csv"
    file.write_text("before")
    file.chmod(0o644)

    with open(file, "w", encoding="utf-8", opener=owner_only) as out:
        out.write("after")

    assert (file.stat().st_mode & 0o777, file.read_text()) == (0o600, "after")

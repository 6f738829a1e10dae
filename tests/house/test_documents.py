"""The documents: links lead somewhere, decisions are listed, commands exist, and texts keep to the product."""

import re
from pathlib import Path

import pytest
from source_tree import ROOT, tracked_files

DOCUMENTS = sorted([*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md")], key=lambda file: str(file.relative_to(ROOT)))
NAMES = [str(file.relative_to(ROOT)) for file in DOCUMENTS]
MAKEFILE = (ROOT / "Makefile").read_text(encoding="utf-8")
# Folders that exist on one machine only (a home folder is also somebody's name), and the tools that typed a text.
_OUTSIDE = re.compile(
    r"(?<![\w.$/])/(?:root/\.|(?:home|Users)/\w+/|work/\w|workspace/)|\b(?i:c[l]aude|a[n]thropic|c[h]atgpt|o[p]enai|copi[l]ot)\b"
)
_OTHERS = ("backend/app/static/vendor/", "tests/house/data/", "uv.lock")


def _targets() -> set[str]:
    return {target for line in re.findall(r"^\.PHONY: (.*)$", MAKEFILE, flags=re.M) for target in line.split()}


def _anchors(file: Path) -> set[str]:
    headings = re.findall(r"^#+ (.*)$", file.read_text(encoding="utf-8"), flags=re.M)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}


def _links(file: Path) -> list[str]:
    prose = re.sub(r"```.*?```", "", file.read_text(encoding="utf-8"), flags=re.S)
    return [link for link in re.findall(r"\]\(([^)\s]+)\)", prose) if not link.startswith(("http://", "https://"))]


def _leads_somewhere(file: Path, link: str) -> bool:
    name, _, anchor = link.partition("#")
    target = (file.parent / name).resolve() if name else file
    return target.exists() and (not anchor or anchor in _anchors(target))


@pytest.mark.parametrize("name", NAMES)
def test_links_lead_somewhere(name: str) -> None:
    file = ROOT / name

    assert [link for link in _links(file) if not _leads_somewhere(file, link)] == []


def test_every_document_is_reached_from_the_first_page() -> None:
    seen: set[Path] = set()
    waiting = [ROOT / "README.md"]
    while waiting:
        file = waiting.pop()
        seen.add(file)
        targets = {(file.parent / link.split("#")[0]).resolve() for link in _links(file) if link.split("#")[0]}
        pages = {target / "README.md" if target.is_dir() else target for target in targets}
        waiting += [page for page in pages if page.suffix == ".md" and page.exists() and page not in seen]

    assert [str(file.relative_to(ROOT)) for file in DOCUMENTS if file not in seen] == []


def test_decisions_are_numbered_and_listed() -> None:
    files = sorted(file.name for file in (ROOT / "docs/decisions").glob("[0-9]*.md"))
    listed = _links(ROOT / "docs/decisions/README.md")

    assert [name[:4] for name in files] == [f"{number:04}" for number in range(1, len(files) + 1)]
    assert listed == files


def test_the_make_targets_that_documents_name_exist() -> None:
    named = {
        (name, target)
        for name in NAMES
        for target in re.findall(r"(?:^    |`)make ([a-z-]+)", (ROOT / name).read_text(encoding="utf-8"), flags=re.M)
    }

    assert {(name, target) for name, target in named if target not in _targets()} == set()
    assert {target for _, target in named} >= {"setup", "demo", "test", "lint", "bench", "release-check"}


def test_every_make_target_is_explained_by_help() -> None:
    assert set(re.findall(r"^([a-z-]+):.*## ", MAKEFILE, flags=re.M)) == _targets()


def test_texts_are_about_the_product_only() -> None:
    ours = [file for file in tracked_files() if not str(file.relative_to(ROOT)).startswith(_OTHERS)]

    told = {
        f"{file.relative_to(ROOT)}: {found[0]}"
        for file in ours
        if b"\0" not in (content := file.read_bytes())
        for found in _OUTSIDE.finditer(content.decode("utf-8", errors="replace"))
    }

    assert told == set()


def test_the_changelog_has_the_headings_people_look_for() -> None:
    changes = (ROOT / "CHANGELOG.md").read_text(encoding="utf-8")
    headings = set(re.findall(r"^### (.*)$", changes, flags=re.M))

    assert re.search(r"^## \[Unreleased\]$", changes, flags=re.M)
    assert {"Added", "Privacy"} <= headings <= {"Added", "Changed", "Fixed", "Privacy"}

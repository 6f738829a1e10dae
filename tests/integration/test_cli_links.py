"""No command writes through a link: what lies in a folder of others could lead to any file of whoever runs it."""

from pathlib import Path

import pytest
from typed_commands import Typed, fresh_brief

WRITES = {
    "brief-template": (("form", "brief-template", "{out}/x.xlsx"), "x.xlsx"),
    "build, the workbook": (("form", "build", "{brief}", "--out", "{out}"), "demo_site_ki.xlsx"),
    "build, the folder of lists": (("form", "build", "{brief}", "--out", "{out}"), "media"),
    "print": (("form", "print", "{brief}", "--language", "en", "--out", "{out}"), "demo_site_ki-en.html"),
    "dictionary": (("form", "dictionary", "{brief}", "--out", "{out}/d.xlsx"), "d.xlsx"),
    "catalogue export": (("catalogue", "export", "{out}/c.xlsx"), "c.xlsx"),
    "translate export": (("form", "translate", "export", "fr", "{out}/fr.xlsx"), "fr.xlsx"),
    "translate preview": (("form", "translate", "preview", "fr", "--out", "{out}/fr.html"), "fr.html"),
}


@pytest.mark.usefixtures("installed")
@pytest.mark.parametrize("name", WRITES)
def test_a_command_writes_through_no_link_and_says_so(typed: Typed, tmp_path: Path, name: str) -> None:
    words, at = WRITES[name]
    out, elsewhere = tmp_path / "out", tmp_path / "elsewhere"
    out.mkdir()
    elsewhere.mkdir()
    (out / at).symlink_to(elsewhere if at == "media" else elsewhere / "file")

    code, _, told = typed(*(word.format(out=out, brief=fresh_brief(tmp_path)) for word in words))

    assert code == 1
    assert told.strip().splitlines()[-1] == (
        f"{out / at}: this is a link to another place, or no folder. Name the place itself, or remove the link"
    )
    assert list(elsewhere.iterdir()) == []

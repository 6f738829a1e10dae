"""`fieldveil form deploy` as a person types it: a plan, a list of places, the way back, practice, and bad manifests."""

import io
import json
import stat
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from fakes.central_publishing import MANAGES
from fakes.fake_central import EMAIL, PASSWORD, VIEWER, fake_central

from backend import logs
from backend.settings import settings
from forms.brief import as_yaml
from forms.brief.model import Chosen
from forms.demo import brief
from mappings.areas import demo as dorvania
from workers.cli.entry import run
from workers.cli.store import today
from workers.manifest import ManifestError, read_manifest

FORM = "demo_site_ki"


class Terminal:
    """Types a command: exit code, what programs read, what people read."""

    def __init__(self, capsys: pytest.CaptureFixture[str], folder: Path) -> None:
        self._capsys, self.folder = capsys, folder

    def __call__(self, *words: str) -> tuple[int, str, str]:
        self._capsys.readouterr()
        code = run(["form", "deploy", *words])
        answer = self._capsys.readouterr()
        return code, answer.out, answer.err

    def write(self, name: str, *indicators: str) -> str:
        """A short brief: the full one takes longer to build."""
        made = brief()
        purpose = replace(made.purpose, referral_verified_on=today() - timedelta(days=1))
        chosen = tuple(Chosen(one, "no other source") for one in indicators)
        file = self.folder / name
        file.write_bytes(as_yaml(replace(made, purpose=purpose, indicators=chosen, languages=("en", "ar"))))
        return str(file)


@pytest.fixture
def typed(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> Terminal:
    for name in (dorvania.AREAS, dorvania.SITES):
        (tmp_path / name).write_bytes(dorvania.demo_file(name))
    sites = ["--sites", str(tmp_path / dorvania.SITES)]
    assert run(["areas", "import", str(tmp_path / dorvania.AREAS), *sites, "--label", "D", "--apply"]) == 0
    logs.configure("WARNING", as_json=False)
    return Terminal(capsys, tmp_path)


def test_a_plan_a_deploy_a_new_version_and_the_way_back(typed: Terminal) -> None:
    first = typed.write("first.yaml", "CTE-COM-012")
    second = typed.write("second.yaml", "CTE-COM-012", "CTE-COM-013")

    planned = json.loads(typed(first, "--dry-run", "--json")[1])[0]
    created, again = (json.loads(typed(first, "--json")[1])[0] for _ in range(2))
    replaced = json.loads(typed(second, "--json")[1])[0]
    looked = json.loads(typed(second, "--rollback", "--dry-run", "--json")[1])[0]
    still = json.loads(typed(second, "--json")[1])[0]
    code, out, _ = typed(second, "--rollback")

    assert (planned["result"], planned["files"]) == ("would be created", ["adm2.csv", "adm3.csv", "sites.csv"])
    assert [one["result"] for one in (created, again, replaced)] == ["created", "unchanged", "replaced"]
    assert (looked["result"], looked["version"]) == ("would be replaced", created["version"])
    assert (still["result"], still["version"]) == ("unchanged", replaced["version"])
    assert (code, created["version"] in out) == (0, True)


def test_a_dry_run_refuses_what_the_deploy_would_refuse(typed: Terminal) -> None:
    brief = typed.write("brief.yaml", "CTE-COM-012")
    long_ago = f"{today() - timedelta(days=200)}"
    Path(brief).write_text(Path(brief).read_text().replace(f"{today() - timedelta(days=1)}", long_ago))

    code, out, err = typed(brief, "--dry-run")

    assert code == 1
    assert "The referral pathway was verified 200 days ago" in " ".join((out + err).split())


def test_a_brief_that_changes_no_question_renews_the_record_and_says_so(typed: Terminal) -> None:
    brief = typed.write("brief.yaml", "CTE-COM-012")
    typed(brief)
    text = Path(brief).read_text()
    Path(brief).write_text(text.replace("raw_retention_days: '14'", "raw_retention_days: '2'"))

    told = [typed(brief, *options)[1] for options in (["--dry-run"], [], [])]

    assert Path(brief).read_text() != text
    assert "the survey's record would be brought up to date" in told[0]
    assert "The form is the same; the survey's record was brought up to date" in told[1]
    assert "Nothing changed" in told[2]


def test_one_target_of_a_manifest_fails_and_the_others_are_done(typed: Terminal) -> None:
    typed.write("b.yaml", "CTE-COM-012")
    listed = typed.folder / "round.yaml"
    listed.write_text(
        "deploy:\n"
        "  - {brief: b.yaml, phones: [Team T1]}\n"
        "  - {brief: b.yaml, form_id: elsewhere, to: nowhere/1}\n"
        "  - {brief: b.yaml, practice: true}\n"
    )

    code, out, err = typed("--manifest", str(listed), "--qr-folder", str(typed.folder / "codes"), "--json")

    found = json.loads(out)
    assert code == 1
    assert [(one["result"], one["form"]) for one in found] == [
        ("created", FORM),
        ("failed", "elsewhere"),
        ("created", f"{FORM}_practice"),
    ]
    assert "Server nowhere: No server of this name" in found[1]["message"]
    pictures = sorted((typed.folder / "codes").iterdir())
    assert [one.name for one in pictures] == ["Team-T1.ar.png", "Team-T1.en.png"]
    assert {stat.S_IMODE(one.stat().st_mode) for one in pictures} == {0o600}
    assert "/letterbox/" not in out + err


def test_one_manifest_deploys_to_many_projects(typed: Terminal, monkeypatch: pytest.MonkeyPatch) -> None:
    typed.write("b.yaml", "CTE-COM-012")
    listed = typed.folder / "round.yaml"
    listed.write_text(
        "deploy:\n"
        "  - {brief: b.yaml, form_id: north, to: field/1}\n"
        "  - {brief: b.yaml, form_id: south, to: field/2}\n"
        "  - {brief: b.yaml}\n"
    )
    monkeypatch.setenv("FIELDVEIL_SERVER_HOSTS", "127.0.0.1")
    settings.cache_clear()
    with fake_central() as central:
        central.projects, central.verbs = {1, 2}, (*VIEWER, *MANAGES)
        central.store.add_form(1, "other", "1", {})
        monkeypatch.setattr("sys.stdin", io.StringIO(f"{EMAIL}\n{PASSWORD}\n"))
        assert run(["server", "add", "field", central.url]) == 0

        code, out, _ = typed("--manifest", str(listed), "--json")
        again = json.loads(typed("--manifest", str(listed), "--json")[1])

        del central.store.forms[1, "other"]
        there = {key: [sorted(one.files) for one in form.versions] for key, form in central.store.forms.items()}
    assert (code, [one["result"] for one in json.loads(out)]) == (0, ["created"] * 3)
    assert [one["result"] for one in again] == ["unchanged"] * 3
    assert there == {key: [["adm2.csv", "adm3.csv", "sites.csv"]] for key in ((1, "north"), (2, "south"))}


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("deploy: [", "not YAML"),
        ("deploy: []", "nothing is listed"),
        ("deploy: [{brief: b.yaml, server: x}]", "server"),
        ("deploy: [{brief: none.yaml}]", "entry 1: there is no file none.yaml"),
        ("deploy: [{brief: b.yaml, form_id: Not so}]", "small letters"),
        ("deploy: 3", "list"),
    ],
)
def test_a_manifest_that_cannot_be_used_says_where_and_why(tmp_path: Path, text: str, said: str) -> None:
    (tmp_path / "b.yaml").write_text("")
    listed = tmp_path / "round.yaml"
    listed.write_text(text)

    with pytest.raises(ManifestError, match=rf"round\.yaml.*{said}"):
        read_manifest(listed)


def test_a_deploy_needs_a_brief_or_a_manifest(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["form", "deploy"]) == 2
    assert "--manifest" in capsys.readouterr().err

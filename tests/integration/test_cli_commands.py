"""Commands as a person types them, one after the other, against a database of their own."""

import json
import stat
from pathlib import Path

import pytest
from openpyxl import load_workbook
from sqlalchemy import update
from typed_commands import Typed, fresh_brief

from backend.settings import settings
from backend.store.account_tables import account
from backend.store.engine import transaction
from forms.brief import as_yaml
from forms.catalogue import load
from forms.catalogue.files import DATA
from forms.demo import brief
from mappings.areas import demo as dorvania
from workers.cli.store import opened
from workers.net import NetError

_T1 = "CTE-S-XDV-2026-01/T1"

SURVEY = "CTE-S-XDV-2026-01"


@pytest.fixture
def country(tmp_path: Path) -> Path:
    folder = tmp_path / "country"
    folder.mkdir()
    for name in (dorvania.AREAS, dorvania.SITES, *dorvania.SHAPES):
        (folder / name).write_bytes(dorvania.demo_file(name))
    return folder


@pytest.fixture
def imported(typed: Typed, country: Path) -> Path:
    sites = ["--sites", str(country / dorvania.SITES)]
    assert typed("areas", "import", str(country / dorvania.AREAS), *sites, "--label", "Dorvania", "--apply")[0] == 0
    return country


# ---- catalogue -------------------------------------------------------------------------------------------------------


def test_the_catalogue_is_listed_for_people_and_for_programs(typed: Typed) -> None:
    code, people, _ = typed("catalogue", "list", "--theme", "recruitment")
    _, programs, _ = typed("catalogue", "list", "--json")

    assert code == 0
    assert "CTE-COM-013" in people
    assert len(json.loads(programs)) == len(load().indicators)


def test_an_indicator_is_shown_with_its_answers(typed: Typed) -> None:
    code, out, err = typed("catalogue", "show", "CTE-COM-013", "--language", "fr")

    assert code == 0
    assert load().indicator("CTE-COM-013").question["fr"] in out
    assert "not been reviewed" in err


def test_an_unknown_indicator_suggests_a_near_one(typed: Typed) -> None:
    code, _, err = typed("catalogue", "show", "CTE-COM-13")

    assert code == 1
    assert "if that is meant" in err


def test_the_catalogue_is_checked(typed: Typed) -> None:
    assert typed("catalogue", "check")[0] == 0
    assert json.loads(typed("catalogue", "check", "--json")[1])["indicators"] == len(load().indicators)


def test_a_broken_catalogue_file_is_named_with_its_remedy(typed: Typed, tmp_path: Path) -> None:
    folder = _copy(tmp_path)
    (folder / "indicators" / "CTE-COM-013.yaml").write_text("id: [broken")

    code, _, err = typed("catalogue", "check", "--folder", str(folder))

    assert code == 1
    assert "indicators/CTE-COM-013.yaml" in err
    assert "Traceback" not in err


def test_the_catalogue_goes_out_and_comes_back_without_a_change(typed: Typed, tmp_path: Path) -> None:
    file = tmp_path / "catalogue.xlsx"

    assert typed("catalogue", "export", str(file))[0] == 0
    code, _, err = typed("catalogue", "import", str(file))

    assert code == 0
    assert "No change" in err


def test_a_workbook_is_not_written_under_another_kind_of_name(typed: Typed, tmp_path: Path) -> None:
    code, _, err = typed("catalogue", "export", str(tmp_path / "catalogue.csv"))

    assert code == 2
    assert "ends in .xlsx" in err
    assert list(tmp_path.glob("*.csv")) == []


def test_a_change_in_the_workbook_is_shown_and_written_only_when_asked_for(typed: Typed, tmp_path: Path) -> None:
    folder, file = _copy(tmp_path), tmp_path / "catalogue.xlsx"
    typed("catalogue", "export", str(file))
    _change_cell(file, "CTE-COM-013", "safeguard", "Ask about the village only")
    before = _contents(folder)

    code, out, err = typed("catalogue", "import", str(file), "--folder", str(folder))
    assert (code, _contents(folder)) == (0, before)
    assert "CTE-COM-013: safeguard" in out
    assert "add --apply" in err

    assert typed("catalogue", "import", str(file), "--folder", str(folder), "--apply")[0] == 0
    assert load(folder).indicator("CTE-COM-013").safeguard == "Ask about the village only"


def _copy(tmp_path: Path) -> Path:
    folder = tmp_path / "data"
    for path in DATA.rglob("*.yaml"):
        target = folder / path.relative_to(DATA)
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(path.read_bytes())
    return folder


def _contents(folder: Path) -> dict[Path, bytes]:
    return {path: path.read_bytes() for path in folder.rglob("*.yaml")}


def _change_cell(file: Path, row: str, column: str, text: str) -> None:
    book = load_workbook(file)
    sheet = book["indicators"]
    header = [cell.value for cell in sheet[1]]
    line = next(cells for cells in sheet.iter_rows(min_row=2) if cells[0].value == row)
    line[header.index(column)].value = text
    book.save(file)


# ---- areas -----------------------------------------------------------------------------------------------------------


def test_an_area_import_is_shown_first_and_stored_when_asked_for(typed: Typed, country: Path) -> None:
    words = ["areas", "import", str(country / dorvania.AREAS), "--sites", str(country / dorvania.SITES)]

    code, out, err = typed(*words)
    assert code == 0
    assert f"added: {len(dorvania.load().areas)}" in out
    assert "Nothing was stored" in err
    assert typed("areas", "list")[0] == 1

    assert typed(*words, "--apply")[0] == 0
    [version] = json.loads(typed("areas", "list", "--json")[1])
    assert version["in_use"] is True
    assert version["source"] == "areas.csv, sites.csv"


def test_two_versions_are_compared(typed: Typed, imported: Path) -> None:
    renamed = (imported / dorvania.AREAS).read_text().replace("Tamilon", "New Tamilon")
    (imported / "new.csv").write_text(renamed)
    assert typed("areas", "import", str(imported / "new.csv"), "--apply")[0] == 0
    versions = [str(one["version"]) for one in json.loads(typed("areas", "list", "--json")[1])]

    changes = json.loads(typed("areas", "diff", *sorted(versions), "--json")[1])

    assert any("New Tamilon" in change for change in changes["renamed"])
    assert changes["added"] == []
    assert typed("areas", "diff", "1", "99")[0] == 2


def test_an_import_of_areas_is_told_to_programs_too(typed: Typed, imported: Path) -> None:
    renamed = (imported / dorvania.AREAS).read_text().replace("Tamilon", "New Tamilon")
    (imported / "new.csv").write_text(renamed)

    shown = json.loads(typed("areas", "import", str(imported / "new.csv"), "--json")[1])
    stored = json.loads(typed("areas", "import", str(imported / "new.csv"), "--apply", "--json")[1])

    assert (shown["applied"], shown["version"]) == (False, None)
    assert (stored["applied"], stored["version"]) == (True, 2)
    assert shown["changes"] == stored["changes"]
    assert any("New Tamilon" in line for line in shown["changes"]["renamed"])


def test_an_import_of_the_catalogue_is_told_to_programs_too(typed: Typed, tmp_path: Path) -> None:
    file = tmp_path / "catalogue.xlsx"
    assert typed("catalogue", "export", str(file))[0] == 0

    assert json.loads(typed("catalogue", "import", str(file), "--json")[1]) == {
        "applied": False,
        "changes": [],
        "files": [],
    }


def test_polygons_come_with_their_areas(typed: Typed, imported: Path) -> None:
    code, out, err = typed("areas", "import", "--shapes", str(imported / dorvania.SHAPES[0]))

    assert code == 0
    assert "No change to areas" in out
    assert "polygons" in err


def test_a_broken_area_list_is_told_row_by_row(typed: Typed, country: Path) -> None:
    (country / "areas.csv").write_text("ADM1_EN,ADM1_PCODE\nNorth,XD01\nSouth,XD01\n,XD 02\n")

    code, _, err = typed("areas", "import", str(country / "areas.csv"))

    assert code == 1
    assert err.count("p-code XD01 stands in two rows") == 1
    assert "XD 02" in err


# ---- forms and phones ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["brief.xlsx", "brief.yaml"])
def test_a_brief_template_builds_a_form_with_all_its_files(
    typed: Typed, imported: Path, tmp_path: Path, name: str
) -> None:
    template, out = tmp_path / name, tmp_path / "out"
    assert typed("form", "brief-template", str(template))[0] == 0

    code, _, err = typed("form", "build", str(template), "--out", str(out))

    files = {str(path.relative_to(out)) for path in out.rglob("*") if path.is_file()}
    media = {"media/adm2.csv", "media/adm3.csv", "media/sites.csv"}
    assert code == 0
    assert files == {"demo_site_ki.xlsx", "demo_site_ki.xml", "mapping.yaml", *media}
    assert "about" in err
    assert "native speaker" in err
    told = json.loads(typed("form", "build", str(template), "--out", str(out), "--json")[1])
    assert set(told) == {"form_id", "version", "minutes", "notes", "files"}
    assert {str(Path(name).relative_to(out)) for name in told["files"]} == files


def test_a_form_without_areas_says_what_to_do_first(typed: Typed, tmp_path: Path) -> None:
    code, _, err = typed("form", "build", str(fresh_brief(tmp_path)))

    assert code == 1
    assert "fieldveil areas import" in err


def test_a_brief_with_faults_is_told_fault_by_fault(typed: Typed, imported: Path, tmp_path: Path) -> None:
    file = tmp_path / "brief.yaml"
    wrong = as_yaml(brief()).replace(b"residual_risk: low", b"residual_risk: high")
    wrong = wrong.replace(b"respondent: site_ki", b"respondent: site")
    wrong = wrong.replace(b"indicators:\n", b"indicators:\n- CTE-COM-999\n")
    file.write_bytes(wrong.replace(b"areas: all", b"areas: [XD01, XD9999]"))

    code, _, err = typed("form", "deploy", str(file))

    # A field, a rule, a code of the catalogue and one of the area list; in the order of the file.
    told = [", respondent", "residual_risk", "CTE-COM-999: there is no such indicator", "no area XD9999"]
    assert code == 1
    assert [err.index(fault) for fault in told] == sorted(err.index(fault) for fault in told)


def test_a_form_goes_to_a_phone_and_the_phone_is_taken_back(typed: Typed, imported: Path, tmp_path: Path) -> None:
    assert typed("form", "deploy", str(fresh_brief(tmp_path)))[0] == 0
    assert "was open already" in typed("form", "deploy", str(fresh_brief(tmp_path)))[1]
    [form] = json.loads(typed("form", "list", "--json")[1])
    assert (form["form"], form["state"]) == ("demo_site_ki", "open")

    picture = tmp_path / "phone.png"
    code, out, _ = typed("phones", "add", "Team T1", "--form", "demo_site_ki", "--out", str(picture))
    assert code == 0
    assert f"{settings().public_url}/letterbox/" in out
    assert "█" in out
    assert picture.read_bytes().startswith(b"\x89PNG")
    assert stat.S_IMODE(picture.stat().st_mode) == 0o600

    [phone] = json.loads(typed("phones", "list", "--json")[1])
    assert (phone["label"], phone["forms"], phone["revoked"]) == ("Team T1", ["demo_site_ki"], None)
    again = typed("phones", "new-qr", str(phone["number"]))
    assert again[0] == 0
    assert _url(again[1]) != _url(out)
    assert typed("phones", "revoke", str(phone["number"]))[0] == 0
    assert typed("phones", "new-qr", str(phone["number"]))[0] == 1


def _url(text: str) -> str:
    return next(line for line in text.splitlines() if "/letterbox/" in line)


def test_a_code_that_could_not_be_written_makes_no_phone(typed: Typed, imported: Path, tmp_path: Path) -> None:
    typed("form", "deploy", str(fresh_brief(tmp_path)))
    add = ("phones", "add", "Team T1", "--form", "demo_site_ki", "--out")

    wrong = [typed(*add, tmp_path / name) for name in ("code.jpg", "nowhere/code.png")]

    assert [code for code, _, _ in wrong] == [2, 2]
    assert "ends in .png or .svg" in wrong[0][2]
    assert typed("phones", "list", "--json")[1] == "[]\n"


def test_a_code_for_an_unknown_form_is_refused(typed: Typed) -> None:
    code, _, err = typed("phones", "add", "Team T1", "--form", "nothing")

    assert code == 1
    assert "nothing" in err


def test_pull_status_and_export_of_a_form_nobody_has_filled(typed: Typed, imported: Path, tmp_path: Path) -> None:
    typed("form", "deploy", str(fresh_brief(tmp_path)))
    file = tmp_path / "answers.csv"

    pulled = json.loads(typed("pull", "--json")[1])
    code, out, _ = typed("status", "--json")

    assert pulled["pulled"][0]["read"] == 0
    [row] = json.loads(out)
    assert (code, row["agree"], row["posted"]) == (0, True, 0)
    assert typed("export", SURVEY, str(file))[0] == 0
    assert typed("export", SURVEY, str(file.with_suffix(".xlsx")))[0] == 2
    assert file.read_text().splitlines()[1].startswith("#")
    assert stat.S_IMODE(file.stat().st_mode) == 0o600


def test_unknown_forms_and_surveys_are_told(typed: Typed, tmp_path: Path) -> None:
    assert "Form nothing: There is no such form here" in typed("pull", "nothing")[2]
    assert typed("pull", "nothing")[0] == 1
    assert "There is no survey" in typed("export", "nothing", str(tmp_path / "x.csv"))[2]
    assert not (tmp_path / "x.csv").exists()
    assert typed("status")[0] == 0


# ---- accounts --------------------------------------------------------------------------------------------------------


def test_an_account_gets_links_and_is_listed(typed: Typed) -> None:
    code, link, _ = typed("users", "add", "Amina", "--role", "supervisor", "--team", _T1, "--language", "ar")
    again = typed("users", "one-time-login", "amina", "--minutes", "5")[1]
    [account] = json.loads(typed("users", "list", "--json")[1])

    assert code == 0
    assert link.startswith(f"{settings().public_url}/enter/")
    assert again != link
    assert (account["name"], account["roles"], account["teams"]) == ("amina", ["supervisor"], [_T1])
    assert "amina" in typed("users", "list")[1]


def test_a_supervisor_joins_the_team_of_the_next_survey_and_leaves_the_last(typed: Typed) -> None:
    next_team = "CTE-S-XDV-2026-02/T1"
    typed("users", "add", "amina", "--role", "supervisor", "--team", _T1)

    told = typed("users", "teams", "amina", "--join", next_team, "--leave", _T1)[2]
    refused = typed("users", "teams", "amina", "--leave", next_team)
    [account] = json.loads(typed("users", "list", "--json")[1])

    assert f"No form with the team {next_team} went to phones yet" in told
    assert f"The teams of amina: {next_team}." in told
    assert (refused[0], account["teams"]) == (1, [next_team])
    assert "A supervisor needs a team" in refused[2]


def test_a_team_without_its_survey_is_not_taken(typed: Typed) -> None:
    code, _, err = typed("users", "add", "amina", "--role", "supervisor", "--team", "T1")

    assert code == 2
    assert "such as CTE-S-XDV-2026-01/T1" in err


def test_an_account_is_closed_and_opened_again(typed: Typed) -> None:
    typed("users", "add", "amina", "--role", "partner")

    told = typed("users", "close", "Amina")[2]
    closed = json.loads(typed("users", "list", "--json")[1])
    typed("users", "reopen", "amina")

    assert "amina is closed" in told
    assert [one["active"] for one in closed] == [False]
    assert [one["active"] for one in json.loads(typed("users", "list", "--json")[1])] == [True]


def test_a_lost_phone_is_forgotten(typed: Typed) -> None:
    typed("users", "add", "amina", "--role", "partner")
    with opened() as context, transaction(context.engine) as session:
        session.execute(update(account).values(tf_primary_method="authenticator", tf_totp_secret="sealed"))

    before = json.loads(typed("users", "list", "--json")[1])
    typed("users", "reset-second-factor", "amina")

    assert [one["second_factor"] for one in before] == [True]
    assert [one["second_factor"] for one in json.loads(typed("users", "list", "--json")[1])] == [False]


def test_an_account_that_cannot_be_made_says_why(typed: Typed) -> None:
    assert "needs a team" in typed("users", "add", "amina", "--role", "supervisor")[2]
    assert "no account" in typed("users", "one-time-login", "nobody")[2]
    assert "no account" in typed("users", "close", "nobody")[2]
    assert "no account" in typed("users", "reset-second-factor", "nobody")[2]
    assert typed("users", "add", "amina", "--role", "king")[0] == 2


# ---- processes -------------------------------------------------------------------------------------------------------


def test_a_worker_without_redis_says_what_to_do(typed: Typed) -> None:
    code, _, err = typed("worker")

    assert code == 1
    assert "fieldveil serve" in err


def test_phones_send_invented_answers_to_this_machine_only(typed: Typed) -> None:
    code, _, err = typed("fill", "--url", "https://veil.example.org/letterbox/t")

    assert code == 2
    assert "--allow-host veil.example.org" in err


def test_a_phone_without_a_server_says_so_without_its_token(typed: Typed) -> None:
    code, _, err = typed("fill", "--url", "http://127.0.0.1:1/letterbox/t0ken-of-a-phone", "--recorded")

    assert code == 1
    assert "cannot be reached" in err
    assert "whole?" in err
    assert "t0ken" not in err


def test_a_phone_that_the_server_does_not_know_is_told_where_a_code_comes_from(
    typed: Typed, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_: object, **__: object) -> None:
        raise NetError("answered 403 (not allowed)", permanent=True, status=403)

    monkeypatch.setattr("workers.cli.fill.fill", refuse)

    code, _, err = typed("fill", "--url", "http://127.0.0.1:1/letterbox/t0ken-of-a-phone", "--recorded")

    assert code == 1
    assert "fieldveil phones add" in err

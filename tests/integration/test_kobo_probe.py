"""The test of a KoBoToolbox server: reachable, signed in, rights enough, rights too many."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from fakes.wire import Fault
from kobo_lab import SERVER, Lab, kobo_lab
from sqlalchemy import Engine

from workers.servers.probe import Finding, Use
from workers.servers.registration import check


@pytest.fixture
def lab(sqlite_engine: Engine, tmp_path: Path) -> Iterator[Lab]:
    with kobo_lab(sqlite_engine, tmp_path / "home") as found:
        yield found


def finding_of(lab: Lab, *rights: str, use: Use = Use.PULL) -> Finding:
    lab.form.rights["im_officer"] = set(rights)
    lab.send("r1")
    return check(lab.context, SERVER, actor="test", use=use)


def test_an_account_that_may_only_view_is_what_a_pull_needs(lab: Lab) -> None:
    found = finding_of(lab, "view_asset", "view_submissions")

    assert found.is_usable
    assert (found.missing, found.needless, found.features, found.forms) == ((), (), ("root_ids",), 1)


def test_an_account_that_manages_reads_the_history_and_could_delete(lab: Lab) -> None:
    found = finding_of(lab, "view_asset", "view_submissions", "manage_asset", "delete_submissions")

    assert found.features == ("history", "root_ids")
    assert found.needless == ("delete_submissions", "manage_asset")


def test_an_account_that_sees_a_part_of_the_answers_is_not_enough(lab: Lab) -> None:
    found = finding_of(lab, "view_asset", "partial_submissions")

    assert not found.is_usable
    assert found.missing == ("view_submissions",)


def test_an_account_without_a_form_is_told_so_and_not_that_all_is_well(lab: Lab) -> None:
    lab.fake.store.forms.clear()

    assert check(lab.context, SERVER, actor="test").problem == "no_form"


def test_a_token_nobody_knows_is_a_finding(lab: Lab) -> None:
    lab.fake.tokens.clear()

    assert check(lab.context, SERVER, actor="test").problem == "server_sign_in"


def test_a_server_that_takes_us_for_a_stranger_is_not_one_without_forms(lab: Lab) -> None:
    """As behind a proxy that drops the token: to a stranger the list of forms is empty, and no refusal."""
    lab.fake.tokens = dict.fromkeys(lab.fake.tokens)

    assert check(lab.context, SERVER, actor="test").problem == "server_sign_in"


def test_a_server_that_is_away_is_a_finding(lab: Lab) -> None:
    lab.fake.faults.extend([Fault.GATEWAY] * 10)

    assert check(lab.context, SERVER, actor="test").problem == "server_away"


def test_to_deploy_an_account_has_to_manage(lab: Lab) -> None:
    found = finding_of(lab, "view_asset", "view_submissions", use=Use.DEPLOY)

    assert found.missing == ("manage_asset",)

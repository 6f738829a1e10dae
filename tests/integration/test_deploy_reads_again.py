"""A version that was published past us: what phones sent with it is read once that version is deployed from here."""

from collections.abc import Iterator
from pathlib import Path
from uuid import uuid4

import pytest
from deploy_lab import CENTRAL, FORM, DeployLab, built, deploy_lab
from fakes.central_store import Version
from kobo_lab import kobo_lab
from sqlalchemy import Engine, func, select

from backend.store.engine import reading
from backend.store.tables import counter, daily, ledger, reject
from backend.store.verdicts import Standing, read_verdict
from forms.build import BuiltForm
from mappings.model import Reason
from workers.pull import PullReport, pull_form


@pytest.fixture
def lab(engine: Engine, tmp_path: Path) -> Iterator[DeployLab]:
    with deploy_lab(engine, tmp_path / "home") as found:
        found.deploy(built(), f"{CENTRAL}/1")
        by_hand(found, built("second"))
        yield found


def by_hand(lab: DeployLab, form: BuiltForm) -> None:
    """Somebody publishes it in the pages of Central."""
    there = lab.central.store.forms[1, FORM]
    files: dict[str, bytes | None] = dict(form.media)
    there.versions.append(Version(form.version, there.published.fields, form.xform, files))


def send(lab: DeployLab, version: str, adm1: str = "XA01") -> None:
    mapping, groups = built().mapping, dict[str, str]()
    for path, value in [*((step.path, step.value) for step in mapping.gate), (mapping.interview.adm1, adm1)]:
        group, _, name = path.rpartition("/")
        groups[group] = groups.get(group, "") + f"<{name}>{value}</{name}>"
    body = "".join(f"<{group}>{answers}</{group}>" for group, answers in groups.items())
    meta = f"<meta><instanceID>uuid:{uuid4()}</instanceID></meta>"
    xml = f'<data id="{FORM}" version="{version}">{body}{meta}</data>'
    lab.central.store.post(lab.central.store.forms[1, FORM], xml.encode())


def pulled(lab: DeployLab) -> PullReport:
    report = pull_form(lab.context, FORM)
    with reading(lab.context.engine) as session:
        verdict = read_verdict(session, FORM)
    assert report is not None
    assert verdict is not None
    assert verdict.standing is Standing.EQUAL
    return report


def outcomes(lab: DeployLab) -> list[str]:
    with reading(lab.context.engine) as session:
        return sorted(session.scalars(select(ledger.c.outcome)))


def unknown(lab: DeployLab) -> int:
    """How many were rejected for their version. `reject` has other rows too: most questions are not answered here."""
    with reading(lab.context.engine) as session:
        return list(session.scalars(select(reject.c.reason))).count(Reason.UNKNOWN_VERSION)


def received(lab: DeployLab) -> tuple[int | None, int | None]:
    with reading(lab.context.engine) as session:
        raised = select(func.sum(counter.c.n)).where(counter.c.kind == "received")
        return session.scalar(raised), session.scalar(select(func.sum(daily.c.n)))


def test_what_was_sent_with_it_is_stored_once_after_the_deploy(lab: DeployLab) -> None:
    send(lab, built().version)
    send(lab, built("second").version)
    pulled(lab)
    before = outcomes(lab), unknown(lab), received(lab)

    lab.deploy(built("second"), f"{CENTRAL}/1", accept_warnings=True)
    first, again = pulled(lab), pulled(lab)

    assert before == (["rejected", "stored"], 1, (2, 2))
    assert (first.new, first.changed, again.read) == (0, 1, 0)
    assert (outcomes(lab), unknown(lab), received(lab)) == (["stored", "stored"], 0, (2, 2))


def test_what_is_still_of_no_use_then_is_rejected_for_what_it_is(lab: DeployLab) -> None:
    send(lab, built("second").version, adm1="XA77")
    pulled(lab)
    before = unknown(lab)

    lab.deploy(built("second"), f"{CENTRAL}/1", accept_warnings=True)
    pulled(lab)

    assert (before, unknown(lab)) == (1, 0)
    assert (outcomes(lab), received(lab)) == (["rejected"], (1, 1))


def test_a_row_of_kobo_that_stays_rejected_is_rejected_for_what_is_wrong_with_it_now(
    engine: Engine, tmp_path: Path
) -> None:
    with kobo_lab(engine, tmp_path / "home") as lab:
        lab.send("r1", "v2", **{"who/adm1": "XA77"})
        lab.pull()
        lab.publish()

        lab.pull()

        with reading(engine) as session:
            reasons = set(session.scalars(select(reject.c.reason)))
        assert reasons
        assert Reason.UNKNOWN_VERSION not in reasons
        assert list(lab.outcomes().values()) == ["rejected"]

"""A form on a fake server, and somebody who edits it there: the workbook on Central, in the builder on KoBo."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any
from uuid import uuid4

from deploy_lab import CENTRAL, FORM, KOBO, DeployLab, built, deploy_lab
from fakes.central_store import Version
from fakes.kobo_content import content_of
from sqlalchemy import Engine, select

from backend.store.engine import reading
from backend.store.tables import form as form_table
from backend.store.tables import ledger, submission
from backend.store.verdicts import Verdict, read_verdict
from forms.sheets import Table, read_tables, write_tables
from workers.pull import PullReport, pull_form

Tables = dict[str, list[dict[str, str]]]
Edit = Callable[[Tables], None]
QUESTION, ADDED = "cte_com_012", "informant_name"
CANARY = "Canary Fadia 0791"


def adds_a_question(tables: Tables) -> None:
    tables["survey"].append({"type": "text", "name": ADDED, "label::English (en)": "Name of the informant?"})


def adds_a_choice(tables: Tables) -> None:
    name = row_of(tables, QUESTION)["type"].split()[1]
    tables["choices"].append({"list_name": name, "name": "made_up", "label::English (en)": "Made up"})


def takes_a_question_out(tables: Tables) -> None:
    tables["survey"].remove(row_of(tables, QUESTION))


def takes_consent_out(tables: Tables) -> None:
    tables["survey"].remove(row_of(tables, "con_given"))


def row_of(tables: Tables, name: str) -> dict[str, str]:
    return next(row for row in tables["survey"] if row.get("name") == name)


def edited(*edits: Edit) -> bytes:
    tables: Tables = {
        name: [{key: text for key, text in row.items() if key and text} for row in rows]
        for name, rows in read_tables(built("second").xlsx, "form.xlsx").items()
    }
    for edit in edits:
        edit(tables)
    return write_tables(
        {name: Table(tuple(dict.fromkeys(key for row in rows for key in row)), rows) for name, rows in tables.items()}
    )


@dataclass
class AdoptionLab:
    servers: DeployLab
    server: str

    @property
    def context(self) -> Any:
        return self.servers.context

    def publish(self, *edits: Edit, name: str = "by-hand") -> str:
        """Somebody publishes an edited form; returns what the server calls the version."""
        book = edited(*edits)
        if self.server == CENTRAL:
            there = self.servers.central.store.forms[1, FORM]
            there.versions.append(Version(name, there.published.fields, b"<h:html/>", xlsx=book))
            return name
        managing = self.servers.kobo.managing
        project = managing.projects[self.asset]
        uid = f"v{name.replace('-', ''):x<21}"
        project.versions[uid] = replace(project.versions[project.draft], content=content_of(book))
        project.deployed = uid
        project.deployments.insert(0, uid)
        managing.live(project)
        return uid

    @property
    def asset(self) -> str:
        with reading(self.context.engine) as session:
            return str(session.scalar(select(form_table.c.server_form_id).where(form_table.c.form_id == FORM)))

    def send(self, version: str, adm1: str = "XA01", **answers: str) -> None:
        """An interview with consent. `answers` are by the name of the question."""
        given = self._answers(adm1, answers)
        if self.server == CENTRAL:
            self.servers.central.store.post(self.servers.central.store.forms[1, FORM], _xml(version, given))
        else:
            row = {**given, "__version__": version, "fv_version": built("second").version, "today": "2026-05-05"}
            self.servers.kobo.store.post(self.servers.kobo.store.forms[self.asset], row, root=str(uuid4()))

    def _answers(self, adm1: str, answers: dict[str, str]) -> dict[str, str]:
        mapping = built("second").mapping
        places = {path.rpartition("/")[2]: path for path in (rule.path for rule in mapping.rules)}
        given = {step.path: step.value for step in mapping.gate} | {mapping.interview.adm1: adm1}
        return given | {places.get(name, name): value for name, value in answers.items()}

    def pull(self) -> PullReport:
        found = pull_form(self.context, FORM)
        assert found is not None
        return found

    def verdict(self) -> Verdict:
        with reading(self.context.engine) as session:
            found = read_verdict(session, FORM)
        assert found is not None
        return found

    def outcomes(self) -> list[str]:
        with reading(self.context.engine) as session:
            return sorted(session.scalars(select(ledger.c.outcome)))

    def versions(self) -> list[str]:
        """Of what is stored."""
        with reading(self.context.engine) as session:
            return sorted(session.scalars(select(submission.c.form_version)))


def _xml(version: str, answers: dict[str, str]) -> bytes:
    root: dict[str, Any] = {"meta": {"instanceID": f"uuid:{uuid4()}"}}
    for path, value in answers.items():
        *above, name = path.split("/")
        group = root
        for one in above:
            group = group.setdefault(one, {})
        group[name] = value
    return f'<data id="{FORM}" version="{version}">{_inside(root)}</data>'.encode()


def _inside(group: dict[str, Any]) -> str:
    return "".join(f"<{k}>{_inside(v) if isinstance(v, dict) else v}</{k}>" for k, v in group.items())


@contextmanager
def adoption_lab(engine: Engine, home: Path, server: str) -> Iterator[AdoptionLab]:
    with deploy_lab(engine, home) as servers:
        # A second that no test here is about.
        servers.kobo.managing.lag = 0
        servers.deploy(built("second"), f"{CENTRAL}/1" if server == CENTRAL else KOBO)
        yield AdoptionLab(servers, server)

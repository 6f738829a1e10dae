"""The versions of one project on KoBoToolbox, and which of them is one of ours, whatever KoBo calls it."""

from datetime import UTC, date, datetime
from urllib.parse import quote

import msgspec
from sqlalchemy import Engine

from backend.form_surveys import stored_survey, survey_of
from backend.store.adoptions import aliases, keep_alias
from backend.store.engine import reading, transaction
from forms.adoption import adopt
from forms.archive import SheetError
from forms.catalogue import load
from forms.checks.convert import convert
from forms.checks.workbook import workbook_of
from forms.diff import stakes
from forms.sheets import write_tables
from mappings.kobo import KoboRow
from workers.reading import Reading
from workers.servers.kobo.client import KoboClient
from workers.servers.kobo.content import FormContent, sheets_of
from workers.servers.kobo.form import KoboForm
from workers.servers.published import Published, VersionFiles

# Anybody who may send can write any version into a row: a flood of them must not become a flood of questions.
_MOST_VERSIONS = 100


class _Deployed(msgspec.Struct):
    uid: str
    date_deployed: str | None = None
    date_modified: str | None = None

    @property
    def on(self) -> date:
        said = self.date_deployed or self.date_modified
        return date.fromisoformat(said[:10]) if said else datetime.now(UTC).date()


class _DeployedVersions(msgspec.Struct):
    results: list[_Deployed] = []


class _Asset(msgspec.Struct):
    deployed_versions: _DeployedVersions = msgspec.field(default_factory=_DeployedVersions)


class KoboVersions:
    """Files belong to the project and not to a version, so none are told."""

    def __init__(self, client: KoboClient, asset: str) -> None:
        self._client, self._form = client, KoboForm(client, asset, None)

    def published(self) -> list[Published]:
        path = f"api/v2/assets/{quote(self._form.asset, safe='')}/"
        found = self._client.json(path, _Asset).deployed_versions.results
        return sorted((Published(one.uid, one.on) for one in found), key=lambda one: one.on, reverse=True)

    def files(self, version: str) -> VersionFiles | None:
        content = self._form.content(version)
        return None if content is None else files_of(content)


def files_of(content: FormContent) -> VersionFiles:
    """Raises SheetError for what no workbook can hold."""
    sheets = sheets_of(content)
    return VersionFiles(write_tables(sheets), convert(workbook_of("form", sheets, {})).xform)


class VersionNames:
    """Which of our versions a row was given with. What was found once is noted: a version of KoBo never changes.

    A version counts as ours when its hidden line says so, and every answer is read from it just as from ours: what
    somebody changed in the form builder keeps that line, and is another version all the same.
    """

    def __init__(self, engine: Engine, form: KoboForm, opened: Reading) -> None:
        self._engine, self._form, self._opened = engine, form, opened
        self._known: dict[str, str | None] = {}
        self._asked = 0

    def of_row(self, row: KoboRow) -> str:
        """'' for a version that is not known here."""
        readers = self._opened.readers
        if row.version in readers:
            return row.version
        found = self._of(row.version)
        # Without the version itself there is only what its rows say of it.
        return row.own_version if found is None else found

    def _of(self, name: str) -> str | None:
        """None where the server has no such version, or it says nothing."""
        if not self._known:
            with reading(self._engine) as session:
                self._known = dict(aliases(session, self._opened.form_id))
        if name not in self._known and self._asked < _MOST_VERSIONS:
            self._asked += 1
            self._known[name] = self._asked_of_server(name)
        return self._known.get(name)

    def _asked_of_server(self, name: str) -> str | None:
        content = self._form.content(name)
        said = content.own_version if content else ""
        if content is None or not said:
            return None
        if said not in self._opened.readers:
            return said
        if not self._reads_alike(content, said):
            return ""
        with transaction(self._engine) as session:
            keep_alias(session, self._opened.form_id, name, said)
        return said

    def _reads_alike(self, content: FormContent, version: str) -> bool:
        form_id = self._opened.form_id
        try:
            with reading(self._engine) as session:
                ours = stored_survey(session, form_id, version)
        except SheetError:
            # A mapping written by hand has no workbook of ours to compare with: what the form says must do.
            return True
        if ours is None:
            return True
        theirs = survey_of("theirs", write_tables(sheets_of(content)), ours.survey.workbook.media)
        found = stakes(ours.survey, mapping=ours.mapping, catalogue=load())
        return adopt(ours.survey, theirs, ours.mapping, version=version, stakes=found).reads_like(ours.mapping)

"""An ODK Central as the target of a deploy: one project, form ids as ours, a version published once and never again."""

from dataclasses import replace

import msgspec

from forms.reissue import content_of, next_issue, reissue_workbook, reissue_xform
from workers.servers.central.client import CentralClient
from workers.servers.central.form import CentralForm
from workers.servers.central.publish import TRASHED, FormOnServer, Publisher
from workers.servers.phone_side import question_paths
from workers.servers.replies import parsed
from workers.servers.target import Action, Known, Live, Package, Steps, TargetError, decided

_BRANCHES = frozenset({"structure", "repeat"})
_SHOWN = 8
_GONE = frozenset({404})


class _Project(msgspec.Struct, rename="camel"):
    id: int
    name: str = ""
    key_id: int | None = None


class CentralTarget:
    def __init__(self, client: CentralClient, project: int, known: Known) -> None:
        self._client, self._project, self._known = client, project, known
        self._publisher = Publisher(client, project)

    def look(self, package: Package) -> Steps:
        found = self._publisher.find(package)
        if found is None:
            told = (TRASHED,) if self._publisher.was_deleted(package) else ()
            return Steps(Action.CREATE, tuple(sorted(package.media)), warnings=told)
        if found.state != "open":
            raise TargetError(
                f"The form {package.form_id} is '{found.state}' on the server, so phones would not get it: open it"
                f" there (form settings, state), then deploy"
            )
        if self._has(found, package):
            return Steps(Action.UNCHANGED)
        warnings = (*self._foreign(found), *self._removed(package))
        return Steps(Action.REPLACE, self._publisher.changed_files(package), warnings=warnings)

    def put(self, package: Package, *, accept_warnings: bool) -> Live:
        steps = decided(self.look(package), accept_warnings=accept_warnings)
        if steps.action is Action.UNCHANGED:
            found = self._publisher.find(package)
            version = found.version if found and found.version else package.version
            return self._live(reissued(package, version), steps)
        taken = frozenset[str]() if steps.action is Action.CREATE else self._publisher.versions(package)
        issue = reissued(package, next_issue(package.version, taken))
        self._publisher.publish(issue, accept_warnings=accept_warnings)
        return self._live(issue, steps)

    def ring(self, server_form_id: str) -> bool:  # noqa: ARG002 (Central rings nobody)
        return False

    def _live(self, package: Package, steps: Steps) -> Live:
        return Live(package, f"{self._project}/{package.form_id}", package.version, steps)

    def _has(self, found: FormOnServer, package: Package) -> bool:
        version = found.version or ""
        return content_of(version) == content_of(package.version) and self._publisher.is_same(
            reissued(package, version)
        )

    def _foreign(self, found: FormOnServer) -> list[str]:
        if found.version == self._known.version:
            return []
        if found.version in self._known.adopted:
            return [
                f"phones have version {found.version}, which was published by hand and adopted; this one replaces it"
            ]
        return [
            f"the server has a version {found.version} that was not deployed from here; answers given with it wait"
            f" until it is adopted: `fieldveil form adopt`"
        ]

    def _removed(self, package: Package) -> list[str]:
        """The store keeps their answers; the server's own tables and exports show the newest version only."""
        form = CentralForm(self._client, f"{self._project}/{package.form_id}")
        there = {path for path, kind in form.fields().items() if kind not in _BRANCHES}
        gone = sorted(there - question_paths(package.xform))
        if not gone:
            return []
        names = ", ".join(gone[:_SHOWN]) + (f" and {len(gone) - _SHOWN} more" if len(gone) > _SHOWN else "")
        return [f"these questions are not in the new version, and the server's own exports lose their answers: {names}"]


def reissued(package: Package, version: str) -> Package:
    if version == package.version:
        return package
    return replace(
        package,
        version=version,
        xform=reissue_xform(package.xform, package.version, version),
        xlsx=reissue_workbook(package.xlsx, package.version, version),
    )


def chosen_project(client: CentralClient, wanted: str, known: Known) -> int:
    """The one that was named, the one the form is in, or the only one there is."""
    there = known.server_form_id.partition("/")[0]
    if wanted and there and wanted != there:
        raise TargetError(f"The form is in project {there} of this server: in another project it needs another form_id")
    if wanted or there:
        if not (wanted or there).isdigit():
            raise TargetError("A project of ODK Central is a number, as its page shows in its address: --to SERVER/1")
        return _existing(client, int(wanted or there))
    projects = client.json("projects", list[_Project])
    if len(projects) == 1:
        return _readable(projects[0])
    names = ", ".join(f"{one.id} ({one.name})" for one in projects) or "none, to this account"
    raise TargetError(f"In which project? Name it behind the server, --to SERVER/1. There is: {names}")


def _existing(client: CentralClient, project: int) -> int:
    reply = client.ask(f"projects/{project}", accept=_GONE)
    if reply.status == 404:
        raise TargetError(f"There is no project {project} on this server: its page shows the number in its address")
    return _readable(parsed(reply.body, _Project))


def _readable(project: _Project) -> int:
    if project.key_id is not None:
        raise TargetError(
            f"Project {project.id} encrypts its submissions, and nobody could read them here: deploy to one without"
        )
    return project.id

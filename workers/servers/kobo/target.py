"""A KoBoToolbox as the target of a deploy: one project a form, found again by the hidden lines of the form."""

from typing import NamedTuple

from workers.net import NetError
from workers.servers.kobo.deploy import Plan, Shipment, look, ship
from workers.servers.kobo.project import Desk, Doorbell, Project
from workers.servers.phone_side import PhoneSide
from workers.servers.target import Action, Known, Live, Package, Steps, TargetError, decided


class _Found(NamedTuple):
    """`uid` is '' for a new project. `is_changed`: another form is there under the version of ours."""

    uid: str
    steps: Steps
    is_changed: bool = False


class KoboTarget:
    """`uid` names a project that is there already; '' for the one this form was deployed to, or a new one.

    `bell`: where it rings for new interviews.
    """

    def __init__(
        self, desk: Desk, phones: PhoneSide, known: Known, *, uid: str, senders: frozenset[str], bell: Doorbell
    ) -> None:
        if uid and known.server_form_id and uid != known.server_form_id:
            raise TargetError("The form has another project on this server already: --to SERVER alone goes there")
        self._desk, self._phones, self._known = desk, phones, known
        self._named, self._senders, self._bell = uid, senders, bell

    def look(self, package: Package) -> Steps:
        return self._look(package).steps

    def put(self, package: Package, *, accept_warnings: bool) -> Live:
        found = self._look(package)
        decided(found.steps, accept_warnings=accept_warnings)
        shipment = self._shipment(package)
        shipped = ship(self._desk, self._phones, shipment, found.uid or None, anew=found.is_changed)
        return Live(package, shipped.project, shipped.version, found.steps)

    def ring(self, server_form_id: str) -> bool:
        self._desk.install_doorbell(self._desk.project(server_form_id), self._bell)
        return True

    def _look(self, package: Package) -> "_Found":
        uid, warnings = self._uid(package)
        project, found = look(self._desk, self._shipment(package), uid or None)
        if project is None:
            return _Found("", _steps(found, Action.CREATE, warnings))
        warnings += self._foreign(project, package)
        if found.redeploy:
            return _Found(uid, _steps(found, Action.REPLACE, warnings))
        if self._is_same(project, package):
            return _Found(uid, _steps(found, Action.UNCHANGED, warnings))
        warnings.append("somebody changed the form in KoBo's form builder and deployed it; that is undone")
        return _Found(uid, _steps(found, Action.REPLACE, warnings), is_changed=True)

    def _uid(self, package: Package) -> tuple[str, list[str]]:
        """Of the project to use, '' for a new one; and what there is to say about that."""
        uid = self._named or self._known.server_form_id
        if not uid:
            return self._desk.find(package.title, package.form_id), []
        try:
            self._desk.project(uid)
        except NetError as error:
            if error.status != 404 or self._named:
                raise
            return "", ["the project is not there any more, or hidden from this account; a new one is made"]
        return uid, []

    def _foreign(self, project: Project, package: Package) -> list[str]:
        said = []
        ours = {self._known.version, package.version} - {""}
        if project.content.own_version not in ours and project.has_deployment:
            said.append(
                "the project holds a form that was not deployed from here; answers given with it wait until it is "
                "adopted: `fieldveil form adopt`"
            )
        if project.has_deployment and not project.deployment__active:
            said.append("the project is archived on KoBo, so phones do not find it; it is opened for them again")
        if project.has_stray_draft and project.content.own_version != package.version:
            said.append("somebody has changes in KoBo's form builder that are not deployed; they are lost")
        return said

    def _is_same(self, project: Project, package: Package) -> bool:
        try:
            self._phones.check(project.uid, package.xform, package.media)
        except TargetError:
            return False
        return True

    def _shipment(self, package: Package) -> Shipment:
        return Shipment(
            version=package.version,
            title=package.title,
            xlsx=package.xlsx,
            xform=package.xform,
            media=package.media,
            languages=package.languages,
            senders=self._senders,
        )


def _steps(plan: Plan, action: Action, warnings: list[str]) -> Steps:
    return Steps(action, plan.files, plan.remove, plan.senders, tuple(warnings))

"""Gives a built form to the phones of a KoBoToolbox: import, files, deployment, and a look at what phones will get.

Nothing half-done is left behind: a new project that fails is deleted, an old one gets its former form back.
"""

from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field

from workers.net import NetError
from workers.servers.kobo.project import Desk, Project, ProjectError, check_senders
from workers.servers.phone_side import PhoneSide, md5
from workers.servers.target import TargetError


@dataclass(frozen=True, slots=True, kw_only=True)
class Shipment:
    """`version` is made of the form's content, so it is our own hash: the same form has the same."""

    version: str
    title: str
    xlsx: bytes = field(repr=False)
    xform: bytes = field(repr=False)
    media: Mapping[str, bytes] = field(repr=False)
    languages: Sequence[str]
    senders: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Plan:
    """What a deploy would do, to be shown before it is done. Empty when phones have all of it already."""

    create: bool
    replace: bool
    files: tuple[str, ...]
    remove: tuple[str, ...]
    senders: tuple[str, ...]
    redeploy: bool

    @property
    def is_empty(self) -> bool:
        return not (self.create or self.replace or self.files or self.remove or self.senders or self.redeploy)


@dataclass(frozen=True, slots=True)
class Shipped:
    """`version` is KoBo's name of it."""

    project: str
    version: str
    plan: Plan


def plan(shipment: Shipment, project: Project | None, senders: frozenset[str], *, anew: bool = False) -> Plan:
    """`anew`: the form is imported also where its version says that it is there: somebody may have changed it."""
    if project is None:
        return Plan(True, False, tuple(sorted(shipment.media)), (), tuple(sorted(shipment.senders)), True)
    there = project.md5s()
    replace = anew or project.content.own_version != shipment.version or project.has_stray_draft
    files = tuple(name for name, content in sorted(shipment.media.items()) if there.get(name) != md5(content))
    remove = tuple(sorted(set(there) - set(shipment.media)))
    lacking = tuple(sorted(shipment.senders - senders))
    redeploy = replace or bool(files) or bool(remove) or not project.is_live
    return Plan(False, replace, files, remove, lacking, redeploy)


def look(desk: Desk, shipment: Shipment, uid: str | None, *, anew: bool = False) -> tuple[Project | None, Plan]:
    """The dry run: asks, and changes nothing. Refuses a project that takes anonymous interviews."""
    if uid is None:
        return None, plan(shipment, None, frozenset())
    project = desk.project(uid)
    senders = desk.senders(project)
    check_senders(senders)
    return project, plan(shipment, project, senders, anew=anew)


def ship(desk: Desk, phones: PhoneSide, shipment: Shipment, uid: str | None, *, anew: bool = False) -> Shipped:
    """Doing it again changes nothing. Raises TargetError or NetError, with everything as it was before."""
    former, steps = look(desk, shipment, uid, anew=anew)
    made = former.uid if former else ""
    kept = _kept_files(desk, former, steps)
    try:
        if steps.create or steps.replace:
            made = desk.import_form(shipment.xlsx, shipment.title, former)
        project = _fill(desk, shipment, made, steps)
        phones.check(project.uid, shipment.xform, shipment.media)
        _let_send(desk, project, steps)
    except (TargetError, NetError):
        with suppress(TargetError, NetError):
            _undo(desk, former, made, steps, kept)
        raise
    return Shipped(project.uid, project.version_id, steps)


def _fill(desk: Desk, shipment: Shipment, uid: str, steps: Plan) -> Project:
    project = desk.project(uid)
    _check_import(project, shipment)
    for name in steps.files:
        desk.put_file(project, name, shipment.media[name])
    for name in steps.remove:
        desk.remove_file(project, name)
    return desk.deploy(project) if steps.redeploy else project


def _let_send(desk: Desk, project: Project, steps: Plan) -> None:
    """Last, since it is not undone. A stranger who knows the address could fill the survey with invented answers."""
    if steps.create:
        desk.refuse_strangers(project)
        check_senders(desk.senders(project))
    for account in steps.senders:
        desk.let_send(project, account)


def _check_import(project: Project, shipment: Shipment) -> None:
    """KoBo says 'complete' of much that is not: an empty form, or a column taken for a language."""
    if project.content.own_version != shipment.version or not project.summary.row_count:
        raise ProjectError("KoBo imported something else than the form: its questions are not there")
    if list(project.summary.languages) != list(shipment.languages):
        raise ProjectError("KoBo took a column of the form for a language: phones would show the wrong words")


def _kept_files(desk: Desk, former: Project | None, steps: Plan) -> dict[str, bytes]:
    """What is about to be replaced or removed, for the way back."""
    if former is None:
        return {}
    there = former.md5s()
    return {name: desk.read_file(former, name) for name in (*steps.files, *steps.remove) if name in there}


def _undo(desk: Desk, former: Project | None, made: str, steps: Plan, kept: Mapping[str, bytes]) -> None:
    if former is None:
        if made:
            desk.delete(made)
        return
    project = desk.project(former.uid)
    for name in steps.files:
        if name not in kept:
            desk.remove_file(project, name)
    for name, content in kept.items():
        if project.md5s().get(name) != md5(content):
            desk.put_file(project, name, content)
    if former.deployed_version_id:
        if steps.replace:
            desk.restore(former, former.deployed_version_id)
        desk.deploy(desk.project(former.uid))

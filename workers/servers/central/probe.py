"""Tests an ODK Central: signs in, reads the rights it tells, and tries what newer releases can do."""

import msgspec

from backend.troubles import told
from workers.net import NetError
from workers.servers.breaker import refusal
from workers.servers.central.client import CentralClient
from workers.servers.central.form import CentralForm
from workers.servers.central.recent import tells_deleted
from workers.servers.probe import Finding, Use

# Viewer and Manager, as far as this product uses them.
_NEEDED = {
    Use.PULL: ("form.list", "form.read", "submission.list", "submission.read"),
    Use.DEPLOY: ("form.list", "form.read", "form.create", "form.update", "field_key.create", "assignment.create"),
}
# With one of these a stolen credential could destroy or change what people answered.
_DANGEROUS = {
    Use.PULL: ("submission.delete", "submission.update", "submission.create", "form.update", "user.create"),
    Use.DEPLOY: ("user.create", "user.delete", "config.set", "backup.run"),
}
_OWN_TAG = "eventhash:"


class _Project(msgspec.Struct):
    id: int
    verbs: list[str] = []


class _FormLine(msgspec.Struct, rename="camel"):
    xml_form_id: str


def probe(client: CentralClient, server_id: str, use: Use = Use.PULL) -> Finding:
    """Never raises: what goes wrong is the finding."""
    try:
        return _probe(client, use)
    except NetError as error:
        found = refusal(error, server_id)
        return Finding(found.code, str(found))


def _probe(client: CentralClient, use: Use) -> Finding:
    projects = client.json("projects", list[_Project])
    if not projects:
        return Finding("no_project", told("no_project"))
    verbs = set(projects[0].verbs).intersection(*(project.verbs for project in projects))
    every = {verb for project in projects for verb in project.verbs}
    forms = [
        f"{project.id}/{form.xml_form_id}"
        for project in projects
        for form in client.json(f"projects/{project.id}/forms", list[_FormLine])
    ]
    missing = tuple(verb for verb in _NEEDED[use] if verb not in verbs)
    needless = tuple(verb for verb in _DANGEROUS[use] if verb in every)
    features = _features(CentralForm(client, forms[0], part_size=1)) if forms and not missing else ()
    return Finding("", _words(use, missing, needless), features, missing, needless, len(forms))


def _features(form: CentralForm) -> tuple[str, ...]:
    """By trying: the backend has no address that tells its release."""
    tag = form.list_part(0).etag
    tried = {
        # Central's own, made from what happened to the rows. Before, its web framework made one from the whole text.
        "list_events": _OWN_TAG in tag,
        "list_etag": bool(tag),
        "filter_by_id": form.by_ids(["uuid:none"]) is not None,
        "filter_deleted": tells_deleted(form),
    }
    return tuple(name for name, works in tried.items() if works)


def _words(use: Use, missing: tuple[str, ...], needless: tuple[str, ...]) -> str:
    role = "a Project Viewer" if use is Use.PULL else "a Project Manager"
    if missing:
        return f"The account may not do what is needed: make it {role} of each project it sees"
    if needless:
        return f"It works, and the account may do more than it has to: {role} is enough to {use}"
    return "It works, with the rights it needs and no others"

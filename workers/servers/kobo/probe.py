"""Tests a KoBoToolbox: is the token good, which forms can it see, what may it do there, and what works."""

from datetime import UTC, datetime

from backend.troubles import told
from workers.net import NetError
from workers.servers.breaker import refusal
from workers.servers.kobo.client import KoboClient
from workers.servers.kobo.form import KoboForm
from workers.servers.kobo.listed import projects_part
from workers.servers.probe import Finding, Use

_NEEDED = {Use.PULL: ("view_submissions",), Use.DEPLOY: ("manage_asset",)}
# With one of these a stolen token could destroy or change what people answered.
_DANGEROUS = {Use.PULL: ("delete_submissions", "change_submissions", "manage_asset"), Use.DEPLOY: ()}
_MOST_LOOKED_AT = 5


def probe(client: KoboClient, server_id: str, use: Use = Use.PULL) -> Finding:
    """Never raises: what goes wrong is the finding."""
    try:
        return _probe(client, use)
    except NetError as error:
        found = refusal(error, server_id)
        return Finding(found.code, str(found))


def _probe(client: KoboClient, use: Use) -> Finding:
    if not client.account():
        return Finding("server_sign_in", told("server_sign_in", more="The account's settings make a new token."))
    found = projects_part(client)
    deployed = [asset.uid for asset in found.results if asset.has_deployment][:_MOST_LOOKED_AT]
    forms = [KoboForm(client, uid, None) for uid in deployed]
    rights = [form.state().permissions for form in forms]
    if not rights:
        problem = "" if use is Use.DEPLOY else "no_form"
        return Finding(problem, told("no_form"))
    missing = tuple(name for name in _NEEDED[use] if not all(name in one for one in rights))
    needless = tuple(name for name in _DANGEROUS[use] if any(name in one for one in rights))
    features = _features(forms[0]) if not missing else ()
    return Finding("", _words(use, missing, needless), features, missing, needless, found.count)


def _features(form: KoboForm) -> tuple[str, ...]:
    """By trying: the server tells its release to nobody."""
    rows = form.list_part(0, form.head().top, limit=1).rows
    tried = {
        "history": form.changes(datetime.now(UTC)) is not None,
        "root_ids": bool(rows) and bool(rows[0].root),
    }
    return tuple(name for name, works in tried.items() if works)


def _words(use: Use, missing: tuple[str, ...], needless: tuple[str, ...]) -> str:
    if missing:
        right = "View submissions" if use is Use.PULL else "Manage project"
        return f"The account may not do what is needed: give it '{right}' for every form, without conditions"
    if "manage_asset" in needless:
        return (
            "It works. The account may manage forms: changes are then known at once from the history, and a stolen "
            "token could delete answers. 'View submissions' alone works too, with changes known once a day"
        )
    if needless:
        return "It works, and the account may do more than it has to: 'View submissions' is enough to pull"
    return "It works, with the rights it needs and no others"

"""What stands between a form and its server: a stable code, and for people what it means and what to do."""

from collections.abc import Mapping


def N_(text: str) -> str:  # noqa: N802 (the name by which translators' tools know a text to translate later)
    return text


TROUBLES: Mapping[str, str] = {
    # A pull that could not be made, or a test that failed.
    "server_resting": N_("The server failed several times and is left alone for a while. Test it to ask it now."),
    "server_away": N_("The server cannot be reached. It is asked again by itself; look whether it is up."),
    "server_refused": N_("The server refuses the question. Test the server; if that works, tell your administrator."),
    "server_certificate": N_(
        "The certificate of the server is not accepted: it has ended, is for another name, or was signed by an "
        "authority that is not known here. Look at the address; an organisation’s own authority is named by an "
        "administrator (FIELDVEIL_SERVER_AUTHORITIES, docs/operations.md)."
    ),
    "server_elsewhere": N_(
        "The server sends us on to another address. Register it under the address that it has in its own settings, "
        "with https://."
    ),
    "server_no_passwords": N_(
        "People sign in to this ODK Central by single sign-on (OIDC), and it takes a password from no program. Make an "
        "app user there, give it the role Project Viewer (to deploy: Project Manager), and enter its name and token "
        "here (docs/servers.md). Phones can send to it as ever."
    ),
    "server_sign_in": N_("The server refuses the sign-in. Enter new credentials for it."),
    "server_rights": N_("The account lacks a right. Test the server: it says which one, and give it there."),
    "server_partial_rights": N_(
        "The account sees only a part of the form. Give it “View submissions” without conditions. Nothing is deleted "
        "here until then."
    ),
    "server_form_missing": N_(
        "The server has no such form, or the account may not see it. Nothing is deleted here for that."
    ),
    "server_quota": N_("The plan of the account on the server is used up. Enlarge it, or delete there what may go."),
    "encrypted": N_(
        "The form encrypts its submissions on the server, and nobody can read them here. Deploy it without."
    ),
    "no_server": N_(
        "No server of this name is registered here. If a form needs it, register it again under the same name."
    ),
    "form_unknown": N_("There is no such form here."),
    "practice": N_("The form is for practice: its answers are never pulled."),
    "no_project": N_("The account sees no project. Make it a Project Viewer of the one with your forms."),
    "no_form": N_("The account sees no deployed form. Share one with it, with “View submissions”."),
    "credentials_unreadable": N_("The credentials cannot be decrypted with the key of the workers. Enter them again."),
    "key_missing": N_("A key of the workers is missing. Put it back from the backup of the keys before the next pull."),
    "letter_key_missing": N_("The key of some letters is missing. Put it back from the backup of the keys."),
    "bad_mapping": N_("The mapping of the form cannot be used. `fieldveil pull` says where it is wrong."),
    "interrupted": N_("It was interrupted. Try again; a pull goes on by itself."),
    "late": N_("No pull has ended for some time. Look whether a worker is running."),
    # Why both sides differ.
    "moving": N_("New ones came while it was read. The next pull goes on from here."),
    "unread": N_("The server did not hand out all it lists. The next pull asks again."),
    "many_gone": N_("Many submissions disappeared from the server at once. An IM officer has to decide about them."),
    "no_key": N_("Letters wait whose key is missing. Put it back from the backup of the keys."),
    "lost": N_("Letters were destroyed before a worker could read them. Their answers are gone."),
    "conflict": N_("Submissions came twice with different content and wait for a decision."),
    "unaccounted": N_("What was posted and what was read do not add up. Tell your administrator."),
    "unknown_version": N_(
        "Some submissions wait: they were made with a form version that is not known here. If somebody changed the "
        "form on its server, look at that version under Forms, Versions, and adopt it. Then they are read."
    ),
    # The door takes for new what was sent before, and a worker does not.
    "door_key_changed": N_(
        "The letterbox has another key than before, so it does not recognise interviews that phones send again. Each "
        "still counts once; with other answers it waits for a decision. Put the file `keys/web/door` back from the "
        "backup of the keys, and give all web servers the same one."
    ),
    "receipts_gone": N_(
        "The form was opened again after the receipts of its interviews had been destroyed. What phones send again "
        "still counts once; with other answers it waits for a decision. For new interviews rather deploy a form with "
        "another form_id."
    ),
    # Phones cannot send, which nobody decided here. What the server has is read as ever.
    "form_closing": N_(
        "The form is “Closing” on ODK Central: no further phone gets it. Set it to “Open” there; if it is over, close "
        "it here too: `fieldveil form close`."
    ),
    "form_closed": N_(
        "The form is “Closed” on ODK Central, and phones cannot send. Set it to “Open” there; if it is over, close it "
        "here too: `fieldveil form close`."
    ),
    "form_archived": N_(
        "The project is archived on KoboToolbox, and phones cannot send. Unarchive it there; if it is over, close it "
        "here too: `fieldveil form close`."
    ),
    "form_undeployed": N_(
        "The project is not deployed on KoboToolbox, and phones cannot send. Deploy it from here; if it is over, "
        "close it here too: `fieldveil form close`."
    ),
    "form_over_plan": N_(
        "The plan of the account that owns the project on KoboToolbox is used up, and phones cannot send: they keep "
        "what they have. Enlarge the plan, or delete there what is read already (`fieldveil purge`)."
    ),
    # What was asked of a server in a page.
    "server_name": N_("A server needs a name of small letters, digits and hyphens, such as field-central."),
    "server_taken": N_("There is a server of this name already. Choose another name, or change its credentials."),
    "server_address": N_(
        "The address cannot be asked: it needs https and a public name. An administrator can allow other hosts by name."
    ),
    "server_silent": N_(
        "No server answers there, or it has a problem just now. Look whether the address is right and the server is up."
    ),
    "server_kind": N_(
        "Neither an ODK Central nor a KoboToolbox answers there. Give the address that the browser shows, without its "
        "path; for KoboToolbox that of the form builder."
    ),
    # What was asked of a worker with a draft.
    "draft_broken": N_("The brief breaks rules. Mend them, then ask again."),
    "draft_changed": N_("The draft, the areas or the catalogue changed meanwhile. Look at it again, then ask again."),
    "draft_breaks": N_(
        "It would break the series of answers of the form that phones have. That needs a decision in writing: deploy "
        "it by command, with a migration."
    ),
    "draft_refused": N_(
        "It may not go to phones now: the referral pathway was verified more than 30 days ago, there are no areas, the "
        "form is on another server, or the survey’s id is that of another organisation. `fieldveil form deploy` says "
        "which."
    ),
    "draft_not_deployed": N_("The letterbox did not take it. `fieldveil form deploy` says why."),
    # What was asked of a version that somebody published by hand.
    "version_not_there": N_("The form is read from no other server, so nobody can have published a version by hand."),
    "version_gone": N_("The version is not on the server, or is read already. Look on the server again."),
    "version_refused": N_("The version cannot be adopted. Look on the server again: it says why."),
    "version_changed": N_("Something else came out of the comparison than was shown. Look on the server again."),
    "request_unreadable": N_("The credentials did not reach a worker that can read them. Enter them again."),
}
FEATURES: Mapping[str, str] = {
    "list_events": N_("unchanged forms cost almost nothing"),
    "list_etag": N_("unchanged forms are not sent again"),
    "filter_by_id": N_("changed submissions are fetched one by one"),
    "filter_deleted": N_("deletions can be asked for"),
    "history": N_("changes are known at once"),
    "root_ids": N_("submissions keep their id when edited"),
}


def told(code: str, where: str = "", more: str = "") -> str:
    """For a terminal: the sentence of the pages, the place before it, and after it what only a terminal can do."""
    return " ".join(part for part in (where and f"{where}:", TROUBLES[code], more) if part)

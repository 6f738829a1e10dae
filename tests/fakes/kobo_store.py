"""The state of a fake KoBoToolbox: forms with versions, rows, the project history, and what each change does."""

import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

from fakes.kobo_query import Row

OWNER = "im_officer"
_NEVER_CHANGED = frozenset({"_id", "meta/rootUuid", "_submission_time", "_submitted_by", "formhub/uuid"})


@dataclass
class Form:
    """`rights`: account to permissions; `sees`: account to what a partial permission lets it see.

    `status`: `deployed`, `archived` or `draft`, as KoBo calls it.
    """

    uid: str
    versions: dict[str, dict[str, Any]] = field(default_factory=dict)
    rows: dict[int, Row] = field(default_factory=dict)
    uncommitted: dict[int, Row] = field(default_factory=dict)
    history: list[dict[str, Any]] = field(default_factory=list)
    rights: dict[str, set[str]] = field(default_factory=dict)
    sees: dict[str, Callable[[Row], bool]] = field(default_factory=dict)
    public_key: str | None = None
    encrypted: bool = False
    status: str = "deployed"

    def live(self) -> list[Row]:
        return [self.rows[number] for number in sorted(self.rows)]

    def visible(self, account: str) -> list[Row] | None:
        """None: this account is told that there is no such form."""
        mine = self.rights.get(account, set())
        if "view_submissions" in mine:
            return self.live()
        return [row for row in self.live() if self.sees[account](row)] if account in self.sees else None


class KoboStore:
    """Called by tests directly and by the HTTP side; one lock, as one database.

    `gap`: how far ids are apart, since all forms of a server take theirs from one sequence.
    """

    def __init__(self) -> None:
        self.lock = threading.RLock()
        self.forms: dict[str, Form] = {}
        self.names_roots = True
        self.gap = 1
        self._ids = 100

    def add_form(self, uid: str, *rights: str) -> Form:
        with self.lock:
            form = self.forms[uid] = Form(uid, rights={OWNER: set(rights)})
            return form

    def publish(self, form: Form, version: str, own: str) -> None:
        """`own` is what the form's hidden line brings back."""
        lines = [{"type": "today", "name": "today"}]
        if own:
            lines.append({"type": "calculate", "name": "fv_version", "calculation": f"'{own}'", "$kuid": "k1"})
        with self.lock:
            form.versions[version] = {"schema": "1", "survey": lines, "choices": [], "settings": {}}

    # ---- rows, as phones and people change them ----

    def post(self, form: Form, answers: Row, *, root: str = "", commit: bool = True) -> int:
        """The number is taken when the sending begins; `commit=False`: the row is not visible yet."""
        with self.lock:
            self._ids += self.gap
            name = root or str(uuid4())
            row = {
                **answers,
                "_id": self._ids,
                "_uuid": name,
                "meta/instanceID": f"uuid:{name}",
                "meta/rootUuid": f"uuid:{name}",
                "_xform_id_string": form.uid,
                "_status": "submitted_via_web",
                "_submission_time": answers.get("_submission_time", "2026-04-10T08:00:00"),
                "_submitted_by": "enum1",
                "_attachments": [],
                "_geolocation": [None, None],
                "_validation_status": {},
            }
            (form.rows if commit else form.uncommitted)[self._ids] = row
            if commit:
                self._note(form, "add-submission", row)
            return self._ids

    def commit(self, form: Form, number: int) -> None:
        with self.lock:
            form.rows[number] = form.uncommitted.pop(number)
            self._note(form, "add-submission", form.rows[number])

    def edit(self, form: Form, number: int, answers: Row, version: str = "") -> None:
        """A new `_uuid`, the same `_id` and root. An answer that is None is taken away."""
        with self.lock:
            row = form.rows[number]
            new = str(uuid4())
            merged = {**row, **answers, "_uuid": new, "meta/instanceID": f"uuid:{new}"}
            merged["meta/deprecatedID"] = row["meta/instanceID"]
            if version:
                merged["__version__"] = version
            kept = {name: row[name] for name in _NEVER_CHANGED if name in row}
            form.rows[number] = {name: value for name, value in (merged | kept).items() if value is not None}
            self._note(form, "modify-submission", row)

    def review(self, form: Form, number: int, state: str) -> None:
        with self.lock:
            found = {"uid": f"validation_status_{state}", "label": state, "by_whom": OWNER, "timestamp": 1_700_000_000}
            form.rows[number]["_validation_status"] = found if state else {}
            self._note(form, "modify-submission", form.rows[number], status=state)

    def delete(self, form: Form, *numbers: int) -> None:
        """For good; only the history remembers."""
        with self.lock:
            for number in numbers:
                self._note(form, "delete-submission", form.rows.pop(number))

    def _note(self, form: Form, action: str, row: Row, **more: str) -> None:
        submission = {"root_uuid": row["meta/rootUuid"].removeprefix("uuid:"), "submitted_by": "enum1", **more}
        event = {
            "user": f"/api/v2/users/{OWNER}/",
            "username": OWNER,
            "action": action,
            "metadata": {"source": "Collect", "ip_address": "192.0.2.7", "submission": submission},
            "date_created": f"{datetime.now(UTC):%Y-%m-%dT%H:%M:%SZ}",
        }
        form.history.insert(0, event)

    def age_history(self, form: Form, by: timedelta) -> None:
        """As if all of it had happened earlier."""
        with self.lock:
            for event in form.history:
                moment = datetime.fromisoformat(event["date_created"]) - by
                event["date_created"] = f"{moment:%Y-%m-%dT%H:%M:%SZ}"

"""The state of a fake ODK Central: forms with versions, submissions with edits, and what each change does to them."""

import hashlib
import threading
import uuid
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from fakes.central_rows import Fields, Node, parse


class RefusedError(Exception):
    """An answer that is not 200. `code` is Central's own."""

    def __init__(self, code: float, status: int = 0, **details: Any) -> None:
        super().__init__(str(code))
        self.code, self.status, self.details = code, status or int(code), details


@dataclass
class Version:
    """`xlsx` is there of a version that somebody published as a workbook."""

    name: str
    fields: Fields
    xml: bytes = b""
    files: dict[str, bytes | None] = field(default_factory=dict)
    xlsx: bytes = b""

    @property
    def hash(self) -> str:
        return hashlib.md5(self.xml or repr(self.fields).encode(), usedforsecurity=False).hexdigest()


@dataclass
class Edit:
    """Its XML is opened anew for each row of an answer, as Central does, and not kept beside it."""

    instance: str
    xml: bytes
    version: str
    name: str | None
    created: datetime

    @property
    def root_node(self) -> Node:
        return parse(self.xml)[0]


@dataclass
class Submission:
    """`event` moves with every change; it is all that an ETag is made of."""

    root: str
    edits: list[Edit]
    created: datetime
    number: int
    event: int
    updated: datetime | None = None
    deleted: datetime | None = None
    review: str | None = None
    device: str | None = "collect:fake"
    agent: str | None = "org.odk.collect.android/v2026.2.1 (fake phone)"

    @property
    def current(self) -> Edit:
        return self.edits[-1]


@dataclass
class Form:
    project: int
    name: str
    versions: list[Version] = field(default_factory=list)
    draft: Version | None = None
    state: str = "open"
    key_id: int | None = None
    submissions: dict[str, Submission] = field(default_factory=dict)
    uncommitted: list[Submission] = field(default_factory=list)
    assigned: set[int] = field(default_factory=set)

    @property
    def published(self) -> Version:
        return self.versions[-1]

    def live(self) -> list[Submission]:
        """The newest first."""
        return self._sorted(one for one in self.submissions.values() if one.deleted is None)

    def trashed(self) -> list[Submission]:
        return self._sorted(one for one in self.submissions.values() if one.deleted is not None)

    @staticmethod
    def _sorted(rows: Iterable[Submission]) -> list[Submission]:
        return sorted(rows, key=lambda one: (one.created, one.number), reverse=True)


class CentralStore:
    """Called by tests directly and by the HTTP side; one lock, as one database.

    `pace`: how much later each look at its clock is.
    """

    def __init__(self) -> None:
        self.lock = threading.RLock()
        # Some are in one millisecond with the one before.
        self.pace = timedelta(microseconds=400)
        self.forms: dict[tuple[int, str], Form] = {}
        self.clock = datetime(2026, 4, 10, 8, 0, tzinfo=UTC)
        self._events = self._numbers = 0

    def now(self) -> datetime:
        self.clock += self.pace
        return self.clock

    def add_form(self, project: int, name: str, version: str, fields: Fields) -> Form:
        with self.lock:
            form = self.forms[project, name] = Form(project, name, [Version(version, fields)])
            return form

    def publish(self, form: Form, version: str, fields: Fields, xml: bytes = b"", xlsx: bytes = b"") -> None:
        """Old answers stay as they are, and OData shows them through the new fields only."""
        with self.lock:
            form.versions.append(Version(version, fields, xml, xlsx=xlsx))

    def form(self, project: int, name: str) -> Form:
        found = self.forms.get((project, name))
        if found is None:
            raise RefusedError(404.1)
        return found

    # ---- submissions, as phones and people change them ----

    def post(self, form: Form, xml: bytes, *, commit: bool = True) -> Submission:
        """OpenRosa's rules. `commit=False`: received, and visible to nobody until `commit`."""
        with self.lock:
            root, attributes = parse(xml)
            self._check_version(form, attributes)
            instance = root.text_at("meta/instanceID")
            previous = root.text_at("meta/deprecatedID")
            if previous:
                return self._edit(form, xml, root, attributes, instance or "", previous)
            if instance and (known := self._anywhere(form, instance)):
                return self._again(known, instance, xml)
            name = root.text_at("meta/instanceName")
            edit = Edit(instance or str(uuid.uuid4()), xml, attributes["version"], name, self.now())
            self._numbers += 1
            made = Submission(edit.instance, [edit], edit.created, self._numbers, self._event())
            if commit:
                form.submissions[made.root] = made
            else:
                form.uncommitted.append(made)
            return made

    def _check_version(self, form: Form, attributes: dict[str, str]) -> None:
        if form.state == "closed":
            raise RefusedError(409.2)
        if attributes.get("version") not in {version.name for version in form.versions}:
            raise RefusedError(404.6)

    def _anywhere(self, form: Form, instance: str) -> Submission | None:
        rows = [*form.submissions.values(), *form.uncommitted]
        return next((one for one in rows if any(edit.instance == instance for edit in one.edits)), None)

    def _again(self, known: Submission, instance: str, xml: bytes) -> Submission:
        if known.deleted is not None or known.current.instance != instance or known.current.xml != xml:
            raise RefusedError(409.3)
        return known

    def _edit(
        self, form: Form, xml: bytes, root: Node, attributes: dict[str, str], instance: str, previous: str
    ) -> Submission:
        known = self._anywhere(form, previous)
        if known is None:
            raise RefusedError(404.1)
        if known.current.instance == instance and known.current.xml == xml:
            return known
        if known.current.instance != previous or known.deleted is not None:
            raise RefusedError(409.9)
        name = root.text_at("meta/instanceName")
        known.edits.append(Edit(instance, xml, attributes["version"], name, self.now()))
        known.updated, known.review, known.event = self.now(), "edited", self._event()
        return known

    def commit(self, form: Form, late: Submission) -> None:
        """Visible now, under the time at which it was received."""
        with self.lock:
            form.uncommitted.remove(late)
            late.event = self._event()
            form.submissions[late.root] = late

    def delete(self, form: Form, root: str) -> None:
        with self.lock:
            one = self._live(form, root)
            one.deleted, one.event = self.now(), self._event()

    def restore(self, form: Form, root: str) -> None:
        with self.lock:
            one = form.submissions.get(root)
            if one is None or one.deleted is None:
                raise RefusedError(404.1)
            one.deleted, one.event = None, self._event()

    def purge(self, form: Form) -> None:
        """What was deleted is gone for good, and its id is free again."""
        with self.lock:
            form.submissions = {root: one for root, one in form.submissions.items() if one.deleted is None}

    def review(self, form: Form, root: str, state: str | None) -> None:
        with self.lock:
            if state not in {None, "hasIssues", "edited", "rejected", "approved"}:
                raise RefusedError(400.8)
            one = self._live(form, root)
            one.review, one.updated, one.event = state, self.now(), self._event()

    def _live(self, form: Form, root: str) -> Submission:
        one = form.submissions.get(root)
        if one is None or one.deleted is not None:
            raise RefusedError(404.1)
        return one

    def _event(self) -> int:
        self._events += 1
        return self._events

"""Reads submissions of one Central form: from OData where that loses nothing, else from the phone's own XML."""

from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import date
from typing import NamedTuple

from backend.store.mirror import Read
from backend.store.save import Item
from mappings.central import CentralRow, odata_name
from mappings.decode import Layout
from mappings.model import Outcome, Reason, Reject, Sighting
from mappings.privacy.pseudonym import pseudonym, submission_key
from mappings.privacy.time import month
from mappings.xform import UnreadableError, read_envelope
from workers.reading import Reading
from workers.servers.central.asking import plan
from workers.servers.central.form import INSTANCE, CentralForm, FormState, ListRow

_XML_PAGE = 100
# As many as one server is asked at a time (workers.net).
_CONNECTIONS = 2
_BRANCHES = frozenset({"structure", "repeat", "binary"})
_NUMBERS = frozenset({"int", "decimal"})


class Wanted(NamedTuple):
    """A row of the list that has to be read. `place` is where it stands in the list, from 0; None: not known."""

    place: int | None
    row: ListRow


class Found(NamedTuple):
    """A submission as it can be saved, and what the mirror notes of it."""

    item: Item
    read: Read


class FormReader:
    """`moved` counts rows that were not handed out as the list had them: edited or deleted in the meantime."""

    def __init__(self, form: CentralForm, opened: Reading, page_size: int) -> None:
        self._form, self._opened, self._page_size = form, opened, page_size
        self._state: FormState | None = None
        self._whole: dict[str, bool] = {}
        self._has_numbers = False
        self.moved = 0

    def version_key(self, instance: str, created: str) -> str:
        """The time is part of it: after a purge the same id may come again with other answers."""
        opened = self._opened
        return pseudonym(opened.keys.round_key, "version", f"{opened.form_id}|{instance}|{created}")

    def pages(self, wanted: Sequence[Wanted]) -> Iterator[list[Found]]:
        """Edited rows come as XML: OData tells only the form version of the first sending.

        So do numbers that no app has checked: of "1,200" OData makes 1, and of "about ten" no answer, without a word.
        """
        if self._state is None and any(one.row.instance == one.row.root for one in wanted):
            self._look_at_fields()
        pending = {one.row.root: one.row for one in wanted if self._can_be_odata(one.row)}
        as_xml = [one.row for one in wanted if one.row.root not in pending]
        places = [one.place for one in wanted if one.row.root in pending and one.place is not None]
        for rows in self._delivered(pending, places, as_xml):
            self._look_at_fields()
            found = [self._from_odata(row, pending.pop(row.root)) for row in rows if row.root in pending]
            as_xml += [one for one in found if isinstance(one, ListRow)]
            yield [one for one in found if isinstance(one, Found)]
        self.moved += len(pending)
        with ThreadPoolExecutor(max_workers=_CONNECTIONS) as pool:
            for start in range(0, len(as_xml), _XML_PAGE):
                listed = as_xml[start : start + _XML_PAGE]
                fetched = pool.map(self._form.xml, [row.root for row in listed])
                read = [self._from_xml(row, xml) for row, xml in zip(listed, fetched, strict=True)]
                yield [one for one in read if one is not None]

    def _can_be_odata(self, row: ListRow) -> bool:
        return row.instance == row.root and (row.is_checked or not self._has_numbers)

    def _delivered(
        self, pending: dict[str, ListRow], places: Sequence[int], as_xml: list[ListRow]
    ) -> Iterator[list[CentralRow]]:
        """Pages of OData; what a stretch did not hold is asked for by id, and by XML where ids cannot be asked for."""
        for stretch in plan(places, self._page_size).stretches:
            yield self._form.window(stretch.skip, stretch.top)
        for ids in self._form.batches(list(pending)):
            rows = self._form.by_ids(ids)
            if rows is None:
                as_xml += [pending.pop(root) for root in list(pending)]
                return
            yield rows

    def _look_at_fields(self) -> None:
        """Which versions OData shows whole. After a page too: what is published meanwhile hides answers in it."""
        state = self._form.state()
        if state == self._state:
            return
        fields = self._form.fields()
        for version, reader in self._opened.readers.items():
            was_whole = self._state is None or self._whole[version]
            self._whole[version] = was_whole and is_whole(reader.decoder.layout, fields)
        self._state = state
        for reader in self._opened.readers.values():
            self._has_numbers |= any(fields.get(path) in _NUMBERS for path in _answers(reader.decoder.layout))
        self._choose(fields)

    def _choose(self, fields: Mapping[str, str]) -> None:
        """Only what some mapping reads is asked for, where Central can do that."""
        layouts = [self._opened.readers[version].decoder.layout for version, whole in self._whole.items() if whole]
        if INSTANCE in fields and layouts and not any(layout.repeats for layout in layouts):
            self._form.ask_only(path for layout in layouts for path in layout.singles)
        else:
            self._form.ask_all()

    def _from_odata(self, row: CentralRow, listed: ListRow) -> Found | ListRow:
        """The row itself when only its XML tells everything about it."""
        reader = self._opened.readers.get(row.version)
        if not row.is_open:
            # Encrypted: it comes without its answers, and its XML has none either.
            return self._rejected(listed.instance, listed.created, listed, Reason.UNREADABLE)
        if row.edits or not row.instance:
            return listed
        if reader is None:
            return self._rejected(row.instance, row.received, listed, Reason.UNKNOWN_VERSION)
        raw = reader.decoder.central_row(row) if self._whole[row.version] else None
        if raw is None:
            return listed
        item = reader.read(raw, _day(row.received))
        version_key = self.version_key(row.instance, row.received)
        return Found(item, Read(item.submission_key, version_key, listed.review, reader.mapping_version))

    def _from_xml(self, listed: ListRow, xml: bytes | None) -> Found | None:
        """None when the submission was deleted since the list was read."""
        if xml is None:
            self.moved += 1
            return None
        try:
            envelope = read_envelope(xml)
            # A phone that names no instance is given one by the server, which only the list tells.
            instance = envelope.instance or listed.instance
            self.moved += instance != listed.instance
            reader = self._opened.readers.get(envelope.version)
            if reader is None:
                return self._rejected(instance, listed.created, listed, Reason.UNKNOWN_VERSION)
            raw = reader.decoder.letter(
                xml, root=listed.root, instance=instance, version=envelope.version, received=listed.created
            )
        except UnreadableError:
            return self._rejected(listed.instance, listed.created, listed, Reason.UNREADABLE)
        item = reader.read(raw, _day(listed.created))
        version_key = self.version_key(instance, listed.created)
        return Found(item, Read(item.submission_key, version_key, listed.review, reader.mapping_version))

    def _rejected(self, instance: str, created: str, listed: ListRow, reason: Reason) -> Found:
        """It counts as read with none of the versions known today: another one may make sense of it."""
        opened, received = self._opened, _day(created)
        key = submission_key(opened.keys, opened.form_id, listed.root)
        sighting = Sighting(received, month(received), "", ("received",), None)
        item = Item(key, Outcome.REJECTED, sighting, None, (Reject("submission", reason),))
        return Found(item, Read(key, self.version_key(instance, created), listed.review, opened.unknown_version))


def is_whole(layout: Layout, fields: Mapping[str, str]) -> bool:
    """Whether today's published form still shows every answer of `layout`: OData drops what it has no field for."""
    spelt = {tuple(odata_name(name) for name in path.split("/")) for path in fields}
    repeats = {path for path, kind in fields.items() if kind == "repeat"}
    inside = _inside(layout)
    return (
        len(spelt) == len(fields)
        and all(_is_answer(path, fields) and not _parents(path) & repeats for path in layout.singles if path)
        and all(of in repeats and not _parents(of) & repeats for of, _ in layout.repeats)
        and all(_is_answer(path, fields) and len(_parents(path) & repeats) == 1 for path in inside)
    )


def _inside(layout: Layout) -> list[str]:
    return [path for _, paths in layout.repeats for path in paths]


def _answers(layout: Layout) -> list[str]:
    return [*layout.singles, *_inside(layout)]


def _is_answer(path: str, fields: Mapping[str, str]) -> bool:
    return fields.get(path, "structure") not in _BRANCHES


def _parents(path: str) -> set[str]:
    names = path.split("/")
    return {"/".join(names[:depth]) for depth in range(1, len(names))}


def _day(moment: str) -> date:
    return date.fromisoformat(moment[:10])

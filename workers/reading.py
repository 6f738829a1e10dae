"""Reads submissions: for each form version its decoder, strip and apply, compiled once a pull."""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

from sqlalchemy.orm import Session

from backend.settings import Settings
from backend.store import areas
from backend.store.answers import register_answers
from backend.store.forms import FormHead, ReadableVersion, readable_versions
from backend.store.save import Item
from mappings.apply import Apply, needed_answers
from mappings.areas import AreaRegistry
from mappings.decode import Decoder
from mappings.model import RawSubmission
from mappings.places import Places
from mappings.privacy.pseudonym import Keys
from mappings.questions import Ids
from mappings.strip import Setting, Strip
from workers.pseudonym_keys import read_keys


class Reader:
    """One form version: what a server sent becomes an item that the store can save."""

    def __init__(self, version: ReadableVersion, places: Places, keys: Keys, ids: Ids) -> None:
        self.mapping_version = version.mapping.version
        self.decoder = Decoder(version.mapping)
        self._strip = Strip(version.mapping, Setting(keys, places, version.deployed_on))
        self._apply = Apply(version.mapping, places, ids)

    def read(self, raw: RawSubmission, received_on: date) -> Item:
        stripped = self._strip(raw, received_on)
        if stripped.clean is None:
            return Item.of(stripped, None, ())
        applied = self._apply(stripped.clean)
        return Item.of(stripped, applied.row, applied.rejects)


@dataclass(frozen=True, slots=True)
class Reading:
    """All readable versions of one form, and the keys of its round."""

    form_id: str
    keys: Keys
    readers: Mapping[str, Reader]

    @property
    def unknown_version(self) -> str:
        """What a submission of no known version counts as read with: it is read again when the versions change."""
        known = ",".join(sorted(self.mapping_versions))
        return f"none-{hashlib.sha256(known.encode()).hexdigest()[:16]}"

    @property
    def mapping_versions(self) -> frozenset[str]:
        return frozenset(reader.mapping_version for reader in self.readers.values())


def open_reading(session: Session, settings: Settings, head: FormHead) -> Reading:
    """Compiles every version. Adds missing entries of the answer dictionary, so the session must be one that writes."""
    keys = read_keys(settings, survey_id=head.survey_id, country=head.country)
    versions = readable_versions(session, head.form_id)
    current = areas.current_id(session)
    numbers = {current, *(version.area_set_id for version in versions)}
    registries = {number: areas.load(session, number) for number in numbers if number is not None}
    readers = {}
    for version in versions:
        own = registries[version.area_set_id]
        places = places_of(own, registries.get(current, own) if current else own)
        site_types = (site_type for site_type, _ in places.sites.values())
        ids = register_answers(session, needed_answers(version.mapping, site_types))
        readers[version.version] = Reader(version, places, keys, ids)
    return Reading(head.form_id, keys, readers)


def places_of(own: AreaRegistry, current: AreaRegistry) -> Places:
    """The areas in use today, plus those the form was built with: an old phone must not lose its places."""
    areas_by_code = {**own.areas, **current.areas}
    aliases = {**own.aliases, **current.aliases}
    levels: dict[int, dict[str, str]] = {1: {}, 2: {}, 3: {}}
    for pcode, found in areas_by_code.items():
        if found.level in levels and pcode not in aliases:
            levels[found.level][pcode] = aliases.get(found.parent or "", found.parent or "")
    sites = {
        code: (one.site_type, aliases.get(one.pcode, one.pcode)) for code, one in {**own.sites, **current.sites}.items()
    }
    return Places(frozenset(levels[1]), levels[2], levels[3], sites, aliases)

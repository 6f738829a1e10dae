"""Versions of a form that were published by hand on its server, and what a server calls a version of ours."""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date

from sqlalchemy import insert, select
from sqlalchemy.orm import Session

from backend.store.answers import register_form_version
from backend.store.audit import Audit, record
from backend.store.bulk import upsert
from backend.store.tables import form_media, form_version, version_alias
from mappings.language import FormMapping, dump


@dataclass(frozen=True, slots=True, kw_only=True)
class Adopted:
    """A version as its server has it, and the mapping that reads it. `of`: the version of ours it was made from."""

    of: str
    mapping: FormMapping
    xform: bytes = field(repr=False)
    xlsx: bytes = field(repr=False)
    media: Mapping[str, bytes] = field(repr=False)
    published_on: date


def adopt_version(session: Session, form_id: str, new: Adopted, audit: Audit) -> None:
    """Beside the version it was made from, whose brief and areas it shares. Phones get what they got before."""
    mine = (form_version.c.form_id == form_id, form_version.c.version == new.of)
    row = dict(session.execute(select(form_version).where(*mine)).mappings().one())
    version = new.mapping.form_version
    own = {
        "version": version,
        "mapping": dump(new.mapping),
        "mapping_version": new.mapping.version,
        "xform": new.xform,
        "xlsx": new.xlsx,
        "form_sha256": hashlib.sha256(new.xform).hexdigest(),
        "deployed_on": new.published_on,
        "adopted_from": new.of,
    }
    session.execute(insert(form_version).values(**{**row, **own}))
    files = [
        {
            "form_id": form_id,
            "version": version,
            "filename": name,
            "content": content,
            "md5": hashlib.md5(content, usedforsecurity=False).hexdigest(),
        }
        for name, content in sorted(new.media.items())
    ]
    if files:
        session.execute(insert(form_media), files)
    register_form_version(session, new.mapping)
    record(session, audit)


def known_versions(session: Session, form_id: str) -> frozenset[str]:
    """All that answers can be read of, the adopted ones too."""
    mine = (form_version.c.form_id == form_id, form_version.c.deployed_on.is_not(None))
    return frozenset(session.scalars(select(form_version.c.version).where(*mine)))


def adopted_versions(session: Session, form_id: str) -> frozenset[str]:
    mine = (form_version.c.form_id == form_id, form_version.c.adopted_from.is_not(None))
    return frozenset(session.scalars(select(form_version.c.version).where(*mine)))


def aliases(session: Session, form_id: str) -> dict[str, str]:
    """The server's name of a version to ours, as far as they were compared and read alike."""
    query = select(version_alias.c.alias, version_alias.c.version).where(version_alias.c.form_id == form_id)
    return dict(session.execute(query).all())


def keep_alias(session: Session, form_id: str, alias: str, version: str) -> None:
    upsert(session, version_alias, {"form_id": form_id, "alias": alias, "version": version}, ("form_id", "alias"))

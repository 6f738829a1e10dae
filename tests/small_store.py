"""A store in which phones have the small form."""

from datetime import date

from small_form import DEPLOYED, MAPPING, PLACES
from sqlalchemy import Engine

from backend.store.areas import current_id, save_set
from backend.store.audit import Audit
from backend.store.engine import transaction
from backend.store.forms import NewVersion, register_version
from mappings.areas import Area, Site, build_registry
from mappings.language import FormMapping


def put_areas(engine: Engine) -> None:
    """The places of the small form as an imported area list."""
    levels = {1: dict.fromkeys(sorted(PLACES.adm1)), 2: dict(PLACES.adm2), 3: dict(PLACES.adm3)}
    areas = [
        Area(pcode, level, parent, {"en": pcode}) for level, found in levels.items() for pcode, parent in found.items()
    ]
    sites = [Site(code, pcode, {"en": code}, site_type) for code, (site_type, pcode) in PLACES.sites.items()]
    registry = build_registry(areas, label="small", sites=sites, aliases=PLACES.aliases)
    with transaction(engine) as session:
        save_set(session, registry, {}, source="test", imported_on=DEPLOYED, audit=Audit("test", "areas", "small"))


def put_form(engine: Engine, mapping: FormMapping = MAPPING) -> None:
    with transaction(engine) as session:
        new = new_version(current_id(session) or 0, mapping)
        register_version(session, new, [], Audit("test", "form", mapping.form_id))


def new_version(area_set_id: int, mapping: FormMapping = MAPPING) -> NewVersion:
    survey = {
        "survey_id": mapping.survey_id,
        "round": 1,
        "country_iso3": "XAA",
        "period_start": date(2026, 1, 1),
        "period_end": date(2026, 12, 31),
        "org_code": "ORG-A",
        "catalogue_version": "1.0.0",
        "form_id": mapping.form_id,
        "form_version": mapping.form_version,
        "form_sha256": "0" * 64,
        "purpose_code": ["programme"],
        "purpose_text": "test",
        "decision_owner_role": "coordinator",
        "existing_data_checked": True,
        "risk_assessed": True,
        "residual_risk": "low",
        "approver_role": "focal point",
        "isp_ref": "ISP 1",
        "sharing_level": "internal",
        "raw_retention_days": 14,
        "sampling": "purposive",
        "representativeness": "none",
        "limitations": ["access"],
        "language": ["en"],
    }
    return NewVersion(
        survey=survey,
        form_id=mapping.form_id,
        version=mapping.form_version,
        title="Small form",
        practice=False,
        server="letterbox",
        server_form_id=mapping.form_id,
        mapping=mapping,
        brief="form_id: small",
        xform=b"<h:html/>",
        xlsx=b"PK",
        media={"adm2.csv": b"name,label,parent\n"},
        sha256="0" * 64,
        area_set_id=area_set_id,
        minutes=20,
        deployed_on=DEPLOYED,
    )

"""Identifiers in everything that KoBoToolbox and ODK Central say beside the answers: none is kept or told.

Names of accounts and phones, notes and tags, words of a review, file names, versions, ids.
"""

from itertools import cycle
from pathlib import Path
from typing import Any

import pytest
from central_lab import V1, central_lab, document, fields
from central_lab import Lab as CentralLab
from kobo_lab import Lab as KoboLab
from kobo_lab import kobo_lab
from sqlalchemy import Engine, text

from backend.store.engine import reading
from workers.demo.canary_search import Search
from workers.phone.canary import Canaries

CANARIES = Canaries(11)
SEARCH = Search(CANARIES.values())
TEXTS = cycle([CANARIES.text(place) for place in CANARIES])
NAME, ARABIC = CANARIES.text("xml.respondent_name"), CANARIES.text("xml.respondent_name_arabic")

# Every log record stands in a file that is searched with the others.
pytestmark = pytest.mark.usefixtures("heard")


def kobo_extras() -> dict[str, Any]:
    """What the server, its people and Collect add to a row, all of it naming somebody."""
    words = ("_submitted_by", "_status", "_xform_id_string", "formhub/uuid", "username", "deviceid", "phonenumber")
    return {name: next(TEXTS) for name in (*words, "start", "end", "meta/instanceName", "meta/audit", "_bamboo")} | {
        "_tags": [next(TEXTS), next(TEXTS)],
        "_notes": [{"note": next(TEXTS), "owner": next(TEXTS)}],
        "_attachments": [{"filename": next(TEXTS), "download_url": f"https://kobo.example/{next(TEXTS)}"}],
        "_geolocation": [CANARIES.text("xml.location"), CANARIES.text("answer.number")],
        "_validation_status": {"uid": next(TEXTS), "label": next(TEXTS), "by_whom": next(TEXTS), "color": next(TEXTS)},
        next(TEXTS): next(TEXTS),
        f"who/{next(TEXTS)}": [{next(TEXTS): next(TEXTS)}],
    }


def finds(folder: Path, *told: str) -> list[str]:
    found = [*SEARCH.in_folder(folder), *SEARCH.in_bytes("\n".join(told).encode(), "what was told")]
    return [f"{one.place} as {one.writing} in {one.where}" for one in found]


def rows_of(engine: Engine, table: str) -> int:
    with reading(engine) as session:
        return int(session.scalar(text(f"SELECT count(*) FROM {table}")) or 0)  # noqa: S608 (our own name)


def test_what_kobo_adds_to_its_rows_is_nowhere(sqlite_engine: Engine, tmp_path: Path) -> None:
    with kobo_lab(sqlite_engine, tmp_path / "home") as lab:
        first = lab.send("a")
        lab.form.rows[first].update(kobo_extras())
        lab.form.rows[lab.send("b")].update({"__version__": NAME, "fv_version": ARABIC, "_submission_time": NAME})
        lab.form.rows[lab.send("c")].update({"_uuid": ARABIC, "meta/instanceID": NAME, "meta/rootUuid": f"uuid:{NAME}"})
        lab.form.rows[lab.send("d")].update({"who/adm1": [NAME], "rec/people": {"name": ARABIC}, "today": NAME})

        told = _pulled(lab)
        lab.edit(first, people=NAME)
        lab.form.rows[first].update(kobo_extras())
        again = _pulled(lab)

        assert rows_of(sqlite_engine, "ledger") == 4
        assert finds(tmp_path, told, again) == []


def test_what_central_adds_to_its_rows_is_nowhere(sqlite_engine: Engine, tmp_path: Path) -> None:
    with central_lab(sqlite_engine, tmp_path / "home") as lab:
        store = lab.fake.store
        one = lab.send(1)
        one.review, one.device = NAME, ARABIC
        store.publish(lab.form, "v7", fields(V1))
        store.post(lab.form, document(f"uuid:{NAME}", version="v7"))
        store.post(lab.form, document("uuid:3", **{"who/adm1": NAME, "rec/people": ARABIC, "clo/code": NAME}))

        told = _pulled(lab)
        one.review = ARABIC
        lab.edit("uuid:1", people=NAME)
        again = _pulled(lab)

        assert rows_of(sqlite_engine, "ledger") == 3
        assert finds(tmp_path, told, again) == []


def _pulled(lab: KoboLab | CentralLab) -> str:
    """What the pull says of itself, also where it fails."""
    try:
        return repr(lab.pull())
    except Exception as error:  # noqa: BLE001 (whatever it is: it must not repeat what it read)
        return "".join([repr(error), str(error), repr(error.__cause__), repr(error.__context__)])

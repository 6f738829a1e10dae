"""Identifiers stay where they are: no request asks a server for more than some mapping reads."""

import json
from pathlib import Path

from central_lab import SERVER, Lab, central_lab, fields
from fakes.wire import Asked
from kobo_lab import kobo_lab
from msgspec.structs import replace
from small_form import MAPPING
from sqlalchemy import Engine

from backend.store.verdicts import Standing
from workers.servers.central.client import open_client
from workers.servers.central.form import CentralForm

# Without a repeat: Central cannot choose inside one. And without a question that other forms ask.
FLAT = replace(
    MAPPING,
    form_version="v2",
    interview=replace(MAPPING.interview, distress=""),
    rules=tuple(rule for rule in MAPPING.rules if not rule.repeat),
)
CENTRAL_META = {"meta": "structure", "meta/instanceID": "string", "meta/instanceName": "string"}
CENTRAL_OWN = {"__id", "__system/submissionDate", "__system/formVersion", "__system/edits", "__system/status"}
KOBO_OWN = {"_id", "_uuid", "meta/rootUuid", "meta/instanceID", "__version__", "fv_version", "_submission_time"}


def publish_flat(lab: Lab) -> None:
    lab.fake.store.publish(lab.form, "v2", fields(FLAT) | CENTRAL_META | {"secret/name": "string"})
    lab.register(FLAT)


def pages_of_answers(asked: list[Asked]) -> list[Asked]:
    return [one for one in asked if one.path.endswith(".svc/Submissions") and one.query.get("$top") != "0"]


def test_central_is_asked_for_the_questions_of_the_mapping_and_for_nobody_s_name(
    sqlite_engine: Engine, tmp_path: Path
) -> None:
    with central_lab(sqlite_engine, tmp_path / "home") as lab:
        publish_flat(lab)
        for number in range(30):
            lab.send(number, version="v2", **{"rep": None, "rec/people": str(number)})

        lab.pull()

        asked, stored, expected = pages_of_answers(lab.fake.asked), lab.stored(), lab.expected()
        chosen = {name for one in asked for name in one.query["$select"].split(",")}
        layout = lab.reading().readers["v2"].decoder.layout
        verdict = lab.verdict().standing
    assert asked
    assert all("$expand" not in one.query for one in asked)
    assert chosen == {*filter(None, layout.singles), *CENTRAL_OWN, "meta/instanceID"}
    assert (len(stored), stored, verdict) == (30, expected, Standing.EQUAL)
    assert not any("attachments" in one.path or "audit" in one.path for one in asked)


def test_a_central_that_cannot_choose_is_read_whole(sqlite_engine: Engine, tmp_path: Path) -> None:
    with central_lab(sqlite_engine, tmp_path / "home") as lab:
        publish_flat(lab)
        lab.fake.selects = False
        for number in range(3):
            lab.send(number, version="v2", rep=None)

        lab.pull()

        tried = [("$select" in one.query, one.status) for one in pages_of_answers(lab.fake.asked)]
        assert tried == [(True, 501), (False, 200)]
        assert (lab.stored(), lab.verdict().standing) == (lab.expected(), Standing.EQUAL)


def test_a_question_that_a_new_version_drops_in_mid_pull_is_asked_for_no_more(
    sqlite_engine: Engine, tmp_path: Path
) -> None:
    with central_lab(sqlite_engine, tmp_path / "home") as lab:
        publish_flat(lab)
        for number in range(3):
            lab.send(number, version="v2", rep=None)
        left = {path: kind for path, kind in lab.form.published.fields.items() if path != "rec/people"}

        def publish_meanwhile(one: Asked) -> None:
            if "$select" in one.query and len(lab.form.versions) == 2:
                lab.fake.store.publish(lab.form, "v3", left)

        lab.fake.before = publish_meanwhile
        lab.pull()

        tried = [("$select" in one.query, one.status) for one in pages_of_answers(lab.fake.asked)]
        assert tried == [(True, 400), (False, 200)]
        assert (lab.stored(), lab.verdict().standing) == (lab.expected(), Standing.EQUAL)


def test_a_form_with_more_questions_than_an_address_holds_is_read_whole(sqlite_engine: Engine, tmp_path: Path) -> None:
    with central_lab(sqlite_engine, tmp_path / "home") as lab:
        lab.send(1)
        form = CentralForm(open_client(lab.context, lab.server(SERVER), lab.limits), "1/small")
        form.ask_only(f"some_group/a_question_with_a_long_name_{number}" for number in range(100))

        rows = form.window(0, 1)

        (asked,) = pages_of_answers(lab.fake.asked)
        assert (len(rows), "$select" in asked.query, asked.query["$expand"]) == (1, False, "*")


def test_a_form_with_repeats_is_read_whole_since_central_cannot_choose_inside_them(
    sqlite_engine: Engine, tmp_path: Path
) -> None:
    with central_lab(sqlite_engine, tmp_path / "home") as lab:
        lab.form.published.fields.update(CENTRAL_META)
        lab.send(1)

        lab.pull()

        assert all(one.query["$expand"] == "*" for one in pages_of_answers(lab.fake.asked))
        assert lab.stored() == lab.expected()


def test_kobo_is_asked_for_the_questions_of_the_mapping_and_for_nobody_s_name(
    sqlite_engine: Engine, tmp_path: Path
) -> None:
    with kobo_lab(sqlite_engine, tmp_path / "home") as lab:
        for number in range(5):
            lab.send(f"r{number}")

        lab.pull()

        data = [one for one in lab.fake.asked if one.path.endswith("/data/")]
        layout = lab.reading().readers["v1"].decoder.layout
        stored, expected = lab.stored(), lab.expected()
    wanted = {*filter(None, layout.singles), *(path for path, _ in layout.repeats), *KOBO_OWN, "_validation_status"}
    chosen = {name for one in data for name in json.loads(one.query["fields"])}
    answers = [json.loads(one.query["fields"]) for one in data if "rec/how_often" in one.query["fields"]]
    assert chosen == wanted
    assert all({"__version__", "_validation_status", "meta/rootUuid"} <= set(fields) for fields in answers)
    assert stored == expected

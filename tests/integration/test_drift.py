"""Drift: what the server's form has and ours has not, in clear; what is in no form at all, as a number only."""

from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest
import web_site
from central_lab import central_lab
from kobo_lab import KOBO_NAMES, kobo_lab
from small_form import FULL
from small_letters import context as letter_context
from small_letters import post, send, xml
from sqlalchemy import Engine, insert, select, update

from backend.access import Role
from backend.store import drifts
from backend.store.drifts import Drifted, Look
from backend.store.engine import reading, transaction
from backend.store.tables import audit, drift, drift_look, form_version
from mappings.areas import demo as areas_demo
from mappings.drift import form_names, letter_names, row_names, unknown_names
from mappings.xform import UnreadableError
from workers.context import Context
from workers.drift import look

TODAY = date(2026, 4, 11)
NAMES = [name for name in FULL if not name.startswith(("meta/", "_")) and name != "rep"]
NAMES += ["rep/kind", "rep/count", "fv_version", "meta/instanceID"]


def built(names: list[str]) -> bytes:
    """An XForm as pyxform lays it out, with a list of choices behind the form itself."""
    groups: dict[str, list[str]] = {}
    for name in names:
        group, _, leaf = name.rpartition("/")
        groups.setdefault(group, []).append(f"<{leaf}/>")
    inner = "".join(f"<{one}>{''.join(leaves)}</{one}>" if one else "".join(leaves) for one, leaves in groups.items())
    lists = "<instance id='x'><root><item><name>a</name></item></root></instance>"
    head = f"<model><instance><data id='small'>{inner}</data></instance>{lists}</model>"
    return f"<h:html><h:head>{head}</h:head></h:html>".encode()


def give_xform(engine: Engine, names: list[str]) -> None:
    with transaction(engine) as session:
        session.execute(update(form_version).values(xform=built(names)))


def kept(context: Context) -> Look:
    with reading(context.engine) as session:
        [found] = drifts.looks(session, ["small"])
    return found


# ---- names -----------------------------------------------------------------------------------------------------------


def test_names_of_a_form_are_those_of_its_own_instance() -> None:
    assert form_names(built(["a", "g/b", "meta/instanceID"])) == {"a", "g", "g/b"}


def test_names_of_a_row_are_those_inside_repeats_too() -> None:
    row = b'{"_id": 1, "meta/rootUuid": "x", "formhub/uuid": "y", "g/a": "1", "rep": [{"rep/k": "2"}]}'

    assert row_names(row) == {"g/a", "rep", "rep/k"}


def test_a_document_with_a_dtd_is_not_read() -> None:
    with pytest.raises(UnreadableError):
        letter_names(b"<!DOCTYPE data><data/>")


@pytest.mark.parametrize(
    ("names", "is_unknown"), [({"g/a"}, False), ({"g"}, False), ({"g/a_other"}, False), ({"g/x"}, True), ({"x"}, True)]
)
def test_a_key_is_unknown_when_no_schema_has_it(names: set[str], is_unknown: bool) -> None:
    assert unknown_names(names, {"g/a"}) is is_unknown


# ---- servers ---------------------------------------------------------------------------------------------------------


def survey(names: list[str]) -> list[dict[str, str]]:
    """Lines as KoBo keeps them: groups begin with their path, and end with their name only."""
    lines = [{"type": "text", "name": name.rpartition("/")[2], "$xpath": name} for name in names if "meta/" not in name]
    groups = sorted({line["$xpath"].rpartition("/")[0] for line in lines} - {""})
    begins = [{"type": "begin_group", "name": path.rpartition("/")[2], "$xpath": path} for path in groups]
    ends = [{"type": f"end_{kind}", "name": f"inner_{kind}"} for kind in ("group", "repeat")]
    return [
        *begins,
        *lines,
        *ends,
        {"type": "calculate", "name": "fv_version", "$xpath": "fv_version", "calculation": "'v1'"},
    ]


def test_a_form_changed_on_kobo_shows_its_names_and_foreign_keys_only_as_a_number(
    engine: Engine, tmp_path: Path
) -> None:
    with kobo_lab(engine, tmp_path / "home") as lab:
        give_xform(engine, NAMES)
        there = [name for name in NAMES if name != "rec/people"] + ["rec/new_question"]
        lab.form.versions[KOBO_NAMES["v1"]]["survey"] = survey(there)
        lab.send("r1")
        lab.send("r2", typed_by_hand_0612="x")

        found = look(lab.context, "small", TODAY)

    version = KOBO_NAMES["v1"]
    assert found.names == (
        Drifted(version, "rec/new_question", "added"),
        Drifted(version, "rec/people", "missing"),
    )
    assert (found.scanned, found.unknown) == (2, 1)
    assert kept(lab.context) == found
    with reading(engine) as session:
        everything = str([session.execute(select(table)).all() for table in (drift, drift_look, audit)])
    assert "typed_by_hand" not in everything


def test_a_form_as_it_was_built_has_no_drift(engine: Engine, tmp_path: Path) -> None:
    with kobo_lab(engine, tmp_path / "home") as lab:
        give_xform(engine, NAMES)
        lab.form.versions[KOBO_NAMES["v1"]]["survey"] = survey(NAMES)
        lab.send("r1")

        found = look(lab.context, "small", TODAY)

    assert (found.is_clean, found.scanned) == (True, 1)


def test_a_form_changed_on_central_shows_its_names(sqlite_engine: Engine, tmp_path: Path) -> None:
    with central_lab(sqlite_engine, tmp_path / "home") as lab:
        give_xform(sqlite_engine, [*lab.form.published.fields, "rec/gone"])
        lab.form.published.fields["rec/new_question"] = "string"
        lab.send(1)

        found = look(lab.context, "small", TODAY)

    assert [(one.name, one.what) for one in found.names] == [("rec/gone", "missing"), ("rec/new_question", "added")]
    assert (found.scanned, found.unknown) == (1, 0)


def test_a_version_published_by_somebody_else_is_compared_with_the_one_that_phones_were_given_last(
    sqlite_engine: Engine, tmp_path: Path
) -> None:
    with central_lab(sqlite_engine, tmp_path / "home") as lab:
        give_xform(sqlite_engine, [*lab.form.published.fields])
        with transaction(sqlite_engine) as session:
            values = session.execute(select(form_version)).mappings().one()
            # Its name sorts last, as the name of an older version may: it is made of a hash.
            session.execute(insert(form_version).values({**values, "version": "z9", "xform": built(["rec/older"])}))
        lab.form.versions.append(replace(lab.form.published, name="by-hand"))

        found = look(lab.context, "small", TODAY)

    assert found.names == ()


def test_a_letter_that_fits_no_form_is_counted_and_a_repaired_form_is_clean_again(
    sqlite_engine: Engine, tmp_path: Path
) -> None:
    context = letter_context(sqlite_engine, tmp_path / "home")
    give_xform(sqlite_engine, NAMES)
    send(context, "uuid:1")
    post(context, [("uuid:2", "", xml("uuid:2", **{"rec/stranger": "x"}))])

    first = look(context, "small", TODAY)
    give_xform(sqlite_engine, [*NAMES, "rec/stranger"])
    second = look(context, "small", TODAY)

    assert (first.scanned, first.unknown, second.unknown) == (2, 1, 0)
    assert kept(context).is_clean


def test_the_page_of_forms_shows_the_names_and_the_number(sqlite_engine: Engine, tmp_path: Path) -> None:
    web_site.fill(sqlite_engine)
    names = (Drifted("v9", "rec/gone", "missing"), Drifted("v9", "rec/new_question", "added"))
    area = frozenset({areas_demo.load().level(1)[0].pcode})
    with transaction(sqlite_engine) as session:
        drifts.keep_look(session, Look(web_site.FORM, TODAY, 40, 3, names))
    with web_site.site(sqlite_engine, tmp_path) as app:
        page = web_site.visitor(app, sqlite_engine, Role.ADMIN).get("/forms").get_data(as_text=True)
        limited = web_site.visitor(app, sqlite_engine, Role.COORDINATOR, name="bilal", areas=area).get("/forms")

    assert "the form also asks: rec/new_question." in page
    assert "the form does not ask: rec/gone." in page
    assert "Unknown (3): so many of 40 submissions" in page
    # A figure of the whole form tells about areas outside the reader's own.
    assert "the form also asks: rec/new_question." in limited.get_data(as_text=True)
    assert "Unknown (3)" not in limited.get_data(as_text=True)

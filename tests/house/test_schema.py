"""The database holds the standard schema: what it lacks cannot be shared, and nothing else may be read from it."""

import pytest
from sqlalchemy import Engine, inspect

from backend.store.tables import metadata
from mappings.schema import fields

# Rows in packed form, and the form they belong to: the long view unpacks them.
_PACKED = {"form_id", "c", "nk", "nv", "e"}


def test_the_long_view_has_the_columns_of_the_standard_and_no_other(engine: Engine) -> None:
    columns = [column["name"] for column in inspect(engine).get_columns("observation")]

    # Given at export, fresh each time, so that two exports cannot be joined by it.
    assert columns == [field.name for field in fields("observation") if field.name != "obs_id"]


@pytest.mark.parametrize("table", ["survey", "ledger", "counter", "daily"])
def test_a_table_of_the_standard_has_its_columns_and_no_other(table: str) -> None:
    assert set(metadata.tables[table].columns.keys()) == {field.name for field in fields(table)}


def test_a_submission_has_nothing_beyond_the_standard_but_its_packed_answers() -> None:
    assert set(metadata.tables["submission"].columns.keys()) == _PACKED | {field.name for field in fields("submission")}

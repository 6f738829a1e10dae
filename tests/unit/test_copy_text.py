"""Rows in PostgreSQL's text format: whatever a cell holds, PostgreSQL reads the same cell back."""

from hypothesis import given
from hypothesis import strategies as st

from backend.store.bulk import Cell, copy_text

ESCAPED = {"\\": "\\", "t": "\t", "n": "\n", "r": "\r"}
NASTY = st.text(alphabet=st.sampled_from(["a", "\t", "\n", "\r", "\\", "N", "ä", "{", "]", ",", "["]), max_size=8)
ROWS = st.lists(
    st.tuples(
        NASTY,
        st.none() | NASTY,
        st.none() | st.integers(-5, 5),
        st.lists(st.integers(0, 99999), max_size=4),
        st.lists(st.floats(allow_nan=False, allow_infinity=False), max_size=3),
    ),
    min_size=1,
    max_size=6,
)


def read_back(text: str) -> list[tuple[str | None, ...]]:
    """The rules of the PostgreSQL manual, COPY, text format."""
    assert text.endswith("\n")
    return [tuple(map(read_cell, line.split("\t"))) for line in text[:-1].split("\n")]


def read_cell(cell: str) -> str | None:
    if cell == "\\N":
        return None
    pieces = iter(cell)
    return "".join(ESCAPED[next(pieces)] if piece == "\\" else piece for piece in pieces)


def written(cell: Cell) -> str | None:
    if isinstance(cell, list):
        return "{" + ",".join(map(repr, cell)) + "}"
    return None if cell is None else str(cell)


def numbers(cell: str | None) -> object:
    """Two spellings of one number are one number."""
    return [float(item) for item in cell[1:-1].split(",") if item] if cell else None


@given(ROWS)
def test_every_cell_is_read_back_as_it_was(rows: list[tuple[Cell, ...]]) -> None:
    found = read_back(copy_text(rows))

    assert [row[:4] for row in found] == [tuple(map(written, row[:4])) for row in rows]
    assert [numbers(row[4]) for row in found] == [row[4] for row in rows]


def test_a_page_of_codes_is_written_as_it_is() -> None:
    rows = [("bench", None, 3, [1, 2], [0.5]), ("bench", "x", None, [], [])]

    assert copy_text(rows) == "bench\t\\N\t3\t{1,2}\t{0.5}\nbench\tx\t\\N\t{}\t{}\n"

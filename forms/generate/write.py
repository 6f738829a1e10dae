"""Writes submissions as they come, and the list of the errors that were planted in them."""

import csv
import gzip
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from io import TextIOWrapper
from pathlib import Path

import msgspec

from forms.generate.generator import Submission
from forms.writing import no_link, write_file

_IN_A_FOLDER = 1000
_TRUTH = ("number", "instance_id", "error", "questions", "copy_of")

Put = Callable[[Submission], None]


@contextmanager
def writer(out: Path) -> Iterator[Put]:
    """Into one file of JSON lines (.ndjson or .ndjson.gz), or into a folder with a file for each submission."""
    with ExitStack() as stack:
        if out.name.endswith(".ndjson.gz"):
            file = stack.enter_context(open(out, "wb", opener=no_link))
            # Neither the name nor the time goes into the file: the same seed gives the same bytes.
            packed = stack.enter_context(gzip.GzipFile(filename="", fileobj=file, mode="wb", compresslevel=3, mtime=0))
            yield lambda one: _no_answer(packed.write(_line(one)))
        elif out.suffix == ".ndjson":
            lines = stack.enter_context(open(out, "wb", opener=no_link))
            yield lambda one: _no_answer(lines.write(_line(one)))
        else:
            yield lambda one: _into_folder(out, one)


@contextmanager
def truth_writer(file: Path) -> Iterator[Put]:
    """A row for each submission with a planted error: which file, which id, what. Nothing about anybody's answers."""
    with open(file, "wb", opener=no_link) as raw, TextIOWrapper(raw, encoding="utf-8", newline="") as text:
        rows = csv.writer(text, lineterminator="\n")
        rows.writerow(_TRUTH)

        def put(one: Submission) -> None:
            if one.plant is not None:
                rows.writerow((one.number, one.instance_id, one.plant, " ".join(one.questions), one.copied))

        yield put


def _into_folder(folder: Path, one: Submission) -> None:
    """A thousand in a folder: more of them slow every file manager."""
    file = folder / f"{one.number // _IN_A_FOLDER:03d}" / f"{one.number:06d}.xml"
    if one.number % _IN_A_FOLDER == 0:
        file.parent.mkdir(parents=True)
    write_file(file, one.xml)


def _line(one: Submission) -> bytes:
    return msgspec.json.encode({"instance_id": one.instance_id, "xml": one.xml.decode()}) + b"\n"


def _no_answer(_written: int) -> None:
    return None

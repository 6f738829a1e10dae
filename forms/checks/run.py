"""Runs the layers over one form and puts their findings together."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

from forms.catalogue import Catalogue
from forms.checks import media
from forms.checks.choices import check_choices
from forms.checks.codes import Code, Layer, Severity
from forms.checks.columns import check_columns
from forms.checks.convert import Converted, convert
from forms.checks.fills import Gate, run_engine
from forms.checks.logic import check_logic
from forms.checks.origin import Origin, origin
from forms.checks.report import Finding, Place, Report, report
from forms.checks.safety import check_safety
from forms.checks.servers import check_servers
from forms.checks.structure import check_structure
from forms.checks.survey import Survey, understand
from forms.checks.texts import check_texts
from forms.checks.workbook import Workbook, read_workbook

_STOPS = {
    Code.PYXFORM: frozenset({Code.UNKNOWN_TYPE, Code.UNKNOWN_LIST, Code.DUPLICATE_COLUMN, Code.UNKNOWN_NAME}),
    Code.VALIDATE: frozenset({Code.UNDECLARED_PREFIX, Code.CONTROL_CHARACTER, Code.UNKNOWN_FILTER_COLUMN}),
}
"""What pyxform and Validate also say, without the row."""


def read_form(file: Path) -> Workbook:
    """The workbook and the files beside it that it asks for. Raises SheetError."""
    bare = read_workbook(file.read_bytes(), file.name, {})
    found = files_beside(file, media.names(understand(bare, {})))
    return Workbook(bare.file, bare.sheets, found, bare.faults, bare.sheet_names)


def files_beside(file: Path, names: Iterable[str]) -> dict[str, bytes]:
    """In the folder of the form, in `media` below it, and in `<form>-media`, where form servers put them."""
    folders = (file.parent, file.parent / "media", file.parent / f"{file.stem}-media")
    found = {}
    for name in names:
        path = next(
            (folder / name for folder in folders if Path(name).name == name and (folder / name).is_file()), None
        )
        if path is not None:
            found[name] = path.read_bytes()
    return found


@dataclass(frozen=True, slots=True)
class Checked:
    """`xform` is empty when pyxform refuses the form."""

    report: Report
    xform: bytes = field(repr=False)


def check_form(workbook: Workbook, *, gate: Gate | None = None, catalogue: Catalogue | None = None) -> Report:
    """Without a gate the engine is left out."""
    return convert_and_check(workbook, gate=gate, catalogue=catalogue).report


def convert_and_check(workbook: Workbook, *, gate: Gate | None = None, catalogue: Catalogue | None = None) -> Checked:
    """The same, for who needs the XForm too."""
    plain = understand(workbook, {})
    source = origin(plain.by_name, catalogue)
    survey = understand(workbook, source.entries) if source.is_ours else plain
    own = list(_lint(survey, source))
    result = convert(workbook)
    found = [*own, *_not_told(result.findings, own)]
    fills = 0
    if gate is not None:
        met, fills = _filled(survey, result, own, gate)
        found += _not_told(met, own)
    return Checked(report(workbook.file, found, fills), result.xform)


def _lint(survey: Survey, source: Origin) -> Iterator[Finding]:
    yield from check_columns(survey)
    yield from check_structure(survey)
    yield from check_logic(survey)
    yield from check_choices(survey)
    yield from check_texts(survey)
    yield from media.check_files(survey)
    yield from check_servers(survey)
    yield from check_safety(survey, source)


def _filled(survey: Survey, result: Converted, own: list[Finding], gate: Gate) -> tuple[list[Finding], int]:
    if not result.xform:
        return [_left_out("pyxform does not convert the form")], 0
    missing = [finding for finding in own if finding.code is Code.MISSING_FILE]
    if missing:
        return [_left_out("files are missing beside the form")], 0
    outcome = run_engine(survey, result.xform, gate)
    return outcome.findings, outcome.fills


def _left_out(reason: str) -> Finding:
    return Finding(Code.ENGINE_LEFT_OUT, Place(), reason)


def _not_told(found: Iterable[Finding], own: list[Finding]) -> Iterator[Finding]:
    """What other programs say about a row that our lint has found wrong is the same matter in other words."""
    wrong = [one for one in own if one.severity is Severity.ERROR and one.code.meaning.layer is not Layer.SAFETY]
    told = {(finding.place.sheet, finding.place.row) for finding in wrong}
    said = {finding.code for finding in own}
    for finding in found:
        place = finding.place
        nowhere = not place.row and bool(_STOPS.get(finding.code, frozenset()) & said)
        if not nowhere and (not place.row or (place.sheet, place.row) not in told):
            yield finding

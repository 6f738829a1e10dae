"""The catalogue as a workbook, out and back. What comes back is shown and never applied here.

The catalogue is files of the program, under review like code: a page hands out the changed files and says the command.
"""

import base64
from collections import Counter

from flask import Blueprint, Response, render_template
from flask.typing import ResponseReturnValue

from backend.access import Permission
from backend.app.downloads import XLSX, download, zipped
from backend.app.guard import open_to
from backend.app.uploads import file_name, sent_file, sheet_fault
from forms import catalogue as forms_catalogue
from forms.archive import SheetError
from forms.catalogue import Catalogue, CatalogueError, Finding
from forms.catalogue.changes import diff, raise_version
from forms.catalogue.workbook import changed_files, from_workbook, is_stale, to_workbook

blueprint = Blueprint("catalogue_workbook", __name__)


@blueprint.get("/catalogue.xlsx")
@open_to(Permission.SEE_FORMS)
def workbook() -> ResponseReturnValue:
    known = forms_catalogue.load_own()
    return download(to_workbook(known), XLSX, f"catalogue-{known.version}.xlsx")


@blueprint.post("/catalogue/workbook")
@open_to(Permission.MAKE_FORMS)
def upload() -> ResponseReturnValue:
    data, base = sent_file("file"), forms_catalogue.load_own()
    name = file_name(data, "catalogue")
    try:
        new = from_workbook(data, base, name)
        stale = is_stale(data, base, name)
    except SheetError as error:
        return _refused((), sheet_fault(error))
    except CatalogueError as error:
        return _refused(error.findings)
    changes = diff(base, new)
    raised = raise_version(base, new)
    return Response(
        render_template(
            "catalogue_changes.html",
            changes=changes,
            counts=Counter(change.kind.value for change in changes),
            stale=stale,
            old=base.version,
            new=raised.version,
            files=changed_files(base, raised) if changes else {},
            archive=_archive(base, raised) if changes else "",
            faults=[],
            back="/catalogue",
        )
    )


def _refused(faults: tuple[Finding, ...], fault: str = "") -> ResponseReturnValue:
    page = render_template(
        "catalogue_changes.html", changes=[], faults=faults, fault=fault, files={}, back="/catalogue"
    )
    return page, 422


def _archive(base: Catalogue, new: Catalogue) -> str:
    """As an address that holds the files themselves: nothing of an upload is kept on the server."""
    texts = {name: text.encode() for name, text in changed_files(base, new).items() if text is not None}
    return "data:application/zip;base64," + base64.b64encode(zipped(texts)).decode()

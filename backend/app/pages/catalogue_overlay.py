"""The overlay of a country as a workbook, out and back: what it changes, and how comparable it leaves each indicator.

Nothing of it is kept here: the page hands out the file that it showed, for the commands that build and deploy.
"""

import base64

from flask import Blueprint, render_template
from flask.typing import ResponseReturnValue

from backend.access import Permission
from backend.app.downloads import XLSX, download
from backend.app.guard import open_to
from backend.app.uploads import file_name, sent_file, sheet_fault
from forms import demo
from forms.archive import SheetError
from forms.catalogue import load
from forms.overlay import OverlayError, adapted, as_workbook, as_yaml, differences, load_overlay, raise_version

blueprint = Blueprint("catalogue_overlay", __name__)


@blueprint.get("/overlay")
@open_to(Permission.MAKE_FORMS)
def show() -> ResponseReturnValue:
    return render_template("overlay.html", new=None, faults=[])


@blueprint.get("/overlay/template.xlsx")
@open_to(Permission.MAKE_FORMS)
def template() -> ResponseReturnValue:
    """The overlay of the invented country, to put one's own words in its place."""
    return download(as_workbook(demo.overlay(), load()), XLSX, "overlay.xlsx")


@blueprint.post("/overlay")
@open_to(Permission.MAKE_FORMS)
def compare() -> ResponseReturnValue:
    """The overlay in use may be left out: then everything is new."""
    data, used, known = sent_file("file"), sent_file("used"), load()
    try:
        sent = load_overlay(data, file_name(data, "overlay"), known)
        old = load_overlay(used, file_name(used, "in-use"), known) if used else None
    except SheetError as error:
        return render_template("overlay.html", new=None, fault=sheet_fault(error), back="/overlay"), 422
    except OverlayError as error:
        return render_template("overlay.html", new=None, faults=error.findings, back="/overlay"), 422
    new = raise_version(old, sent)
    local = adapted(known, new).local
    names = [*sorted(local.adaptations), *(one.id for one in new.local_indicators)]
    return render_template(
        "overlay.html",
        new=new,
        changes=differences(old, new),
        compared=[local.compared(one) for one in names],
        notes=local.notes,
        faults=[],
        yaml=_held("application/yaml", as_yaml(new)),
        workbook=_held(XLSX, as_workbook(new, known)),
        back="/overlay",
    )


def _held(kind: str, content: bytes) -> str:
    """As an address that holds the file itself."""
    return f"data:{kind};base64,{base64.b64encode(content).decode()}"

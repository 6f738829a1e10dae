"""How far the translations of forms are, with the workbooks of translators: out, and back to be looked at.

Translations are files of a folder that web server and workers read when they start (docs/translations.md): a page
changes none of them, and says the command that does.
"""

from datetime import UTC, datetime
from pathlib import Path

from flask import Blueprint, abort, render_template, request
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from backend.access import Permission
from backend.app import translation_status as status
from backend.app.downloads import XLSX, download
from backend.app.guard import open_to
from backend.app.state import state
from backend.app.uploads import sent_file, sheet_fault
from forms.archive import SheetError
from forms.catalogue import CatalogueError
from forms.translation.folder import find_pack
from forms.translation.status import Progress
from forms.translation.taking import TranslationError, language_of, read_workbook
from forms.translation.workbook import to_workbook

blueprint = Blueprint("catalogue_translations", __name__)
_MOST_SHOWN = 100
_FILE = "translations.xlsx"


@blueprint.get("/translations")
@open_to(Permission.MAKE_FORMS)
def show() -> ResponseReturnValue:
    try:
        found = status.languages(_folder())
    except CatalogueError as error:
        return _page((), faults=[str(one) for one in error.findings])
    return _page(found)


@blueprint.get("/translations/<code>")
@open_to(Permission.MAKE_FORMS)
def language(code: str) -> ResponseReturnValue:
    """The texts of one language, and which of them somebody has to look at."""
    found = next((one for one in _found() if one.language.code == code), None) or abort(404)
    wanted = status.read_filter(request.args)
    texts = [one for one in found.judged if wanted.wants(one)]
    return render_template(
        "translation.html",
        found=found,
        wanted=wanted,
        texts=texts[:_MOST_SHOWN],
        more=max(0, len(texts) - _MOST_SHOWN),
        total=len(texts),
        whole=status.share(found.judged),
        shares=status.shares(found),
        part=status.part,
        status=status,
    )


@blueprint.get("/translations/<code>.xlsx")
@open_to(Permission.MAKE_FORMS)
def workbook(code: str) -> ResponseReturnValue:
    if code not in [one.language.code for one in _found()]:
        abort(404)
    return download(to_workbook(code, find_pack(_folder(), code)), XLSX, f"translations-{code}.xlsx")


@blueprint.post("/translations")
@open_to(Permission.MAKE_FORMS)
def upload() -> ResponseReturnValue:
    """What a translator's workbook would change. Nothing of it is kept."""
    data = sent_file("file")
    if not data:
        return _refused([_("Choose a file first.")])
    try:
        code = language_of(data, _FILE)
        if code not in [one.language.code for one in _found()]:
            return _refused(
                [_("The workbook is of '%(code)s', which is no language to translate into here.", code=code)]
            )
        taken = read_workbook(data, _FILE, find_pack(_folder(), code), datetime.now(UTC).date(), alone=False)
    except SheetError as error:
        return _refused([sheet_fault(error)])
    except TranslationError as error:
        return _refused(str(error).splitlines())
    return render_template(
        "translation_changes.html",
        code=code,
        taken=taken,
        faults=[],
        words_of_changes=status.CHANGES,
        back="/translations",
    )


def _folder() -> Path:
    return state().settings.language_packs


def _found() -> tuple[Progress, ...]:
    try:
        return status.languages(_folder())
    except CatalogueError:
        return abort(404)


def _page(found: tuple[Progress, ...], faults: list[str] | None = None) -> str:
    lines = [(one, status.share(one.judged)) for one in found]
    return render_template("translations.html", lines=lines, faults=faults or [])


def _refused(faults: list[str]) -> ResponseReturnValue:
    return render_template("translation_changes.html", taken=None, faults=faults, back="/translations"), 422

"""The web form: /preview for who makes forms, /fill for who asks. Their scripts get no session."""

import base64
import hashlib
from collections.abc import Mapping
from functools import lru_cache
from typing import Any
from urllib.parse import quote

from flask import Blueprint, Response, abort, g, json, render_template, request
from flask.typing import ResponseReturnValue
from flask_babel import force_locale

from backend.access import Permission
from backend.app import webform_words
from backend.app.assets import PUBLISHED, STATIC, asset
from backend.app.fetch_assets import is_up_to_date, read_lock
from backend.app.guard import Gate, open_to
from backend.app.language import LANGUAGE_NAMES, language
from backend.app.state import state
from backend.store import form_list
from backend.store.engine import reading
from forms.catalogue import packs

blueprint = Blueprint("webform", __name__)
_OWN = STATIC / "webform"
_ENTRIES = {
    "vue": "dist/vue.runtime.esm-browser.prod.js",
    "@getodk/web-forms": "dist/index.js",
    "@hpke/core": "esm/mod.js",
    "@hpke/common": "esm/mod.js",
}


@blueprint.get("/preview/<form_id>")
@open_to(Permission.SEE_FORMS)
def preview(form_id: str) -> ResponseReturnValue:
    """Everything the page needs is in it: its script has no origin, so it can ask for nothing in a person's name."""
    version = request.args.get("version")
    with reading(state().engine) as session:
        found = form_list.preview(session, form_id, version)
    return abort(404) if found is None else preview_page(found.xform, found.media)


def preview_page(xform: bytes, media: Mapping[str, bytes]) -> Response:
    """Of any form, stored or not."""
    texts = {name: content.decode() for name, content in media.items()}
    return _page("preview", {"xform": xform.decode(), "media": texts, "first": language()})


@blueprint.get("/fill/<token>")
@open_to(Gate.OWN_TOKEN)
def fill(token: str) -> ResponseReturnValue:
    """The same page for every token: the letterbox, which the page asks next, knows which are good."""
    return _page("fill", {"door": f"/letterbox/{quote(token, safe='')}", "files": [*_scripts(), *_styles()]})


@blueprint.get("/fill/offline.js")
@open_to(Gate.ANYONE)
def offline() -> ResponseReturnValue:
    """Served from here, since a service worker rules over the folder it comes from."""
    g.content_policy = "default-src 'none'; connect-src 'self'"
    return Response((_OWN / "offline.js").read_bytes(), mimetype="text/javascript")


def _page(name: str, given: Mapping[str, Any]) -> Response:
    if not is_up_to_date():
        return Response(render_template("no_assets.html", back="/"), status=503)
    imports = json.dumps({"imports": _modules()})
    g.content_policy = _policy(name, imports)
    words: dict[str, dict[str, str]] = {}
    for code in LANGUAGE_NAMES:
        with force_locale(code):
            words[code] = webform_words.texts()
    right_to_left = [code for code, spoken in packs.known().items() if spoken.is_right_to_left]
    told = {"words": words, "languages": LANGUAGE_NAMES, "right_to_left": right_to_left, **given}
    # Whoever only looks at a form seals nothing.
    scripts = [address for address in _scripts() if name == "fill" or "hpke" not in address]
    page = render_template(
        "webform.html",
        imports=imports,
        told=told,
        styles=_styles(),
        scripts=scripts,
        main=_modules()[f"fieldveil/{name}"],
    )
    return Response(page)


def _policy(name: str, imports: str) -> str:
    """Published code of others runs in these pages: the policy keeps it from everything that needs no asking."""
    here = request.host_url.rstrip("/")
    map_hash = base64.b64encode(hashlib.sha256(imports.encode()).digest()).decode()
    parts = {
        "default-src": "'none'",
        "script-src": f"{here}/static/ 'wasm-unsafe-eval' 'sha256-{map_hash}'",
        "style-src": f"{here}/static/ 'unsafe-inline'",
        "img-src": "'self' data: blob:",
        "font-src": "data:",
        # The engine brings its parser as a data: address.
        "connect-src": "data:",
        "base-uri": "'none'",
        "form-action": "'none'",
        "frame-ancestors": "'none'",
        # Without an origin of its own, a page can use neither the session of who opened it nor any storage.
        "sandbox": "allow-scripts allow-forms",
    }
    if name == "fill":
        door = f"{here}/letterbox/{quote(request.view_args['token'], safe='')}/" if request.view_args else ""
        parts["connect-src"] = f"{door} {here}/fill/ {here}/static/ data:"
        parts["worker-src"] = f"{here}/fill/"
        parts["sandbox"] = "allow-scripts allow-forms allow-modals allow-same-origin"
    return "; ".join(f"{part} {value}" for part, value in parts.items())


def _modules() -> dict[str, str]:
    """Names that scripts import, and the addresses they stand for."""
    folders = {package.name: package.folder for package in read_lock()}
    others = {name: f"/static/npm/{folders[name]}/{entry}" for name, entry in _ENTRIES.items()}
    own = {f"fieldveil/{file.stem}": asset(f"webform/{file.name}") for file in sorted(_OWN.glob("*.js"))}
    own.pop("fieldveil/offline")
    return {**others, **own}


@lru_cache(maxsize=1)
def _published() -> tuple[str, ...]:
    return tuple(
        f"/static/{file.relative_to(STATIC).as_posix()}" for file in sorted((STATIC / PUBLISHED).rglob("*.js"))
    )


def _scripts() -> list[str]:
    """All that runs in the page, so that a browser can fetch it at once and keep it for work without a network."""
    own = [address for name, address in _modules().items() if name.startswith("fieldveil/")]
    return [*own, *_published()]


def _styles() -> list[str]:
    return [asset("webform/webform.css")]

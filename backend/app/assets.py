"""Static files: addressed by their content, cached for good, and sent compressed."""

import gzip
import hashlib
from functools import lru_cache
from pathlib import Path

from flask import Flask, Response, request, url_for

STATIC = Path(__file__).with_name("static")
PUBLISHED = "npm/"
_COMPRESSED = {"text/css", "text/javascript", "application/javascript", "image/svg+xml"}


def asset(name: str) -> str:
    """The address of a static file; it changes with the content, so browsers may keep it for ever."""
    return url_for("static", filename=name, v=_version(name))


@lru_cache(maxsize=64)
def _version(name: str) -> str:
    return hashlib.sha256((STATIC / name).read_bytes()).hexdigest()[:12]


@lru_cache(maxsize=256)
def _content(name: str, *, compressed: bool) -> bytes:
    content = (STATIC / name).read_bytes()
    return gzip.compress(content, compresslevel=9, mtime=0) if compressed else content


def install(app: Flask) -> None:
    app.jinja_env.globals["asset"] = asset

    @app.after_request
    def keep_and_compress(response: Response) -> Response:
        name = (request.view_args or {}).get("filename")
        if request.endpoint != "static" or response.status_code != 200 or name is None:
            return response
        # Files of published packages lie in a folder named by their version.
        current = name.startswith(PUBLISHED) or request.args.get("v") == _version(name)
        response.headers["Cache-Control"] = "public, max-age=31536000, immutable" if current else "no-cache"
        wants_less = request.accept_encodings.quality("gzip") > 0 and response.mimetype in _COMPRESSED
        # The file that Flask opened gives way to the content we keep in memory.
        response.response.close()  # type: ignore[union-attr]
        response.direct_passthrough = False
        response.set_data(_content(name, compressed=wants_less))
        response.vary.add("Accept-Encoding")
        # The preview has no origin, and modules are asked for across origins: these files are public anyway.
        response.headers["Access-Control-Allow-Origin"] = "*"
        if wants_less:
            response.headers["Content-Encoding"] = "gzip"
        return response

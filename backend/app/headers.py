"""The headers of every answer: a strict content policy, no caching of what is private, https only in production."""

from typing import Final

from flask import Flask, Response, g, request

_NOTHING_INLINE: Final = "; ".join(
    (
        "default-src 'none'",
        "script-src 'self'",
        "style-src 'self'",
        # Bootstrap draws its arrows and ticks, and Flask-Security the code for a second factor, as data: images.
        "img-src 'self' data:",
        "connect-src 'self'",
        "form-action 'self'",
        "base-uri 'none'",
        "frame-ancestors 'none'",
    )
)
_ALWAYS: Final = {
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    # Not `no-referrer`: over https the protection of forms needs to see where a form was sent from.
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=()",
}
_TWO_YEARS: Final = "max-age=63072000"


def install(app: Flask, *, production: bool) -> None:
    @app.after_request
    def protect(response: Response) -> Response:
        for name, value in _ALWAYS.items():
            response.headers[name] = value
        # A page with another policy names it while it is made: only the web form does.
        response.headers["Content-Security-Policy"] = g.get("content_policy", _NOTHING_INLINE)
        if production:
            response.headers["Strict-Transport-Security"] = _TWO_YEARS
        if request.endpoint != "static":
            response.headers["Cache-Control"] = "no-store"
        return response

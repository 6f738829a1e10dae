"""One log line a request: the rule of the route, never the path, which can hold the token of a phone."""

import time

import structlog
from flask import Flask, Response, g, request

_log = structlog.get_logger("fieldveil.web")
_QUIET = {"static", "health.healthz"}


def install(app: Flask) -> None:
    @app.before_request
    def start_clock() -> None:
        g.started = time.perf_counter()

    @app.after_request
    def tell(response: Response) -> Response:
        routine = request.endpoint in _QUIET or (request.endpoint or "").startswith("letterbox.")
        if routine and response.status_code < 400:
            return response
        elapsed = round((time.perf_counter() - g.get("started", time.perf_counter())) * 1000, 1)
        rule = request.url_rule.rule if request.url_rule is not None else None
        _log.info("request", method=request.method, rule=rule, status=response.status_code, ms=elapsed)
        return response

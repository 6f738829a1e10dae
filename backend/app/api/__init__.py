"""The interface for scripts below /api/v1: the same figures as the pages, under the same roles and areas."""

from apiflask import APIFlask

from backend.app.api import figures, lists

PREFIX = "/api/v1"
TOKEN_HEADER = "Authentication-Token"  # noqa: S105 (the name of a header)


def install(app: APIFlask) -> None:
    _describe(app)
    for blueprint in (lists.blueprint, figures.blueprint):
        app.register_blueprint(blueprint, url_prefix=PREFIX)


def _describe(app: APIFlask) -> None:
    """What the OpenAPI document says about the whole interface."""
    app.config["INFO"] = {
        "description": (
            "Live figures of the work, forms, areas and, for IM officers, answer counts. "
            "Sign in on the pages, or send a token of your account in the header "
            f"{TOKEN_HEADER}. Roles and areas limit every answer."
        ),
        "license": {"name": "Apache-2.0", "url": "https://www.apache.org/licenses/LICENSE-2.0"},
    }
    app.security_schemes = {
        "token": {"type": "apiKey", "in": "header", "name": TOKEN_HEADER},
        "session": {"type": "apiKey", "in": "cookie", "name": app.config["SESSION_COOKIE_NAME"]},
    }
    app.config["SERVERS"] = [{"url": "/", "description": "This server"}]
    app.config["HTTP_ERROR_SCHEMA"] = _PROBLEM
    app.config["VALIDATION_ERROR_SCHEMA"] = _PROBLEM


_PROBLEM = {
    "type": "object",
    "properties": {
        "type": {"type": "string"},
        "title": {"type": "string"},
        "status": {"type": "integer"},
        "detail": {"type": "string"},
    },
}

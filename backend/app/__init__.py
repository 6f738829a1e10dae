"""The web application: `create_app()` puts the parts together, each part knows only its own work."""

from apiflask import APIFlask
from flask_wtf import CSRFProtect
from werkzeug.middleware.proxy_fix import ProxyFix

from backend import keys, logs
from backend.app import (
    accounts,
    api,
    assets,
    config,
    doorbell,
    errors,
    guard,
    headers,
    language,
    limits,
    navigation,
    requests_log,
    sentences,
    sessions,
    state,
    uploads,
)
from backend.app.pages import (
    account,
    answers,
    catalogue,
    catalogue_overlay,
    catalogue_translations,
    catalogue_workbook,
    conflicts,
    draft_checks,
    draft_details,
    draft_files,
    draft_overlay,
    drafts,
    entry,
    export,
    foreign_versions,
    form_versions,
    forms,
    health,
    inbox,
    losses,
    monitor,
    protection,
    servers,
    webform,
)
from backend.letterbox.routes import create_blueprint as create_letterbox
from backend.settings import Environment, Settings
from backend.settings import settings as settings_of_this_process
from backend.store.engine import open_engine
from forms.catalogue import packs

_PAGES = (
    *(health, entry, account, monitor, forms, form_versions, foreign_versions),
    *(servers, losses, conflicts, answers, export, inbox),
    *(protection, webform, catalogue, catalogue_workbook, catalogue_overlay, catalogue_translations),
    *(drafts, draft_details, draft_overlay, draft_files, draft_checks),
)


def create_app(settings: Settings | None = None) -> APIFlask:
    """One process of the web server. The database must have the newest schema: see `backend.store.migrate`."""
    settings = settings or settings_of_this_process()
    production = settings.environment is Environment.PRODUCTION
    logs.configure(settings.log_level, as_json=production)
    engine = open_engine(settings.database)
    packs.use(settings.language_packs)
    app = APIFlask(
        __name__, title="Fieldveil", version="1", spec_path="/api/v1/openapi.json", docs_path=None, json_errors=False
    )
    app.config.update(config.flask_config(settings, keys.session_key(settings)))
    state.keep(app, state.State(settings, engine))
    uploads.install(app)
    # Functions that look at every request run in this order.
    requests_log.install(app)
    limits.install_size_limit(app)
    sessions.install(app)
    language.install(app)
    sentences.install(app)
    accounts.install(app, engine)
    guard.install(app)
    headers.install(app, production=production)
    assets.install(app)
    errors.install(app)
    navigation.install(app)
    _add_routes(app, settings)
    limits.install(app, settings)
    if production:
        app.wsgi_app = ProxyFix(app.wsgi_app, x_for=1, x_proto=1, x_host=1)  # type: ignore[method-assign]
    return app


def _add_routes(app: APIFlask, settings: Settings) -> None:
    for page in _PAGES:
        app.register_blueprint(page.blueprint)
    api.install(app)
    letterbox = create_letterbox(state.of(app).engine, settings, keys.door_key(settings))
    protection_of_forms: CSRFProtect = app.extensions["csrf"]
    protection_of_forms.exempt(letterbox)
    app.register_blueprint(letterbox)
    protection_of_forms.exempt(doorbell.blueprint)
    app.register_blueprint(doorbell.blueprint)

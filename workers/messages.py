"""What the person at the terminal reads when something went wrong: where, what, and what to do."""

import traceback

from forms.writing import has_no_room

# Errors whose own text is written for people: class -> what to put before it. Named by text, so that nothing is loaded.
SPEAKING = (
    "backend.access.AccessDeniedError",
    "backend.keys.KeyFileError",
    "backend.store.accounts.AccountError",
    "backend.store.app_users.AppUserError",
    "backend.store.connections.ConnectError",
    "backend.store.migrate.ForeignSchemaError",
    "backend.store.servers.ServerInUseError",
    "forms.archive.SheetError",
    "forms.brief.model.BriefError",
    "forms.catalogue.findings.CatalogueError",
    "forms.engine.errors.EngineError",
    "forms.generate.plants.GenerateError",
    "forms.migration.MigrationError",
    "forms.overlay.rule.OverlayError",
    "forms.paper.PaperError",
    "forms.translation.taking.TranslationError",
    "forms.xlsform.FormError",
    "mappings.areas.findings.AreaError",
    "mappings.language.MappingError",
    "workers.adoption.AdoptionError",
    "workers.demo.stage.DemoError",
    "workers.deploy.DeployError",
    "workers.manifest.ManifestError",
    "workers.net.NetError",
    "workers.phone.collect.PhoneError",
    "workers.phone.fillers.FillError",
    "workers.processes.children.ChildError",
    "workers.servers.registration.RegistrationError",
    "workers.servers.purgeable.PurgeError",
    "workers.servers.source.PullError",
    "workers.servers.target.TargetError",
)
_SETTINGS = "pydantic_core._pydantic_core.ValidationError"
_DATABASE = "sqlalchemy.exc.SQLAlchemyError"


def explain(error: BaseException) -> str:
    kinds = {f"{kind.__module__}.{kind.__qualname__}" for kind in type(error).__mro__}
    if kinds & set(SPEAKING):
        return str(error)
    if isinstance(error, OSError) and has_no_room(error):
        return f"{error.filename or 'The disk'}: no room is left. Make room, or choose a folder on another disk"
    if isinstance(error, OSError) and error.filename:
        return f"{error.filename}: {error.strerror}"
    if _SETTINGS in kinds:
        return _bad_settings(error)
    if _DATABASE in kinds:
        return (
            f"The database did not do what was asked ({type(error).__name__}): it may be away, locked, full or older"
            " than this program. `fieldveil doctor` says which"
        )
    return _mistake(error)


def _bad_settings(error: BaseException) -> str:
    """The names and reasons, not the values: one of them is a password."""
    found = error.errors(include_input=False, include_url=False, include_context=False)  # type: ignore[attr-defined]
    lines = [_setting(one["loc"], one["msg"]) for one in found]
    return "\n".join(["The settings cannot be used (environment, or the file .env):", *lines])


def _setting(place: tuple[object, ...], message: str) -> str:
    text = message.removeprefix("Value error, ")
    return f"- FIELDVEIL_{str(place[0]).upper()}: {text}" if place else f"- {text}"


def _mistake(error: BaseException) -> str:
    """Our own fault. The text of a foreign exception may quote an answer, so its kind and place must do."""
    frames = traceback.extract_tb(error.__traceback__)
    last = frames[-1] if frames else None
    place = f"{last.filename.rsplit('/site-packages/', 1)[-1]}:{last.lineno}" if last else "an unknown place"
    return f"Something went wrong inside the program ({type(error).__name__} at {place}). Please report this line"

"""`fieldveil serve` and `fieldveil worker`: the running product, in the foreground until Ctrl-C."""

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from urllib.parse import urlsplit

import click

from backend.settings import Environment, Settings, child_environment, settings
from backend.store.accounts import list_users
from backend.store.engine import reading
from workers.cli.output import note
from workers.cli.store import opened, today
from workers.letter_keys import keep
from workers.processes.broker import answers, start_broker
from workers.processes.children import Children, stopping_on_signals
from workers.processes.parts import check_free, start_beat, start_web, start_worker


@click.command("serve")
@click.option("--bind", default=None, help="Address and port, such as 127.0.0.1:8080. Default: FIELDVEIL_BIND.")
def serve(bind: str | None) -> None:
    """Bring the database up to date and serve pages, API and letterbox until Ctrl-C.

    Without FIELDVEIL_REDIS_URL everything runs on this machine: a broker, a worker and beat are started, too. With it,
    start workers on their own: `fieldveil worker --beat`, and more without --beat.
    """
    chosen = _bound(settings(), bind)
    check_free(chosen.bind)
    with opened() as context:
        if not chosen.redis_url:
            keep(context, today())
        with reading(context.engine) as session:
            anybody = bool(list_users(session))
    with stopping_on_signals(), ExitStack() as stack, _until_stopped():
        if chosen.redis_url:
            children = stack.enter_context(Children(child_environment(chosen)))
            start_web(children, chosen)
        else:
            children = _start_everything(stack, chosen)
        _welcome(chosen, anybody=anybody)
        children.watch()


@click.command("worker")
@click.option("--concurrency", type=click.IntRange(1, 64), default=2, show_default=True, help="Forms read at once.")
@click.option("--beat", is_flag=True, help="Also wake what is due. One worker of an installation does, no more.")
def worker(concurrency: int, *, beat: bool) -> None:
    """Start a worker in the foreground. It needs a Redis server (FIELDVEIL_REDIS_URL)."""
    chosen = settings()
    if not chosen.redis_url:
        raise click.ClickException(
            "A worker of its own needs a Redis server in FIELDVEIL_REDIS_URL. Without one use `fieldveil serve`,"
            " which starts its own worker"
        )
    with stopping_on_signals(), Children(child_environment(chosen)) as children, _until_stopped():
        start_worker(children, chosen, concurrency)
        if beat:
            start_beat(children, chosen.home.absolute() / "beat")
        note(f"The worker{' and beat run' if beat else ' runs'}. Ctrl-C stops {'them' if beat else 'it'}.")
        children.watch()


def _welcome(chosen: Settings, *, anybody: bool) -> None:
    note(f"Serving at {chosen.public_url} (listening on {chosen.bind}). Ctrl-C stops it.")
    here = urlsplit(chosen.public_url)
    if here.scheme == "http" and here.netloc != chosen.bind:
        note(
            f"Links and QR codes will name {chosen.public_url}. If that does not lead here, set FIELDVEIL_PUBLIC_URL:"
            f" on this machine to http://{chosen.bind}"
        )
    if chosen.redis_url and not answers(chosen.redis_url):
        note("The Redis server of FIELDVEIL_REDIS_URL does not answer. Phones can send; nothing is read until it does.")
    if not anybody:
        note("Nobody has an account yet. In another terminal: fieldveil users add NAME --role admin")


def _start_everything(stack: ExitStack, chosen: Settings) -> Children:
    if chosen.environment is Environment.PRODUCTION:
        raise click.ClickException("In production name a Redis server in FIELDVEIL_REDIS_URL")
    broker = stack.enter_context(Children(child_environment(chosen), chosen.home.absolute() / "logs"))
    chosen.redis_url = start_broker(broker, chosen.home.absolute() / "broker")
    children = stack.enter_context(Children(child_environment(chosen)))
    start_web(children, chosen)
    start_worker(children, chosen)
    start_beat(children, chosen.home.absolute() / "beat")
    return children


@contextmanager
def _until_stopped() -> Iterator[None]:
    """To be stopped is how these commands end, also while they are still starting."""
    try:
        yield
    except KeyboardInterrupt:
        note("Stopping.")


def _bound(chosen: Settings, bind: str | None) -> Settings:
    """A terminal is told of what is wrong only, unless FIELDVEIL_LOG_LEVEL asks for more; a journal of all."""
    quiet = chosen.environment is not Environment.PRODUCTION and "log_level" not in chosen.model_fields_set
    level = {"log_level": "WARNING"} if quiet else {}
    return chosen.model_copy(update={**({"bind": bind} if bind else {}), **level})

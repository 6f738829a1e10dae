"""Lets a server rest that failed several times in a row, for all workers: what is down is not helped by asking."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta

from sqlalchemy import Engine

from backend.store import servers
from backend.store.engine import transaction
from backend.store.servers import Server
from workers.net import NetError
from workers.servers.source import PullError

_PATIENCE = 3
_FIRST_REST = timedelta(minutes=1)
_LONGEST_REST = timedelta(hours=1)


class Breaker:
    """One server, as it was when the pull began."""

    def __init__(self, engine: Engine, server: Server) -> None:
        self._engine, self._server = engine, server

    def check(self, now: datetime) -> None:
        """Raises PullError while the server rests."""
        until = self._server.rest_until
        if until is not None and until > now:
            raise PullError(
                "server_resting",
                f"Server {self._server.server_id}",
                f"Failures in a row: {self._server.failures}. It is not asked before {until:%H:%M} UTC; "
                f"`fieldveil server test {self._server.server_id}` asks it now.",
            )

    @contextmanager
    def watching(self) -> Iterator[None]:
        """Counts a failure that may pass; any answer that is understood ends the count."""
        try:
            yield
        except NetError as error:
            if not error.permanent:
                self._failed(error.retry_after or 0.0)
            raise refusal(error, self._server.server_id) from None
        else:
            self.worked()

    def worked(self) -> None:
        if self._server.failures:
            with transaction(self._engine) as session:
                servers.note_success(session, self._server.server_id)

    def _failed(self, asked: float) -> None:
        """`asked`: seconds for which the server itself wants to be left alone."""
        failures = self._server.failures + 1
        rest = timedelta(seconds=min(asked, _LONGEST_REST.total_seconds()))
        if failures >= _PATIENCE:
            rest = max(rest, min(_FIRST_REST * 2 ** min(failures - _PATIENCE, 10), _LONGEST_REST))
        until = datetime.now(UTC) + rest if rest else None
        with transaction(self._engine) as session:
            servers.note_failure(session, self._server.server_id, until)


def refusal(error: NetError, server_id: str) -> PullError:
    """The reason as a state with a stable code and a remedy in words."""
    where = f"Server {server_id}"
    if error.status == 401:
        return PullError("server_sign_in", where, f"`fieldveil server rotate {server_id}` asks for them.")
    if error.status == 402:
        return PullError("server_quota", where, "Phones keep what they cannot send.")
    if error.status == 403:
        return PullError("server_rights", where, f"`fieldveil server test {server_id}` tests it.")
    if error.status == 404:
        return PullError("server_form_missing", where)
    code = error.trouble.value or ("server_refused" if error.permanent else "server_away")
    return PullError(code, where, f"({error})")


def change_refusal(error: NetError, server_id: str, *, is_entered: bool) -> PullError:
    """The same of a deploy, a phone or a purge, which need an account that may change things."""
    if error.status == 401 and is_entered:
        return PullError(
            "server_sign_in",
            f"Server {server_id}",
            "It is the account that was entered for this: look at its name and its password or token. The account that "
            "is registered was not asked.",
        )
    if error.status == 403:
        whose = "entered" if is_entered else "registered to read"
        return PullError(
            "server_rights",
            f"Server {server_id}, the account that is {whose}",
            "It takes a Project Manager on ODK Central, 'Manage project' on KoboToolbox. Enter one that may with "
            "--ask-account or --env-file; it is not kept.",
        )
    return refusal(error, server_id)

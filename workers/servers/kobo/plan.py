"""Whether the plan of a project's owner is used up: then KoBo refuses what phones send, and tells nobody but them."""

import msgspec

from workers.net import NetError
from workers.servers.kobo.client import KoboClient


class _Balance(msgspec.Struct):
    exceeded: bool = False


class _Balances(msgspec.Struct):
    """Nothing where there is no limit."""

    submission: _Balance | None = None
    storage_bytes: _Balance | None = None


class _Usage(msgspec.Struct):
    balances: _Balances = msgspec.field(default_factory=_Balances)


class _Environment(msgspec.Struct):
    usage_limit_enforcement: bool = False


def is_plan_used_up(client: KoboClient, owner: str) -> bool:
    """Only the owner is told: of a project of somebody else, and where the server does not say, nothing is known."""
    try:
        if not owner or client.account() != owner:
            return False
        found = client.json("api/v2/service_usage/", _Usage).balances
        if not any(one is not None and one.exceeded for one in (found.submission, found.storage_bytes)):
            return False
        return client.json("api/v2/environment/", _Environment).usage_limit_enforcement
    except NetError:
        # To add it all up takes the server long, and the answers are read by now.
        return False

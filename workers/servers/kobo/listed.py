"""The projects on a KoBoToolbox that an account can see, those changed last first."""

from collections.abc import Iterator
from itertools import count

import msgspec

from workers.servers.kobo.client import KoboClient

_PART = 100


class ListedProject(msgspec.Struct):
    uid: str
    name: str = ""
    has_deployment: bool = False
    deployment__active: bool = False
    deployment__submission_count: int | None = None


class Projects(msgspec.Struct):
    """One part of the list, and how many projects there are in all."""

    count: int
    results: list[ListedProject]


def projects_part(client: KoboClient, part: int = 0) -> Projects:
    return client.json(f"api/v2/assets/?q=asset_type%3Asurvey&limit={_PART}&start={part * _PART}", Projects)


def list_projects(client: KoboClient) -> Iterator[ListedProject]:
    """All of them. Each part is asked for when it is needed."""
    seen = set[str]()
    for part in count():
        found = projects_part(client, part)
        fresh = [one for one in found.results if one.uid not in seen]
        yield from fresh
        seen |= {one.uid for one in fresh}
        # A server that repeats a part must not be asked for ever.
        if not fresh or len(seen) >= found.count:
            return

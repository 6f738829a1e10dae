"""The keys of the pseudonyms: files of the workers, outside the database, one for a round and one for a country."""

from backend.keys import read_or_create, read_private
from backend.settings import Settings
from mappings.privacy.pseudonym import Keys


def create_keys(settings: Settings, *, survey_id: str, country: str) -> Keys:
    """For a deploy: makes what is missing. A pull never does: with a new key it would store every answer again."""
    folder = settings.worker_keys
    return Keys(read_or_create(folder, f"round-{survey_id}"), read_or_create(folder, f"country-{country}"))


def read_keys(settings: Settings, *, survey_id: str, country: str) -> Keys:
    """Raises KeyFileError, with the way to the backup, when a key is missing or damaged."""
    folder = settings.worker_keys
    return Keys(read_private(folder / f"round-{survey_id}"), read_private(folder / f"country-{country}"))

"""How waitress must be set so that no upload touches the disk and a phone hears why its upload is too large."""

from backend.letterbox.upload import MOST_READ
from backend.settings import Settings

# One for each phone of a team that comes home together; each waits for the disk most of the time.
_THREADS = 8


def waitress_options(settings: Settings) -> dict[str, int]:
    # Waitress reads a body whole before the program sees it, from half a megabyte on into a temporary file.
    largest = max(MOST_READ, settings.max_upload_bytes + 1)
    return {"threads": _THREADS, "max_request_body_size": largest, "inbuf_overflow": largest}

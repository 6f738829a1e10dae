"""A list of deployments in one YAML file: which brief goes where, and how."""

import re
from pathlib import Path
from typing import Any

import msgspec
import yaml

_FORM_ID = re.compile(r"[a-z][a-z0-9_]{2,39}")


class ManifestError(Exception):
    """A manifest that cannot be used. Names the file, the entry and what to do."""


class Entry(msgspec.Struct, forbid_unknown_fields=True, frozen=True):
    """One deployment. `form_id` replaces that of the brief, where one brief goes to several places.

    `migration` is a file beside the manifest, for a form that breaks the series of answers; so is `overlay`, for what
    the country says in its own words.
    """

    brief: str
    to: str = "letterbox"
    form_id: str = ""
    practice: bool = False
    doorbell: bool = False
    senders: tuple[str, ...] = ()
    phones: tuple[str, ...] = ()
    migration: str = ""
    overlay: str = ""


class _Manifest(msgspec.Struct, forbid_unknown_fields=True):
    deploy: list[Entry]


def read_manifest(file: Path) -> list[tuple[Path, Entry]]:
    """Each entry with its brief, which is looked for beside the manifest."""
    try:
        content: Any = yaml.safe_load(file.read_bytes())
        found = msgspec.convert(content, _Manifest).deploy
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        line = f", line {mark.line + 1}" if mark else ""
        raise ManifestError(f"{file.name}{line}: this is not YAML. Look at the indentation and the colons") from None
    except UnicodeDecodeError:
        raise ManifestError(f"{file.name}: not in UTF-8. Save it as UTF-8") from None
    except msgspec.ValidationError as error:
        what = str(error) if isinstance(content, dict) else "this is no manifest"
        raise ManifestError(f"{file.name}: {what}. `deploy:` is a list of entries, see docs/deploy.md") from None
    if not found:
        raise ManifestError(f"{file.name}: nothing is listed under `deploy:`. See docs/deploy.md")
    return [(_brief(file, number, entry), _placed(file, number, entry)) for number, entry in enumerate(found, start=1)]


def _brief(file: Path, number: int, entry: Entry) -> Path:
    brief = file.parent / entry.brief
    if not brief.is_file():
        raise ManifestError(f"{file.name}, entry {number}: there is no file {entry.brief} beside the manifest")
    if entry.form_id and not _FORM_ID.fullmatch(entry.form_id):
        raise ManifestError(f"{file.name}, entry {number}: a form_id is small letters, digits and _, such as site_ki")
    return brief


def _placed(file: Path, number: int, entry: Entry) -> Entry:
    """The overlay by its whole path, since the manifest may name a brief in another folder."""
    if not entry.overlay:
        return entry
    overlay = (file.parent / entry.overlay).absolute()
    if not overlay.is_file():
        raise ManifestError(f"{file.name}, entry {number}: there is no file {entry.overlay} beside the manifest")
    return msgspec.structs.replace(entry, overlay=str(overlay))

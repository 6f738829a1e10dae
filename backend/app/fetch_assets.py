"""Fetches the published files that /preview and /fill are made of, against the checksums of `assets.lock.json`.

Run as a file at set-up and in the image build, with the standard library alone: `python backend/app/fetch_assets.py`.
"""

import argparse
import base64
import hashlib
import io
import json
import shutil
import sys
import tarfile
import tempfile
import urllib.request
from collections.abc import Sequence
from dataclasses import dataclass
from fnmatch import fnmatchcase
from http.client import HTTPException
from pathlib import Path

LOCK = Path(__file__).with_name("assets.lock.json")
FOLDER = Path(__file__).with_name("static") / "npm"
# Names the lock whose files are here; written last, so a broken run is begun again.
STAMP = "LOCK.sha512"
REGISTRY = "https://registry.npmjs.org"
_SECONDS = 60
_TRIES = 3
_MOST_BYTES = 20_000_000


class AssetsError(Exception):
    """The files cannot be had. The message says from where, why, and what to do."""


@dataclass(frozen=True, slots=True)
class Package:
    name: str
    version: str
    licence: str
    tarball: str
    integrity: str
    folder: str
    files: tuple[str, ...]


def read_lock(lock: Path = LOCK) -> list[Package]:
    found = json.loads(lock.read_text(encoding="utf-8"))["packages"]
    return [Package(**{**one, "files": tuple(one["files"])}) for one in found]


def is_up_to_date(folder: Path = FOLDER, lock: Path = LOCK) -> bool:
    stamp = folder / STAMP
    return stamp.is_file() and stamp.read_text(encoding="ascii") == _stamp(lock)


def _stamp(lock: Path) -> str:
    return hashlib.sha512(lock.read_bytes()).hexdigest()


def fetch(folder: Path = FOLDER, lock: Path = LOCK, registry: str = REGISTRY) -> None:
    """All of them or none: what is here is replaced once everything new has been checked."""
    folder.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=folder.parent, prefix=".npm-") as scratch:
        fresh = Path(scratch) / "npm"
        for package in read_lock(lock):
            _unpack(package, _download(package, registry), fresh / package.folder)
        (fresh / STAMP).write_text(_stamp(lock), encoding="ascii")
        shutil.rmtree(folder, ignore_errors=True)
        fresh.rename(folder)


def _download(package: Package, registry: str) -> bytes:
    address = f"{registry.rstrip('/')}/{package.tarball}"
    if not address.startswith(("https://", "http://")):
        raise AssetsError(f"{registry} is no address of a registry: it begins with https://")
    content = _get(address)
    method, _, wanted = package.integrity.partition("-")
    if method != "sha512" or base64.b64encode(hashlib.sha512(content).digest()).decode() != wanted:
        raise AssetsError(
            f"{address} is not the file that assets.lock.json names (sha512 differs). Nothing was installed. "
            "Ask who runs that registry; never change the lock to make it fit"
        )
    return content


def _get(address: str) -> bytes:
    for attempt in range(1, _TRIES + 1):
        try:
            with urllib.request.urlopen(address, timeout=_SECONDS) as answer:  # noqa: S310 (scheme checked above)
                content: bytes = answer.read(_MOST_BYTES + 1)
        except (OSError, HTTPException) as error:
            if attempt == _TRIES:
                raise AssetsError(
                    f"{address} cannot be fetched ({error}). Check the network, or name a registry of your own: "
                    "make assets NPM_REGISTRY=https://..."
                ) from None
        else:
            break
    if len(content) > _MOST_BYTES:
        raise AssetsError(f"{address} is larger than any package we use. Nothing was installed")
    return content


def _unpack(package: Package, tarball: bytes, folder: Path) -> None:
    """Only plain files that the lock names, each below the folder of its package."""
    taken: set[str] = set()
    with tarfile.open(fileobj=io.BytesIO(tarball), mode="r:gz") as archive:
        for member in archive:
            name = member.name.partition("/")[2]
            wanted = {pattern for pattern in package.files if fnmatchcase(name, pattern)}
            source = archive.extractfile(member) if wanted and member.isfile() else None
            if source is None or ".." in name.split("/"):
                continue
            target = folder / name
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_bytes(source.read())
            taken |= wanted
    if missing := sorted(set(package.files) - taken):
        raise AssetsError(f"{package.name} {package.version} has no {', '.join(missing)}: correct assets.lock.json")


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description="Fetch the published files of the web form.")
    parser.add_argument("--registry", default=REGISTRY, help="another npm registry than %(default)s")
    parser.add_argument("--optional", action="store_true", help="go on without them where there is no network")
    options = parser.parse_args(arguments)
    if is_up_to_date():
        return 0
    sys.stdout.write(f"assets: fetching the files of the web form from {options.registry} (2 MB)\n")
    try:
        fetch(registry=options.registry or REGISTRY)
    except AssetsError as error:
        sys.stderr.write(f"assets: {error}\n")
        if options.optional:
            sys.stderr.write("assets: going on without: /preview and /fill say so until `make assets` has worked\n")
            return 0
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())

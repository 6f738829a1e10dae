"""The published files of the web form: only what the lock names, all or nothing, and a clear word when offline."""

import base64
import hashlib
import io
import json
import tarfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from backend.app import fetch_assets
from backend.app.fetch_assets import AssetsError, fetch, is_up_to_date, main, read_lock


def tarball(files: Mapping[str, bytes]) -> bytes:
    packed = io.BytesIO()
    with tarfile.open(fileobj=packed, mode="w:gz") as archive:
        for name, content in files.items():
            member = tarfile.TarInfo(f"package/{name}")
            member.size = len(content)
            archive.addfile(member, io.BytesIO(content))
    return packed.getvalue()


def lock_for(home: Path, content: bytes, **changes: Any) -> Path:
    digest = base64.b64encode(hashlib.sha512(content).digest()).decode()
    package = {"name": "thing", "version": "1.0.0", "licence": "MIT", "tarball": "thing/-/thing-1.0.0.tgz"}
    package |= {"integrity": f"sha512-{digest}", "folder": "thing-1.0.0", "files": ["dist/*.js", "LICENSE"]}
    lock = home / "lock.json"
    lock.write_text(json.dumps({"packages": [{**package, **changes}]}))
    return lock


FILES = {"dist/a.js": b"a", "dist/deep/b.js": b"b", "dist/a.d.ts": b"types", "LICENSE": b"MIT", "../evil.js": b"no"}


@pytest.fixture
def registry(monkeypatch: pytest.MonkeyPatch) -> dict[str, bytes | OSError]:
    """What each address answers."""
    answers: dict[str, bytes | OSError] = {"https://npm.example/thing/-/thing-1.0.0.tgz": tarball(FILES)}

    def urlopen(address: str, timeout: float) -> io.BytesIO:
        answer = answers[address]
        if isinstance(answer, OSError):
            raise answer
        return io.BytesIO(answer)

    monkeypatch.setattr("urllib.request.urlopen", urlopen)
    return answers


def found(folder: Path) -> set[str]:
    return {path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file()}


def test_only_what_the_lock_names_is_unpacked(tmp_path: Path, registry: dict[str, Any]) -> None:
    lock = lock_for(tmp_path, tarball(FILES))

    fetch(tmp_path / "npm", lock, "https://npm.example/")

    wanted = {"thing-1.0.0/dist/a.js", "thing-1.0.0/dist/deep/b.js", "thing-1.0.0/LICENSE", "LOCK.sha512"}
    assert found(tmp_path / "npm") == wanted
    assert is_up_to_date(tmp_path / "npm", lock)


def test_a_changed_lock_is_fetched_again_and_what_was_there_is_gone(tmp_path: Path, registry: dict[str, Any]) -> None:
    fetch(tmp_path / "npm", lock_for(tmp_path, tarball(FILES)), "https://npm.example")

    lock = lock_for(tmp_path, tarball(FILES), folder="thing-renamed")

    assert not is_up_to_date(tmp_path / "npm", lock)
    fetch(tmp_path / "npm", lock, "https://npm.example")
    assert {name.split("/")[0] for name in found(tmp_path / "npm")} == {"thing-renamed", "LOCK.sha512"}


def test_another_file_than_the_locked_one_is_refused_and_nothing_changes(
    tmp_path: Path, registry: dict[str, Any]
) -> None:
    lock = lock_for(tmp_path, tarball(FILES))
    fetch(tmp_path / "npm", lock, "https://npm.example")
    registry["https://npm.example/thing/-/thing-1.0.0.tgz"] = tarball({**FILES, "dist/a.js": b"other"})

    with pytest.raises(AssetsError, match="sha512 differs"):
        fetch(tmp_path / "npm", lock, "https://npm.example")

    assert (tmp_path / "npm" / "thing-1.0.0" / "dist" / "a.js").read_bytes() == b"a"
    assert [path.name for path in tmp_path.iterdir() if path.name.startswith(".npm")] == []


def test_a_file_that_the_package_lacks_is_named(tmp_path: Path, registry: dict[str, Any]) -> None:
    lock = lock_for(tmp_path, tarball(FILES), files=["dist/*.js", "NOTICE"])

    with pytest.raises(AssetsError, match="has no NOTICE"):
        fetch(tmp_path / "npm", lock, "https://npm.example")


@pytest.mark.parametrize(("arguments", "status"), [([], 1), (["--optional"], 0)])
def test_without_a_network_it_says_what_to_do(
    tmp_path: Path,
    registry: dict[str, Any],
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    arguments: list[str],
    status: int,
) -> None:
    registry["https://npm.example/thing/-/thing-1.0.0.tgz"] = OSError("no route to host")
    monkeypatch.setattr(fetch_assets, "is_up_to_date", lambda: False)
    monkeypatch.setattr(fetch_assets, "fetch", lambda registry: fetch(tmp_path, lock, registry))
    lock = lock_for(tmp_path, b"")

    assert main(["--registry", "https://npm.example", *arguments]) == status

    assert "NPM_REGISTRY=" in capsys.readouterr().err


def test_an_address_that_is_none_is_refused(tmp_path: Path) -> None:
    with pytest.raises(AssetsError, match="begins with https"):
        fetch(tmp_path / "npm", lock_for(tmp_path, b""), "file:///etc")


def test_every_package_is_locked_by_content_and_licence() -> None:
    packages = read_lock()

    assert {package.name for package in packages} == {"@getodk/web-forms", "vue", "@hpke/core", "@hpke/common"}
    assert all(package.integrity.startswith("sha512-") and package.licence for package in packages)
    assert all(package.version in package.folder for package in packages)

"""The image is made by the steps of `make setup`, holds no secret and does not run as root."""

import re

import pytest
from source_tree import ROOT

DOCKERFILE = (ROOT / "Dockerfile").read_text(encoding="utf-8")
MAKEFILE = (ROOT / "Makefile").read_text(encoding="utf-8")
COMPOSE = (ROOT / "docker-compose.yml").read_text(encoding="utf-8")


def _uv_version(text: str) -> str:
    """The pinned version, with the Makefile's variable followed."""
    named = re.search(r"^UV_VERSION := (\S+)$", text, flags=re.M)
    return named[1] if named else re.findall(r"uv==(\S+)", text)[0]


def _sync_flags(text: str) -> set[str]:
    """What every `uv sync` of the file is told, without the choice of extras and of what is printed."""
    calls = [set(re.findall(r"--[a-z-]+", call)) for call in re.findall(r"uv sync(.*)", text)]
    return set.intersection(*calls) - {"--all-extras", "--extra", "--no-dev", "--quiet"}


def _uv_switches(text: str) -> set[str]:
    return set(re.findall(r"\bUV_(?!VERSION)[A-Z_]+=[\w.]+", text.split("uv lock")[0]))


def test_both_make_a_venv_and_install_the_same_uv() -> None:
    assert "-m venv .venv" in MAKEFILE
    assert "-m venv .venv" in DOCKERFILE
    assert _uv_version(DOCKERFILE) == _uv_version(MAKEFILE)


def test_both_sync_from_the_lock_with_the_same_switches() -> None:
    assert _sync_flags(DOCKERFILE) == _sync_flags(MAKEFILE) == {"--frozen"}
    assert _uv_switches(DOCKERFILE) == _uv_switches(MAKEFILE)
    assert "UV_PYTHON_DOWNLOADS=never" in _uv_switches(DOCKERFILE)


def test_both_fetch_the_files_of_the_web_form_before_anything_is_packed() -> None:
    fetches = "backend/app/fetch_assets.py --registry"

    assert fetches in MAKEFILE
    assert fetches in DOCKERFILE
    assert DOCKERFILE.index(fetches) < DOCKERFILE.index("--no-editable")


def test_the_image_has_no_tools_of_developers() -> None:
    assert all("--no-dev" in call for call in re.findall(r"uv sync(.*)", DOCKERFILE))


@pytest.mark.parametrize("stage", ["app", "proxy"])
def test_what_runs_is_not_root(stage: str) -> None:
    text = re.split(r"^FROM .* AS ", DOCKERFILE, flags=re.M)

    runs = next(part for part in text if part.startswith(f"{stage}\n"))

    assert re.findall(r"^USER (.*)$", runs, flags=re.M) == ["10001:10001"]
    assert "HEALTHCHECK" in runs


def test_the_image_is_built_from_named_files_only() -> None:
    copied = re.findall(r"^COPY (?!--from)(.*) \S+$", DOCKERFILE, flags=re.M)
    allowed = re.findall(r"^!(.*)$", (ROOT / ".dockerignore").read_text(encoding="utf-8"), flags=re.M)

    assert {name for line in copied for name in line.split()} == set(allowed)


def test_compose_and_image_agree_on_how_the_web_server_starts() -> None:
    command = "gunicorn, --config, deploy/gunicorn.conf.py"

    assert command in COMPOSE
    assert command in DOCKERFILE.replace('"', "")

"""docker-compose.yml: valid by the schema of the Compose Specification, and safe by our own rules.

C1 valid by the schema  C2 no default for a secret  C3 no root, no capability, no new privilege, no core file
C4 read-only root, memory for the rest  C5 who holds which keys  C6 who can reach whom  C7 health checks
C8 logs rotate  C9 settings and their defaults are those of the class  C10 volumes are named and used
"""

import hashlib
import json
import re
from typing import Any

import jsonschema
import pytest
import yaml
from settings_page import default, variable
from source_tree import ROOT

from backend.settings import Environment, Settings

TEXT = (ROOT / "docker-compose.yml").read_text(encoding="utf-8")
FILE: dict[str, Any] = yaml.safe_load(TEXT)
SERVICES: dict[str, dict[str, Any]] = FILE["services"]
SCHEMA = ROOT / "tests" / "house" / "data" / "compose-spec.json"
APP = ("web", "worker", "beat")


def _mounts(service: str) -> dict[str, str]:
    """Path in the container -> named volume."""
    return {path: volume for volume, path in (mount.split(":")[:2] for mount in SERVICES[service].get("volumes", []))}


def test_the_file_is_valid_by_the_compose_schema() -> None:  # C1
    validator = jsonschema.Draft202012Validator(json.loads(SCHEMA.read_text(encoding="utf-8")))

    assert [f"{error.json_path}: {error.message}" for error in validator.iter_errors(FILE)] == []


def test_the_schema_is_the_one_its_notice_names() -> None:  # C1
    notice = (SCHEMA.parent / "README.md").read_text(encoding="utf-8")

    assert hashlib.sha256(SCHEMA.read_bytes()).hexdigest() in notice


def test_no_secret_has_a_default_or_stands_in_the_file() -> None:  # C2
    used = re.findall(r"(?<!\$)\$\{([A-Z_]+)(:?[-?]?)", TEXT)
    secrets = {name for name, _ in used if "PASSWORD" in name}

    assert secrets == {"POSTGRES_PASSWORD", "REDIS_PASSWORD"}
    assert {(name, operator) for name, operator in used if name in secrets} == {(name, ":?") for name in secrets}


def test_what_has_no_default_is_asked_for_in_the_example_file() -> None:  # C2
    asked = set(re.findall(r"^([A-Z_]+)=$", (ROOT / ".env.example").read_text(encoding="utf-8"), flags=re.M))

    assert asked == set(re.findall(r"\$\{([A-Z_]+):\?", TEXT))


@pytest.mark.parametrize("name", SERVICES)
def test_a_service_has_no_power_it_does_not_need(name: str) -> None:  # C3
    service = SERVICES[name]

    assert re.fullmatch(r"[1-9]\d*:[1-9]\d*", service["user"])
    assert service["cap_drop"] == ["ALL"]
    assert "no-new-privileges:true" in service["security_opt"]
    assert service["ulimits"] == {"core": 0}
    assert not {"privileged", "cap_add", "devices", "network_mode", "pid", "ipc", "userns_mode"} & set(service)


@pytest.mark.parametrize("name", SERVICES)
def test_a_service_writes_only_to_memory_and_its_volumes(name: str) -> None:  # C4
    service = SERVICES[name]

    assert service["read_only"] is True
    assert any(mount.startswith("/tmp:") for mount in service["tmpfs"])  # noqa: S108 (inside the container)
    assert set(_mounts(name).values()) <= set(FILE["volumes"]), "a folder of the host is mounted"


def test_the_web_process_holds_no_private_key_and_the_worker_no_session_key() -> None:  # C5
    held = {name: set(_mounts(name)) for name in APP}

    assert held == {"web": {"/keys/web", "/keys/shared"}, "worker": {"/keys/worker", "/keys/shared"}, "beat": set()}


def test_both_sides_share_one_volume_only() -> None:  # C5
    assert set(_mounts("web").values()) & set(_mounts("worker").values()) == {"shared-keys"}


def test_only_the_proxy_is_reached_from_outside() -> None:  # C6
    assert {name for name, service in SERVICES.items() if "ports" in service} == {"proxy"}


def test_only_the_worker_reaches_other_servers() -> None:  # C6
    reaching = {name for name, network in FILE["networks"].items() if not network.get("internal")}

    assert {name for name in SERVICES if reaching & set(SERVICES[name]["networks"])} == {"proxy", "worker"}
    assert set(SERVICES["proxy"]["networks"]) & set(SERVICES["worker"]["networks"]) == set()


def test_the_proxy_reaches_the_web_process_and_nothing_else() -> None:  # C6
    reached = {name for name in SERVICES if set(SERVICES[name]["networks"]) & set(SERVICES["proxy"]["networks"])} - {
        "proxy"
    }

    assert reached == {"web"}


@pytest.mark.parametrize("name", SERVICES)
def test_a_service_is_watched(name: str) -> None:  # C7
    assert SERVICES[name]["healthcheck"]["test"][0] in {"CMD", "CMD-SHELL"}
    assert SERVICES[name]["restart"] == "unless-stopped"


@pytest.mark.parametrize("name", SERVICES)
def test_logs_of_a_service_rotate(name: str) -> None:  # C8
    assert set(SERVICES[name]["logging"]["options"]) == {"max-size", "max-file"}


def test_app_services_are_told_every_setting() -> None:  # C9
    told = {name: set(SERVICES[name]["environment"]) - {"WEB_CONCURRENCY"} for name in APP}

    # gunicorn has its own address
    wanted = {variable(name) for name in Settings.model_fields} - {"FIELDVEIL_BIND"}

    assert told == dict.fromkeys(APP, wanted)


def test_defaults_are_those_of_the_class() -> None:  # C9
    ours = {variable(name): default(field) for name, field in Settings.model_fields.items()}
    written = dict(re.findall(r"\$\{(FIELDVEIL_[A-Z_]+):-([^}]*)\}", TEXT))

    assert written == {name: ours[name] for name in written}
    assert len(written) > 5


def test_production_settings_are_accepted(monkeypatch: pytest.MonkeyPatch) -> None:  # C9
    values = {"FIELDVEIL_DOMAIN": "veil.example.org", "POSTGRES_PASSWORD": "0a" * 32, "REDIS_PASSWORD": "0b" * 32}
    for name, value in SERVICES["web"]["environment"].items():
        monkeypatch.setenv(name, re.sub(r"\$\{([A-Z_]+):([-?])([^}]*)\}", lambda m: values.get(m[1], m[3]), value))

    settings = Settings()

    assert settings.environment is Environment.PRODUCTION
    assert settings.database == f"postgresql+psycopg://fieldveil:{'0a' * 32}@postgres/fieldveil"


def test_every_volume_is_used() -> None:  # C10
    assert {volume for name in SERVICES for volume in _mounts(name).values()} == set(FILE["volumes"])

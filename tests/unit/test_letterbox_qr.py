"""The settings code of Collect."""

import base64
import json
import zlib

import pytest

from backend.letterbox import qr
from backend.letterbox.qr import code_for_phone, collect_settings

# Names and values of ODK Collect's own settings schema, as far as this code uses them.
_GENERAL = {
    "server_url": str,
    "form_update_mode": {"manual", "previously_downloaded", "match_exactly"},
    "periodic_form_updates_check": {"every_fifteen_minutes", "every_one_hour", "every_six_hours", "every_24_hours"},
    "autosend": {"off", "wifi_only", "cellular_only", "wifi_and_cellular"},
    "delete_send": bool,
    "guidance_hint": {"no", "yes", "yes_collapsed"},
    "analytics": bool,
    "app_language": str,
}


def _fits(name: str, value: object) -> bool:
    allowed = _GENERAL[name]
    return value in allowed if isinstance(allowed, set) else isinstance(value, allowed)


def test_general_settings_are_ones_that_collect_knows() -> None:
    general = collect_settings("https://x.org/letterbox/t", "Team 3", language="ar")["general"]

    assert {name: value for name, value in general.items() if not _fits(name, value)} == {}


def test_the_phone_sends_by_itself_and_keeps_nothing() -> None:
    settings = collect_settings("https://x.org/letterbox/t", "Team 3", language="ar")

    assert settings["general"] == {
        "server_url": "https://x.org/letterbox/t",
        "form_update_mode": "match_exactly",
        "periodic_form_updates_check": "every_one_hour",
        "autosend": "wifi_and_cellular",
        "delete_send": True,
        "guidance_hint": "yes_collapsed",
        "analytics": False,
        "app_language": "ar",
    }
    assert settings["admin"]["change_server"] is False
    assert set(settings["admin"].values()) == {False}


def test_no_name_number_or_password_is_in_the_code() -> None:
    settings = collect_settings("https://x.org/letterbox/t", "Team 3")

    named = {name for part in settings.values() for name in part}
    assert not {name for name in named if "metadata_" in name or name in {"username", "password", "admin_pw"}}
    assert "app_language" not in named


def test_practice_looks_different_on_the_phone() -> None:
    real = collect_settings("https://x.org/letterbox/t", "Team 3")["project"]
    practice = collect_settings("https://x.org/letterbox/t", "Team 3", practice=True)["project"]

    assert real["color"] != practice["color"]
    assert real["name"] == "Team 3"
    assert real["icon"] == "T"


def test_collect_can_unpack_what_the_code_holds(monkeypatch: pytest.MonkeyPatch) -> None:
    packed: list[str] = []
    original = qr.segno.make
    monkeypatch.setattr(qr.segno, "make", lambda text, **how: (packed.append(text), original(text, **how))[1])

    code = code_for_phone("https://x.org/", "to-ken_", "\u0641\u0631\u064a\u0642", language="ar")

    unpacked = json.loads(zlib.decompress(base64.b64decode(packed[0])))
    assert unpacked["general"]["server_url"] == code.server_url == "https://x.org/letterbox/to-ken_"
    assert unpacked["project"]["name"] == "\u0641\u0631\u064a\u0642"
    assert set(unpacked) == {"general", "admin", "project"}


def test_both_pictures_are_there_and_the_token_is_not_shown_by_accident() -> None:
    code = code_for_phone("https://x.org", "secret-token", "Team 3")

    assert code.svg.startswith("<svg")
    assert code.png.startswith(b"\x89PNG")
    assert "secret-token" not in repr(code)

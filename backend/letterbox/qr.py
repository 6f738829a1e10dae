"""The settings QR code of ODK Collect. It holds the token: treat it as a password and show it once."""

import base64
import io
import json
import zlib
from dataclasses import dataclass, field
from urllib.parse import quote

import segno

from backend.letterbox.routes import PREFIX

_REAL, _PRACTICE = "#1f5f8b", "#b3261e"

# A scan resets whatever is not named here.
_GENERAL = {
    # Forms that are closed leave the phone, new versions come by themselves.
    "form_update_mode": "match_exactly",
    "periodic_form_updates_check": "every_one_hour",
    # An interview leaves the phone as soon as there is a network, and does not stay behind on it.
    "autosend": "wifi_and_cellular",
    "delete_send": True,
    "guidance_hint": "yes_collapsed",
    "analytics": False,
}
# What the person with the phone cannot change by accident. No user name, number or mail address goes into any form.
_LOCKED = (
    "change_server",
    "form_update_mode",
    "periodic_form_updates_check",
    "automatic_update",
    "change_autosend",
    "delete_after_send",
    "change_form_metadata",
    "analytics",
)


@dataclass(frozen=True, slots=True)
class PhoneCode:
    """All three pictures show the same code. `server_url` is what one types where a camera does not work."""

    svg: str = field(repr=False)
    png: bytes = field(repr=False)
    terminal: str = field(repr=False)
    server_url: str = field(repr=False)


def code_for_phone(
    public_url: str, token: str, label: str, *, language: str | None = None, practice: bool = False
) -> PhoneCode:
    """The code of a phone of the letterbox."""
    return code_for_address(phone_address(public_url, token), label, language=language, practice=practice)


def phone_address(public_url: str, token: str) -> str:
    """What the phone talks to. It holds the token."""
    return f"{public_url.rstrip('/')}{PREFIX}/{quote(token, safe='')}"


def web_form_address(public_url: str, token: str) -> str:
    """Where the same forms are filled in a browser. It holds the token."""
    return f"{public_url.rstrip('/')}/fill/{quote(token, safe='')}"


def code_for_address(server_url: str, label: str, *, language: str | None = None, practice: bool = False) -> PhoneCode:
    """`language` is that of the team: Collect shows an Arabic form right to left only if it speaks Arabic itself."""
    settings = collect_settings(server_url, label, language=language, practice=practice)
    code = segno.make(_packed(settings), micro=False, error="m")
    picture, letters = io.BytesIO(), io.StringIO()
    code.save(picture, kind="png", scale=6)
    code.terminal(letters, compact=True)
    svg = code.svg_inline(scale=4, omitsize=True)
    return PhoneCode(svg=svg, png=picture.getvalue(), terminal=letters.getvalue(), server_url=server_url)


def collect_settings(
    server_url: str, label: str, *, language: str | None = None, practice: bool = False
) -> dict[str, dict[str, object]]:
    general: dict[str, object] = {"server_url": server_url, **_GENERAL}
    if language is not None:
        general["app_language"] = language
    project = {"name": label, "icon": label[:1].upper(), "color": _PRACTICE if practice else _REAL}
    return {"general": general, "admin": dict.fromkeys(_LOCKED, False), "project": dict(project)}


def _packed(settings: dict[str, dict[str, object]]) -> str:
    text = json.dumps(settings, ensure_ascii=False, separators=(",", ":"))
    return base64.b64encode(zlib.compress(text.encode(), 9)).decode()

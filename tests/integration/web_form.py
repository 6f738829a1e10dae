"""A small real form on the letterbox, behind the web server, and an enumerator who fills it in a browser."""

import re
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from pathlib import Path
from typing import Any

import web_site
from sqlalchemy import Engine
from waitress.server import create_server

from backend.letterbox.serving import waitress_options
from backend.store.app_users import create_app_user
from backend.store.engine import transaction
from forms.brief import Chosen
from forms.build import BuiltForm, build
from forms.catalogue import load
from forms.demo import brief as demo_brief
from mappings.areas import demo
from workers.context import Context
from workers.deploy import deploy

INDICATOR = "CTE-COM-001"
REFUSED = {"agree to take part": 1}
STOPPED = {"have been trained": 1}
_QUESTIONS = """() => [...document.querySelectorAll('.question-container')].map((box, number) => ({
  number,
  text: box.querySelector('.control-text')?.innerText ?? '',
  needed: Boolean(box.querySelector('.required')),
  kind: ['input[type=radio]', 'input[type=checkbox]', '.p-select'].find(kind => box.querySelector(kind)) ?? 'note',
  answered: Boolean(box.querySelector('input:checked')
    || (box.querySelector('.p-select-label')?.innerText ?? '').trim()),
}))"""


@lru_cache(maxsize=1)
def built() -> BuiltForm:
    """One indicator between all that every interview has."""
    today = datetime.now(UTC).date()
    brief = replace(demo_brief(), indicators=(Chosen(INDICATOR, "no other source"),))
    verified = replace(brief.purpose, referral_verified_on=today - timedelta(days=3))
    return build(replace(brief, purpose=verified), load(), demo.load())


@dataclass
class Field:
    """The product as an enumerator and an officer meet it; what a browser complained about."""

    context: Context
    app: Any
    token: str
    address: str = ""
    complaints: list[str] = field(default_factory=list)

    def watch(self, page: Any) -> None:
        page.on("console", lambda said: self.complaints.append(said.text) if said.type in {"error", "warning"} else 0)
        page.on("pageerror", lambda error: self.complaints.append(str(error)))
        page.on("request", lambda request: self._check(request.url))

    def _check(self, url: str) -> None:
        if not url.startswith((self.address, "data:", "blob:")):
            self.complaints.append(f"asked elsewhere: {url}")

    @contextmanager
    def serving(self, port: int = 0) -> Iterator[None]:
        """Until the block ends; then nothing answers any more."""
        server = create_server(self.app, host="127.0.0.1", port=port, **waitress_options(self.context.settings))
        thread = threading.Thread(target=server.run, daemon=True)
        thread.start()
        self.address = f"http://127.0.0.1:{server.effective_port}"
        yield
        server.close()
        thread.join(timeout=5)


@contextmanager
def in_the_field(engine: Engine, home: Path) -> Iterator[Field]:
    settings = web_site.settings_for(engine, home)
    context = Context(settings, engine)
    today = datetime.now(UTC).date()
    web_site.add_areas(engine)
    deploy(context, built(), today=today, actor="test")
    with transaction(engine) as session:
        made = create_app_user(session, label="T1", forms=[built().form_id], today=today, audit=web_site.ENTRY)
    with web_site.site(engine, home) as app:
        app.config["TESTING"] = False
        yield Field(context, app, made.token)


def fill_in(page: Any, choices: Mapping[str, int] | None = None, *, optional: bool = False) -> None:
    """Answers what needs an answer with the first choice, or with the one of `choices` (part of the label: number)."""
    page.wait_for_selector(".question-container")
    for _ in range(60):
        todo = [one for one in page.evaluate(_QUESTIONS) if _is_open(one, optional=optional)]
        if not todo:
            return
        _answer(page, todo[0], next((n for part, n in (choices or {}).items() if part in todo[0]["text"]), 0))
    raise AssertionError(f"cannot answer: {todo[0]['text'][:60]}")


def _is_open(question: dict[str, Any], *, optional: bool) -> bool:
    return question["kind"] != "note" and not question["answered"] and (question["needed"] or optional)


def _answer(page: Any, question: dict[str, Any], choice: int) -> None:
    box = page.locator(".question-container").nth(question["number"])
    if question["kind"] == ".p-select":
        box.locator(".p-select").click()
        page.locator(".p-select-option").nth(choice).click()
        page.locator(".p-select-option").first.wait_for(state="detached")
    else:
        box.locator("label.value-option").nth(choice).click()
    page.wait_for_timeout(20)


def value(xml: str, name: str) -> str | None:
    found = re.search(rf"<{name}>([^<]*)</{name}>", xml)
    return found[1] if found else None

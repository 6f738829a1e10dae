"""The web form in a real browser: preview, filling in, sealing, offline, and what the browser keeps of it: nothing.

Every test fails on a console error, on a violation of the content policy and on a request to another host.
"""

import os
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import web_form
import web_site
from sqlalchemy import Engine, func, select, update
from web_form import REFUSED, STOPPED, Field, fill_in, value

from backend.access import Role
from backend.app.fetch_assets import is_up_to_date
from backend.store.engine import reading, transaction
from backend.store.status import Totals, totals
from backend.store.tables import form, ledger, letter, letter_key
from workers.pull import pull_form

HAS_ASSETS = is_up_to_date()
PHONE, LAPTOP = (360, 740), (1366, 768)
SEVEN_MINUTES = 7 * 60 * 1000
SEND = ".odk-form .footer button"
# Chromium warns of a frame that could lift its own sandbox; the page's comes with its headers, and cannot be lifted.
_NO_FAULT = ("for its sandbox attribute can escape",)
# Without a network the browser says so in the console, for each request.
_NO_NETWORK = ("ERR_INTERNET_DISCONNECTED", "ERR_CONNECTION_REFUSED", "Failed to load resource")

SLOW = pytest.mark.slow

pytestmark = [
    pytest.mark.browser,
    pytest.mark.skipif(
        not HAS_ASSETS and os.environ.get("CI") != "true",
        reason="THE FILES OF THE WEB FORM ARE NOT HERE: run `make assets` where there is a network",
    ),
]


def test_the_files_of_the_web_form_are_here() -> None:
    assert HAS_ASSETS, "run `make assets`"


@pytest.fixture
def product(sqlite_engine: Engine, tmp_path: Path) -> Iterator[Field]:
    with web_form.in_the_field(sqlite_engine, tmp_path) as product, product.serving():
        yield product
    assert [said for said in product.complaints if not any(part in said for part in _NO_FAULT)] == []


Look = Callable[..., Any]


@pytest.fixture
def look(browser: Any, product: Field) -> Iterator[Look]:
    contexts = []

    def open_page(path: str, *, language: str = "en", screen: tuple[int, int] = PHONE) -> Any:
        width, height = screen
        context = browser.new_context(viewport={"width": width, "height": height}, locale=language)
        contexts.append(context)
        page = context.new_page()
        product.watch(page)
        page.goto(product.address + path)
        return page

    yield open_page
    for context in contexts:
        context.close()


@pytest.fixture
def preview(look: Look, product: Field) -> Callable[..., Any]:
    """As an information management officer sees the newest version."""

    def open_preview(**how: Any) -> Any:
        person = web_site.add_account(product.context.engine, Role.IM_OFFICER)
        page = look(f"/enter/{web_site.one_time_link(product.context.engine, person)}", **how)
        page.click("main button[type=submit]")
        page.clock.install()
        page.goto(f"{product.address}/preview/{web_form.built().form_id}")
        page.wait_for_selector(".question-container")
        return page

    return open_preview


def _sent(page: Any) -> str:
    """What the preview shows at its end."""
    page.locator(SEND).last.click()
    page.wait_for_selector("pre.sent")
    return str(page.locator("pre.sent").get_attribute("data-xml"))


def _overflow(page: Any) -> int:
    return int(page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth"))


# ---- preview ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "choices",
    [pytest.param({}, id="full", marks=SLOW), pytest.param(REFUSED, id="refused", marks=SLOW), STOPPED],
    ids=[None, None, "stopped"],
)
def test_whole_minutes_stay_and_the_start_does_not(preview: Callable[..., Any], choices: dict[str, int]) -> None:
    page = preview()
    page.clock.fast_forward(SEVEN_MINUTES)
    fill_in(page, choices)

    xml = _sent(page)

    assert value(xml, "q_minutes") == "7"
    assert "<t0" not in xml
    assert (value(xml, "con_given"), value(xml, "saf_trained")) == {
        "": ("yes", "yes"),
        "agree to take part": ("no", "yes"),
        "have been trained": (None, "no"),
    }[next(iter(choices), "")]


@pytest.mark.slow
def test_the_code_that_is_shown_is_the_code_that_is_sent(preview: Callable[..., Any]) -> None:
    page = preview()
    fill_in(page)
    shown = page.locator("text=/[0-9a-f]{8}/").first.inner_text()

    code = value(_sent(page), "clo_code")

    assert code is not None
    assert len(code) == 8
    assert code in shown


def test_the_preview_sends_nothing_and_has_no_session(preview: Callable[..., Any], product: Field) -> None:
    page = preview()
    asked: list[Any] = []
    page.on("request", lambda request: asked.append(request))
    fill_in(page, STOPPED)
    _sent(page)

    assert page.evaluate("self.origin") == "null"
    assert [request.url for request in asked] == []
    with reading(product.context.engine) as session:
        assert session.scalar(select(func.count()).select_from(letter)) == 0


@pytest.mark.parametrize(
    ("language", "screen"),
    [
        pytest.param("ar", PHONE, id="ar-phone"),
        pytest.param("ar", LAPTOP, id="ar-laptop", marks=SLOW),
        pytest.param("en", PHONE, id="en-phone", marks=SLOW),
        pytest.param("en", LAPTOP, id="en-laptop", marks=SLOW),
    ],
)
def test_a_form_has_the_direction_of_its_language(
    preview: Callable[..., Any], language: str, screen: tuple[int, int]
) -> None:
    page = preview(language=language, screen=screen)

    direction = page.evaluate("getComputedStyle(document.querySelector('.odk-form')).direction")

    assert direction == {"en": "ltr", "ar": "rtl"}[language]
    assert page.title() == f"{web_form.built().title} · {'معاينة' if language == 'ar' else 'Preview'}"
    assert page.locator(SEND).last.inner_text() == {"en": "Send", "ar": "إرسال"}[language]
    assert _overflow(page) <= 0


@pytest.mark.slow
def test_what_is_missing_is_said_in_the_language_of_the_form(preview: Callable[..., Any]) -> None:
    page = preview(language="ar")

    page.locator(SEND).last.click()

    page.wait_for_selector("text=/أسئلة تحتاج إلى إجابة أو تصحيح: [0-9]+/")
    assert page.locator("text=/questions? with error/").count() == 0


@pytest.mark.slow
def test_the_language_is_switched_in_the_middle_and_answers_stay(preview: Callable[..., Any]) -> None:
    page = preview(screen=LAPTOP)
    fill_in(page, STOPPED)

    page.locator(".language-changer:visible .p-select-label").click()
    page.locator(".p-select-option", has_text="العربية").click()
    page.wait_for_function("document.documentElement.dir === 'rtl'")

    assert page.locator(SEND).last.inner_text() == "إرسال"
    assert value(_sent(page), "saf_trained") == "no"


# ---- filling in ------------------------------------------------------------------------------------------------------


def _start(page: Any) -> None:
    page.click(".choices button.main")
    page.wait_for_selector(".question-container")


def _finish(page: Any, choices: dict[str, int] | None = None) -> str:
    """Fills in, seals, and gives what the page says then."""
    _start(page)
    fill_in(page, choices or STOPPED)
    page.locator(SEND).last.click()
    page.wait_for_selector(".note.good")
    return str(page.locator(".note.good").inner_text())


def _ledger(product: Field) -> dict[str, int]:
    with reading(product.context.engine) as session:
        return dict(session.execute(select(ledger.c.outcome, func.count()).group_by(ledger.c.outcome)).all())


@pytest.mark.slow
@pytest.mark.parametrize(
    ("language", "said"), [("en", "Received and sealed."), ("ar", "تم الاستلام والختم.")], ids=["en", "ar"]
)
def test_an_interview_is_sealed_in_the_page_and_read_by_a_worker(
    look: Look, product: Field, language: str, said: str
) -> None:
    page = look(f"/fill/{product.token}", language=language)

    assert _finish(page, {"no such": 0}) == said

    pull_form(product.context, web_form.built().form_id)
    assert _ledger(product) == {"stored": 1}


@pytest.mark.slow
def test_a_tab_is_named_after_what_is_open_in_it(look: Look, product: Field) -> None:
    page = look(f"/fill/{product.token}", language="ar")
    page.wait_for_selector(".choices button.main")
    before = page.title()
    _start(page)

    assert (before, page.title()) == ("استمارة الويب · Fieldveil", f"{web_form.built().title} · Fieldveil")


@pytest.mark.slow
def test_no_cookie_is_set_or_sent(look: Look, product: Field) -> None:
    page = look("/login")
    assert page.context.cookies() != []
    page.goto(f"{product.address}/fill/{product.token}")
    page.wait_for_selector("text=Ready for work without a network.")
    before = page.context.cookies()
    heads: list[dict[str, str]] = []
    page.on("request", lambda request: heads.append(request.all_headers()))

    page.reload()
    _finish(page)

    assert page.context.cookies() == before
    assert [head["cookie"] for head in heads if "cookie" in head and ":path" not in head] == []


def test_without_a_network_it_reloads_seals_waits_and_sends_later(look: Look, product: Field) -> None:
    page = look(f"/fill/{product.token}")
    page.wait_for_selector("text=Ready for work without a network.")
    page.context.set_offline(True)
    page.reload()

    assert "as soon as there is a network" in _finish(page)
    assert "as soon as there is a network" in _finish(page)
    page.reload()
    page.wait_for_selector("text=Sealed interviews waiting here: 2")
    page.context.set_offline(False)
    page.wait_for_selector("text=waiting here", state="detached")

    pull_form(product.context, web_form.built().form_id)
    assert _ledger(product) == {"refused": 2}
    _forget(product, *_NO_NETWORK)


def _forget(product: Field, *parts: str) -> None:
    product.complaints[:] = [said for said in product.complaints if not any(part in said for part in parts)]


@pytest.mark.slow
def test_who_sends_too_late_reads_that_nobody_will_count_it(look: Look, product: Field) -> None:
    page = look(f"/fill/{product.token}")
    page.wait_for_selector("text=Ready for work without a network.")
    page.context.set_offline(True)
    _finish(page)
    long_ago = datetime.now(UTC).date() - timedelta(days=20)
    with transaction(product.context.engine) as session:
        session.execute(update(form).values(state="closed", closed_on=long_ago))

    page.context.set_offline(False)

    page.wait_for_selector("text=this form was closed weeks ago")
    page.wait_for_selector("text=waiting here", state="detached")
    pull_form(product.context, web_form.built().form_id)
    assert _ledger(product) == {}
    _forget(product, *_NO_NETWORK)


_INSTEAD: dict[str, Callable[[Any], None]] = {
    "nothing": lambda route: route.abort(),
    "an error of the server": lambda route: route.fulfill(status=500, body="<html>"),
    "an error of the proxy": lambda route: route.fulfill(status=502, body="<html>"),
    "a conflict": lambda route: route.fulfill(status=409, headers={"X-OpenRosa-Version": "1.0"}, body="<html>"),
    "the login page of a network": lambda route: route.fulfill(status=200, content_type="text/html", body="<html>"),
    "a login page that says 201": lambda route: route.fulfill(status=201, content_type="text/html", body="<html>"),
}


@pytest.mark.slow
@pytest.mark.parametrize("instead", _INSTEAD)
def test_a_retry_whose_answer_was_lost_counts_once(look: Look, product: Field, instead: str) -> None:
    page = look(f"/fill/{product.token}")
    page.wait_for_selector("text=Ready for work without a network.")
    lost: list[int] = []
    page.route("**/letters/**", lambda route: lost.append(route.fetch().status) or _INSTEAD[instead](route))

    assert _finish(page) != "Received and sealed."
    page.unroute("**/letters/**")
    page.click("text=Send now")
    page.wait_for_selector("text=waiting here", state="detached")

    pull_form(product.context, web_form.built().form_id)
    assert (lost[:1], _ledger(product)) == ([201], {"refused": 1})
    _forget(product, "ERR_FAILED", *_NO_NETWORK)


@pytest.mark.slow
def test_a_login_page_of_a_network_does_not_take_the_place_of_the_form(look: Look, product: Field) -> None:
    page = look(f"/fill/{product.token}")
    page.wait_for_selector("text=Ready for work without a network.")
    page.route("**/letterbox/**", lambda route: route.fulfill(status=200, content_type="text/html", body="<html>"))
    page.reload()

    assert "as soon as there is a network" in _finish(page)
    page.unroute("**/letterbox/**")
    page.click("text=Send now")
    page.wait_for_selector("text=waiting here", state="detached")

    pull_form(product.context, web_form.built().form_id)
    assert _ledger(product) == {"refused": 1}
    _forget(product, *_NO_NETWORK)


@pytest.mark.slow
def test_two_tabs_send_each_letter_once(look: Look, product: Field) -> None:
    page = look(f"/fill/{product.token}")
    page.wait_for_selector("text=Ready for work without a network.")
    other = page.context.new_page()
    product.watch(other)
    other.goto(f"{product.address}/fill/{product.token}")
    other.wait_for_selector("text=Ready for work without a network.")
    page.context.set_offline(True)
    _finish(page)
    _finish(other)
    posted: list[str] = []
    page.context.on("request", lambda request: posted.append(request.url) if request.method == "POST" else None)

    page.context.set_offline(False)
    page.wait_for_selector("text=waiting here", state="detached")
    other.wait_for_selector("text=waiting here", state="detached")

    pull_form(product.context, web_form.built().form_id)
    assert (len(posted), len(set(posted)), _ledger(product)) == (2, 2, {"refused": 2})
    _forget(product, *_NO_NETWORK)


@pytest.mark.slow
def test_a_letter_whose_key_a_restored_server_does_not_know_yet_waits_for_it(look: Look, product: Field) -> None:
    page = _sealed_with_a_lost_key(look, product)

    page.context.set_offline(False)
    page.wait_for_selector("text=The server is not ready to seal answers.")
    assert page.locator("text=Interviews that nobody can open any more").count() == 0
    _rename_keys(product, func.replace(letter_key.c.key_id, "x", ""))
    page.click("text=Send now")
    page.wait_for_selector("text=waiting here", state="detached")

    pull_form(product.context, web_form.built().form_id)
    assert _ledger(product) == {"refused": 1}
    _forget(product, *_NO_NETWORK)


def _sealed_with_a_lost_key(look: Look, product: Field) -> Any:
    """A page without a network that holds a letter, whose key the server does not know any more."""
    page = look(f"/fill/{product.token}")
    page.wait_for_selector("text=Ready for work without a network.")
    page.context.set_offline(True)
    _finish(page)
    _rename_keys(product, letter_key.c.key_id + "x")
    return page


def _rename_keys(product: Field, name: Any) -> None:
    with transaction(product.context.engine) as session:
        session.execute(update(letter_key).values(key_id=name))


@pytest.mark.slow
def test_what_can_no_longer_be_opened_is_said_and_not_sent(look: Look, product: Field) -> None:
    page = _sealed_with_a_lost_key(look, product)
    page.clock.set_fixed_time(datetime.now(UTC) + timedelta(days=120))
    posted: list[str] = []
    page.on("request", lambda request: posted.append(request.url) if request.method == "POST" else None)

    page.context.set_offline(False)
    page.wait_for_selector("text=Interviews that nobody can open any more: 1.")
    page.get_by_role("button", name="Remove them").click()
    page.wait_for_selector("text=nobody can open", state="detached")

    assert posted == []
    _forget(product, *_NO_NETWORK)


_FULL = "IDBObjectStore.prototype.put = () => { throw new DOMException('full', 'QuotaExceededError'); }; 0"


@pytest.mark.slow
def test_a_browser_without_room_sends_at_once_or_leaves_the_form_open(look: Look, product: Field) -> None:
    page = look(f"/fill/{product.token}")
    page.wait_for_selector("text=Ready for work without a network.")
    said: list[str] = []
    page.on("dialog", lambda dialog: said.append(dialog.message) or dialog.accept())
    page.evaluate(_FULL)
    _start(page)
    fill_in(page, STOPPED)
    page.context.set_offline(True)
    page.locator(SEND).last.click()
    page.wait_for_timeout(500)
    page.context.set_offline(False)
    page.locator(SEND).last.click()
    page.wait_for_selector(".note.good")

    pull_form(product.context, web_form.built().form_id)
    assert [text[:37] for text in said] == ["This browser keeps nothing for this p"]
    assert _ledger(product) == {"refused": 1}
    _forget(product, *_NO_NETWORK)


@pytest.mark.slow
def test_a_browser_without_room_that_lost_the_answer_sends_the_same_interview_again(look: Look, product: Field) -> None:
    page = look(f"/fill/{product.token}")
    page.wait_for_selector("text=Ready for work without a network.")
    page.on("dialog", lambda dialog: dialog.accept())
    page.evaluate(_FULL)
    lost: list[int] = []
    page.route("**/letters/**", lambda route: lost.append(route.fetch().status) or route.abort())
    _start(page)
    fill_in(page, STOPPED)
    page.locator(SEND).last.click()
    page.wait_for_timeout(1000)
    page.unroute("**/letters/**")
    page.locator(SEND).last.click()
    page.wait_for_selector(".note.good")

    pull_form(product.context, web_form.built().form_id)
    assert (lost, _ledger(product), _figures(product).posted, _figures(product).agree) == (
        [201],
        {"refused": 1},
        1,
        True,
    )
    _forget(product, "ERR_FAILED", *_NO_NETWORK)


def _figures(product: Field) -> Totals:
    with reading(product.context.engine) as session:
        return totals(session, web_form.built().form_id)


# ---- what the browser keeps ------------------------------------------------------------------------------------------

_EVERYTHING_KEPT = """async () => {
  const decode = bytes => new TextDecoder('latin1').decode(bytes);
  let kept = JSON.stringify(localStorage) + JSON.stringify(sessionStorage) + document.cookie;
  for (const name of await caches.keys()) {
    const cache = await caches.open(name);
    for (const request of await cache.keys()) {
      kept += request.url + decode(await (await cache.match(request)).arrayBuffer());
    }
  }
  for (const { name } of await indexedDB.databases()) {
    const opening = indexedDB.open(name);
    const database = await new Promise(done => { opening.onsuccess = () => done(opening.result); });
    for (const store of database.objectStoreNames) {
      const all = database.transaction(store).objectStore(store).getAll();
      const rows = await new Promise(done => { all.onsuccess = () => done(all.result); });
      for (const row of rows) kept += JSON.stringify(row) + decode(row.sealed);
    }
    database.close();
  }
  return kept;
}"""


def test_the_browser_keeps_nothing_of_what_was_answered(look: Look, product: Field) -> None:
    page = look(f"/fill/{product.token}")
    page.wait_for_selector("text=Ready for work without a network.")
    page.context.set_offline(True)
    _start(page)
    fill_in(page)
    # The code of this very interview: typed by nobody before, and in the letter only.
    canary = page.locator("text=/[0-9a-f]{8}/").first.inner_text()
    code = next(
        word for word in canary.replace(":", " ").replace(".", " ").split() if len(word) == 8 and word.isalnum()
    )
    during = page.evaluate(_EVERYTHING_KEPT)
    page.locator(SEND).last.click()
    page.wait_for_selector(".note.good")
    after = page.evaluate(_EVERYTHING_KEPT)

    assert "letterId" in after
    assert [part for part in (code, "instanceID>uuid", "<ctx_enum>E01") if part in during + after] == []
    _forget(product, *_NO_NETWORK)


# ---- what it cannot do without ---------------------------------------------------------------------------------------


def test_over_plain_http_it_says_that_it_cannot_seal(look: Look, product: Field) -> None:
    page = look("/login")
    # The same server under a name that is not this machine, as in a field office without TLS.
    page.context.add_init_script("Object.defineProperty(window, 'isSecureContext', { value: false })")
    page.goto(f"{product.address}/fill/{product.token}")

    assert "https://" in page.wait_for_selector(".note.bad").inner_text()
    assert page.locator(".choices").count() == 0


def test_a_link_that_is_no_longer_valid_says_so(look: Look, product: Field) -> None:
    page = look("/fill/another-token", language="fr")

    assert "Demandez-en un nouveau" in page.wait_for_selector(".note.bad").inner_text()
    # It asks for the key as well, and is refused again.
    page.wait_for_timeout(1500)
    _forget(product, "403")

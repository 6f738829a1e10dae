"""The pages in a real browser: charts under the strict policy, nothing fetched from elsewhere, no sideways scroll.

Every test fails on a console error, on a violation of the content policy and on a request to another host.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
import web_site
from served import served
from sqlalchemy import Engine, insert, update

from backend.access import Role
from backend.store.engine import transaction
from backend.store.tables import daily, letter
from forms import demo
from forms.catalogue import load
from forms.overlay import as_workbook, as_yaml

PHONE, LAPTOP = (360, 740), (1366, 768)
HALF_A_MINUTE = 31_000

pytestmark = pytest.mark.browser


@dataclass
class Site:
    """The application as waitress serves it, and what went wrong in the browser that looked at it."""

    address: str
    engine: Engine
    complaints: list[str] = field(default_factory=list)

    def watch(self, page: Any) -> None:
        page.on("console", lambda said: self._note(said.text) if said.type in {"error", "warning"} else None)
        page.on("pageerror", lambda error: self._note(str(error)))
        page.on("request", lambda request: self._check_address(request.url))

    def _note(self, text: str) -> None:
        self.complaints.append(text)

    def _check_address(self, url: str) -> None:
        if not url.startswith((self.address, "data:")):
            self._note(f"asked elsewhere: {url}")


@pytest.fixture
def site(sqlite_engine: Engine, tmp_path: Path) -> Iterator[Site]:
    web_site.fill(sqlite_engine)
    web_site.add_note(sqlite_engine, tmp_path, "north", "E07", "ab" * 16)
    web_site.add_phone(sqlite_engine)
    web_site.add_draft(sqlite_engine, web_site.demo_draft())
    with web_site.site(sqlite_engine, tmp_path) as app:
        app.config["TESTING"] = False
        with served(app, threads=4) as port:
            found = Site(f"http://127.0.0.1:{port}", sqlite_engine)
            yield found
    assert found.complaints == []


Look = Callable[..., Any]


@pytest.fixture
def look(browser: Any, site: Site) -> Iterator[Look]:
    """Opens a page as a signed-in reader with every role, in a language, on a screen, with or without JavaScript."""
    contexts = []
    token = web_site.one_time_link(site.engine, web_site.add_account(site.engine, *Role, teams=web_site.NORTH))

    def open_page(path: str, *, language: str = "en", screen: tuple[int, int] = LAPTOP, script: bool = True) -> Any:
        width, height = screen
        context = browser.new_context(
            viewport={"width": width, "height": height}, locale=language, java_script_enabled=script
        )
        contexts.append(context)
        page = context.new_page()
        site.watch(page)
        page.clock.install()
        page.goto(f"{site.address}/enter/{token}")
        page.click("main button[type=submit]")
        page.goto(site.address + path, wait_until="networkidle")
        return page

    yield open_page
    for context in contexts:
        context.close()


EVERY_PAGE = (
    "/",
    "/forms",
    f"/forms/{web_site.FORM}/versions",
    "/catalogue",
    "/catalogue/CTE-COM-013",
    "/drafts",
    f"/drafts/{web_site.DRAFT}",
    f"/drafts/{web_site.DRAFT}/details",
    f"/drafts/{web_site.DRAFT}/checks",
    f"/drafts/{web_site.DRAFT}/files",
    f"/drafts/{web_site.DRAFT}/overlay",
    "/overlay",
    "/translations",
    "/translations/ar",
    "/servers",
    "/losses",
    "/conflicts",
    "/answers",
    "/export",
    "/inbox",
    "/protection",
    "/account",
    "/account/password",
)


def _overflow(page: Any) -> int:
    return int(page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth"))


def test_bars_and_map_are_drawn_from_the_tables(look: Look) -> None:
    page = look("/")

    page.wait_for_selector("[data-chart=map] svg path")
    assert page.locator("[data-chart=bars] svg").count() == 1
    assert page.locator("[data-legend] li").count() >= 3
    assert page.locator("#days-table").is_hidden()


def test_without_javascript_the_tables_are_all_there(look: Look) -> None:
    page = look("/", script=False)

    assert page.locator("#days-table").is_visible()
    assert page.locator("#coverage-table").is_visible()
    assert page.locator("[data-chart]").first.is_hidden()


@pytest.mark.parametrize("language", ["en", "ar"])
@pytest.mark.parametrize("screen", [PHONE, LAPTOP], ids=["phone", "laptop"])
def test_no_page_scrolls_sideways(look: Look, language: str, screen: tuple[int, int]) -> None:
    page = look("/", language=language, screen=screen)

    address = page.url.rstrip("/")
    wide = {path: _overflow(page) for path in EVERY_PAGE if page.goto(address + path)}

    assert {path: by for path, by in wide.items() if by > 0} == {}


def test_an_arabic_page_runs_from_right_to_left(look: Look) -> None:
    page = look("/", language="ar")

    brand, sign_out = page.locator(".brand").bounding_box(), page.locator("form[action='/logout']").bounding_box()
    assert brand["x"] > sign_out["x"]
    assert page.evaluate("getComputedStyle(document.body).direction") == "rtl"


def test_the_keyboard_reaches_the_content_first(look: Look) -> None:
    page = look("/forms")

    page.keyboard.press("Tab")
    page.keyboard.press("Enter")

    assert page.evaluate("document.activeElement.id") == "content"


def test_new_figures_arrive_by_themselves_and_an_open_table_stays_open(look: Look, site: Site) -> None:
    page = look("/")
    page.wait_for_selector("[data-chart=bars] svg")
    page.locator("#days-table").evaluate("table => table.closest('details').open = true")
    with transaction(site.engine) as session:
        session.execute(insert(daily).values(form_id=web_site.FORM, day=web_site.TODAY, adm1_pcode="new", n=5000))

    page.clock.fast_forward(HALF_A_MINUTE)

    page.locator(".figures dd", has_text="6,").wait_for()
    page.wait_for_selector("[data-chart=bars] svg")
    assert page.locator("#days-table").is_visible()


def test_when_nothing_changed_the_charts_stay_as_they_are(look: Look) -> None:
    page = look("/")
    page.wait_for_selector("[data-chart=bars] svg")
    page.locator("[data-chart=bars]").evaluate("place => place.dataset.seen = 'yes'")

    with page.expect_response("**/live*") as answered:
        page.clock.fast_forward(HALF_A_MINUTE)
    page.wait_for_timeout(100)

    assert answered.value.headers["hx-reswap"] == "none"
    assert page.locator("[data-chart=bars][data-seen=yes] svg").count() == 1


def test_a_server_that_is_silent_is_told_until_it_answers(look: Look, site: Site) -> None:
    page = look("/")
    silent = page.locator("[data-no-news]")
    page.route("**/live*", lambda route: route.abort())

    page.clock.fast_forward(HALF_A_MINUTE)
    silent.wait_for(state="visible")
    page.unroute("**/live*")
    page.clock.fast_forward(HALF_A_MINUTE)

    silent.wait_for(state="hidden")
    site.complaints[:] = [said for said in site.complaints if not said.startswith(("htmx:", "Failed to load"))]


def test_a_browser_that_saves_data_has_the_tables_alone(look: Look) -> None:
    page = look("/account")
    page.add_init_script("Object.defineProperty(navigator, 'connection', {value: {saveData: true}})")
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))

    page.goto(page.url.replace("/account", "/"), wait_until="networkidle")

    assert page.locator("#days-table").is_visible()
    assert not any("echarts" in url for url in asked)
    assert any("charts.js" in url for url in asked)


def test_a_reader_whose_session_ended_is_led_to_sign_in(look: Look, site: Site) -> None:
    page = look("/")
    page.wait_for_selector("[data-chart=bars] svg")
    web_site.close_account(site.engine, "amina")

    page.clock.fast_forward(HALF_A_MINUTE)

    page.wait_for_url("**/login*")
    site.complaints[:] = [said for said in site.complaints if "401" not in said]


def test_a_phone_is_added_and_its_code_shown_and_printed(look: Look) -> None:
    page = look("/forms")
    page.fill("#phone-label", "team-7")
    page.check("#phone-form-1")
    page.click("text=Add and show the QR code")

    page.emulate_media(media="print")

    assert page.locator(".qr svg").is_visible()
    assert page.locator("header").is_hidden()


def test_the_language_is_chosen_without_javascript(look: Look) -> None:
    page = look("/account", script=False)

    page.click("button[value=fr]")

    assert page.locator("h1").inner_text() == "Compte"


def test_every_page_opens_without_a_complaint(look: Look) -> None:
    page = look("/")
    address = page.url.rstrip("/")

    titles = {path: page.title() for path in EVERY_PAGE if page.goto(address + path, wait_until="networkidle")}

    assert len(titles) == len(EVERY_PAGE)


def test_letters_that_wait_are_counted_down(look: Look, site: Site) -> None:
    page = look("/")
    with transaction(site.engine) as session:
        session.execute(update(letter).values(read_with="m1"))

    page.reload()

    assert page.locator(".figures > div", has_text="Waiting to be read").locator("dd").inner_text() == "0"


def test_minutes_follow_the_boxes_before_anything_is_saved(look: Look) -> None:
    page = look(f"/drafts/{web_site.DRAFT}")
    before = page.locator("#tally").inner_text()

    page.uncheck("#pick-CTE-COM-013")
    page.locator("#prospect .badge", has_text="not saved yet").wait_for()

    assert page.locator("#tally").inner_text().startswith("19 indicators")
    assert before.startswith("20 indicators")
    page.reload(wait_until="networkidle")
    assert page.locator("#tally").inner_text() == before


def test_a_filter_of_the_catalogue_changes_list_and_address(look: Look) -> None:
    page = look("/catalogue")

    page.select_option("#filter-theme", "recruitment")
    page.wait_for_url("**theme=recruitment**")

    assert page.locator("#found-heading").inner_text() == "10 indicators"
    assert page.locator("#found .indicators > li").count() == 10


# ---- an overlay in a draft -------------------------------------------------------------------------------------------


def _send_overlay(page: Any, content: bytes) -> None:
    page.set_input_files("#overlay-file", {"name": "any.xlsx", "mimeType": "application/zip", "buffer": content})
    page.locator("#overlay-file").locator("xpath=ancestor::form").locator("button").click()
    page.wait_for_load_state("networkidle")


@pytest.mark.parametrize(("language", "screen"), [("en", LAPTOP), ("ar", PHONE)])
def test_an_overlay_is_uploaded_looked_at_and_used(look: Look, language: str, screen: tuple[int, int]) -> None:
    page = look(f"/drafts/{web_site.DRAFT}/overlay", language=language, screen=screen)
    _send_overlay(page, as_workbook(demo.overlay(), load()))
    new = page.locator("td.new")
    assert page.url.endswith("/overlay/review")
    assert new.count() > 20
    assert _is_inside(new.first, page.locator(".scroll", has=new).bounding_box())
    assert _overflow(page) == 0

    page.locator("form[action$='/overlay/confirm'] button").click()
    page.wait_for_load_state("networkidle")

    assert page.url.endswith("/overlay")
    assert "XDV-ORGA-1-" in page.locator("main").inner_text()
    assert page.locator("form[action$='/overlay/remove'] button").is_visible()


def test_an_overlay_with_a_fault_is_refused_in_the_browser(look: Look, site: Site) -> None:
    page = look(f"/drafts/{web_site.DRAFT}/overlay", language="ar", screen=PHONE)

    _send_overlay(page, as_yaml(demo.overlay()).replace(b"CTE-COM-014", b"CTE-COM-914"))

    assert page.locator("main [role=alert]").is_visible()
    assert "CTE-COM-914" in page.locator(".finding").first.inner_text()
    assert _overflow(page) == 0
    site.complaints[:] = [said for said in site.complaints if "422" not in said]


def _is_inside(cell: Any, frame: dict[str, float]) -> bool:
    """Across: nobody has to push a table sideways to read the cell."""
    box = cell.bounding_box()
    return bool(frame["x"] <= box["x"] and box["x"] + box["width"] <= frame["x"] + frame["width"] + 1)

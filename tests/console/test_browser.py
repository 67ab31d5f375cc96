"""The pages in a real browser: shown, usable by keyboard and by axe's measure, in two languages, at two widths."""

import re

import pytest
from axe_playwright_python.sync_playwright import Axe

from tests.conftest import ROOT, value_with
from tests.console.serving import HOSTILE, feed, make_desk, served

pytestmark = pytest.mark.browser

SCREENS = ROOT / "build/screens"
PAGES = {
    "live": "/",
    "listing": "/listing?id=L-1",
    "review": "/review",
    "policy": "/policy",
    "models": "/models",
    "protection": "/protection",
}
WCAG = {"runOnly": {"type": "tag", "values": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa"]}}


@pytest.fixture
def page(browser):
    """A page of a new visitor; whatever the browser complains of fails the test."""
    context = browser.new_context(viewport={"width": 1280, "height": 900}, locale="en-GB")
    found, said = context.new_page(), []
    found.on("console", lambda message: said.append(message.text) if message.type in ("error", "warning") else None)
    found.on("pageerror", lambda error: said.append(str(error)))
    yield found
    context.close()
    assert said == []


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [1280, 390])
@pytest.mark.parametrize("name", PAGES)
def test_every_page_holds_to_wcag_aa_at_both_widths(page, console, name, width, scheme):
    page.emulate_media(color_scheme=scheme)
    page.set_viewport_size({"width": width, "height": 900})
    page.goto(console + PAGES[name])
    SCREENS.mkdir(parents=True, exist_ok=True)
    page.screenshot(path=SCREENS / f"{name}-{width}-{scheme}.png", full_page=True)
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    assert Axe().run(page, options=WCAG).response["violations"] == []


@pytest.mark.parametrize("name", PAGES)
def test_every_page_is_in_indonesian_too_and_stays_so(page, console, name):
    page.goto(f"{console}{PAGES[name]}{'&' if '?' in PAGES[name] else '?'}lang=id")
    assert page.get_attribute("html", "lang") == "id"
    assert page.get_by_role("link", name="Kebijakan").is_visible()
    SCREENS.mkdir(parents=True, exist_ok=True)
    page.screenshot(path=SCREENS / f"{name}-indonesian.png", full_page=True)
    page.goto(console + "/policy")
    assert page.text_content("h1") == "Kebijakan"


@pytest.mark.parametrize("name", HOSTILE)
def test_a_hostile_title_is_text_everywhere(page, console, name):
    page.goto(f"{console}/?q=H-{name}")
    assert page.locator("#board tbody a[id]").count() == 1
    assert page.locator("#board img, #board i, #board b").count() == 0
    page.click("#board a[id^=r]")
    page.wait_for_url("**/listing**")
    assert page.title() != "pwned"
    assert page.locator("main img, main script").count() == 0
    assert "\u202e" not in page.inner_text("main")
    page.set_viewport_size({"width": 390, "height": 900})
    assert page.evaluate("document.documentElement.scrollWidth") <= 390


def test_the_live_page_follows_what_comes_without_being_loaded_anew(page, console, desk):
    from tests.console.serving import feed, hostile_value

    page.goto(console)
    before = page.text_content("#counted")
    feed(desk, [hostile_value("emoji")])
    page.wait_for_function("before => document.getElementById('counted').textContent !== before", arg=before)
    page.check("#pause")
    page.wait_for_timeout(300)
    before = page.text_content("#counted")
    feed(desk, [hostile_value("emoji")])
    page.wait_for_timeout(1_500)
    assert page.text_content("#counted") == before


def test_the_stream_is_filtered_and_searched(page, console):
    page.goto(f"{console}/?outcome=block")
    assert set(page.locator(".cards tbody tr .tag").all_text_contents()) == {"block"}
    page.click(".cards a[href^='/?q=id-akar']")
    page.wait_for_url("**/?q=id-akar*")
    assert page.input_value("#q").startswith("id-akar/")
    assert page.locator(".cards tbody tr").count() > 1
    page.fill("#q", "S-6")
    page.press("#q", "Enter")
    page.wait_for_url("**/?q=S-6*")
    assert {text.strip() for text in page.locator(".cards td:nth-child(5)").all_text_contents()} == {"S-6"}


def test_what_if_decides_again_by_keyboard_alone(page, console):
    page.goto(f"{console}/listing?id=H-emoji")
    assert page.locator(".path mark").count() > 1
    page.focus("#f-seller_type")
    page.keyboard.press("ArrowDown")
    page.focus("#f-title")
    page.keyboard.press("Control+A")
    page.keyboard.type("Kemeja batik pria lengan panjang")
    page.keyboard.press("Enter")
    page.wait_for_selector("#answer .verdict")
    assert page.text_content("#answer .verdict .tag") == "allow"
    assert "batik" in page.text_content("#answer .letters")


def test_the_first_key_leads_to_the_content_and_every_link_can_be_reached(page, console):
    page.goto(console + "/policy")
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.className") == "skip"
    reached = set()
    for _ in range(8):
        page.keyboard.press("Tab")
        reached.add(page.evaluate("document.activeElement.textContent"))
    assert {"Live", "Review", "Policy", "Models", "EN", "ID"} <= reached


def test_a_listing_is_answered_skipped_and_taken_back_by_one_key_each(page, console, desk):
    """No pointer, no Tab: a digit answers, `u` takes back, `s` skips, `n` leads to the note and Escape out of it."""
    desk.publisher.published.clear()
    page.goto(console + "/review")
    first = page.input_value("#answering [name=listing]")
    page.keyboard.press("n")
    page.keyboard.type("2 helai")
    page.keyboard.press("Escape")
    page.keyboard.press("1")
    page.wait_for_selector("[role=status]")
    page.wait_for_load_state()
    ((label, _),) = desk.publisher.published
    assert (label.listing_id, label.note, label.labelled_by) == (first, "2 helai", "local")
    assert label.cluster == page.text_content("#answering [data-key='1']").strip("1 \n")
    page.keyboard.press("u")
    page.wait_for_url(f"**/review?listing={first}")
    assert [label.withdrawn for label, _ in desk.publisher.published] == [False, True]
    page.keyboard.press("s")
    page.wait_for_function("first => document.querySelector('#answering [name=listing]')?.value !== first", arg=first)
    page.uncheck("#keys")
    page.keyboard.press("1")
    page.reload()
    assert not page.is_checked("#keys")
    page.check("#keys")
    assert len(desk.publisher.published) == 2


@pytest.mark.parametrize("width", [1280, 390])
@pytest.mark.parametrize("name", HOSTILE)
def test_a_hostile_title_is_text_where_it_is_reviewed(page, console, name, width):
    page.set_viewport_size({"width": width, "height": 900})
    page.goto(f"{console}/review?listing=H-{name}&lang=id")
    assert page.locator("#answering button[name=cluster]").count() == 4
    assert page.title() != "pwned"
    assert page.locator("main img, main script").count() == 0
    assert "\u202e" not in page.inner_text("main")
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    assert Axe().run(page, options=WCAG).response["violations"] == []


def test_review_works_as_forms_where_nothing_is_scripted(browser, console, desk):
    context = browser.new_context(java_script_enabled=False)
    page = context.new_page()
    page.goto(console + "/review?listing=H-emoji")
    page.fill("#note", "kebaya")
    page.click("#answering button[name=cluster][value=textile_fashion]")
    assert "You said" in page.text_content("[role=status]")
    assert desk.publisher.published[-1][0].note == "kebaya"
    page.click("[aria-labelledby=yours] button")
    assert desk.publisher.published[-1][0].withdrawn
    context.close()


def test_the_listing_says_what_each_rule_answered_and_what_it_cites(page, console):
    page.goto(f"{console}/listing?id=H-html")
    words = page.inner_text("main")
    assert re.search(r"id-akar / close-cross-border → block", words)
    assert "Lazada x KemenKopUKM" in words
    assert "seller.type is cross_border" in words


def test_drift_is_told_in_words_and_holds_to_wcag_aa(page, tmp_path):
    desk = make_desk(tmp_path)
    feed(desk, [value_with(listing__id=f"F-{n}", listing__title=f"Gamis wanita {n}") for n in range(1_100)])
    with served(desk) as address:
        for width in (1280, 390):
            page.set_viewport_size({"width": width, "height": 900})
            page.goto(f"{address}/models")
            page.locator("#drift").scroll_into_view_if_needed()
            page.screenshot(path=SCREENS / f"drift-{width}.png", full_page=True)
            assert page.evaluate("document.documentElement.scrollWidth") <= width
            assert Axe().run(page, options=WCAG).response["violations"] == []
        row = page.locator("section:has(#drift) tbody tr").first
        assert "drifted" in row.text_content()
        assert "textile_fashion" in row.text_content()

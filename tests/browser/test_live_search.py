"""Finding in a real browser: results while typing, and the first of them on the first screen of a phone."""

import pytest
from playwright.sync_api import expect

pytestmark = pytest.mark.browser


def test_results_come_while_typing_and_no_letter_is_lost(visit):
    window = visit("tanaka")
    page = window.go("/search/")
    box = page.locator("#q")
    box.press_sequentially("住民票の")
    expect(page.locator("[data-said]")).to_contain_text("質問に近い順に")
    box.press_sequentially("手数料", delay=120)
    expect(page.locator(".result mark", has_text="手数料").first).to_be_visible()
    expect(box).to_have_value("住民票の手数料")
    expect(box).to_be_focused()
    assert page.url.endswith("/search/")
    assert not [url for url in window.watch.requests if url.endswith(".png")]
    box.press("Enter")
    page.wait_for_url("**/search/?q=*")
    expect(page.locator(".result").first).to_be_visible()
    window.watch.assert_clean(page)


def test_what_was_found_stays_when_the_server_is_away(visit):
    window = visit("tanaka")
    page = window.go("/search/?q=手数料")
    before = page.locator(".result").count()
    page.route("**/search/results/**", lambda route: route.abort())
    page.locator("#q").press_sequentially("は")
    expect(page.locator("[data-said]")).to_contain_text("「探す」を押してください")
    assert page.locator(".result").count() == before > 0


def test_on_a_phone_the_filters_are_folded_and_results_stand_on_the_first_screen(visit):
    page = visit("tanaka", width=390).go("/search/?q=風見市印鑑条例")
    expect(page.locator("#folder")).to_be_hidden()
    expect(page.locator("[data-results] .list-link").first).to_be_in_viewport()
    page.locator(".filters > summary").click()
    expect(page.locator("#folder")).to_be_visible()
    assert not page.locator(".page-thumbnail").first.is_visible()


def test_on_a_desk_the_filters_stand_open_and_a_page_is_seen(visit):
    page = visit("tanaka", width=1280).go("/search/?q=手数料条例")
    expect(page.locator("#folder")).to_be_visible()
    picture = page.locator(".page-thumbnail > img").first
    picture.scroll_into_view_if_needed()
    expect(picture).to_have_js_property("complete", True)
    assert picture.evaluate("image => image.naturalWidth") > 0

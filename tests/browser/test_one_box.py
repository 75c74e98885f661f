"""The one box in a real browser: from any page to everything that is found, and the administration on a phone."""

import pytest
from playwright.sync_api import expect

pytestmark = pytest.mark.browser


@pytest.mark.parametrize("width", [390, 1280])
def test_from_any_page_the_box_leads_to_answers_documents_names_and_ones_own_answers(visit, width):
    window = visit("tanaka", width=width)
    page = window.go("/faq/")
    box = page.locator(".top-search input")
    box.press_sequentially("住民票の手数料")
    expect(box).to_have_value("住民票の手数料")
    box.press("Enter")
    page.wait_for_url("**/search/?q=*")
    heads = [text.strip() for text in page.locator("[data-results] h2").all_inner_texts()]
    assert heads == ["確認済みの回答（FAQ）", "書庫の文書", "ファイル・フォルダー名", "自分の過去の回答"]
    page.get_by_role("link", name="自分の過去の回答").click()
    expect(page.locator("#group-answers")).to_be_in_viewport()
    window.watch.assert_clean(page)


def test_a_screen_is_opened_by_its_name_while_typing(visit):
    page = visit("tanaka", width=390).go("/search/")
    page.locator("#q").press_sequentially("パスワード")
    page.locator("[data-results]").get_by_role("link", name="パスワードの変更").click()
    expect(page.locator("h1")).to_have_text("パスワードの変更")


def test_filters_count_anew_while_typing_and_the_one_in_hand_is_kept(visit):
    page = visit("tanaka", width=1280).go("/search/?q=手数料条例")
    kind = page.locator("#type")
    before = kind.inner_text()
    assert "pdf (" in before
    box = page.locator("#q")
    box.fill("")
    box.press_sequentially("ごみ分別")
    expect(kind).not_to_have_text(before)
    expect(kind).to_contain_text("csv (")
    kind.select_option("csv")
    kind.focus()
    expect(page.locator(".result").first).to_contain_text("ごみ分別")
    expect(page.locator(".filters > summary .tag")).to_have_text("csv")
    expect(kind).to_be_focused()
    expect(kind).to_have_value("csv")


def test_on_a_phone_an_administrator_reaches_the_administration_by_the_menu(visit):
    page = visit("sato", width=390).go("/")
    entry = page.locator("#menu").get_by_role("link", name="接続先")
    expect(entry).to_be_hidden()
    page.locator("#menu > summary").click()
    expect(page.locator("#menu-administration")).to_be_visible()
    entry.click()
    page.wait_for_url("**/endpoints/")


def test_on_a_phone_nobody_else_is_offered_the_administration(visit):
    page = visit("tanaka", width=390).go("/")
    page.locator("#menu > summary").click()
    expect(page.get_by_role("link", name="パスワードの変更")).to_be_visible()
    assert page.locator("#menu-administration").count() == 0

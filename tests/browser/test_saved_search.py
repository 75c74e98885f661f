"""Keeping a search in a real browser: on a desk with scripts, on a phone, and what typing on does to the form."""

import pytest
from playwright.sync_api import expect

pytestmark = pytest.mark.browser


def test_a_search_is_kept_listed_opened_and_deleted(visit):
    window = visit("tanaka")
    page = window.go("/search/?q=印鑑登録&type=docx")
    page.get_by_role("button", name="この検索を保存").click()
    expect(page.get_by_text("検索を保存しました")).to_be_visible()
    expect(page.get_by_text("保存済み")).to_be_visible()
    page.get_by_role("link", name="保存した検索").click()
    kept = page.locator(".saved", has=page.get_by_role("heading", name="印鑑登録"))
    expect(kept).to_contain_text("docx")
    kept.get_by_role("button", name="探す").click()
    page.wait_for_url("**/search/?q=*&type=docx")
    expect(page.locator(".result").first).to_be_visible()
    window.go("/search/saved/")
    kept.get_by_role("button", name="削除").click()
    expect(page.get_by_text("保存した検索を削除しました")).to_be_visible()
    window.watch.assert_clean(page)


def test_while_another_question_is_typed_the_old_one_is_not_offered_to_be_kept(visit):
    page = visit("tanaka").go("/search/?q=住民票")
    button = page.get_by_role("button", name="この検索を保存")
    expect(button).to_be_visible()
    page.locator("#q").press_sequentially("の写し")
    expect(page.locator("[data-results][data-live]")).to_be_visible()
    expect(button).to_be_hidden()
    page.locator("#q").press("Enter")
    expect(button).to_be_visible()


def test_on_a_phone_nothing_stands_beyond_the_edge(visit):
    window = visit("suzuki", width=390)
    page = window.go(f"/search/?q={'補助金交付要綱の改正について' * 4}")
    page.get_by_role("button", name="この検索を保存").click()
    for path in ("/search/saved/", "/"):
        window.go(path)
        assert page.evaluate("document.documentElement.scrollWidth") <= 390
    window.go("/search/saved/")
    page.get_by_role("button", name="削除").click()
    expect(page.get_by_role("heading", name="まだ保存した検索がありません")).to_be_visible()

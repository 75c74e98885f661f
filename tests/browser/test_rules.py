"""An administrator narrows the network, lists destinations, stops an app; the operator lets the network open again."""

import os
import subprocess
import sys
from pathlib import Path

import pytest
from axe_playwright_python.base import AXE_SCRIPT
from playwright.sync_api import Page, expect

from tests.browser.test_pages import CUT, DRAWN, LOOKS, SMALL, violations

pytestmark = pytest.mark.browser


def assert_fits(page: Page) -> None:
    """What every page is held to, with things on it."""
    page.evaluate(AXE_SCRIPT)
    for width, scheme in LOOKS:
        page.set_viewport_size({"width": width, "height": 800})
        page.emulate_media(color_scheme=scheme)  # type: ignore[arg-type]
        page.evaluate(DRAWN)
        assert violations(page) == [], (width, scheme)
        assert page.evaluate("document.documentElement.scrollWidth") <= width
        assert page.evaluate(CUT) == [], (width, scheme)
        assert page.evaluate(SMALL) == []


def test_the_network_is_narrowed_by_one_click_and_opened_again_by_two(visit, server):
    window = visit("sato")
    page = window.go("/endpoints/")
    page.get_by_role("link", name="規則", exact=True).click()
    page.get_by_role("link", name="変わることを見る αモデル", exact=True).click()
    expect(page.get_by_role("cell", name="庁内、LGWAN", exact=True).first).to_be_visible()
    assert_fits(page)
    page.get_by_role("button", name="適用する").click()
    expect(page.get_by_text("次の呼び出しから、この規則に従います")).to_be_visible()
    page.get_by_role("link", name="変わることを見る 設定しない").click()
    page.get_by_label("理由").fill("構成を見直したため")
    page.get_by_role("button", name="承認を申請する").click()
    expect(page.get_by_text("構成を見直したため")).to_be_visible()
    expect(page.get_by_role("button", name="承認する")).to_have_count(0)
    assert_fits(page)
    number = page.locator("h3[id^=change-]").get_attribute("id")
    assert number
    madoguchi = str(Path(sys.executable).with_name("madoguchi"))
    environment = {**os.environ, "MADOGUCHI_HOME": str(server.home)}
    command = [madoguchi, "rules", "accept", number.removeprefix("change-")]
    subprocess.run(command, env=environment, check=True, capture_output=True)
    page.reload()
    expect(page.get_by_text("構成を見直したため")).to_have_count(0)
    window.watch.assert_clean(page)


def test_a_destination_is_listed_and_an_app_is_stopped_and_resumed_by_keyboard(visit):
    window = visit("sato")
    page = window.go("/endpoints/destinations/")
    page.locator("#id_address").fill("https://10.0.0.5:8443")
    page.locator("#id_purpose").fill("回答の作成")
    page.locator("#id_owner").fill("情報政策課")
    page.keyboard.press("Enter")
    expect(page.get_by_role("rowheader", name="https://10.0.0.5:8443")).to_be_visible()
    assert_fits(page)
    page.get_by_role("link", name="停止", exact=True).click()
    page.get_by_label("アプリの名前").fill("議事録の要約")
    page.keyboard.press("Tab")
    page.keyboard.type("出力に誤りがあったため")
    page.keyboard.press("Enter")
    expect(page.get_by_text("アプリ「議事録の要約」を止めました")).to_be_visible()
    assert_fits(page)
    page.get_by_role("button", name="再開する アプリ「議事録の要約」").click()
    expect(page.get_by_text("再開しました")).to_be_visible()
    window.watch.assert_clean(page)

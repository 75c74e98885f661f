"""A clerk fills a prompt in, brings it to the trial, and sees answers beside each other."""

import os
import re

import pytest
from playwright.sync_api import Page, expect

pytestmark = pytest.mark.browser


def pictured(page: Page, name: str) -> None:
    """Keep a picture of a page where somebody wants to look at it."""
    if folder := os.environ.get("PICTURES"):
        page.screenshot(path=f"{folder}/{name}.png", full_page=True)


@pytest.mark.parametrize("width", [1280, 390])
def test_what_was_filled_in_is_brought_to_the_trial(width, visit, server):
    window = visit("tanaka", width=width)
    page = window.go(f"/prompts/{server.ids['prompt']}/")
    page.get_by_label("資料").fill("会議は10時からです。")
    page.get_by_role("button", name="文を作る").click()
    expect(page.get_by_role("button", name="コピー").first).to_be_visible()
    pictured(page, f"filled-{width}")
    page.get_by_role("button", name="モデルを比べる").click()
    expect(page.get_by_label(re.compile("試す文"))).to_have_value("会議は10時からです。")
    pictured(page, f"try-{width}")
    window.go(f"/prompts/trials/{server.ids['trial']}/")
    expect(page.get_by_role("heading", name="接続先1")).to_be_visible()
    pictured(page, f"trial-{width}")
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    window.watch.assert_clean(page)

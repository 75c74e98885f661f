"""Whole ways through the product, as persons go them."""

import re

import pytest
from playwright.sync_api import Locator, Page, expect

from madoguchi.sample_city.load import CITY
from tests.browser.conftest import sign_in
from tests.browser.office import UPLOADED

pytestmark = pytest.mark.browser
FILE = CITY.joinpath("files").joinpath(UPLOADED)
TITLE = FILE.name.removesuffix(".pdf")
QUESTION = "文書の保存期間はどう定められていますか"


def department_folder(page: Page) -> None:
    """Open the folder of one's own department."""
    page.goto("/library/")
    page.get_by_role("main").get_by_role("link", name=re.compile("高齢福祉課")).first.click()
    expect(page.get_by_role("heading", level=1)).to_have_text("高齢福祉課")


@pytest.mark.parametrize("width", [1280, 390])
def test_upload_see_it_become_ready_ask_and_open_the_marked_page(width, visit, server, tmp_path):
    name = f"{TITLE}{width}"
    file = tmp_path / f"{name}.pdf"
    # The same bytes twice in one folder are one document; a comment after the end makes them differ.
    file.write_bytes(FILE.read_bytes() + f"\n% {width}\n".encode())
    window = visit(width=width)
    page = window.page
    sign_in(page, server, "tanaka")
    department_folder(page)
    page.locator("input[type=file]").set_input_files(str(file))
    submit = page.get_by_role("button", name="登録する")
    if submit.is_visible() and submit.is_enabled():
        submit.click()
    page.goto("/library/")
    department_folder(page)
    page.get_by_role("link", name=re.compile(name)).first.click()
    expect(page.get_by_role("heading", level=1)).to_have_text(re.compile(name))
    expect(page.get_by_text("本文を読み取っています")).to_have_count(0)
    expect(page.get_by_text("1ページの本文")).to_be_visible()

    page.goto("/")
    page.get_by_role("textbox", name="質問", exact=True).fill(QUESTION)
    page.get_by_role("main").get_by_role("button", name="聞く").click()
    # At the second width two documents say the same: either is right.
    source = page.locator("[data-sources] .source").filter(has_text=TITLE).first
    expect(source).to_be_attached()
    cite = page.locator("[data-sentences] a.cite").first
    expect(cite).to_be_visible()
    cite.click()
    marked = page.locator(".source[data-current] svg, dialog[open] svg").first
    expect(marked.locator("image")).to_be_attached()
    expect(marked.locator("rect").first).to_be_attached()
    expect(page.get_by_text("原文").or_(page.get_by_text("引用")).first).to_be_visible()
    window.watch.assert_clean(page)

    other = visit("takahashi", width=width)
    for path in (f"/ask/?q={QUESTION}", f"/search/?q={TITLE}", "/library/", "/"):
        seen = other.go(path)
        seen.wait_for_load_state("networkidle")
        assert name not in seen.content(), path
    other.watch.assert_clean(other.page)


def test_by_keyboard_alone_sign_in_ask_and_open_the_evidence(visit, server):
    window = visit()
    page = window.go("/")
    page.keyboard.press("Tab")
    expect(page.get_by_role("link", name="本文へ移動")).to_be_focused()
    page.keyboard.press("Enter")
    press_until(page, page.get_by_label("ログイン名"))
    page.keyboard.type("tanaka")
    press_until(page, page.locator("input[type=password]"))
    page.keyboard.type(server.ids["password"])
    page.keyboard.press("Enter")
    page.wait_for_url(re.compile(r"/$"))
    press_until(page, page.get_by_role("textbox", name="質問", exact=True))
    page.keyboard.type("住民票の写しの手数料はいくらですか")
    press_until(page, page.get_by_role("main").get_by_role("button", name="聞く"))
    page.keyboard.press("Enter")
    cite = page.locator("a.cite").first
    expect(cite).to_be_visible()
    press_until(page, cite)
    assert page.evaluate("getComputedStyle(document.activeElement).outlineStyle") != "none"
    page.keyboard.press("Enter")
    expect(page.locator(".source[data-current]").first).to_be_visible()
    window.watch.assert_clean(page)


def press_until(page: Page, target: Locator, most: int = 60) -> None:
    """Press Tab until a thing has the focus, as who cannot use a mouse does."""
    for _ in range(most):
        if target.evaluate("element => element === document.activeElement"):
            return
        page.keyboard.press("Tab")
    raise AssertionError("the focus never came there")


def test_the_menu_opens_and_closes_by_keyboard_and_keeps_the_look(visit):
    window = visit("tanaka")
    page = window.go("/")
    summary = page.locator("#menu > summary")
    summary.focus()
    page.keyboard.press("Enter")
    expect(page.get_by_role("button", name="暗")).to_be_visible()
    page.get_by_role("button", name="暗").click()
    expect(page.locator("html")).to_have_attribute("data-theme", "dark")
    page.keyboard.press("Escape")
    expect(page.get_by_role("button", name="暗")).to_be_hidden()
    expect(summary).to_be_focused()
    page.reload()
    expect(page.locator("html")).to_have_attribute("data-theme", "dark")
    assert page.evaluate("getComputedStyle(document.documentElement).colorScheme") == "dark"
    window.watch.assert_clean(page)


def test_without_javascript_one_can_sign_in_and_search(chromium, server):
    context = chromium.new_context(base_url=server.address, java_script_enabled=False)
    page = context.new_page()
    sign_in(page, server, "tanaka")
    page.locator(".top-search input").fill("手数料")
    page.locator(".top-search input").press("Enter")
    expect(page.get_by_role("main").get_by_role("link", name=re.compile("手数料条例")).first).to_be_visible()
    page.locator("#menu > summary").click()
    page.get_by_role("button", name="English").click()
    expect(page.locator("html")).to_have_attribute("lang", "en")
    page.locator("#menu > summary").click()
    page.get_by_role("button", name="日本語").click()
    expect(page.locator("html")).to_have_attribute("lang", "ja")
    context.close()


@pytest.mark.req("C8")
def test_after_signing_out_the_back_button_shows_nothing(visit, server):
    window = visit()
    page = window.page
    sign_in(page, server, "tanaka")
    page.goto("/library/")
    page.locator("#menu > summary").click()
    page.get_by_role("button", name="サインアウト").click()
    page.wait_for_load_state("load")
    page.go_back()
    page.wait_for_load_state("load")
    assert "高齢福祉課" not in page.locator("body").inner_text()

"""A person corrects what was read, in the browser."""

import re

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import sign_in

pytestmark = pytest.mark.browser
GUIDE = "# 手数料\n\n住民票の写しは300円です。\n"
TABLE = "種別,金額（円）\n住民票,300\n戸籍,450\n"


def put_in(page: Page, file) -> None:
    """Put a file into the folder of one's own department and open its page once it was read."""
    page.goto("/library/")
    page.get_by_role("main").get_by_role("link", name=re.compile("高齢福祉課")).first.click()
    page.locator("input[type=file]").set_input_files(str(file))
    submit = page.get_by_role("button", name="登録する")
    if submit.is_visible() and submit.is_enabled():
        submit.click()
    page.goto("/library/")
    page.get_by_role("main").get_by_role("link", name=re.compile("高齢福祉課")).first.click()
    page.get_by_role("link", name=file.stem).first.click()
    expect(page.get_by_role("heading", name="本文", exact=True)).to_be_visible()


@pytest.mark.parametrize("width", [1280, 390])
def test_correct_a_block_find_its_new_word_and_keep_it_over_the_same_bytes(width, visit, server, tmp_path):
    word = f"クレマチス{width}"
    file = tmp_path / f"訂正の手引き{width}.md"
    file.write_text(GUIDE + f"\n{width}\n")
    window = visit(width=width)
    page = window.page
    sign_in(page, server, "tanaka")
    put_in(page, file)
    page.get_by_role("link", name="読み取りを直す").click()
    page.get_by_role("link", name=re.compile(r"^直す ?: 住民票の写し")).click()
    page.get_by_label("本文").fill(f"住民票の写しは350円です。{word}。")
    page.get_by_role("button", name="保存").click()
    expect(page.get_by_text("訂正を保存しました")).to_be_visible()
    expect(page.get_by_text("変更を検索に反映しています")).to_have_count(0)
    page.reload()
    expect(page.get_by_text(f"350円です。{word}")).to_be_visible()
    expect(page.get_by_text("人が確認・訂正")).to_be_visible()
    page.goto(f"/search/?q={word}")
    expect(page.locator("mark").filter(has_text="クレマチス").first).to_be_visible()

    # The same bytes under another name are read again, and the correction stands.
    again = tmp_path / f"同じ中身{width}.md"
    again.write_bytes(file.read_bytes())
    put_in(page, again)
    expect(page.get_by_text(f"350円です。{word}")).to_be_visible()
    window.watch.assert_clean(page)


def test_the_cells_of_a_table_are_gone_through_by_keyboard(visit, server, tmp_path):
    file = tmp_path / "料金の表.csv"
    file.write_text(TABLE)
    window = visit()
    page = window.page
    sign_in(page, server, "tanaka")
    put_in(page, file)
    page.get_by_role("link", name="読み取りを直す").click()
    page.get_by_role("link", name=re.compile(r"^直す ?: ")).first.click()
    page.get_by_label("2行2列 金額（円）").focus()
    page.keyboard.press("ArrowDown")
    expect(page.get_by_label("3行2列 金額（円）")).to_be_focused()
    page.keyboard.type("460")
    page.keyboard.press("Enter")
    expect(page.get_by_text("訂正を保存しました")).to_be_visible()
    expect(page.get_by_role("cell", name="460", exact=True)).to_be_visible()
    window.watch.assert_clean(page)

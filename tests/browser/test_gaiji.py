"""Letters that an office gave itself (外字) are seen as 〓 and stay what they are."""

import re

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import PATIENCE_MS, sign_in
from tests.browser.test_corrections import put_in

pytestmark = pytest.mark.browser
LETTER = "\ue001"
PLANE_15 = "\U000f0001"
TEXT = f"# 表札\n\n担当は高{LETTER}さん、葛\U000e0100飾さん、{PLANE_15}さんです。\n"
# What a person would copy, and what is drawn over the letter.
SEEN = """(seen) => {
  const range = document.createRange();
  range.selectNodeContents(seen.closest("p, li"));
  getSelection().removeAllRanges();
  getSelection().addRange(range);
  return [getSelection().toString(), getComputedStyle(seen, "::before").content, seen.getBoundingClientRect().width];
}"""


def test_a_letter_of_the_office_shows_as_a_mark_with_its_code_and_is_copied_as_it_is(visit, server, tmp_path):
    file = tmp_path / "表札の一覧.md"
    file.write_text(TEXT)
    window = visit()
    page = window.page
    sign_in(page, server, "tanaka")
    put_in(page, file)
    seen = page.locator(".gaiji")
    expect(seen).to_have_count(2)
    expect(page.get_by_role("img", name="外字 U+E001")).to_be_visible()
    expect(page.get_by_role("img", name="外字 U+F0001")).to_be_visible()
    copied, drawn, width = seen.first.evaluate(SEEN)
    assert f"高{LETTER}さん、葛\U000e0100飾さん、{PLANE_15}さん" in copied
    assert drawn == '"〓"'
    assert width > 10
    # Where one writes, the letter itself stands.
    page.get_by_role("link", name="読み取りを直す").click()
    page.get_by_role("link", name=re.compile("^直す ?: 担当は")).click()
    assert LETTER in page.get_by_label("本文").input_value()
    window.watch.assert_clean(page)


def test_in_an_answer_that_comes_in_bit_by_bit_it_is_seen_so_too(visit, server, tmp_path):
    file = tmp_path / "表札の担当.md"
    file.write_text(TEXT.replace("担当は", "表札の窓口の担当者は"))
    window = visit()
    page = window.page
    sign_in(page, server, "tanaka")
    put_in(page, file)
    page.goto("/ask/")
    page.get_by_role("main").get_by_role("textbox").first.fill("表札の窓口の担当者はだれですか")
    page.get_by_role("main").get_by_role("button", name="聞く").click()
    expect(page.get_by_role("main").get_by_role("img", name="外字 U+E001").first).to_be_visible(timeout=PATIENCE_MS)
    window.watch.assert_clean(page)

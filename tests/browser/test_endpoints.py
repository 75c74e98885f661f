"""An administrator adds a model, sees its server's models, tries it and takes over what it can: in few steps."""

import pytest
from playwright.sync_api import expect

from madoguchi.scripted import rules
from madoguchi.scripted.server import serving

pytestmark = pytest.mark.browser


@pytest.mark.parametrize("width", [1280, 390])
def test_a_model_inside_is_added_and_tried_in_seven_steps(width, visit):
    with serving(lambda asked: rules.says("青です。") if asked.pictures else rules.rules(asked)) as server:
        window = visit("sato", width=width)
        page = window.go("/endpoints/new/")
        page.get_by_role("link", name="Ollama").click()
        page.get_by_label("名前", exact=False).first.fill(f"庁内のモデル{width}")
        page.get_by_label("URL").fill(f"{server.url}/v1")
        page.get_by_label("キー", exact=True).fill("himitsu")
        page.get_by_role("button", name="モデルを調べる").click()
        expect(page.locator("#models")).to_contain_text("1件のモデル")
        # The key was not sent back and forth: it still stands in its field; the one name there is was taken.
        expect(page.get_by_label("キー", exact=True)).to_have_value("himitsu")
        expect(page.get_by_label("モデル名")).to_have_value("scripted")
        page.get_by_role("button", name="保存").click()
        page.get_by_role("button", name=f"試す 庁内のモデル{width}").click()
        expect(page.get_by_role("heading", name="を試しました")).to_be_visible()
        page.get_by_role("button", name="結果を設定に反映").click()
        expect(page.get_by_text("試した結果を設定に反映しました")).to_be_visible()
        window.watch.assert_clean(page)
        # Only what belongs to the provider and the use is asked for.
        page.goto("/endpoints/new/?preset=azure-entra")
        expect(page.get_by_label("テナントID")).to_be_visible()
        expect(page.get_by_label("アクセスキーID")).to_be_hidden()
        page.goto("/endpoints/")
        page.get_by_role("link", name=f"庁内のモデル{width}").click()
        page.get_by_text("この接続先を削除する").click()
        page.get_by_role("button", name="削除する").click()
        expect(page.get_by_text("を削除しました")).to_be_visible()
        window.watch.assert_clean(page)

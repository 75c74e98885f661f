"""A clerk talks with a model, in a real Chromium, with a server of its own that may be killed."""

import os
import re
import shutil
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from playwright.sync_api import Browser, Locator, Page, expect

from madoguchi.scripted.faults import Fault
from madoguchi.scripted.rules import rules as default_rules
from madoguchi.scripted.rules import says
from madoguchi.scripted.server import Server as Model
from madoguchi.scripted.server import serving
from tests.browser.conftest import Server, Visit, Watch, sign_in

pytestmark = pytest.mark.browser
TABLE = """# 件数のまとめ

| 課 | 件数 |
|---|---|
| 高齢福祉課 | 12 |

次の点に**ご注意**ください。

- 一つ目
- 二つ目
"""
CITES = ".prose a[href^='#source-']"
LONG = "".join(f"{number}番目の文です。" for number in range(1, 61))


class Product(Server):
    """A server that can be killed and started again on its home."""

    process: "subprocess.Popen[str]"

    def start(self) -> None:
        environment = {
            **os.environ,
            "MADOGUCHI_HOME": str(self.home),
            "DJANGO_SETTINGS_MODULE": "madoguchi.conf.settings",
            "MADOGUCHI_CHAT_BROKEN_SECONDS": "2",
            "MADOGUCHI_CHAT_KEEP_MS": "100",
        }
        port = self.address.rpartition(":")[2] if self.address else "0"
        with (self.home / "log").open("a") as log:
            self.process = subprocess.Popen(
                [str(Path(sys.executable).parent / "madoguchi"), "serve", "--port", port],
                env=environment,
                stdout=subprocess.PIPE,
                stderr=log,
                text=True,
                start_new_session=True,
            )
        assert self.process.stdout
        self.address = self.process.stdout.readline().strip().rstrip("/")
        assert self.address, (self.home / "log").read_text()[-4000:]

    def kill(self) -> None:
        with suppress(ProcessLookupError):
            os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait(20)


@pytest.fixture(scope="module")
def model() -> Iterator[Model]:
    with serving() as running:
        yield running


@pytest.fixture(scope="module")
def product(server: Server, model: Model, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Product]:
    """The small office in a home of its own, with a scripted model inside it."""
    home = tmp_path_factory.mktemp("chat") / "home"
    home.mkdir()
    environment = {**os.environ, "MADOGUCHI_HOME": str(home), "DJANGO_SETTINGS_MODULE": "madoguchi.conf.settings"}
    add = f"endpoints add 庁内のAI --provider openai-compatible --model scripted --base-url {model.url}/v1"
    product = str(Path(sys.executable).parent / "madoguchi")
    for command in (
        [sys.executable, "-m", "tests.browser.office"],
        [product, *add.split(), "--zone", "internal", "--max-classification", "3A"],
    ):
        done = subprocess.run(command, env=environment, capture_output=True, text=True)
        assert done.returncode == 0, done.stderr[-4000:]
    started = Product("", dict(server.ids), home)
    started.start()
    yield started
    started.kill()
    shutil.rmtree(home, ignore_errors=True)


@pytest.fixture
def window(chromium: Browser, product: Product, model: Model) -> Iterator[Callable[..., Visit]]:
    """Open a window of somebody, signed in."""
    contexts: list[Any] = []
    model.rules, model.rate = (lambda asked: says(TABLE)), None
    model.faults.clear()
    model.gate.clear()

    def open_window(login: str = "tanaka", width: int = 1280) -> Visit:
        context = chromium.new_context(
            base_url=product.address,
            viewport={"width": width, "height": 800},
            locale="ja-JP",
            timezone_id="Asia/Tokyo",
            reduced_motion="reduce",
        )
        context.set_default_timeout(30_000)
        contexts.append(context)
        watch = Watch(context, product.host)
        page = context.new_page()
        if login not in product.cookies:
            sign_in(page, product, login)
            product.cookies[login] = context.cookies()
        context.add_cookies(product.cookies[login])
        return Visit(page, watch, product)

    yield open_window
    for context in contexts:
        context.close()


def ask(page: Page, text: str) -> Locator:
    """Send a text from the start page; return the answer."""
    page.goto("/chat/")
    page.get_by_label("頼みたいこと").fill(text)
    page.get_by_role("button", name="送る").click()
    page.wait_for_url(re.compile(r"/chat/[0-9a-f-]{36}/"))
    return page.locator(".turn-answer").last


def ended(answer: Locator, state: str = "done") -> None:
    expect(answer).to_have_attribute("data-state", state)


def look(page: Page, name: str) -> None:
    """Keep a picture where somebody wants to look at it."""
    if folder := os.environ.get("CHAT_PICTURES"):
        page.screenshot(path=f"{folder}/{name}.png", full_page=True)


@pytest.mark.parametrize("width", [1280, 390])
def test_template_excel_answer_reload_edit_word_and_share(width, window, model, tmp_path):
    book = openpyxl.Workbook()
    assert book.active
    book.active.append(["課", "件数"])
    book.active.append(["高齢福祉課", 12])
    book.save(tmp_path / "相談件数.xlsx")
    visit = window(width=width)
    page = visit.go("/chat/")
    look(page, f"start-{width}")
    page.get_by_role("link", name="表を整理する").click()
    expect(page.get_by_label("頼みたいこと")).to_have_value(re.compile("まとめること"))
    page.get_by_label(re.compile("ファイルを付ける")).set_input_files(str(tmp_path / "相談件数.xlsx"))
    expect(page.locator(".chip")).to_contain_text("相談件数.xlsx")
    look(page, f"attached-{width}")
    page.get_by_role("button", name="送る").click()
    answer = page.locator(".turn-answer")
    ended(answer)
    expect(answer.locator("td").first).to_have_text("高齢福祉課")
    expect(answer.locator("[data-mark]")).to_contain_text("AIによる下書き（scripted")
    assert model.requests[-1].asked
    assert "| 高齢福祉課 | 12 |" in model.requests[-1].asked.messages[-1].text
    page.reload()
    expect(page.locator(".turn-answer td").first).to_have_text("高齢福祉課")
    look(page, f"answered-{width}")
    page.get_by_role("link", name="直して聞き直す").click()
    page.get_by_label("頼みたいこと").fill("課の名前だけを書いてください。")
    page.get_by_role("button", name="直して送る").click()
    ended(page.locator(".turn-answer"))
    expect(page.locator(".branches")).to_contain_text("2/2")
    page.get_by_label("前の案").click()
    expect(page.locator(".branches")).to_contain_text("1/2")
    look(page, f"branches-{width}")
    with page.expect_download() as saved:
        page.get_by_role("link", name="Word").click()
    assert saved.value.suggested_filename.endswith(".docx")
    page.get_by_role("button", name="コピー").click()
    expect(page.get_by_role("button", name=re.compile("コピーしました|コピーできません"))).to_be_visible()
    page.get_by_role("link", name="共有").click()
    look(page, f"share-{width}")
    page.get_by_text("人を追加する").click()
    page.get_by_label("職員", exact=False).last.fill("takahashi")
    page.get_by_role("button", name="追加して確認").click()
    page.get_by_role("button", name="保存する").click()
    expect(page.get_by_text("共有中（1件）")).to_be_visible()
    address = page.url
    visit.watch.assert_clean(page)
    other = window("takahashi", width)
    read = other.go(address.removeprefix(visit.server.address))
    expect(read.locator(".turn-answer")).to_be_visible()
    expect(read.get_by_label("頼みたいこと")).to_have_count(0)
    look(read, f"shared-{width}")
    other.go("/chat/list/?tab=shared")
    look(other.page, f"list-{width}")
    other.watch.assert_clean(other.page)


def test_a_reload_in_the_middle_loses_and_doubles_nothing_and_two_windows_read_along(window, model):
    model.rules = lambda asked: says(LONG)
    model.faults.append(Fault("stall", after=40, times=1))
    first, second = window(), window()
    answer = ask(first.page, "長い文を書いてください。")
    expect(answer).to_contain_text("10番目の文です。")
    other = second.go(first.page.url.removeprefix(first.server.address)).locator(".turn-answer")
    expect(other).to_contain_text("10番目の文です。")
    first.page.reload()
    answer = first.page.locator(".turn-answer")
    expect(answer).to_contain_text("10番目の文です。")
    ended(answer, "writing")
    model.gate.set()
    for one in (answer, other):
        ended(one)
        expect(one.locator("[data-text]")).to_have_text(LONG)
    first.watch.assert_clean(first.page)
    second.watch.assert_clean(second.page)


def test_another_window_stops_it_and_what_is_there_stays_and_is_written_on(window, model):
    model.rules = lambda asked: says(LONG)
    model.faults.append(Fault("stall", after=40, times=1))
    first, second = window(), window(width=390)
    answer = ask(first.page, "長い文を書いてください。")
    expect(answer).to_contain_text("10番目の文です。")
    page = second.go(first.page.url.removeprefix(first.server.address))
    page.get_by_role("button", name="停止").click()
    ended(answer, "stopped")
    expect(answer).to_contain_text("10番目の文です。")
    look(first.page, "stopped-1280")
    model.gate.set()
    model.rules = lambda asked: says("ここからは続きの文です。")
    first.page.get_by_role("button", name="続きを書く").click()
    answer = first.page.locator(".turn-answer")
    ended(answer)
    expect(answer).to_contain_text("10番目の文です。")
    expect(answer).to_contain_text("ここからは続きの文です。")


def test_a_server_killed_in_the_middle_keeps_the_text_and_lets_it_be_written_on(window, model, product):
    model.rules = lambda asked: says(LONG)
    model.faults.append(Fault("stall", after=40, times=1))
    visit = window()
    answer = ask(visit.page, "長い文を書いてください。")
    expect(answer).to_contain_text("10番目の文です。")
    product.kill()
    expect(answer.get_by_text("つなぎ直しています")).to_be_visible()
    model.gate.set()
    product.start()
    # The page finds the server again by itself, and what it shows is what was written down.
    ended(answer, "broken")
    expect(answer.get_by_text("途中で止まりました")).to_be_visible()
    expect(answer).to_contain_text("5番目の文です。")
    kept = answer.locator("[data-text]").inner_text()
    assert LONG.startswith(kept)
    look(visit.page, "broken-1280")
    model.rules = lambda asked: says("ここからは続きの文です。")
    visit.page.get_by_role("button", name="続きを書く").click()
    answer = visit.page.locator(".turn-answer")
    ended(answer)
    expect(answer.locator("[data-text]")).to_have_text(f"{kept}ここからは続きの文です。")


@pytest.mark.parametrize("width", [1280, 390])
def test_an_answer_from_the_library_leads_to_the_marked_page(width, window, model):
    model.rules = default_rules
    visit = window(width=width)
    page = visit.go("/chat/")
    page.get_by_label("頼みたいこと").fill("住民票の写しの手数料はいくらですか")
    page.get_by_label("庁内の資料を使う").check()
    page.get_by_role("button", name="送る").click()
    answer = page.locator(".turn-answer")
    ended(answer)
    answer.locator(CITES).first.click()
    marked = page.locator(".source[data-current] svg, dialog[open] svg").first
    expect(marked.locator("rect").first).to_be_attached()
    page.keyboard.press("Escape")
    expect(page.get_by_text("ほかに渡した資料")).to_be_visible()
    expect(page.locator("[data-sources] > .source")).to_have_count(len(set(answer.locator(CITES).all_inner_texts())))
    look(page, f"library-{width}")
    page.reload()
    page.locator(CITES).first.click()
    expect(page.locator(".source[data-current] svg, dialog[open] svg").first.locator("rect").first).to_be_attached()
    visit.watch.assert_clean(page)


def test_what_is_typed_is_there_after_a_reload_and_a_question_of_numbers_asks_first(window):
    visit = window(width=390)
    page = visit.go("/chat/")
    page.get_by_label("頼みたいこと").fill("書きかけの文です。")
    page.reload()
    expect(page.get_by_label("頼みたいこと")).to_have_value("書きかけの文です。")
    page.get_by_label("頼みたいこと").fill("個人番号は123456789018です。")
    page.get_by_role("button", name="送る").click()
    expect(page.get_by_role("alert")).to_contain_text("まだ送っていません")
    expect(page.locator(".stretch-number")).to_have_text("123456789018")
    look(page, "number-390")
    visit.watch.assert_clean(page)


def test_without_scripts_a_clerk_sends_and_sees_the_answer(chromium, product, window, model):
    window()
    context = chromium.new_context(base_url=product.address, java_script_enabled=False, locale="ja-JP")
    context.add_cookies(product.cookies["tanaka"])
    page = context.new_page()
    page.goto("/chat/")
    page.get_by_label("頼みたいこと").fill("まとめてください。")
    page.get_by_role("button", name="送る").click()
    more = page.get_by_role("link", name="最新の状態を見る")
    if more.count():
        more.click()
    page.reload()
    expect(page.locator(".turn-answer td").first).to_have_text("高齢福祉課")
    context.close()

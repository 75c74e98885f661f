"""A server of its own for each test process, with a small office, and a real Chromium that looks at it."""

import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect, sync_playwright

CHROMIUM = os.environ.get("CHROMIUM", "/usr/bin/chromium")
# The first reading of a document loads the engine and the embedding on two shared cores.
PATIENCE_MS = 30_000
expect.set_options(timeout=PATIENCE_MS)


@dataclass
class Server:
    """A running product: its address, ids of one of everything, and the password of everybody."""

    address: str
    ids: dict[str, Any]
    home: Path
    cookies: dict[str, Any] = field(default_factory=dict)

    @property
    def host(self) -> str:
        return urlsplit(self.address).netloc


@pytest.fixture(scope="session")
def server() -> Iterator[Server]:
    """Fill a fresh home, serve it, and stop it at the end."""
    home = Path(tempfile.mkdtemp(prefix="madoguchi-browser-"))
    environment = {**os.environ, "MADOGUCHI_HOME": str(home), "DJANGO_SETTINGS_MODULE": "madoguchi.conf.settings"}
    log = (home / "log").open("w+")
    filled = subprocess.run(
        [sys.executable, "-m", "tests.browser.office"], env=environment, stdout=subprocess.PIPE, stderr=log, text=True
    )
    assert filled.returncode == 0, (home / "log").read_text()[-4000:]
    process = subprocess.Popen(
        [str(Path(sys.executable).parent / "madoguchi"), "serve", "--port", "0"],
        env=environment,
        stdout=subprocess.PIPE,
        stderr=log,
        text=True,
        start_new_session=True,
    )
    assert process.stdout
    address = process.stdout.readline().strip().rstrip("/")
    assert address, (home / "log").read_text()[-4000:]
    yield Server(address, json.loads(filled.stdout), home)
    os.killpg(process.pid, signal.SIGTERM)
    try:
        process.wait(20)
    except subprocess.TimeoutExpired:
        os.killpg(process.pid, signal.SIGKILL)
    log.close()
    shutil.rmtree(home, ignore_errors=True)


# Playwright keeps an event loop in this thread, beside which Django's database refuses to work:
# it ends when the tests leave this folder.
@pytest.fixture(scope="package")
def chromium() -> Iterator[Browser]:
    """A Chromium."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=CHROMIUM, args=["--no-sandbox", "--disable-dev-shm-usage", "--disable-gpu"]
        )
        yield browser
        browser.close()


class Watch:
    """What a page must not do: break its policy, ask another host, fail in its scripts."""

    SCRIPT = """
        window.__violations = [];
        document.addEventListener("securitypolicyviolation", (event) => {
          const where = `${event.sourceFile}:${event.lineNumber}`;
          window.__violations.push(`${event.violatedDirective} ${event.blockedURI} ${where}`);
        });
    """

    def __init__(self, context: BrowserContext, host: str) -> None:
        self.host = host
        self.requests: list[str] = []
        self.faults: list[str] = []
        context.add_init_script(self.SCRIPT)
        context.on("request", lambda request: self.requests.append(request.url))
        context.on("console", lambda message: self._console(message.type, message.text))
        context.on("weberror", lambda error: self.faults.append(str(error.error)))

    def _console(self, kind: str, text: str) -> None:
        # A page that answers 404 says so in the console; that is no fault of the page.
        if kind in {"error", "warning"} and "Failed to load resource" not in text:
            self.faults.append(text)

    def others(self) -> list[str]:
        """Requests to any other host."""
        return [url for url in self.requests if urlsplit(url).netloc != self.host]

    def assert_clean(self, page: Page) -> None:
        assert page.evaluate("window.__violations") == []
        assert self.others() == []
        assert self.faults == []


@dataclass
class Visit:
    """A browser window of one person."""

    page: Page
    watch: Watch
    server: Server

    def go(self, path: str) -> Page:
        self.page.goto(self.server.address + path)
        return self.page


@pytest.fixture
def visit(chromium: Browser, server: Server) -> Iterator[Callable[..., Visit]]:
    """Open a window: `visit("tanaka")` signed in, `visit()` as nobody; `width` in pixels, `scheme` light or dark."""
    contexts: list[BrowserContext] = []

    def open_window(login: str = "", width: int = 1280, scheme: str = "light", height: int = 800) -> Visit:
        context = chromium.new_context(
            base_url=server.address,
            viewport={"width": width, "height": height},
            color_scheme=scheme,  # type: ignore[arg-type]
            locale="ja-JP",
            timezone_id="Asia/Tokyo",
            reduced_motion="reduce",
        )
        context.set_default_timeout(PATIENCE_MS)
        contexts.append(context)
        watch = Watch(context, server.host)
        page = context.new_page()
        if login:
            if login not in server.cookies:
                sign_in(page, server, login)
                server.cookies[login] = context.cookies()
            context.add_cookies(server.cookies[login])
        return Visit(page, watch, server)

    yield open_window
    for context in contexts:
        context.close()


def sign_in(page: Page, server: Server, login: str) -> None:
    """Sign in by hand, on the page."""
    page.goto(f"{server.address}/sign-in/")
    page.get_by_label("ログイン名").fill(login)
    page.locator("input[type=password]").fill(server.ids["password"])
    page.get_by_role("main").get_by_role("button", name="サインイン").click()
    page.wait_for_url(lambda url: "/sign-in/" not in url)

"""Make pictures of every page of a small office, to look at: `python tools/screenshots.py FOLDER [PAGE ...]`.

Each page at the width of a desk and of a phone, in light and dark.
"""

import sys
from collections.abc import Callable
from contextlib import ExitStack, contextmanager
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))
import django

django.setup()

from playwright.sync_api import sync_playwright  # noqa: E402
from tests.browser import conftest  # noqa: E402
from tests.browser.registry import pages  # noqa: E402

LOOKS = [(1280, 800, "light"), (390, 844, "light"), (1280, 800, "dark"), (390, 844, "dark")]


def main(folder: Path, names: list[str], looks: list[tuple[int, int, str]]) -> int:
    """Write `<page>-<width>-<scheme>.png` for each page."""
    folder.mkdir(parents=True, exist_ok=True)
    serve: Callable[..., object] = conftest.server.__wrapped__  # type: ignore[attr-defined]
    with ExitStack() as stack:
        server = stack.enter_context(contextmanager(serve)())  # type: ignore[arg-type]
        chromium = stack.enter_context(sync_playwright()).chromium
        browser = chromium.launch(executable_path=conftest.CHROMIUM, args=["--no-sandbox", "--disable-gpu"])
        for known in pages():
            if names and known.name not in names:
                continue
            for width, height, scheme in looks:
                context = browser.new_context(
                    viewport={"width": width, "height": height},
                    color_scheme=scheme,
                    locale="ja-JP",  # type: ignore[arg-type]
                )
                page = context.new_page()
                if known.viewer:
                    if known.viewer not in server.cookies:
                        conftest.sign_in(page, server, known.viewer)
                        server.cookies[known.viewer] = context.cookies()
                    context.add_cookies(server.cookies[known.viewer])
                page.goto(server.address + known.address(server.ids), wait_until="networkidle")
                page.screenshot(path=folder / f"{known.name}-{width}-{scheme}.png", full_page=True)
                context.close()
        browser.close()
    return 0


if __name__ == "__main__":
    quick = "--light" in sys.argv
    given = [argument for argument in sys.argv[1:] if not argument.startswith("--")]
    raise SystemExit(main(Path(given[0]), given[1:], LOOKS[:2] if quick else LOOKS))

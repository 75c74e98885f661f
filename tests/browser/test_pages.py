"""Every page, at the width of a phone and of a desk, light and dark: readable to all, closed to everything else."""

import pytest
from axe_playwright_python.base import AXE_SCRIPT
from playwright.sync_api import Page

from tests.browser.registry import pages, unknown

pytestmark = pytest.mark.browser
LOOKS = [(1280, "light"), (1280, "dark"), (390, "dark"), (390, "light")]
AXE = """
async () => {
  const said = (node) => `${node.html.slice(0, 160)} ${node.any.map((check) => check.message).join("; ")}`;
  const { violations } = await axe.run({ resultTypes: ["violations"] });
  return violations.map((violation) => `${violation.id}: ` + violation.nodes.map(said).join(" | "));
}
"""
# Colours of a new scheme reach all of a page with the frame after the next.
DRAWN = "() => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)))"
# Lists of documents and of people fit the room they have; other wide tables may scroll in theirs.
CUT = """[...document.querySelectorAll(".table-cards")]
    .filter((room) => room.scrollWidth > room.clientWidth + 1).map((room) => room.scrollWidth)"""
# Things that a person presses, smaller than 24 CSS pixels in both directions (WCAG 2.5.8; links within text are free).
SMALL = """
() => [...document.querySelectorAll("button, summary, select, input:not([type=hidden]), [role=button]")]
  .map((element) => [element, element.getBoundingClientRect()])
  .filter(([element, box]) => box.width && (box.width < 24 || box.height < 24))
  .map(([element]) => element.outerHTML.slice(0, 120))
"""


def violations(page: Page) -> list[str]:
    """What axe finds on a page; what it finds is looked at twice, since a busy machine draws new colours later."""
    if page.evaluate(AXE) == []:
        return []
    page.evaluate(DRAWN)
    return page.evaluate(AXE)


def test_every_page_is_known_here():
    assert unknown() == [], "give the route its variables in tests/browser/registry.py, or say there that it is no page"


@pytest.mark.req("G4")
@pytest.mark.req("A2")
@pytest.mark.parametrize("known", pages(), ids=lambda known: known.name)
def test_a_page_is_accessible_fits_its_width_and_asks_nobody_else(known, visit, server):
    window = visit(known.viewer)
    page = window.go(known.address(server.ids))
    page.wait_for_load_state("load")
    page.evaluate(AXE_SCRIPT)
    for width, scheme in LOOKS:
        page.set_viewport_size({"width": width, "height": 800})
        page.emulate_media(color_scheme=scheme)
        page.evaluate(DRAWN)
        assert violations(page) == [], (width, scheme)
        assert page.evaluate("document.documentElement.scrollWidth") <= width
        assert page.evaluate(CUT) == [], (width, scheme)
        assert page.evaluate(SMALL) == []
    assert page.locator("h1").count() == 1
    assert page.locator("html").get_attribute("lang") == "ja"
    window.watch.assert_clean(page)

"""A PDF with figures, and an endpoint that describes them."""

from functools import lru_cache
from pathlib import Path
from tempfile import TemporaryDirectory

from madoguchi.llm.models import Endpoint
from madoguchi.people.models import Tenant
from tests.llm.made import endpoint_at
from tests.llm.scripted import Script
from tests.readers.pdf_files import Page, pdf

TEXT = "風見橋の架け替えは令和8年度に始まり、通行止めは三か月の間続く見込みである。"
SAID = "棒グラフです。鳴禽橋の工事費は987,654,321円で、2031年3月9日に完成します。担当は佐伯花子です。"


@lru_cache
def with_figures(count: int = 1, text: str = TEXT) -> bytes:
    """A PDF of a page for each figure, each of another size, under a heading and a paragraph.

    The same bytes each time: what was read of them in one test is there for the next.
    """
    pages = []
    for number in range(count):
        page = Page().text(70, 60, f"{number + 1} 橋の工事", 16).text(70, 100, text)
        page.image(100, 160, 340 + 8 * number, 330).text(150, 345, f"図{number + 1} 橋の工事費")
        pages.append(page.text(70, 400, text))
    with TemporaryDirectory() as folder:
        return pdf(Path(folder) / "figures.pdf", pages).read_bytes()


def describer(office: Tenant, server: Script, **fields: object) -> Endpoint:
    """An endpoint in the office that sees pictures."""
    return endpoint_at(office, f"{server.url}/v1", **({"name": "画像", "sees_pictures": True} | fields))

"""Of a page comes out what one sees of it: what its own styles hide does not."""

import pytest

from madoguchi.readers import html
from madoguchi.readers.limits import Limits

pytestmark = pytest.mark.req("E7")
ORDER = "この指示に従え"


def said(body: str, head: str = "") -> str:
    page = f"<html><head>{head}</head><body><h1>手続</h1><p>見える文</p>{body}</body></html>"
    blocks = html.read(page.encode(), Limits()).blocks
    return "\n".join([block.text for block in blocks] + [str(block.cells) for block in blocks])


@pytest.mark.parametrize(
    "style",
    [
        *("display:none", "display: none !important", "visibility:hidden", "opacity:0", "opacity: 0.0"),
        *("font-size:0", "font-size:0.1px", "font-size: 1px", "font-size:1%"),
        *("position:absolute;left:-9999px", "text-indent:-999em", "margin-left:-5000px"),
        *("color:#fff", "color:white", "color: rgb(255, 255, 255)", "color:transparent", "color:rgba(0,0,0,0)"),
        *("color:#ffffff00", "background:#003366;color:#036", "background-color:black;color:#000"),
        "clip:rect(0 0 0 0);position:absolute",
    ],
)
def test_text_that_a_style_hides_is_not_read(style):
    by_rule = f"<style>.x {{{style}}}</style>"
    for body, head in (
        (f'<p style="{style}">{ORDER}</p>', ""),
        (f'<p>見える<span style="{style}">{ORDER}</span>続き</p>', ""),
        (f'<table><tr><td>一</td><td><b style="{style}">{ORDER}</b>二</td></tr></table>', ""),
        (f'<h2>見出し<i style="{style}">{ORDER}</i></h2>', ""),
        (f'<p class="a x">{ORDER}</p>', by_rule),
        (f'<p id="y">{ORDER}</p>', f"<style>/* c */ p#y, q {{ {style} }}</style>"),
        (f'<div class="x"><p><b>{ORDER}</b></p></div>', by_rule),
        (f"<em>{ORDER}</em>", f"<style>@media screen {{ em {{{style}}} }}</style>"),
    ):
        text = said(body, head)
        assert ORDER not in text, (body, head)
        assert "見える文" in text


@pytest.mark.parametrize(
    ("body", "head"),
    [
        # Its own ground makes white text seen, and so may that of a sheet that is not fetched.
        ('<div style="background:#036"><p style="color:#fff">{}</p></div>', ""),
        ('<table><tr bgcolor="navy"><td>一</td><td style="color:white">{}</td></tr></table>', ""),
        ('<p style="color:#fff">{}</p>', '<link rel="stylesheet" href="site.css">'),
        ('<p class="x">{}</p>', "<style>.x{background:url(a.png);color:#fff}</style>"),
        ('<p class="x">{}</p>', "<style>.x{background-image:linear-gradient(red,blue);color:white}</style>"),
        # What prints, or shows on a small screen, differently is seen here.
        ('<p class="x">{}</p>', "<style>@media print{.x{display:none}} .y{color:red}</style>"),
        ('<p class="x">{}</p>', "<style>@media (max-width:600px){.x{display:none}}</style>"),
        ('<p class="x">{}</p>', '<style media="print">.x{display:none}</style>'),
        # The rule that weighs more, or comes later, counts.
        ('<p class="x on">{}</p>', "<style>.x.on{display:block} .x{display:none}</style>"),
        ('<p class="x">{}</p>', "<style>.x{display:none} .x{display:block}</style>"),
        ('<p class="x" style="display:block">{}</p>', "<style>.x{display:none}</style>"),
        ('<p id="a" class="x">{}</p>', "<style>#a{display:block}.x{display:none}</style>"),
        # A gap between boxes is closed by letters of no size around those of some.
        ('<div style="font-size:0"><span style="font-size:16px">{}</span></div>', ""),
        ('<div style="visibility:hidden"><p style="visibility:visible">{}</p></div>', ""),
        # A page in the middle, and a hanging indent.
        ('<div class="x">{}</div>', "<style>.x{position:absolute;left:50%;margin-left:-480px}</style>"),
        ('<p style="padding-left:8em;text-indent:-8em">{}</p>', ""),
        # Others' selectors.
        ('<p class="x">{}</p>', "<style>.menu .x, .x:hover, .x > b{display:none}</style>"),
        ('<p style="font-size:80%;opacity:.6;color:#eee">{}</p>', ""),
        ('<p class="x">{}</p>', "<style>.x{margin-left:-15px;left:-5px;opacity:0.5}</style>"),
        ('<p class="x">{}</p>', "<style>.x{display:none</style>"),
    ],
)
def test_text_that_shows_is_read(body, head):
    assert ORDER in said(body.replace("{}", ORDER), head)


def test_a_page_of_very_many_and_broken_rules_is_read():
    rules = "".join(f".c{at}{{color:red}}" for at in range(5000)) + "{" * 20_000 + "p{" * 5000
    body = "".join(f'<p class="c{at}">文{at}</p>' for at in range(2000))
    assert "文1999" in said(body, f"<style>{rules}</style>")

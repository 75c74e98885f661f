"""The one way from text of documents, models and persons to markup (G1, G2, G3).

Nothing that comes out loads anything: no image, frame, style, font or link to another host. What an attacker
writes into a document may be shown as words; it never becomes an element that acts.
"""

import re

import nh3
from django.utils.safestring import SafeString, mark_safe
from markdown_it import MarkdownIt

TAGS = {
    "p", "br", "hr", "h1", "h2", "h3", "h4", "h5", "h6", "strong", "em", "b", "i", "u", "s", "del", "ins",
    "mark", "sub", "sup", "small", "ul", "ol", "li", "dl", "dt", "dd", "blockquote", "pre", "code", "table",
    "thead", "tbody", "tfoot", "tr", "th", "td", "caption", "a", "ruby", "rb", "rt", "rp", "span", "div",
}  # fmt: skip
ATTRIBUTES = {"th": {"colspan", "rowspan", "scope"}, "td": {"colspan", "rowspan"}, "a": {"href"}, "ol": {"start"}}
# Elements whose content is no text for a reader.
DROPPED_WHOLE = {
    "script",
    "style",
    "template",
    "noscript",
    "iframe",
    "object",
    "embed",
    "svg",
    "math",
    "title",
    "textarea",
}
# A path of this product: one slash, then nothing that a browser could read as another host or a scheme.
OWN_PATH = re.compile(r"/(?![/\\])[\w./?=&%#+,;~@:!*()'$-]*|#[\w.-]*")
MAX_SPAN = 1000

_markdown = (
    MarkdownIt("commonmark", {"html": False, "linkify": False, "typographer": False, "maxNesting": 40})
    .enable(["table", "strikethrough"])
    .disable(["image", "html_block", "html_inline"])
)


def _attribute(_tag: str, name: str, value: str) -> str | None:
    """Return the value an attribute may keep, None when it goes."""
    if name == "href":
        return value if OWN_PATH.fullmatch(value) else None
    if name in {"colspan", "rowspan", "start"}:
        return value if value.isascii() and value.isdigit() and int(value) <= MAX_SPAN else None
    if name == "scope":
        return value if value in {"row", "col", "rowgroup", "colgroup"} else None
    return None


def clean_html(html: str) -> SafeString:
    """Return HTML with only elements that show text; links only to this product's own pages. Never fails."""
    cleaned = nh3.clean(
        html,
        tags=TAGS,
        clean_content_tags=DROPPED_WHOLE,
        attributes=ATTRIBUTES,
        attribute_filter=_attribute,
        url_schemes=set(),
        link_rel="noopener noreferrer",
        strip_comments=True,
    )
    return mark_safe(cleaned)  # noqa: S308 - cleaned in the line above; the only mark_safe of the product


# Text of a model is escaped: only tags of the renderer look so.
_HEADING = re.compile(r"(</?h)([1-6])(?=>)")


def html_of_markdown(text: str, below: int = 0) -> SafeString:
    """Return Markdown as clean HTML; HTML in it is shown as text. Safe at every prefix of a stream.

    Its headings stand `below` so many levels of the page's own.
    """
    rendered = _markdown.render(text.replace("\x00", ""))
    if below:
        rendered = _HEADING.sub(lambda match: f"{match[1]}{min(6, int(match[2]) + below)}", rendered)
    return clean_html(rendered)

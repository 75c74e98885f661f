"""HTML -> blocks: the main content, without what only leads around the site; headings, lists, tables with spans."""

import mmap
import re
from typing import Any

from lxml import etree
from lxml import html as lxml_html

from madoguchi.readers import html_seen, structure
from madoguchi.readers.blocks import Reading
from madoguchi.readers.encoding import decode
from madoguchi.readers.flow import Flow, header_rows
from madoguchi.readers.limits import Limits
from madoguchi.readers.problems import Problem

_DROP = frozenset(
    [
        "nav",
        "script",
        "style",
        "header",
        "footer",
        "aside",
        "noscript",
        "template",
        "svg",
        "iframe",
        "object",
        "embed",
        "button",
        "select",
        "textarea",
        "input",
        "head",
        "rt",
        "rp",
        "canvas",
        "audio",
        "video",
        "map",
        "math",
        "dialog",
    ]
)
_BLOCK = frozenset(
    [
        "address",
        "article",
        "blockquote",
        "body",
        "center",
        "dd",
        "details",
        "div",
        "dl",
        "dt",
        "fieldset",
        "figcaption",
        "figure",
        "form",
        "h1",
        "h2",
        "h3",
        "h4",
        "h5",
        "h6",
        "hgroup",
        "hr",
        "html",
        "legend",
        "li",
        "main",
        "ol",
        "p",
        "pre",
        "section",
        "summary",
        "table",
        "tbody",
        "td",
        "tfoot",
        "th",
        "thead",
        "tr",
        "ul",
        "caption",
    ]
)
_HEADINGS = ("h1", "h2", "h3", "h4", "h5", "h6")
_AROUND = re.compile(
    r"(?:^|[\s_-])(?:breadcrumbs?|topicpath|pankuzu|gnav|globalnav|sidebar|side-?menu|pagetop|skip-?link|sns|share)",
    re.I,
)
# What leads from the site's top to the page, and what stands in it besides the headings.
_TRAIL = re.compile(r"(?:^|[\s_-])(?:breadcrumbs?|topic-?path|pankuzu|bread)(?![a-z])(?!-?item)", re.I)
_TRAIL_SAID = re.compile(
    r"^(?:現在位置|現在地|現在のページ|ここから本文|パンくず(?:リスト)?|You are here)\s*[：:]?\s*", re.I
)
_TRAIL_MARK = re.compile(r"\s*[>＞›»≫〉→]\s*")
_TRAIL_TOP = re.compile(
    r"(?:ホーム|トップ|トップページ|HOME|TOP|.{1,12}[市町村区県都府道](?:公式)?(?:ホーム|トップ)?(?:ページ|サイト))",
    re.I,
)
_TRAIL_MAX = 3
_CHARSET = re.compile(rb"""charset\s*=\s*["']?\s*([A-Za-z0-9_\-]+)""", re.I)
_DECLARATION = re.compile(r"^\s*<\?xml[^>]*\?>")
# What no XML text may hold; lxml refuses the whole page for one of them.
_CONTROL = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]")
_MAX_DEPTH = 250
_MAX_SPAN = 1000


def read(data: bytes | mmap.mmap, limits: Limits) -> Reading:
    """Return the blocks of a page. Problem `nested` when its elements are too deep, `broken` when nothing parses."""
    raw = bytes(data)
    declared = _CHARSET.search(raw[:2048])
    text = decode(raw, declared[1].decode() if declared else "")
    text = _CONTROL.sub("", text)
    if not text.strip():
        raise Problem("no-text")
    parser = lxml_html.HTMLParser(no_network=True, huge_tree=False, remove_comments=True, remove_pis=True)
    try:
        root = lxml_html.document_fromstring(_DECLARATION.sub("", text), parser=parser)
    except (etree.ParserError, etree.XMLSyntaxError, ValueError, AssertionError):
        raise Problem("broken") from None
    html_seen.strip(root)
    main = _main(root)
    heads = main.xpath("descendant-or-self::h1")
    title = _title(root, main) if main.tag == "body" or not heads else ""
    trail = _trail(root, title or " ".join("".join(_texts(heads[0])).split()) if title or heads else "")
    walker = _Walker(limits.max_cells, len(trail), title)
    for depth, name in enumerate(trail, 1):
        walker.flow.heading(name, depth)
    if title:
        walker.flow.heading(title, 1 + len(trail))
    walker.walk(main, 0, 0)
    walker.flush(0)
    return Reading(
        walker.flow.blocks(),
        [],
        f"{limits.max_cells:,}セルで打ち切りました（上限）。" if walker.cells_left <= 0 else "",
    )


def _main(root: Any) -> Any:
    """The element with the page's own content: main, or what Japanese municipal pages call it."""
    for path in (
        ".//main",
        ".//*[@role='main']",
        " | ".join(
            f".//*[@id='{name}']" for name in ("main", "tmp_contents", "contents", "content", "honbun", "primary")
        ),
        ".//article",
    ):
        found = [element for element in root.xpath(path) if len(element.text_content().strip()) > 100]
        if len(found) == 1:
            return found[0]
    body = root.find("body")
    return root if body is None else body


def _title(root: Any, main: Any) -> str:
    """The page's title when no h1 says it: without the site's name behind a bar."""
    if main.xpath(".//h1"):
        return ""
    outside = root.xpath(".//h1")
    if len(outside) == 1 and main is not root and main.tag != "body":
        return " ".join(outside[0].text_content().split())
    title = root.xpath("string(.//title)")
    return re.split(r"\s*[|｜]\s*", " ".join(str(title).split()))[0]


def _trail(root: Any, title: str) -> list[str]:
    """What stands above the page on its site, outermost first: its breadcrumbs without the site's top and the page."""
    for element in root.iter("nav", "ol", "ul", "div", "p"):
        named = f"{element.get('class', '')} {element.get('id', '')}"
        said = element.get("aria-label", "")
        if (
            _TRAIL.search(named)
            or "パンくず" in said
            or "breadcrumb" in said.lower()
            or "BreadcrumbList" in element.get("itemtype", "")
        ):
            items = [_line(item) for item in element.xpath(".//li")] or _TRAIL_MARK.split(
                " ".join(element.text_content().split())
            )
            names = [_TRAIL_MARK.sub("", _TRAIL_SAID.sub("", item)).strip() for item in items]
            break
    else:
        # A law's place in the law book, as the systems of ordinances say it.
        names = [part.strip() for part in _line_of(root, ".//span[@class='taikei-item']").split("/")]
    names = [name for name in names if 0 < len(name) <= 60 and not _TRAIL_TOP.fullmatch(name)]
    bare = "".join(title.split())
    return [name for name in names if "".join(name.split()) != bare][-_TRAIL_MAX:]


def _line(element: Any) -> str:
    return " ".join("".join(_texts(element)).split())


def _line_of(root: Any, path: str) -> str:
    found = root.xpath(path)
    return _line(found[0]) if found else ""


class _Walker:
    def __init__(self, max_cells: int, above: int = 0, title: str = "") -> None:
        self.flow = Flow()
        self.cells_left = max_cells
        self._text: list[str] = []
        # How many headings the page stands below, and its title until its text begins.
        self._above, self._title = above, title

    def flush(self, depth: int) -> None:
        """End the running paragraph."""
        said = _spaced("".join(self._text))
        self._text.clear()
        for line in said.split("\n"):
            # A law's page says its title again above its text.
            if line and self._title and line.lstrip("○") == self._title:
                line = ""
            self._title = "" if line else self._title
            self.flow.paragraph(line, depth)

    def walk(self, element: Any, depth: int, level: int) -> None:
        """Walk an element's content; `depth` of nested lists, `level` of nested elements."""
        if level > _MAX_DEPTH:
            raise Problem("nested")
        self._text.append(_source(element.text))
        for child in element:
            self._child(child, depth, level)
            self._text.append(_source(child.tail))

    def _child(self, child: Any, depth: int, level: int) -> None:
        tag = child.tag
        if not isinstance(tag, str) or tag in _DROP or _is_around(child):
            return
        if tag == "br":
            self._text.append("\n")
        elif tag in _HEADINGS:
            self.flush(depth)
            self.flow.heading(" ".join("".join(_texts(child)).split()), int(tag[1]) + self._above)
        elif tag == "table":
            self.flush(depth)
            self._table(child, depth, level)
        elif tag in ("ul", "ol", "li"):
            inner = depth + (tag != "li")
            self.flush(depth)
            self.walk(child, inner, level + 1)
            self.flush(inner if tag == "li" else 0)
        elif tag in _BLOCK:
            self.flush(depth)
            self.walk(child, depth, level + 1)
            self.flush(depth)
        else:
            self.walk(child, depth, level + 1)

    def _table(self, element: Any, depth: int, level: int) -> None:
        rows = element.xpath("./tr|./thead/tr|./tbody/tr|./tfoot/tr")
        if element.xpath(".//table") or not rows or max(len(row.xpath("./td|./th")) for row in rows) <= 1:
            # A table for layout: what is in it is the text.
            self.walk(element, depth, level + 1)
            self.flush(depth)
            return
        cells, spans, headers = self._cells(rows)
        caption = element.find("caption")
        depth_of = headers if headers else header_rows(spans)
        self.flow.table(cells, depth_of, " ".join("".join(_texts(caption)).split()) if caption is not None else "")

    def _cells(self, rows: list[Any]) -> tuple[list[list[str]], list[list[int]], int]:
        """Texts, cell numbers and the count of rows at the top that are all th."""
        grid: list[dict[int, tuple[int, str]]] = [{} for _ in rows]
        number = headers = 0
        for index, row in enumerate(rows):
            column = 0
            found = row.xpath("./td|./th")
            if headers == index and found and all(cell.tag == "th" for cell in found):
                headers = index + 1
            for cell in found:
                while column in grid[index]:
                    column += 1
                number += 1
                text = _spaced("".join(_texts(cell)))
                wide, high = _span(cell, "colspan"), min(_span(cell, "rowspan"), len(rows) - index)
                self.cells_left -= wide * high
                if self.cells_left <= 0:
                    break
                for down in range(index, index + high):
                    for across in range(column, column + wide):
                        grid[down].setdefault(across, (number, text))
                column += wide
        width = max((max(row) + 1 for row in grid if row), default=0)
        texts = [[row.get(column, (0, ""))[1] for column in range(width)] for row in grid]
        spans = [[row.get(column, (-1 - column, ""))[0] for column in range(width)] for row in grid]
        return texts, spans, headers if headers < len(rows) else 0


def _span(cell: Any, name: str) -> int:
    try:
        return min(_MAX_SPAN, max(1, int(cell.get(name, "1"))))
    except ValueError:
        return 1


def _is_around(element: Any) -> bool:
    """Whether an element is not shown, or leads around the site."""
    if "hidden" in element.attrib:
        return True
    return bool(_AROUND.search(f"{element.get('class', '')} {element.get('id', '')}")) and element.tag != "body"


def _texts(element: Any) -> list[str]:
    """The shown text inside an element, its lines kept."""
    said: list[str] = []
    stack: list[Any] = [element]
    while stack:
        item = stack.pop()
        if isinstance(item, str):
            said.append(item)
            continue
        if isinstance(item.tag, str) and item.tag not in _DROP and "hidden" not in item.attrib:
            inner: list[Any] = [_source(item.text)]
            for child in item:
                if child.tag in ("br", "p", "li", "div"):
                    inner.append("\n")
                inner += [child, _source(child.tail)]
            stack += reversed(inner)
    return said


def _source(text: str | None) -> str:
    """A text node without the line breaks of its source; between Japanese characters they are nothing."""
    if not text or "\n" not in text:
        return text or ""
    said = ""
    for line in text.split("\n"):
        bare = line.strip(" \t\r\f")
        said = structure.join(said, bare) if said.strip() and bare else said + (bare or " ")
    return said


def _spaced(text: str) -> str:
    """White space as a browser shows it, lines kept only where an element made them."""
    lines = (re.sub(r"[ \t\r\f\v\xa0]+", " ", line).strip() for line in text.split("\n"))
    return "\n".join(line for line in lines if line)

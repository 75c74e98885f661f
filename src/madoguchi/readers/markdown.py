"""Markdown -> blocks, by markdown-it's tokens."""

import mmap

from markdown_it import MarkdownIt
from markdown_it.token import Token

from madoguchi.readers.blocks import Reading
from madoguchi.readers.encoding import decode
from madoguchi.readers.flow import Flow
from madoguchi.readers.limits import Limits


def read(data: bytes | mmap.mmap, limits: Limits) -> Reading:  # noqa: ARG001 - every reader is called alike
    """Return the blocks of a Markdown file; never a Problem."""
    flow = Flow()
    depth = 0
    rows: list[list[str]] = []
    inside = ""
    text = decode(bytes(data)).replace("\r\n", "\n")
    for token in MarkdownIt("commonmark", {"maxNesting": 50}).enable("table").parse(text):
        if token.type in ("bullet_list_open", "ordered_list_open"):
            depth += 1
        elif token.type in ("bullet_list_close", "ordered_list_close"):
            depth -= 1
        elif token.type == "heading_open":
            inside = token.tag
        elif token.type == "table_open":
            rows, inside = [], "table"
        elif token.type == "tr_open":
            rows.append([])
        elif token.type == "table_close":
            flow.table(rows, 1)
            inside = ""
        elif token.type == "inline":
            said = _inline(token)
            if inside == "table":
                rows[-1].append(said)
            elif inside.startswith("h"):
                flow.heading(said, int(inside[1]))
                inside = ""
            else:
                flow.paragraph(said, depth)
        elif token.type in ("fence", "code_block"):
            flow.paragraph(token.content)
        elif token.type == "html_block":
            flow.paragraph(_without_tags(token.content))
    return Reading(flow.blocks())


def _inline(token: Token) -> str:
    """The text as shown: an image's description is no text of the document's."""
    said = []
    for child in token.children or []:
        if child.type in ("text", "code_inline"):
            said.append(child.content)
        elif child.type in ("softbreak", "hardbreak"):
            said.append("\n")
    return "".join(said)


def _without_tags(markup: str) -> str:
    from lxml import html

    try:
        root = html.fragment_fromstring(markup, create_parent="div")
    except (ValueError, html.etree.ParserError):
        return ""
    for hidden in root.xpath(".//script|.//style"):
        hidden.drop_tree()
    return str(root.text_content())

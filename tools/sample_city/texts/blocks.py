"""Source text -> front matter and blocks: one small format for every document of the sample city."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass, field
from pathlib import Path

WIDE = str.maketrans("0123456789()", "０１２３４５６７８９（）")
ARTICLE = re.compile(r"^第[0-9]+条(の[0-9]+)?　")
CLAUSE = re.compile(r"^([0-9]{1,2})　")
ITEM = re.compile(r"^\(([0-9]{1,2})\)　")
SUBITEM = re.compile(r"^[ア-ン]　")


@dataclass
class Block:
    # h1 h2 h3 caption article clause item subitem p li table speaker break right center note box toc suppl
    kind: str
    text: str = ""
    rows: list[list[str]] = field(default_factory=list)
    speaker: str = ""


@dataclass
class Source:
    meta: dict[str, str]
    blocks: list[Block]
    body: str
    file: Path


def wide(text: str) -> str:
    return text.translate(WIDE)


def flat(text: str) -> str:
    """NFKC without any space: what is compared when a page is looked up."""
    return re.sub(r"\s+", "", unicodedata.normalize("NFKC", text))


def load(path: Path) -> list[Source]:
    """A file holds one or more documents; each begins with a line '=== ' + its path under files/."""
    sources = []
    for chunk in re.split(r"(?m)^=== ", path.read_text(encoding="utf-8"))[1:]:
        head, _, body = chunk.partition("\n\n")
        lines = head.split("\n")
        meta = {"path": lines[0].strip()}
        for line in lines[1:]:
            key, _, value = line.partition(":")
            meta[key.strip()] = value.strip()
        meta.setdefault("title", Path(meta["path"]).stem)
        body = body.rstrip("\n") + "\n"
        sources.append(Source(meta, parse(body, meta.get("style", "")), body, path))
    return sources


def parse(body: str, style: str) -> list[Block]:
    blocks: list[Block] = []
    law = style in {"law", "rule"}
    table: list[list[str]] | None = None
    for raw in body.split("\n"):
        line = raw.rstrip()
        if line.startswith("|"):
            cells = [c.strip() for c in line.strip("|").split("|")]
            if table is None:
                table = []
                blocks.append(Block("table", rows=table))
            table.append(cells)
            continue
        table = None
        if line:
            blocks.append(_line(line, law))
    return blocks


def _line(line: str, law: bool) -> Block:
    for mark, kind in (
        ("### ", "h3"),
        ("## ", "h2"),
        ("# ", "h1"),
        ("> ", "right"),
        ("^ ", "center"),
        ("- ", "li"),
        ("※", "note"),
        ("!! ", "box"),
        ("@@ ", "suppl"),
    ):
        if line.startswith(mark):
            text = line if mark == "※" else line[len(mark) :]
            return Block(kind, wide(text) if law else text)
    if line == "---":
        return Block("break")
    if line == "[TOC]":
        return Block("toc")
    if line.startswith("○"):
        who, _, said = line.partition("　")
        return Block("speaker", said, speaker=who)
    if line.startswith("（") and line.endswith("）") and law:
        return Block("caption", wide(line))
    if ARTICLE.match(line):
        return Block("article", wide(line) if law else line)
    if CLAUSE.match(line):
        return Block("clause", wide(line) if law else line)
    if ITEM.match(line):
        return Block("item", wide(line) if law else line)
    if SUBITEM.match(line):
        return Block("subitem", wide(line) if law else line)
    return Block("p", wide(line) if law else line)


def law_contents(blocks: list[Block]) -> list[tuple[str, str]]:
    """目次 of an ordinance: every 編・章・節 with its span of articles."""
    out: list[tuple[str, str, list[str]]] = []
    open_levels: dict[str, int] = {}
    for block in blocks:
        if block.kind in {"h1", "h2", "h3"}:
            for deeper in ("h1", "h2", "h3")[("h1", "h2", "h3").index(block.kind) :]:
                open_levels.pop(deeper, None)
            open_levels[block.kind] = len(out)
            out.append((block.kind, block.text, []))
        elif block.kind == "article":
            for index in open_levels.values():
                out[index][2].append(block.text.split("　")[0])
        elif block.kind == "suppl":
            break
    lines = []
    for i, (kind, text, articles) in enumerate(out):
        leaf = i + 1 == len(out) or out[i + 1][0] <= kind
        span = ""
        if leaf and articles:
            span = f"（{articles[0]}）" if len(articles) == 1 else f"（{articles[0]}―{articles[-1]}）"
        lines.append((kind, text + span))
    return lines

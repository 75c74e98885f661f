"""Blocks -> print HTML -> PDF by Chromium, with page numbers in the table of contents (two passes)."""

from __future__ import annotations

import html
import re
import subprocess
import tempfile
from pathlib import Path

import pikepdf
import pypdfium2
from blocks import Block, Source, flat, law_contents
from slim import slim_fonts

HERE = Path(__file__).parent
CHROMIUM = "/usr/bin/chromium"
NUMBER = re.compile(
    r"^([△+\-－]?[0-9０-９,，.]+ ?(円|%|％|人|件|千円|万円|か所|台|ha|m|km|億円|回|世帯|食|kg|g)?|無料|―|－)$"
)
pikepdf.settings.set_flate_compression_level(9)
STAMP = b"D:20260401000000+09'00'"


def table_html(rows: list[list[str]]) -> str:
    """First row is the head; a cell that is only ^ joins the one above."""
    head, body = rows[0], rows[1:]
    spans: dict[tuple[int, int], int] = {}
    hidden: set[tuple[int, int]] = set()
    for r, row in enumerate(body):
        for c, cell in enumerate(row):
            if cell == "^":
                top = r
                while body[top][c] == "^":
                    top -= 1
                spans[top, c] = r - top + 1
                hidden.add((r, c))
    right = {c for c in range(len(head)) if all(row[c] == "^" or NUMBER.match(row[c]) for row in body)}
    out = (
        ["<table><thead><tr>"]
        + [f'<th class="{"s" if len(c) <= 6 else ""}">{html.escape(c)}</th>' for c in head]
        + ["</tr></thead><tbody>"]
    )
    for r, row in enumerate(body):
        out.append("<tr>")
        for c, cell in enumerate(row):
            if (r, c) in hidden:
                continue
            attrs = f' rowspan="{spans[r, c]}"' if (r, c) in spans else ""
            if c in right and len(head) > 1:
                attrs += ' class="n"'
            elif len(cell) <= 8:
                attrs += ' class="s"'
            out.append(f"<td{attrs}>{html.escape(cell).replace('&lt;br&gt;', '<br>')}</td>")
        out.append("</tr>")
    return "".join(out) + "</tbody></table>"


def contents_html(source: Source, pages: dict[str, int]) -> str:
    if source.meta.get("style") == "law":
        lines = law_contents(source.blocks)
        return (
            '<div class="lawtoc"><p>目次</p>'
            + "".join(f'<p class="t{k}">{html.escape(t)}</p>' for k, t in lines)
            + '<p class="th1">附則</p></div>'
        )
    rows = []
    for block in source.blocks:
        if block.kind in {"h1", "h2"}:
            rows.append(
                f'<div class="tocrow t{block.kind}"><span>{html.escape(block.text)}</span><i></i>'
                f"<span>{pages.get(block.text, 0)}</span></div>"
            )
    return '<div class="toc"><h1 class="plain">目　次</h1>' + "".join(rows) + "</div>"


def body_html(source: Source, pages: dict[str, int]) -> str:
    out: list[str] = []
    listing = False
    for block in source.blocks:
        if listing and block.kind != "li":
            out.append("</ul>")
            listing = False
        text = html.escape(block.text)
        if block.kind == "li":
            if not listing:
                out.append("<ul>")
                listing = True
            out.append(f"<li>{text}</li>")
        elif block.kind == "table":
            out.append(table_html(block.rows))
        elif block.kind == "toc":
            out.append(contents_html(source, pages))
        elif block.kind == "break":
            out.append('<div class="break"></div>')
        elif block.kind == "speaker":
            out.append(f'<p class="speaker"><b>{html.escape(block.speaker)}</b>　{text}</p>')
        elif block.kind in {"h1", "h2", "h3"}:
            out.append(f"<{block.kind}>{text}</{block.kind}>")
        else:
            out.append(f'<p class="{block.kind}">{text}</p>')
    if listing:
        out.append("</ul>")
    return "\n".join(out)


def document(source: Source, pages: dict[str, int]) -> str:
    meta = source.meta
    style = meta.get("style", "plan")
    css = (HERE / "css" / "base.css").read_text() + (HERE / "css" / f"{style}.css").read_text()
    css = css.replace("RUNNING", meta.get("running", meta["title"]))
    if meta.get("compact"):
        css += "body{font-size:9.5pt;line-height:1.6}"
    title = html.escape(meta["title"])
    if style == "law":
        lead = f'<p class="title">○{title}</p>' + "".join(
            f'<p class="right">{html.escape(x)}</p>' for x in meta.get("history", "").split("／") if x
        )
    elif style == "plan":
        lead = (
            f'<section class="cover"><div class="band"></div><h1 class="covertitle">{title}</h1>'
            f'<p class="sub">{html.escape(meta.get("subtitle", ""))}</p>'
            f'<p class="when">{html.escape(meta.get("issued", ""))}<br>風　見　市</p></section>'
        )
    else:
        lead = f'<p class="title">{title}</p>'
    return (
        f'<!doctype html><html lang="ja"><head><meta charset="utf-8"><title>{title}</title><style>{css}</style>'
        f"</head><body>{lead}{body_html(source, pages)}</body></html>"
    )


def chromium_pdf(text: str, target: Path) -> None:
    with tempfile.TemporaryDirectory(prefix="sampletexts-") as folder:
        page = Path(folder) / "in.html"
        page.write_text(text, encoding="utf-8")
        subprocess.run(
            [
                CHROMIUM,
                "--headless",
                "--no-sandbox",
                "--disable-gpu",
                "--no-first-run",
                "--disable-background-networking",
                "--disable-component-update",
                "--disable-sync",
                f"--user-data-dir={folder}/profile",
                "--no-pdf-header-footer",
                f"--print-to-pdf={folder}/out.pdf",
                page.as_uri(),
            ],
            check=True,
            capture_output=True,
            timeout=120,
        )
        with pikepdf.open(f"{folder}/out.pdf") as pdf:
            for key in ("/CreationDate", "/ModDate"):
                pdf.docinfo[key] = STAMP.decode()
            pdf.docinfo["/Author"] = "風見市"
            pdf.docinfo["/Creator"] = "Madoguchi sample city"
            slim_fonts(pdf)
            target.parent.mkdir(parents=True, exist_ok=True)
            pdf.save(
                target,
                object_stream_mode=pikepdf.ObjectStreamMode.generate,
                compress_streams=True,
                recompress_flate=True,
                deterministic_id=True,
            )


def page_texts(path: Path) -> list[str]:
    pdf = pypdfium2.PdfDocument(path)
    try:
        return [page.get_textpage().get_text_range() for page in pdf]
    finally:
        pdf.close()


def heading_pages(target: Path, blocks: list[Block]) -> dict[str, int]:
    """Headings come in order: each is looked for from the page of the one before, past the contents."""
    texts = [flat(t) for t in page_texts(target)]
    start = max((i for i, t in enumerate(texts) if "目次" in t[:200]), default=0) + 1
    while start < len(texts) and re.search(r"(\D0|\d\d)$", texts[start][-2:]) and "00" in texts[start]:
        start += 1
    pages: dict[str, int] = {}
    at = start
    for block in blocks:
        if block.kind in {"h1", "h2"}:
            for i in range(at, len(texts)):
                if flat(block.text) in texts[i]:
                    pages[block.text] = i + 1
                    at = i
                    break
    return pages


def write(source: Source, target: Path) -> None:
    chromium_pdf(document(source, {}), target)
    if source.meta.get("style") != "law" and any(b.kind == "toc" for b in source.blocks):
        chromium_pdf(document(source, heading_pages(target, source.blocks)), target)

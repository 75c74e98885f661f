"""Blocks -> a page of the city's site: header, navigation, breadcrumb, main, footer."""

from __future__ import annotations

import html
from pathlib import Path

from blocks import Block, Source
from jinja2 import Environment, FileSystemLoader

HERE = Path(__file__).parent


def _main(blocks: list[Block]) -> str:
    out: list[str] = []
    listing = False
    for block in blocks:
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
            head, *rows = block.rows
            out.append(
                "<table><thead><tr>"
                + "".join(f'<th scope="col">{html.escape(c)}</th>' for c in head)
                + "</tr></thead><tbody>"
            )
            for first, *rest in rows:
                out.append(
                    f'<tr><th scope="row">{html.escape(first)}</th>'
                    + "".join(f"<td>{html.escape(c).replace('&lt;br&gt;', '<br>')}</td>" for c in rest)
                    + "</tr>"
                )
            out.append("</tbody></table>")
        elif block.kind in {"h1", "h2", "h3"}:
            level = int(block.kind[1]) + 1
            out.append(f"<h{level}>{text}</h{level}>")
        else:
            out.append(f'<p class="{block.kind}">{text}</p>')
    if listing:
        out.append("</ul>")
    return "\n".join(out)


def write(source: Source, target: Path) -> None:
    env = Environment(loader=FileSystemLoader(HERE), autoescape=True, keep_trailing_newline=True)
    page = env.get_template("site.html.j2").render(
        meta=source.meta, main=_main(source.blocks), crumbs=source.meta.get("crumbs", "くらし").split("＞")
    )
    target.parent.mkdir(parents=True, exist_ok=True)
    target.write_text(page, encoding="utf-8")

"""HTML -> PDF by Chromium, with fixed dates and identifiers; and what stands on which page."""

# ruff: noqa: E501 - full-width text counts twice; a table row stays one line

import html
import re
import subprocess
import tempfile
import unicodedata
from pathlib import Path

import pikepdf
import pypdfium2
from common import FILES

CHROMIUM = "/usr/bin/chromium"
CSS = (Path(__file__).parent / "data" / "book.css").read_text(encoding="utf-8")


def esc(text: object) -> str:
    return html.escape(str(text))


def page(title: str, body: str, *, running: str = "", css: str = "") -> str:
    """Return a whole print document."""
    rules = CSS.replace("RUNNING", running or title) + css
    return (
        f'<!doctype html><html lang="ja"><head><meta charset="utf-8"><title>{esc(title)}</title>'
        f"<style>{rules}</style></head><body>{body}</body></html>"
    )


def write_pdf(relative: str, text: str) -> Path:
    """Print to files/<relative>."""
    target = FILES / relative
    target.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix="samplenumbers-") as folder:
        source = Path(folder) / "in.html"
        source.write_text(text, encoding="utf-8")
        subprocess.run(
            [CHROMIUM, "--headless", "--no-sandbox", "--disable-gpu", "--no-first-run",
             "--disable-background-networking", "--disable-component-update", "--disable-sync",
             f"--user-data-dir={folder}/profile", "--no-pdf-header-footer", "--disable-pdf-tagging",
             f"--print-to-pdf={folder}/out.pdf", source.as_uri()],
            check=True, capture_output=True, timeout=180)  # fmt: skip
        finish(Path(folder) / "out.pdf", target)
    return target


# Radicals of the supplement block that NFKC leaves alone.
RADICALS = {
    "⺟": "母", "⺠": "民", "⺡": "氵", "⻁": "虎", "⻄": "西", "⻅": "見", "⻆": "角", "⻉": "貝", "⻋": "車", "⻑": "長", "⻒": "長",
    "⻔": "門", "⻘": "青", "⻝": "食", "⻞": "食", "⻟": "食", "⻤": "鬼", "⻨": "麦", "⻩": "黄", "⻫": "斉", "⻭": "歯", "⻯": "竜",
    "⻲": "亀", "⺎": "兀", "⺒": "己", "⺝": "月", "⺩": "王", "⺫": "目", "⺬": "示", "⺾": "艹", "⻌": "辶", "⻖": "阝",
}  # fmt: skip


def plain(text: str) -> str:
    """Return kanji for the radicals that share their glyph."""
    return "".join(RADICALS.get(c, unicodedata.normalize("NFKC", c) if 0x2E80 <= ord(c) <= 0x2FDF else c) for c in text)


def mend_text_layer(pdf: pikepdf.Pdf) -> None:
    """Chromium names a shared glyph by its radical (⽣ for 生): write the kanji into every ToUnicode map."""
    for item in pdf.objects:
        if isinstance(item, pikepdf.Dictionary) and item.get("/Type") == "/Font" and "/ToUnicode" in item:
            stream = item.ToUnicode
            stream.write(_mended(stream.read_bytes().decode("latin-1")).encode("latin-1"))


def _mended(cmap: str) -> str:
    def chars(hexes: str) -> str:
        return bytes.fromhex(hexes).decode("utf-16-be", "replace")

    def hexes(text: str) -> str:
        return text.encode("utf-16-be").hex().upper()

    def single(match: re.Match[str]) -> str:
        return f"<{match[1]}> <{hexes(plain(chars(match[2])))}>"

    def ranged(match: re.Match[str]) -> str:
        first, last, start = int(match[1], 16), int(match[2], 16), chars(match[3])
        texts = [start[:-1] + chr(ord(start[-1]) + i) for i in range(last - first + 1)]
        if all(plain(t) == t for t in texts):
            return match[0]
        return f"<{match[1]}> <{match[2]}> [{' '.join(f'<{hexes(plain(t))}>' for t in texts)}]"

    def block(match: re.Match[str]) -> str:
        if match[1] == "bfchar":
            return re.sub(r"<([0-9A-Fa-f]+)>\s*<([0-9A-Fa-f]+)>", single, match[0])
        return re.sub(r"<([0-9A-Fa-f]+)>\s*<([0-9A-Fa-f]+)>\s*<([0-9A-Fa-f]+)>", ranged, match[0])

    return re.sub(r"begin(bfchar|bfrange).*?end\1", block, cmap, flags=re.DOTALL)


def finish(source: Path, target: Path) -> None:
    """Save with fixed metadata so that the same input makes the same bytes."""
    with pikepdf.open(source) as pdf:
        mend_text_layer(pdf)
        for key in ("/CreationDate", "/ModDate"):
            pdf.docinfo[key] = "D:20260401000000+09'00'"
        pdf.docinfo["/Author"] = "風見市"
        pdf.docinfo["/Creator"] = "Madoguchi sample city"
        pdf.save(target, object_stream_mode=pikepdf.ObjectStreamMode.generate, recompress_flate=True,
                 compress_streams=True, deterministic_id=True)  # fmt: skip


def radicals_in(path: Path) -> bool:
    """Return whether a ToUnicode map still names a radical."""
    with pikepdf.open(path) as pdf:
        fonts = [o for o in pdf.objects if isinstance(o, pikepdf.Dictionary) and "/ToUnicode" in o]
        maps = [font.ToUnicode.read_bytes().decode("latin-1") for font in fonts]
    return any(_mended(cmap) != cmap for cmap in maps)


def flat(text: str) -> str:
    """Return text without blanks, widths folded, for looking things up."""
    return "".join(unicodedata.normalize("NFKC", text).split())


_pages: dict[Path, list[str]] = {}


def page_texts(path: Path) -> list[str]:
    """Return the flat text of every page."""
    if path not in _pages:
        document = pypdfium2.PdfDocument(path)
        try:
            _pages[path] = [flat(p.get_textpage().get_text_range()) for p in document]
        finally:
            document.close()
    return _pages[path]


def pages_with(relative: str, needles: list[str]) -> list[int]:
    """Return the pages of a file on which all of the texts stand."""
    texts = page_texts(FILES / relative)
    return [n for n, text in enumerate(texts, 1) if all(flat(needle) in text for needle in needles)]


def table(head: list[list[object]], rows: list[list[object]], *, cls: str = "", total: bool = False) -> str:
    """Return a ruled table: `head` is rows of cells, a cell may be (text, colspan, rowspan); the last row may be a total."""
    out = [f'<table class="{cls}"><thead>']
    for row in head:
        out.append("<tr>")
        for cell in row:
            text, wide, high = cell if isinstance(cell, tuple) else (cell, 1, 1)
            out.append(f'<th colspan="{wide}" rowspan="{high}">{esc(text)}</th>')
        out.append("</tr>")
    out.append("</thead><tbody>")
    for index, row in enumerate(rows):
        out.append('<tr class="sum">' if total and index == len(rows) - 1 else "<tr>")
        out += [td(cell) for cell in row]
        out.append("</tr>")
    return "".join(out) + "</tbody></table>"


def td(cell: object) -> str:
    """Return a cell; numbers stand right, negative ones with △."""
    if isinstance(cell, int):
        shown = f"△{-cell:,}" if cell < 0 else f"{cell:,}"
        return f'<td class="n">{shown}</td>'
    text = str(cell)
    right = text.removeprefix("△").replace(",", "").replace(".", "").removesuffix("％").isdigit()
    return f'<td class="n">{esc(text)}</td>' if right else f"<td>{esc(text)}</td>"

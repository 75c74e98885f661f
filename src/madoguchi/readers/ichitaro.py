"""一太郎 (jtd, jtt and the compressed jtdc, jttc) -> blocks: the text in order with its tables, ruby left out.

Built from what others have observed of the format, not from its maker's word: `docs/readers.md` says what is unproven.
"""

import io
import mmap
import struct

import olefile

from madoguchi.readers import ichitaro_lh5, ichitaro_text
from madoguchi.readers.blocks import Block, Reading
from madoguchi.readers.flow import Flow, header_rows
from madoguchi.readers.limits import Limits
from madoguchi.readers.ole_names import Storage
from madoguchi.readers.problems import Problem
from madoguchi.readers.text import fill

NOTICE = "一太郎：本文のみ・試験対応"
_TEXT, _NOTES, _PACKED = "DocumentText", "Footnote", "JSCompDocument"
_FAILURES = (OSError, ValueError, IndexError, TypeError, AttributeError, struct.error, RecursionError)


def read(data: bytes | mmap.mmap, limits: Limits) -> Reading:
    """Return the blocks of a document. Problem `broken` when no text of one can be found, `zip-bomb` when a compressed
    one is too large."""
    content = bytes(data)
    said = [NOTICE + "。レイアウト・図・ヘッダーは読み取りません。"]
    packed = _stream(content, _PACKED)
    if packed:
        content, right = ichitaro_lh5.member(packed, limits.max_inflated_mb << 20)
        if not right:
            said.append("圧縮された中身が壊れています。読めた所だけです。")
    stream = _stream(content, _TEXT)
    salvaged = not stream.startswith(ichitaro_text.MARK)
    if salvaged:
        stream = _salvaged(content)
        said.append("ファイルの管理情報が壊れているため、本文を探し出して読みました。抜けや余分があるかもしれません。")
    parts = ichitaro_text.Parts(stream, scan=salvaged).found
    if not parts:
        raise Problem("broken" if salvaged else "no-text")
    flow = Flow()
    _fill(flow, parts, limits)
    blocks = flow.blocks()
    path = blocks[-1].locator.get("heading", []) if blocks else []
    for part in _notes(content):
        blocks.append(Block("note", part.text, {"heading": path}))
    return Reading(blocks, [], "".join(said))


def _fill(flow: Flow, parts: list[ichitaro_text.Part], limits: Limits) -> None:
    lines: list[str] = []
    left = limits.max_cells

    def end() -> None:
        # Where the file has a paragraph head on each line, lines of the page's width are one paragraph.
        fill(flow, "\n".join(lines))
        lines.clear()

    for part in parts:
        if not part.rows:
            lines.append(part.text)
            continue
        end()
        cells, numbers = ichitaro_text.grid(part.rows)
        left -= sum(len(row) for row in cells)
        if left < 0:
            raise Problem("cells", f"{limits.max_cells:,}")
        flow.table(cells, header_rows(numbers))
    end()


def _notes(content: bytes) -> list[ichitaro_text.Part]:
    stream = _stream(content, _NOTES)
    return ichitaro_text.Parts(stream).found if stream.startswith(ichitaro_text.MARK) else []


def _stream(content: bytes, name: str) -> bytes:
    """A stream's bytes by the file's own tables; empty when it has none of that name or they do not lead through it."""
    try:
        with olefile.OleFileIO(io.BytesIO(content)) as ole:
            if not ole.exists(name):
                return b""
            with ole.openstream(name) as stream:
                found = bytes(stream.read())
            return found if len(found) == ole.get_size(name) else b""
    except _FAILURES:
        return b""


def _salvaged(content: bytes) -> bytes:
    """The text where the tables do not lead to it: from its first sector on, or from its mark wherever that stands."""
    entry = Storage(io.BytesIO(content)).entries.get(_TEXT)
    if entry and entry.size >= 4096:
        start = (entry.sector + 1) * 512
        if content.startswith(ichitaro_text.MARK, start):
            return content[start : start + entry.size]
    start = content.find(ichitaro_text.MARK)
    if start < 0:
        raise Problem("broken")
    return content[start:]

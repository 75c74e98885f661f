"""An open PDF: its pages, what it calls them, and its bookmarks. Nothing in it is ever run: PDFium comes without V8
and XFA here, and no call of this package asks for an action."""

import ctypes
import mmap
import re
from collections.abc import Callable, Iterator
from functools import partial
from typing import Any

import pypdfium2_raw as pdfium

from madoguchi.readers.problems import Problem

# A file may list millions of bookmarks, or list them in a ring.
_MAX_BOOKMARKS = 20_000
_MAX_DEPTH = 20
_COUNTED = re.compile(r"0*[0-9]+")


class Document:
    """An open PDF, mapped into memory for as long as it is open.

    Problem `password` when it wants one and none is given, `wrong-password` when this one does not open it, `broken`.
    """

    def __init__(self, data: bytes | mmap.mmap, password: str = "") -> None:
        config = pdfium.FPDF_LIBRARY_CONFIG(version=2, m_pUserFontPaths=None, m_pIsolate=None, m_v8EmbedderSlot=0)
        pdfium.FPDF_InitLibraryWithConfig(ctypes.byref(config))
        if not data:
            raise Problem("empty")
        self._data = data
        self._buffer = (
            ctypes.c_char_p(data) if isinstance(data, bytes) else (ctypes.c_char * len(data)).from_buffer(data)
        )
        self.handle: Any = None
        # Writers of other times kept passwords in other encodings than UTF-8.
        for tried in _encoded(password):
            self.handle = pdfium.FPDF_LoadMemDocument64(self._buffer, len(data), tried)
            if self.handle:
                break
            if pdfium.FPDF_GetLastError() not in (pdfium.FPDF_ERR_PASSWORD, pdfium.FPDF_ERR_SECURITY):
                raise Problem("broken")
        if not self.handle:
            raise Problem("wrong-password" if password else "password")
        self.count = int(pdfium.FPDF_GetPageCount(self.handle))
        if self.count <= 0:
            self.close()
            raise Problem("broken")

    def __enter__(self) -> "Document":
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Close it and let go of the memory."""
        if self.handle:
            pdfium.FPDF_CloseDocument(self.handle)
            self.handle = None

    def label(self, index: int) -> str:
        """Return what the file calls a page (counted from 0): 「iii」; empty when that is its place in the file."""
        label = text_of(partial(pdfium.FPDF_GetPageLabel, self.handle, index)).strip()[:40]
        return "" if _COUNTED.fullmatch(label) and int(label) == index + 1 else label

    def bookmarks(self) -> Iterator[tuple[int, str, int]]:
        """Yield the bookmarks in order as (depth from 1, title, page from 1; 0 for one that leads nowhere here)."""
        seen: set[int] = set()
        waiting = [(pdfium.FPDFBookmark_GetFirstChild(self.handle, None), 1)]
        while waiting:
            mark, depth = waiting.pop()
            at = ctypes.cast(mark, ctypes.c_void_p).value if mark else None
            if not at or at in seen or len(seen) >= _MAX_BOOKMARKS:
                continue
            seen.add(at)
            title = text_of(partial(pdfium.FPDFBookmark_GetTitle, mark))
            target = pdfium.FPDFBookmark_GetDest(self.handle, mark)
            page = int(pdfium.FPDFDest_GetDestPageIndex(self.handle, target)) + 1 if target else 0
            yield depth, title, max(0, page)
            waiting.append((pdfium.FPDFBookmark_GetNextSibling(self.handle, mark), depth))
            if depth < _MAX_DEPTH:
                waiting.append((pdfium.FPDFBookmark_GetFirstChild(self.handle, mark), depth + 1))


def _encoded(password: str) -> Iterator[bytes | None]:
    if not password:
        yield None
        return
    yield password.encode("utf-8", "replace")
    if not password.isascii():
        for encoding in ("cp932", "latin-1"):
            try:
                yield password.encode(encoding)
            except UnicodeEncodeError:
                continue


def text_of(call: Callable[[Any, int], int], most: int = 100_000) -> str:
    """Return a text that PDFium writes as UTF-16 into a place it first asks the size of; at most `most` bytes."""
    size = min(int(call(None, 0)), most)
    if size <= 2:
        return ""
    place = (ctypes.c_ushort * (size // 2))()
    if int(call(place, size // 2 * 2)) > size:
        return ""
    return bytes(place)[: size // 2 * 2 - 2].decode("utf-16-le", "replace").replace("\0", "")

"""PDFs with what plain pages lack: vertical lines, colours, layers, images, fields, comments, bookmarks."""

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Self

import pikepdf
from pikepdf import Array, Dictionary, Name

from tests.readers import files


class Page(files.Page):
    """A page under construction that also takes PDF operators as they are."""

    def raw(self, operators: str) -> Self:
        """Write operators."""
        self._content.append(operators)
        return self

    def written(self, x: float, top: float, text: str, size: float = 10.5, before: str = "") -> Self:
        """Write one line with operators before its text (`1 g` white, `3 Tr` invisible)."""
        codes = text.encode("utf-16-be").hex()
        y = self.height - top - size * 0.88
        return self.raw(f"q BT {before} /F0 {size} Tf 1 0 0 1 {x} {y:.2f} Tm <{codes}> Tj ET Q")

    def vertical(self, x: float, top: float, text: str, size: float = 10.5) -> Self:
        """Write one line from `top` downwards, centred on `x`."""
        codes = text.encode("utf-16-be").hex()
        return self.raw(f"BT /F1 {size} Tf 1 0 0 1 {x} {self.height - top:.2f} Tm <{codes}> Tj ET")

    def box(self, x0: float, top: float, x1: float, bottom: float, colour: str = "0.8 g") -> Self:
        """Fill a box."""
        return self.raw(f"q {colour} {x0} {self.height - bottom} {x1 - x0} {bottom - top} re f Q")

    def image(self, x0: float, top: float, x1: float, bottom: float) -> Self:
        """Put the image I0 there."""
        return self.raw(f"q {x1 - x0} 0 0 {bottom - top} {x0} {self.height - bottom} cm /I0 Do Q")


def pdf(path: Path, pages: Sequence[files.Page], edit: Callable[[pikepdf.Pdf], None] | None = None) -> Path:
    """Write a PDF of these pages, then let `edit` change it."""
    files.pdf(path, list(pages))
    with pikepdf.open(path, allow_overwriting_input=True) as document:
        flat = document.pages[0].Resources.Font.F0
        upright = document.make_indirect(Dictionary({**dict(flat.items()), "/Encoding": Name("/UniJIS-UTF16-V")}))
        image = document.make_stream(bytes(range(256)) * 4)
        image.Type, image.Subtype = Name.XObject, Name.Image
        image.Width = image.Height = 32
        image.ColorSpace, image.BitsPerComponent = Name.DeviceGray, 8
        for page in document.pages:
            page.Resources.Font.F1 = upright
            page.Resources.XObject = Dictionary(I0=image)
        if edit:
            edit(document)
        document.save(path)
    return path


def bookmarks(document: pikepdf.Pdf, entries: list[tuple[int, str, int]]) -> None:
    """Give a document bookmarks: (depth from 1, title, page from 1)."""
    with document.open_outline() as outline:
        stack: list[list[pikepdf.OutlineItem]] = [outline.root]
        for depth, title, page in entries:
            item = pikepdf.OutlineItem(title, page - 1)
            del stack[depth:]
            stack[-1].append(item)
            stack.append(item.children)


def note(document: pikepdf.Pdf, kind: str, text: str, flags: int = 4) -> None:
    """Put an annotation on the first page."""
    made = Dictionary(Type=Name.Annot, Subtype=Name("/" + kind), Rect=[100, 600, 200, 620], Contents=text, F=flags)
    page = document.pages[0]
    if "/Annots" not in page:
        page.Annots = Array()
    page.Annots.append(document.make_indirect(made))


def field(document: pikepdf.Pdf, name: str, value: str, label: str = "", kind: str = "Tx", flags: int = 4) -> None:
    """Put a form field on the first page; a check box (`Btn`) is ticked when its value is not `Off`."""
    made = Dictionary(
        Type=Name.Annot, Subtype=Name.Widget, FT=Name("/" + kind), T=name, Rect=[100, 700, 300, 720], F=flags
    )
    if label:
        made.TU = label
    if kind == "Btn":
        empty = document.make_stream(b"", Type=Name.XObject, Subtype=Name.Form, BBox=[0, 0, 10, 10])
        made.V = made.AS = Name("/" + value)
        made.AP = Dictionary(N=Dictionary({"/Yes": empty, "/Off": empty}))
    else:
        made.V = value
    page = document.pages[0]
    if "/Annots" not in page:
        page.Annots = Array()
    widget = document.make_indirect(made)
    page.Annots.append(widget)
    if "/AcroForm" not in document.Root:
        document.Root.AcroForm = Dictionary(Fields=Array())
    document.Root.AcroForm.Fields.append(widget)

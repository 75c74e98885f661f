"""Form fields and annotations of a PDF page -> blocks: 「氏名：山田太郎」, comments, notes written on the page."""

import ctypes
from functools import partial
from typing import Any

import pypdfium2_raw as pdfium

from madoguchi.readers.blocks import Block, Locator
from madoguchi.readers.pdf_document import Document, text_of
from madoguchi.readers.pdf_layout import Ready
from madoguchi.readers.pdf_text import Frame

COMMENT = "コメント"
HIDDEN_FIELD = "非表示の項目"
_MAX_ANNOTATIONS = 5_000
_MARKED = "はい"
_HIDDEN_FLAGS = pdfium.FPDF_ANNOT_FLAG_INVISIBLE | pdfium.FPDF_ANNOT_FLAG_HIDDEN | pdfium.FPDF_ANNOT_FLAG_NOVIEW
_CHOICES = (pdfium.FPDF_FORMFIELD_CHECKBOX, pdfium.FPDF_FORMFIELD_RADIOBUTTON)
_SILENT = (pdfium.FPDF_FORMFIELD_PUSHBUTTON, pdfium.FPDF_FORMFIELD_SIGNATURE, pdfium.FPDF_FORMFIELD_UNKNOWN)
# Kinds whose words are what somebody remarked on the page, and that only show when pointed at.
_REMARKS = frozenset(
    (
        pdfium.FPDF_ANNOT_TEXT,
        pdfium.FPDF_ANNOT_HIGHLIGHT,
        pdfium.FPDF_ANNOT_UNDERLINE,
        pdfium.FPDF_ANNOT_SQUIGGLY,
        pdfium.FPDF_ANNOT_STRIKEOUT,
        pdfium.FPDF_ANNOT_CARET,
        pdfium.FPDF_ANNOT_SQUARE,
        pdfium.FPDF_ANNOT_CIRCLE,
        pdfium.FPDF_ANNOT_LINE,
        pdfium.FPDF_ANNOT_POLYGON,
        pdfium.FPDF_ANNOT_POLYLINE,
        pdfium.FPDF_ANNOT_INK,
        pdfium.FPDF_ANNOT_STAMP,
        pdfium.FPDF_ANNOT_FILEATTACHMENT,
    )
)


class Form:
    """The form of a document, for the values that fields inherit. No action of it is ever started."""

    def __init__(self, document: Document) -> None:
        self.handle: Any = None
        if pdfium.FPDF_GetFormType(document.handle) in (pdfium.FORMTYPE_ACRO_FORM, pdfium.FORMTYPE_XFA_FOREGROUND):
            # Version 1 without a platform for scripts: none could run even in a build that has them.
            self._info = pdfium.FPDF_FORMFILLINFO(version=1)
            self.handle = pdfium.FPDFDOC_InitFormFillEnvironment(document.handle, ctypes.byref(self._info))

    def close(self) -> None:
        """Let go of it, before its document."""
        if self.handle:
            pdfium.FPDFDOC_ExitFormFillEnvironment(self.handle)
            self.handle = None


def read(page: Any, frame: Frame, number: int, form: Form) -> list[Ready]:
    """Return the fields that are filled in and the notes of a page, as blocks with their places."""
    count = min(_MAX_ANNOTATIONS, pdfium.FPDFPage_GetAnnotCount(page))
    found: list[Ready] = []
    for index in range(count):
        note = pdfium.FPDFPage_GetAnnot(page, index)
        if not note:
            continue
        try:
            block = _block(note, form)
            if block:
                box = _box(note, frame)
                block.locator = _locator(box, frame, number)
                found.append(Ready(*box, block))
        finally:
            pdfium.FPDFPage_CloseAnnot(note)
    return found


def _block(note: Any, form: Form) -> Block | None:
    kind = pdfium.FPDFAnnot_GetSubtype(note)
    unseen = bool(pdfium.FPDFAnnot_GetFlags(note) & _HIDDEN_FLAGS)
    if kind == pdfium.FPDF_ANNOT_WIDGET:
        text = _field(note, form) if form.handle else ""
        return Block("paragraph", text, {}, hidden=HIDDEN_FIELD if unseen else "") if text else None
    said = _string(note, b"Contents")
    if not said:
        return None
    if kind == pdfium.FPDF_ANNOT_FREETEXT:
        return Block("note", said, {}, hidden=COMMENT if unseen else "")
    return Block("note", said, {}, hidden=COMMENT) if kind in _REMARKS else None


def _field(note: Any, form: Form) -> str:
    """「label：value」 of a form field; empty when nothing is filled in."""
    kind = pdfium.FPDFAnnot_GetFormFieldType(form.handle, note)
    if kind in _SILENT:
        return ""
    handle = form.handle
    label = text_of(partial(pdfium.FPDFAnnot_GetFormFieldAlternateName, handle, note)).strip()
    name = text_of(partial(pdfium.FPDFAnnot_GetFormFieldName, handle, note)).strip()
    value = text_of(partial(pdfium.FPDFAnnot_GetFormFieldValue, handle, note)).strip()
    if kind in _CHOICES:
        # What the box shows; all buttons of a group have one value.
        if (_string(note, b"AS") or value or "Off") == "Off":
            return ""
        # What a mark stands for is said by the file only now and then: 「/1」 says nothing.
        value = value if any(character.isalpha() for character in value) and value not in ("Yes", "On") else _MARKED
    label = label or name.rpartition(".")[2]
    return f"{label}：{value}" if value and label else value


def _string(note: Any, key: bytes) -> str:
    return text_of(partial(pdfium.FPDFAnnot_GetStringValue, note, key)).strip()


def _box(note: Any, frame: Frame) -> tuple[float, float, float, float]:
    place = pdfium.FS_RECTF()
    if not pdfium.FPDFAnnot_GetRect(note, ctypes.byref(place)):
        return 0.0, 0.0, frame.width, 0.0
    (xa, ya), (xb, yb) = frame.point(place.left, place.top), frame.point(place.right, place.bottom)
    return min(xa, xb), min(ya, yb), max(xa, xb), max(ya, yb)


def _locator(box: tuple[float, float, float, float], frame: Frame, number: int) -> Locator:
    x0, top, x1, bottom = box
    shares = (x0 / frame.width, top / frame.height, x1 / frame.width, bottom / frame.height)
    return {"page": number, "boxes": [[round(min(1.0, max(0.0, share)), 5) for share in shares]]}

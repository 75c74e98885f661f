"""The text of a paragraph as finally shown: insertions in, deletions out, what cannot be seen apart, notes counted."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from madoguchi.readers.docx_styles import Look, Styles, fill, look
from madoguchi.readers.office_pictures import Placed, placed, placed_in_vml

W = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"
M = "{http://schemas.openxmlformats.org/officeDocument/2006/math}"
V = "{urn:schemas-microsoft-com:vml}"
MC = "{http://schemas.openxmlformats.org/markup-compatibility/2006}"
C = "{http://schemas.openxmlformats.org/drawingml/2006/chart}"
D = "{http://schemas.openxmlformats.org/drawingml/2006/diagram}"
R = "{http://schemas.openxmlformats.org/officeDocument/2006/relationships}"
_PROPERTIES = "{http://schemas.openxmlformats.org/drawingml/2006/wordprocessingDrawing}docPr"
_PICTURE = "{http://schemas.openxmlformats.org/drawingml/2006/picture}pic"
# Deleted text, the reading above ruby, and what is about the text.
_SKIP = {
    f"{W}{name}" for name in ("del", "moveFrom", "rt", "instrText", "delText", "delInstrText", "pPr", "rPr", "sdtPr")
}
# Sign fonts' boxes and checks, as their letters are coded.
_SIGNS = {0xFE: "☑", 0xA8: "□", 0x6F: "□", 0x71: "□", 0xFD: "☒", 0xFC: "✓", 0x6C: "●", 0x6E: "■", 0xA1: "○", 0xE0: "→"}
# Fields inside fields: Word itself allows 20.
_MAX_FIELDS = 50
_PAGE_FIELDS = ("PAGE", "NUMPAGES", "SECTIONPAGES", "PAGEREF")


@dataclass
class Said:
    """What a paragraph says, and what hangs on it."""

    text: str = ""
    # (text, why nobody sees it)
    hidden: list[tuple[str, str]] = field(default_factory=list)
    # (「footnote」「endnote」「comment」, id, number shown or 0)
    notes: list[tuple[str, str, int]] = field(default_factory=list)
    # Contents of text boxes, outermost only.
    boxes: list[Any] = field(default_factory=list)
    # (「chart」「diagram」, relation id)
    drawings: list[tuple[str, str]] = field(default_factory=list)
    pictures: list[Placed] = field(default_factory=list)
    # Written across the page: 「案」.
    watermarks: list[str] = field(default_factory=list)
    # Whether it is a line of the table of contents, which the headings say again.
    in_contents: bool = False


class Texts:
    """Reads paragraphs one after the other: fields and notes go on from one to the next."""

    def __init__(self, styles: Styles, in_header: bool = False, shaded: bool = False) -> None:
        self._styles = styles
        self._in_header = in_header
        self._fields: list[list[str]] = []
        self._counts = {"footnote": 0, "endnote": 0}
        # Something lies behind the text: a filled cell, a text box, a coloured page.
        self.shaded = shaded
        self.follows_fields = True

    def check_fields(self, root: Any) -> None:
        """Look whether the fields of a part open and close: what a broken one would swallow is shown instead."""
        kinds = [each.get(f"{W}fldCharType") for each in root.iter(f"{W}fldChar")]
        self.follows_fields = kinds.count("begin") == kinds.count("end")

    def paragraph(self, element: Any) -> Said:
        """Return what one paragraph (or any holder of runs) says."""
        style = element.find(f"{W}pPr/{W}pStyle")
        key = style.get(f"{W}val", "") if style is not None else self._styles.default
        base = self._styles.looks.get(key, Look()).over(self._styles.base)
        if self.shaded or fill(element.find(f"{W}pPr")):
            base = Look(shaded=True).over(base)
        said = Said(in_contents=key in self._styles.contents)
        parts: list[str] = []
        for text, reason in self._walk(element, base, said):
            if not reason:
                parts.append(text)
            elif said.hidden and said.hidden[-1][1] == reason:
                said.hidden[-1] = (said.hidden[-1][0] + text, reason)
            else:
                said.hidden.append((text, reason))
        said.text = "".join(parts)
        said.hidden = [(text.strip(), reason) for text, reason in said.hidden if text.strip()]
        return said

    def _walk(self, element: Any, base: Look, said: Said) -> Iterator[tuple[str, str]]:
        for child in element:
            tag = child.tag
            if tag in _SKIP:
                continue
            if tag == f"{W}r":
                yield from self._run(child, base, said)
            elif tag == f"{M}t":
                yield child.text or "", base.reason()
            elif self._says_nothing(child):
                continue
            elif tag == f"{MC}AlternateContent":
                yield from self._walk(_choice(child), base, said)
            elif len(child):
                yield from self._walk(child, base, said)

    def _says_nothing(self, child: Any) -> bool:
        """Whether an element is a page number in a header, or the prompt of a field nobody filled in."""
        if child.tag == f"{W}fldSimple":
            return self._in_header and _is_page(child.get(f"{W}instr", ""))
        return is_prompt(child)

    def _run(self, run: Any, base: Look, said: Said) -> Iterator[tuple[str, str]]:
        properties = run.find(f"{W}rPr")
        own = base
        if properties is not None:
            style = properties.find(f"{W}rStyle")
            if style is not None:
                own = self._styles.looks.get(style.get(f"{W}val", ""), Look()).over(own)
            own = look(properties).over(own)
        reason = own.reason()
        for child in run:
            text = self._piece(child, said)
            if text and self._shown():
                yield text, reason
            elif child.tag == f"{W}ruby":
                for holder in child.iterfind(f"{W}rubyBase"):
                    yield from self._walk(holder, base, said)
            elif child.tag in (f"{W}drawing", f"{W}pict", f"{W}object", f"{MC}AlternateContent"):
                self._drawing(child, said, own.vanish is True or not self._shown())

    def _piece(self, child: Any, said: Said) -> str:
        tag = child.tag
        if tag == f"{W}t":
            return child.text or ""
        if tag in (f"{W}tab", f"{W}ptab"):
            return "　"
        if tag in (f"{W}br", f"{W}cr"):
            return "\n"
        if tag == f"{W}noBreakHyphen":
            return "-"
        if tag == f"{W}sym":
            return _sign(child)
        if tag == f"{W}fldChar":
            self._field(child.get(f"{W}fldCharType", ""))
        elif tag == f"{W}instrText" and self._fields:
            self._fields[-1][1] += child.text or ""
        elif tag in (f"{W}footnoteReference", f"{W}endnoteReference", f"{W}commentReference"):
            return self._note(tag[len(W) : -len("Reference")], child, said)
        return ""

    def _note(self, kind: str, child: Any, said: Said) -> str:
        count = 0
        if kind != "comment" and child.get(f"{W}customMarkFollows") not in ("1", "true", "on"):
            count = self._counts[kind] = self._counts[kind] + 1
        said.notes.append((kind, child.get(f"{W}id", ""), count))
        return mark(kind, count)

    def _field(self, kind: str) -> None:
        if kind == "begin":
            self._fields.append(["code", ""])
        elif kind == "separate" and self._fields:
            self._fields[-1][0] = "result"
        elif kind == "end" and self._fields:
            self._fields.pop()

    def _shown(self) -> bool:
        if len(self._fields) > _MAX_FIELDS:
            return False
        return not self.follows_fields or all(
            phase == "result" and code.split()[:1] != ["TOC"] and not (self._in_header and _is_page(code))
            for phase, code in self._fields
        )

    def _drawing(self, element: Any, said: Said, unseen: bool) -> None:
        """Note what a drawing holds: text boxes, a chart, a diagram, a picture, a watermark, and what it says of itself
        unseen. Of an `unseen` drawing no picture is read."""
        if element.tag == f"{MC}AlternateContent":
            element = _choice(element)
        for child in element:
            tag = child.tag
            if tag == f"{W}txbxContent":
                said.boxes.append(child)
                continue
            if tag == _PROPERTIES:
                unseen = unseen or child.get("hidden", "0") in ("1", "true")
                if child.get("descr"):
                    said.hidden.append((child.get("descr", ""), "代替テキスト"))
            elif tag in (_PICTURE, f"{V}imagedata"):
                found = placed(child) if tag == _PICTURE else placed_in_vml(child, element)
                if found and not unseen:
                    said.pictures.append(found)
                continue
            elif tag == f"{C}chart":
                said.drawings.append(("chart", child.get(f"{R}id", "")))
            elif tag == f"{D}relIds":
                said.drawings.append(("diagram", child.get(f"{R}dm", "")))
            elif tag == f"{V}textpath" and child.get("string"):
                said.watermarks.append(child.get("string", ""))
            # What an object shows of the file in it says no more than that file.
            self._drawing(child, said, unseen or element.tag == f"{W}object")


def is_prompt(element: Any) -> bool:
    """Return whether a content control shows only what to type into it."""
    return element.tag == f"{W}sdt" and element.find(f"{W}sdtPr/{W}showingPlcHdr") is not None


def mark(kind: str, count: int) -> str:
    """Return what stands in the text for a note: 「（注1）」."""
    return f"（{'注' if kind == 'footnote' else '文末注'}{count}）" if count else ""


def _choice(alternate: Any) -> Any:
    """The first branch of `mc:AlternateContent`: the fall-back says the same again."""
    choice = alternate.find(f"{MC}Choice")
    fallback = alternate.find(f"{MC}Fallback")
    return choice if choice is not None else fallback if fallback is not None else ()


def _sign(element: Any) -> str:
    try:
        code = int(element.get(f"{W}char", ""), 16)
    except ValueError:
        return ""
    if 0xF000 <= code <= 0xF0FF:
        return _SIGNS.get(code - 0xF000, "・")
    return chr(code) if 0x20 <= code < 0xD800 else ""


def _is_page(code: str) -> bool:
    return code.split()[:1] != [] and code.split()[0].upper() in _PAGE_FIELDS

"""Files made for the tests: good ones of each kind, and ones that would hurt a careless reader."""

import io
import struct
import zipfile
from pathlib import Path
from typing import Any, Self

import openpyxl
import pikepdf
from docx import Document

_TYPES = (
    b'<?xml version="1.0"?><Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types">'
    b'<Default Extension="xml" ContentType="application/xml"/>'
    b'<Override PartName="/word/document.xml" ContentType="application/vnd.openxmlformats-officedocument'
    b'.wordprocessingml.document.main+xml"/></Types>'
)
_BODY = (
    b'<w:document xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main"><w:body><w:p><w:r><w:t>'
    b"%s</w:t></w:r></w:p></w:body></w:document>"
)


class Page:
    """One page of a PDF under construction: text and lines in points from the top left corner (A4)."""

    width, height = 595.0, 842.0

    def __init__(self) -> None:
        self._content: list[str] = []

    def text(self, x: float, top: float, text: str, size: float = 10.5) -> Self:
        """Write one line with its top at `top`."""
        codes = text.encode("utf-16-be").hex()
        self._content.append(f"BT /F0 {size} Tf 1 0 0 1 {x} {self.height - top - size * 0.88:.2f} Tm <{codes}> Tj ET")
        return self

    def line(self, x0: float, top: float, x1: float, bottom: float) -> Self:
        """Rule a line."""
        self._content.append(f"0.5 w {x0} {self.height - top} m {x1} {self.height - bottom} l S")
        return self

    def grid(self, xs: list[float], ys: list[float]) -> Self:
        """Rule a table."""
        for x in xs:
            self.line(x, ys[0], x, ys[-1])
        for y in ys:
            self.line(xs[0], y, xs[-1], y)
        return self

    def content(self) -> bytes:
        return "\n".join(self._content).encode()


def japanese_font(document: pikepdf.Pdf, encoding: str, said: bytes = b"") -> Any:
    """A font that no file embeds: its codes are those of `encoding`, and mean what the ToUnicode map `said` says."""
    name = pikepdf.Name("/HeiseiMin-W3")
    own = encoding == "Identity-H"
    below = pikepdf.Dictionary(
        Type=pikepdf.Name.Font,
        Subtype=pikepdf.Name.CIDFontType2 if own else pikepdf.Name.CIDFontType0,
        BaseFont=name,
        CIDSystemInfo=pikepdf.Dictionary(
            Registry=pikepdf.String("Adobe"),
            Ordering=pikepdf.String("Identity" if own else "Japan1"),
            Supplement=0 if own else 2,
        ),
        DW=1000,
        FontDescriptor=document.make_indirect(
            pikepdf.Dictionary(
                Type=pikepdf.Name.FontDescriptor,
                FontName=name,
                Flags=6,
                FontBBox=[0, -120, 1000, 880],
                ItalicAngle=0,
                Ascent=880,
                Descent=-120,
                CapHeight=709,
                StemV=69,
            )
        ),
    )
    font = pikepdf.Dictionary(
        Type=pikepdf.Name.Font,
        Subtype=pikepdf.Name.Type0,
        BaseFont=name,
        Encoding=pikepdf.Name(f"/{encoding}"),
        DescendantFonts=[document.make_indirect(below)],
    )
    if said:
        font.ToUnicode = document.make_stream(said)
    return document.make_indirect(font)


def pdf(path: Path, pages: list[Page], **save: Any) -> Path:
    """Write a PDF of these pages; `save` goes to pikepdf (`encryption`)."""
    with pikepdf.new() as document:
        font = japanese_font(document, "UniJIS-UTF16-H")
        for page in pages:
            document.add_blank_page(page_size=(page.width, page.height))
            made = document.pages[-1]
            made.Resources = pikepdf.Dictionary(Font=pikepdf.Dictionary(F0=font))
            made.Contents = document.make_stream(page.content())
        document.save(path, **save)
    return path


def paragraph_page(text: str, size: float = 10.5, per_line: int = 40) -> Page:
    """A page of one running text, broken at a fixed width."""
    page = Page()
    for number, start in enumerate(range(0, len(text), per_line)):
        page.text(70, 80 + number * size * 1.6, text[start : start + per_line], size)
    return page


def archive(path: Path, parts: dict[str, bytes], compress: int = zipfile.ZIP_DEFLATED) -> Path:
    """Write a ZIP of these parts."""
    with zipfile.ZipFile(path, "w", compress) as made:
        for name, content in parts.items():
            made.writestr(name, content)
    return path


def docx_of(path: Path, document: bytes, **more: bytes) -> Path:
    """Write a docx whose main part is `document`, with further parts (`word__x` stands for `word/x.xml`)."""
    parts = {"[Content_Types].xml": _TYPES, "word/document.xml": document}
    return archive(path, parts | {f"{name.replace('__', '/')}.xml": content for name, content in more.items()})


def small_docx(path: Path, text: str = "第１条　この条例は、手数料に関し必要な事項を定める。") -> Path:
    """Write a docx of one paragraph with python-docx."""
    document = Document()
    document.add_paragraph(text)
    document.save(str(path))
    return path


def small_xlsx(path: Path) -> Path:
    """Write a workbook of one small table."""
    book = openpyxl.Workbook()
    sheet = book.active
    assert sheet is not None
    for row in (["区分", "令和6年度", "令和7年度"], ["市税", 1200, 1300], ["地方交付税", 800, 790]):
        sheet.append(row)
    book.save(path)
    return path


def edited(source: Path, target: Path, part: str, content: bytes) -> Path:
    """Copy an OOXML file with one part replaced."""
    with zipfile.ZipFile(source) as old:
        parts = {name: old.read(name) for name in old.namelist()}
    return archive(target, parts | {part: content})


def compound_file(streams: list[str]) -> bytes:
    """The beginning of an OLE storage that names these streams: enough to see what it is."""
    header = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(16) + struct.pack("<HHHHH", 0x3E, 3, 0xFFFE, 9, 6)
    directory = b"".join(name.encode("utf-16-le").ljust(64, b"\0") + bytes(64) for name in streams)
    return header.ljust(512, b"\0") + directory.ljust(1024, b"\0")


def far_cell_xlsx(folder: Path, path: Path) -> Path:
    """A sheet of two cells: the first and the very last (16,384 × 1,048,576)."""
    sheet = (
        b'<worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><dimension ref="A1:XFD1048576"/>'
        b'<sheetData><row r="1"><c r="A1" t="n"><v>1</v></c></row>'
        b'<row r="1048576"><c r="XFD1048576" t="n"><v>2</v></c></row></sheetData></worksheet>'
    )
    return edited(small_xlsx(folder / "small.xlsx"), path, "xl/worksheets/sheet1.xml", sheet)


def overlapping_zip(path: Path) -> Path:
    """A docx two of whose entries share their bytes."""
    small = small_docx(path)
    with zipfile.ZipFile(small) as made:
        first, second = made.infolist()[:2]
    raw = bytearray(small.read_bytes())
    at = raw.find(b"PK\x01\x02", raw.find(b"PK\x01\x02") + 1)
    raw[at + 42 : at + 46] = struct.pack("<I", first.header_offset + 1)
    assert second.header_offset != first.header_offset + 1
    path.write_bytes(raw)
    return path


def looping_pdf(path: Path) -> Path:
    """A PDF whose page tree and form both contain themselves."""
    pdf(path, [Page().text(70, 80, "輪になったPDF")])
    with pikepdf.open(path, allow_overwriting_input=True) as document:
        form = document.make_stream(b"/X0 Do")
        form.Type, form.Subtype, form.BBox = pikepdf.Name.XObject, pikepdf.Name.Form, [0, 0, 595, 842]
        form.Resources = pikepdf.Dictionary(XObject=pikepdf.Dictionary(X0=form))
        page = document.pages[0]
        page.Resources.XObject = pikepdf.Dictionary(X0=form)
        page.contents_add(b"/X0 Do")
        document.Root.Pages.Kids.append(document.Root.Pages)
        document.save(path)
    return path


def huge_page_pdf(path: Path) -> Path:
    """A PDF whose page is 200 inches square: 576 million dots at 120 dpi."""
    with pikepdf.new() as document:
        document.add_blank_page(page_size=(14_400, 14_400))
        document.save(path)
    return path


def huge_image_pdf(path: Path) -> Path:
    """A PDF of one image that says it is 60,000 × 60,000 dots."""
    with pikepdf.new() as document:
        document.add_blank_page(page_size=(595, 842))
        image = document.make_stream(b"\0" * 1000)
        image.Type, image.Subtype = pikepdf.Name.XObject, pikepdf.Name.Image
        image.Width = image.Height = 60_000
        image.ColorSpace, image.BitsPerComponent = pikepdf.Name.DeviceRGB, 8
        document.pages[0].Resources = pikepdf.Dictionary(XObject=pikepdf.Dictionary(I0=image))
        document.pages[0].Contents = document.make_stream(b"q 500 0 0 700 0 0 cm /I0 Do Q")
        document.save(path)
    return path


def many_pages_pdf(path: Path, pages: int) -> Path:
    """A PDF of many pages that share one content."""
    pdf(path, [Page().text(70, 80, "くり返しのページ本文です。")])
    with pikepdf.open(path, allow_overwriting_input=True) as document:
        first = document.pages[0]
        for _ in range(pages - 1):
            document.pages.append(first)
        document.save(path)
    return path


def bad_files(folder: Path) -> dict[str, Path]:
    """Write one file of each kind of harm into `folder`; the key says which. Reading any must end with a clear status
    within the limits: `Unreadable`, `Unsupported`, or a reading with a notice."""
    folder.mkdir(parents=True, exist_ok=True)
    good = pdf(folder / "good.pdf", [Page().text(70, 80, "ふつうの文書です。")])
    content = good.read_bytes()
    word = small_docx(folder / "good.docx").read_bytes()
    book = small_xlsx(folder / "good.xlsx").read_bytes()
    laughs = (
        b'<?xml version="1.0"?><!DOCTYPE d [<!ENTITY a "haha">'
        + b"".join(b'<!ENTITY %c "%s">' % (98 + n, b"&%c;" % (97 + n) * 10) for n in range(10))
        + b"]>"
        + _BODY % b"&k;"
    )
    outside = b'<?xml version="1.0"?><!DOCTYPE d [<!ENTITY x SYSTEM "file:///etc/passwd">]>' + _BODY % b"&x;"

    def put(name: str, data: bytes) -> Path:
        (folder / name).write_bytes(data)
        return folder / name

    lock = pikepdf.Encryption(owner="owner", user="user")
    return {
        "empty": put("empty.pdf", b""),
        "truncated pdf": put("truncated.pdf", content[: len(content) // 3]),
        "truncated docx": put("truncated.docx", word[: len(word) // 2]),
        "truncated xlsx": put("truncated.xlsx", book[: len(book) // 2]),
        "garbage pdf": put("garbage.pdf", b"%PDF-1.7\n" + bytes(range(256)) * 40),
        "encrypted pdf": pdf(folder / "locked.pdf", [Page().text(70, 80, "秘密")], encryption=lock),
        "encrypted docx": put("locked.docx", compound_file(["Root Entry", "EncryptionInfo", "EncryptedPackage"])),
        "encrypted xlsx": put("locked.xlsx", compound_file(["Root Entry", "EncryptionInfo", "EncryptedPackage"])),
        "docx named pdf": put("word.pdf", word),
        "pdf named docx": put("really-pdf.docx", content),
        "pdf named txt": put("really-pdf.txt", content),
        "xlsx named docx": put("really-xlsx.docx", book),
        "pdf and html": put("page.pdf", b"%PDF-1.7\n<html><script>alert(1)</script></html>\n" + content[9:]),
        "html before pdf": put("before.pdf", b"<!-- -->\n" + content),
        "html after pdf": put("after.pdf", content + b"\n<html><script>alert(1)</script></html>"),
        "zip and pdf": put("both.pdf", content + word),
        "gif and js": put("both.gif", b"GIF89a/*\x01\x00\x00\x00\x00;*/=1;alert(1);//;"),
        "gzip": put("data.gz", b"\x1f\x8b\x08" + bytes(100)),
        "old word": put("old.doc", compound_file(["Root Entry", "WordDocument"])),
        "program": put("program.exe", b"MZ" + bytes(200)),
        "zip bomb": docx_of(folder / "bomb.docx", _BODY % b"x", word__media=bytes(60_000_000)),
        "zip of many": archive(
            folder / "many.docx",
            {"[Content_Types].xml": _TYPES, **{f"word/{n}.xml": b"" for n in range(10_001)}},
            zipfile.ZIP_STORED,
        ),
        "overlapping zip": overlapping_zip(folder / "overlap.docx"),
        "billion laughs": docx_of(folder / "laughs.docx", laughs),
        "outside entity": docx_of(folder / "outside.docx", outside),
        "outside entity xlsx": edited(
            folder / "good.xlsx",
            folder / "outside.xlsx",
            "xl/sharedStrings.xml",
            b'<?xml version="1.0"?><!DOCTYPE d [<!ENTITY x SYSTEM "file:///etc/passwd">]><sst>&x;</sst>',
        ),
        "utf-16 dtd": docx_of(folder / "wide.docx", outside.decode().replace("1.0", "1.0").encode("utf-16")),
        "far cell": far_cell_xlsx(folder, folder / "far.xlsx"),
        "deep xml": docx_of(folder / "deep.docx", _BODY % (b"<w:sdt>" * 5000 + b"</w:sdt>" * 5000)),
        "deep html": put("deep.html", b"<html><body>" + b"<div>" * 20_000 + "深い".encode() + b"</div>" * 20_000),
        "pdf loop": looping_pdf(folder / "loop.pdf"),
        "huge page": huge_page_pdf(folder / "huge.pdf"),
        "huge image": huge_image_pdf(folder / "image.pdf"),
        "null csv": put("null.csv", bytes(5000)),
        "no text pdf": pdf(folder / "blank.pdf", [Page()]),
    }


def as_bytes(pages: list[Page]) -> bytes:
    """A PDF as bytes."""
    out = io.BytesIO()
    with pikepdf.new() as document:
        for page in pages:
            document.add_blank_page(page_size=(page.width, page.height))
        document.save(out)
    return out.getvalue()

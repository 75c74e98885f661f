"""Workbooks for the tests that no library here writes: old Excel (BIFF8 in an OLE storage) and OpenDocument."""

import hashlib
import io
import struct
import zipfile

from msoffcrypto.method.rc4 import DocumentRC4

from tests.readers.decks import relations

_FREE, _END, _FAT = 0xFFFFFFFF, 0xFFFFFFFE, 0xFFFFFFFD


def storage(name: str, data: bytes) -> bytes:
    """An OLE storage of one stream."""
    length = max(4096, (len(data) + 511) // 512 * 512)
    data = data.ljust(length, b"\0")
    sectors = length // 512
    tables = 1
    while sectors + 1 + tables > tables * 128:
        tables += 1
    chain = [*range(1, sectors), _END, _END, *[_FAT] * tables]
    chain += [_FREE] * (tables * 128 - len(chain))
    header = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(16) + struct.pack("<HHHHH", 0x3E, 3, 0xFFFE, 9, 6) + bytes(6)
    header += struct.pack("<9I", 0, tables, sectors, 0, 4096, _END, 0, _END, 0)
    header += struct.pack("<109I", *[sectors + 1 + at for at in range(tables)], *[_FREE] * (109 - tables))

    def entry(called: str, kind: int, child: int, start: int, size: int) -> bytes:
        raw = called.encode("utf-16-le")
        fields = struct.pack("<HBBIII", len(raw) + 2, kind, 1, _FREE, _FREE, child)
        return raw.ljust(64, b"\0") + fields + bytes(36) + struct.pack("<IQ", start, size)

    directory = entry("Root Entry", 5, 1, _END, 0) + entry(name, 2, _FREE, 0, length) + bytes(256)
    return header + data + directory + struct.pack(f"<{len(chain)}I", *chain)


def record(kind: int, body: bytes) -> bytes:
    return struct.pack("<HH", kind, len(body)) + body


def _begin(kind: int) -> bytes:
    return record(0x809, struct.pack("<HHHHII", 0x600, kind, 0, 0, 0, 6))


def _text(text: str, width: str = "<H") -> bytes:
    units = text.encode("utf-16-le")
    return struct.pack(width, len(units) // 2) + b"\x01" + units


def word(row: int, column: int, text: str, style: int = 0) -> bytes:
    """A cell of text."""
    return record(0x204, struct.pack("<HHH", row, column, style) + _text(text))


def number(row: int, column: int, value: float, style: int = 0) -> bytes:
    """A cell of a number; style 1 is of money, 2 is white."""
    return record(0x203, struct.pack("<HHHd", row, column, style, value))


def hidden_row(row: int) -> bytes:
    return record(0x208, struct.pack("<8H", row, 0, 2, 255, 0, 0, 0x20, 0))


def hidden_columns(first: int, last: int) -> bytes:
    return record(0x7D, struct.pack("<6H", first, last, 2000, 0, 1, 0))


def comment(row: int, column: int, text: str) -> bytes:
    shape = record(0x5D, struct.pack("<HHHH", 0x15, 18, 0x19, 1) + bytes(14))
    said = record(0x1B6, struct.pack("<HH6xHHI", 0, 0, len(text), 16, 0)) + record(
        0x3C, b"\x01" + text.encode("utf-16-le")
    )
    return shape + said + record(0x1C, struct.pack("<HHHH", row, column, 0, 1) + _text("係長") + b"\0")


def xls(sheets: dict[str, tuple[int, bytes]], before: bytes = b"") -> bytes:
    """An old Excel file: name of each sheet -> (0 visible, 1 hidden, 2 very hidden; its records)."""

    def font(colour: int) -> bytes:
        return record(0x31, struct.pack("<HHHHHBBBB", 220, 0, colour, 400, 0, 0, 0, 128, 0) + _text("Arial", "<B"))

    def style(of: int, code: int) -> bytes:
        return record(0xE0, struct.pack("<HHHBBBBIIH", of, code, 0, 0, 0, 0, 0, 0, 0, 0x20C0))

    money = record(0x41E, struct.pack("<H", 164) + _text('#,##0;"△"#,##0'))
    start = _begin(5) + before + font(0x7FFF) * 4 + font(9) + money + style(0, 0) + style(0, 164) + style(5, 0)
    length = len(start) + sum(4 + 6 + 2 + len(name) * 2 for name in sheets) + 4
    bodies = {name: _begin(0x10) + body + record(0x0A, b"") for name, (_, body) in sheets.items()}
    listed = b""
    for name, (hidden, _) in sheets.items():
        listed += record(0x85, struct.pack("<IBB", length, hidden, 0) + _text(name, "<B"))
        length += len(bodies[name])
    return storage("Workbook", start + listed + record(0x0A, b"") + b"".join(bodies.values()))


def _binary(kind: int, body: bytes = b"") -> bytes:
    """A record of a binary workbook: its kind in one or two bytes of seven bits, its length in up to four."""
    head = bytes([kind]) if kind < 0x80 else bytes([kind & 0x7F | 0x80, kind >> 7])
    length, rest = b"", len(body)
    while rest > 0x7F:
        length, rest = length + bytes([rest & 0x7F | 0x80]), rest >> 7
    return head + length + bytes([rest]) + body


def _wide(text: str) -> bytes:
    units = text.encode("utf-16-le")
    return struct.pack("<I", len(units) // 2) + units


def xlsb(
    sheets: dict[str, tuple[int, dict[tuple[int, int], str | float], list[tuple[int, int, int, int]]]],
    hidden_rows: tuple[int, ...] = (),
    hidden_columns: tuple[int, ...] = (),
) -> bytes:
    """A binary workbook: name of each sheet -> (0 visible, 1 hidden, 2 very hidden; its cells by row and column from 0;
    its merged cells as first row, last row, first column, last column)."""
    parts = {
        "[Content_Types].xml": b'<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types">'
        b'<Default Extension="bin" ContentType="application/vnd.ms-excel.sheet.binary.macroEnabled.main"/></Types>',
        "_rels/.rels": relations({"b": ("officeDocument", "xl/workbook.bin")}).encode(),
    }
    listed, links = b"", {}
    for at, (name, (state, cells, merged)) in enumerate(sheets.items(), 1):
        listed += _binary(156, struct.pack("<II", state, at) + _wide(f"r{at}") + _wide(name))
        links[f"r{at}"] = ("worksheet", f"worksheets/sheet{at}.bin")
        lines = b""
        for line in sorted({row for row, _ in cells}):
            lines += _binary(0, struct.pack("<IIHBBBI", line, 0, 300, 0, 0x10 * (line in hidden_rows), 0, 0))
            for column, said in sorted((column, said) for (row, column), said in cells.items() if row == line):
                head = struct.pack("<II", column, 0)
                lines += (
                    _binary(6, head + _wide(said))
                    if isinstance(said, str)
                    else _binary(5, head + struct.pack("<d", said))
                )
        rows, columns = [row for row, _ in cells], [column for _, column in cells]
        body = _binary(129) + _binary(148, struct.pack("<IIII", min(rows), max(rows), min(columns), max(columns)))
        narrow = b"".join(_binary(60, struct.pack("<IIIIH", at, at, 2560, 0, 1)) for at in hidden_columns)
        body += (
            (_binary(390) + narrow + _binary(391)) * bool(narrow)
            + _binary(145)
            + lines
            + _binary(146)
            + _binary(177, struct.pack("<I", len(merged)))
        )
        body += b"".join(_binary(176, struct.pack("<IIII", *each)) for each in merged) + _binary(178) + _binary(130)
        parts[f"xl/worksheets/sheet{at}.bin"] = body
    parts["xl/workbook.bin"] = _binary(131) + _binary(143) + listed + _binary(144) + _binary(132)
    parts["xl/_rels/workbook.bin.rels"] = relations(links).encode()
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as made:
        for name, content in parts.items():
            made.writestr(name, content)
    return out.getvalue()


def locked_xls(sheets: dict[str, tuple[int, bytes]], password: str) -> bytes:
    """An old Excel file as `xls` makes it, with RC4 under a password: all but the records that say where things are."""
    salt, proof = bytes(range(16)), bytes(range(100, 116))
    checked = DocumentRC4.decrypt(password, salt, io.BytesIO(proof + hashlib.md5(proof).digest())).read()
    file_pass = record(0x2F, struct.pack("<HHH", 1, 1, 1) + salt + checked)
    plain = xls(sheets, file_pass)
    stream = bytearray(plain[512:])
    unread = DocumentRC4.decrypt(password, salt, io.BytesIO(bytes(stream)), blocksize=1024).read()
    at = 0
    while at + 4 <= len(stream):
        kind, length = struct.unpack_from("<HH", stream, at)
        start, end = at + 4, at + 4 + length
        if kind not in (0x809, 0x2F):
            start += 4 if kind == 0x85 else 0
            stream[start:end] = unread[start:end]
        at = end
        if kind == 0 and length == 0:
            break
    return plain[:512] + bytes(stream)


_NAMES = " ".join(
    f'xmlns:{prefix}="urn:oasis:names:tc:opendocument:xmlns:{name}:1.0"'
    for prefix, name in (
        ("office", "office"),
        ("table", "table"),
        ("text", "text"),
        ("style", "style"),
        ("fo", "xsl-fo-compatible"),
        ("draw", "drawing"),
    )
)


def ods(tables: str, styles: str = "") -> bytes:
    """An OpenDocument workbook of these `table:table` elements and automatic styles."""
    content = (
        f'<?xml version="1.0" encoding="UTF-8"?><office:document-content {_NAMES}>'
        f"<office:automatic-styles>{styles}</office:automatic-styles>"
        f"<office:body><office:spreadsheet>{tables}</office:spreadsheet></office:body></office:document-content>"
    )
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as made:
        made.writestr("mimetype", "application/vnd.oasis.opendocument.spreadsheet", zipfile.ZIP_STORED)
        made.writestr("content.xml", content)
    return out.getvalue()


def row(*texts: str | float, more: str = "") -> str:
    """A row of an OpenDocument table."""
    cells = ""
    for text in texts:
        if isinstance(text, str):
            cells += f'<table:table-cell office:value-type="string"><text:p>{text}</text:p></table:table-cell>'
        else:
            value = f'office:value-type="float" office:value="{text}"'
            cells += f"<table:table-cell {value}><text:p>{text:,}</text:p></table:table-cell>"
    return f"<table:table-row {more}>{cells}</table:table-row>"

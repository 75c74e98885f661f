"""What kind of file it is: its name, its first bytes and what lies inside must agree, and it may be one kind only.

Everything here is bounded and without a parser: a few kilobytes at both ends, and a ZIP's own list of names.
"""

import io
import mmap
import zipfile
import zlib
from collections.abc import Iterator
from itertools import pairwise
from typing import BinaryIO

from madoguchi.readers.ole_names import Storage
from madoguchi.readers.problems import Problem

PDF = "application/pdf"
DOCX = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
PPTX = "application/vnd.openxmlformats-officedocument.presentationml.presentation"
UNKNOWN = "application/octet-stream"

# Suffix -> media type. A suffix that is not here says nothing, and the content alone decides.
SUFFIXES = {
    "pdf": PDF,
    "docx": DOCX,
    "xlsx": XLSX,
    "pptx": PPTX,
    "xlsm": "application/vnd.ms-excel.sheet.macroenabled.12",
    "xlsb": "application/vnd.ms-excel.sheet.binary.macroenabled.12",
    "xltx": XLSX,
    "xltm": "application/vnd.ms-excel.sheet.macroenabled.12",
    "docm": "application/vnd.ms-word.document.macroenabled.12",
    "pptm": "application/vnd.ms-powerpoint.presentation.macroenabled.12",
    "odt": "application/vnd.oasis.opendocument.text",
    "ods": "application/vnd.oasis.opendocument.spreadsheet",
    "odp": "application/vnd.oasis.opendocument.presentation",
    "zip": "application/zip",
    "doc": "application/msword",
    "xls": "application/vnd.ms-excel",
    "xlt": "application/vnd.ms-excel",
    "ppt": "application/vnd.ms-powerpoint",
    "msg": "application/vnd.ms-outlook",
    "jtd": "application/x-js-taro",
    "jtt": "application/x-js-taro",
    "jtdc": "application/x-js-taro",
    "jttc": "application/x-js-taro",
    "png": "image/png",
    "jpg": "image/jpeg",
    "jpeg": "image/jpeg",
    "gif": "image/gif",
    "tif": "image/tiff",
    "tiff": "image/tiff",
    "bmp": "image/bmp",
    "webp": "image/webp",
    "heic": "image/heic",
    "mp3": "audio/mpeg",
    "wav": "audio/wav",
    "m4a": "audio/mp4",
    "mp4": "video/mp4",
    "rtf": "application/rtf",
    "dotx": DOCX,
    "ppsx": PPTX,
    "potx": PPTX,
    "dot": "application/msword",
    "pps": "application/vnd.ms-powerpoint",
    "csv": "text/csv",
    "tsv": "text/tab-separated-values",
    "tab": "text/tab-separated-values",
    "html": "text/html",
    "htm": "text/html",
    "xhtml": "text/html",
    "md": "text/markdown",
    "markdown": "text/markdown",
    "txt": "text/plain",
    "eml": "message/rfc822",
}
# Media type -> the module in this folder that reads it.
READERS = {
    PDF: "pdf",
    DOCX: "docx",
    SUFFIXES["docm"]: "docx",
    PPTX: "pptx",
    SUFFIXES["pptm"]: "pptx",
    XLSX: "xlsx",
    SUFFIXES["xlsm"]: "xlsx",
    SUFFIXES["xlsb"]: "xlsb",
    SUFFIXES["xls"]: "xls",
    SUFFIXES["ods"]: "ods",
    "text/csv": "csv",
    "text/tab-separated-values": "csv",
    "text/html": "html",
    "text/markdown": "markdown",
    "text/plain": "text",
    **dict.fromkeys((f"image/{kind}" for kind in ("png", "jpeg", "tiff", "webp", "bmp", "gif")), "image"),
    SUFFIXES["eml"]: "mail",
    SUFFIXES["msg"]: "msg",
    SUFFIXES["zip"]: "zip",
    SUFFIXES["jtd"]: "ichitaro",
}
# Media type -> what `convert_child.FILTERS` calls it: read after LibreOffice has made a docx or pptx of it.
CONVERTED = {SUFFIXES[kind]: kind for kind in ("doc", "rtf", "odt", "ppt", "odp")}
_OLE = "application/x-ole-storage"
_LOCKED = "application/x-ole-encrypted-package"
_MAGIC = (
    (b"%PDF-", PDF),
    (b"PK\x03\x04", "application/zip"),
    (b"PK\x05\x06", "application/zip"),
    (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", _OLE),
    (b"\x89PNG\r\n\x1a\n", "image/png"),
    (b"\xff\xd8\xff", "image/jpeg"),
    (b"GIF87a", "image/gif"),
    (b"GIF89a", "image/gif"),
    (b"II*\x00", "image/tiff"),
    (b"MM\x00*", "image/tiff"),
    (b"{\\rtf", "application/rtf"),
    (b"ID3\x02", "audio/mpeg"),
    (b"ID3\x03", "audio/mpeg"),
    (b"ID3\x04", "audio/mpeg"),
    (b"\x1f\x8b", "application/gzip"),
    (b"7z\xbc\xaf\x27\x1c", "application/x-7z-compressed"),
    (b"Rar!\x1a\x07", "application/vnd.rar"),
    (b"MZ\x90\x00", "application/x-msdownload"),
    (b"\x7fELF", "application/x-executable"),
)
# What `[Content_Types].xml` calls the main part -> media type.
_MAIN_PARTS = (
    (b"wordprocessingml.document.main+xml", DOCX),
    (b"wordprocessingml.template.main+xml", DOCX),
    (b"spreadsheetml.sheet.main+xml", XLSX),
    (b"spreadsheetml.template.main+xml", XLSX),
    (b"presentationml.presentation.main+xml", PPTX),
    (b"presentationml.slideshow.main+xml", PPTX),
    (b"presentationml.template.main+xml", PPTX),
    (b"ms-excel.sheet.macroenabled.main+xml", SUFFIXES["xlsm"]),
    (b"ms-excel.template.macroenabled.main+xml", SUFFIXES["xlsm"]),
    (b"ms-excel.sheet.binary.macroenabled.main", SUFFIXES["xlsb"]),
    (b"ms-word.document.macroenabledtemplate.main+xml", SUFFIXES["docm"]),
    (b"ms-word.document.macroenabled.main+xml", SUFFIXES["docm"]),
    (b"ms-powerpoint.presentation.macroenabled.main+xml", SUFFIXES["pptm"]),
)
# What an OLE storage of a kind cannot be without.
_OLE_STREAMS = {
    "WordDocument": SUFFIXES["doc"],
    "PowerPoint Document": SUFFIXES["ppt"],
    "Workbook": SUFFIXES["xls"],
    "Book": SUFFIXES["xls"],
    "__properties_version1.0": SUFFIXES["msg"],
    "DocumentText": SUFFIXES["jtd"],
    "JSCompDocument": SUFFIXES["jtd"],
}
_IN_OLE = {SUFFIXES[suffix] for suffix in ("doc", "xls", "ppt", "msg", "jtd")}
_ACTIVE = (b"<html", b"<script", b"<!doctype html", b"<body", b"<iframe", b"<svg")
_BROKEN_ZIP = (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, RuntimeError, ValueError, OSError)
_TEXT = ("text/", "message/")
_LABELS = {
    PDF: "PDF",
    DOCX: "Word文書",
    XLSX: "Excelブック",
    PPTX: "PowerPoint",
    _OLE: "旧形式のOffice文書",
    "application/zip": "ZIP",
    "application/gzip": "圧縮ファイル",
    "application/x-msdownload": "実行ファイル",
    "application/x-executable": "実行ファイル",
    "text/html": "HTML",
    "text/csv": "CSV",
    "text/plain": "テキスト",
    "message/rfc822": "メール",
    SUFFIXES["msg"]: "メール",
    SUFFIXES["jtd"]: "一太郎文書",
    "application/x-7z-compressed": "7z",
    "application/vnd.rar": "RAR",
    SUFFIXES["doc"]: "Word 97-2003文書",
    SUFFIXES["ppt"]: "PowerPoint 97-2003",
    SUFFIXES["xls"]: "Excel 97-2003ブック",
    SUFFIXES["xlsm"]: "Excelマクロ有効ブック",
    SUFFIXES["xlsb"]: "Excelバイナリブック",
    SUFFIXES["ods"]: "OpenDocument表計算",
    SUFFIXES["rtf"]: "リッチテキスト",
    SUFFIXES["odt"]: "OpenDocument文書",
    SUFFIXES["odp"]: "OpenDocumentプレゼンテーション",
    UNKNOWN: "不明な形式",
}
_ARCHIVES = ("application/zip", "application/gzip", "application/x-7z-compressed", "application/vnd.rar")


def kind_of(file: BinaryIO, size: int, name: str, max_entries: int) -> str:
    """Return the media type of an open file called `name`. Problem when the two disagree or it is of two kinds."""
    if size == 0:
        raise Problem("empty")
    suffix = name.rpartition(".")[2].lower() if "." in name else ""
    named = SUFFIXES.get(suffix, "")
    head, tail = _ends(file, size)
    found = _by_content(file, size, head, max_entries)
    _refuse_polyglot(found, head, tail)
    if found == _LOCKED:
        if named in ("", DOCX, XLSX, PPTX) or "macroenabled" in named:
            raise Problem("password")
        raise _mismatch(suffix, found)
    if found == _OLE:
        if named and named not in _IN_OLE:
            raise _mismatch(suffix, found)
        found = _in_ole(file) or named or found
        if named and found != named:
            raise _mismatch(suffix, found)
        return found
    if found.startswith("text/"):
        return _text_kind(named, suffix, head, found)
    if not named:
        return found
    if found == UNKNOWN:
        # Kinds this table has no magic for (sound, heic) keep their name; the ones it has must show it.
        if named in READERS or any(named == media for _, media in _MAGIC) or named in _IN_OLE:
            raise _mismatch(suffix, found)
        return named
    if found != named:
        raise _mismatch(suffix, found)
    return found


def label(media_type: str) -> str:
    """Return what a clerk calls a kind."""
    if media_type in _LABELS:
        return _LABELS[media_type]
    for suffix, media in SUFFIXES.items():
        if media == media_type:
            return suffix
    return media_type


def unread(media_type: str) -> Problem:
    """Return why a kind that no reader takes is not read."""
    called = label(media_type)
    if media_type.startswith("image/"):
        return Problem("unsupported-heic", f"画像 {called}")
    if media_type.startswith(("audio/", "video/")):
        return Problem("unsupported-sound", f"{'音声' if media_type.startswith('audio/') else '動画'} {called}")
    return Problem("unsupported-archive" if media_type in _ARCHIVES else "unsupported", called)


def _mismatch(suffix: str, found: str) -> Problem:
    return Problem("mismatch", f"拡張子は「.{suffix}」、中身は{label(found)}")


def _ends(file: BinaryIO, size: int) -> tuple[bytes, bytes]:
    file.seek(0)
    head = file.read(4096)
    file.seek(max(0, size - 66_000))
    return head, file.read(66_000)


def _by_content(file: BinaryIO, size: int, head: bytes, max_entries: int) -> str:
    for magic, media in _MAGIC:
        if head.startswith(magic):
            if media == "application/zip":
                return _in_zip(file, size, max_entries)
            if media == _OLE:
                return _LOCKED if _has_encrypted_package(file) else _OLE
            return media
    if head[4:8] == b"ftyp":
        return "image/heic" if head[8:12] in (b"heic", b"heix", b"mif1") else "video/mp4"
    if head[:2] == b"BM" and head[6:10] == bytes(4) and head[15:18] == bytes(3):
        return "image/bmp"
    if head[:4] == b"RIFF" and head[8:12] in (b"WAVE", b"WEBP"):
        return "audio/wav" if head[8:12] == b"WAVE" else "image/webp"
    if head.startswith(b"MZ") and b"\x00" in head[:64]:
        return "application/x-msdownload"
    if head.lstrip(b"\xef\xbb\xbf \t\r\n\x00").startswith(b"%PDF-"):
        # Blank bytes before the mark are sloppiness, not another file.
        return PDF
    if b"%PDF-" in head[:1024]:
        raise Problem("polyglot", "PDFの前に別の内容")
    if head.startswith((b"\xff\xfe", b"\xfe\xff")):
        return "text/plain"
    if b"\x00" in head or sum(byte < 9 or 13 < byte < 27 for byte in head) > len(head) // 50:
        return UNKNOWN
    start = head.removeprefix(b"\xef\xbb\xbf").lstrip()[:200].lower()
    if start.startswith((b"<!doctype html", b"<html")) or (start.startswith(b"<?xml") and b"<html" in head.lower()):
        return "text/html"
    return "text/plain"


def _text_kind(named: str, suffix: str, head: bytes, found: str) -> str:
    """Text says little of itself: the name decides among kinds of text."""
    if not named:
        return found
    if not named.startswith(_TEXT):
        if named == "application/rtf" or named in READERS or named.startswith(("application/", "image/")):
            raise _mismatch(suffix, found)
        return named
    if found == "text/html" and named in ("text/csv", "text/tab-separated-values"):
        raise _mismatch(suffix, found)
    if named == "text/html" and b"<" not in head and not head.startswith((b"\xff\xfe", b"\xfe\xff")):
        raise _mismatch(suffix, "text/plain")
    return named


def _in_zip(file: BinaryIO, size: int, max_entries: int) -> str:
    """The media type of a ZIP by what it holds, without unpacking more than its list of types."""
    if _zip_end(file, size) > max_entries:
        raise Problem("zip-bomb", f"中のファイルが{max_entries:,}個を超える")
    try:
        with zipfile.ZipFile(file) as archive:
            names = set(archive.namelist())
            if "[Content_Types].xml" in names:
                with archive.open("[Content_Types].xml") as part:
                    types = part.read(1 << 20).lower()
                for mark, media in _MAIN_PARTS:
                    if mark in types:
                        return media
            elif "mimetype" in names:
                with archive.open("mimetype") as part:
                    media = part.read(200).decode("ascii", "replace").strip()
                if media in SUFFIXES.values():
                    _refuse_locked_odf(archive, names)
                    return media
    except _BROKEN_ZIP:
        raise Problem("broken") from None
    return "application/zip"


def _refuse_locked_odf(archive: zipfile.ZipFile, names: set[str]) -> None:
    if "META-INF/manifest.xml" in names:
        with archive.open("META-INF/manifest.xml") as part:
            if b"encryption-data" in part.read(1 << 20):
                raise Problem("password")


def _zip_end(file: BinaryIO, size: int) -> int:
    """The number of entries a ZIP declares. Problem when it does not begin at the file's first byte or end at its last:
    whatever stands before or after is for another program."""
    file.seek(max(0, size - 65_557))
    tail = file.read()
    at = tail.rfind(b"PK\x05\x06")
    if at < 0 or len(tail) < at + 22:
        raise Problem("broken")
    record = tail[at : at + 22]
    entries = int.from_bytes(record[10:12], "little")
    directory = int.from_bytes(record[12:16], "little")
    offset = int.from_bytes(record[16:20], "little")
    comment = int.from_bytes(record[20:22], "little")
    if at + 22 + comment != len(tail):
        raise Problem("polyglot", "ZIPの後に別の内容")
    if 0xFFFFFFFF in (directory, offset) or entries == 0xFFFF:
        # Zip64: an office file of that size is over every limit here.
        raise Problem("zip-bomb", "Zip64形式")
    end = size - len(tail) + at
    if offset + directory != end:
        raise Problem("polyglot", "ZIPの前に別の内容")
    # `entries` may lie: an entry of the directory takes at least 46 bytes.
    return max(entries, min(directory // 46, entries + 1))


def _in_ole(file: BinaryIO) -> str:
    """The media type of an OLE storage by its streams; empty when they say nothing. Problem `password`."""
    storage = Storage(file)
    for name, media in _OLE_STREAMS.items():
        if name in storage.entries:
            # The tenth and eleventh byte of a Word file: the flag of encryption is the ninth bit.
            if name == "WordDocument" and storage.start(name, 12)[11:12] and storage.start(name, 12)[11] & 1:
                raise Problem("password")
            if "EncryptedSummary" in storage.entries or "EncryptedSummaryInformation" in storage.entries:
                raise Problem("password")
            return media
    return ""


def _has_encrypted_package(file: BinaryIO) -> bool:
    """Whether an OLE storage is an encrypted OOXML file: it names a stream so, in UTF-16."""
    name = "EncryptedPackage".encode("utf-16-le")
    return any(name in chunk for chunk in _chunks(file))


def _chunks(file: BinaryIO) -> Iterator[bytes]:
    file.seek(0)
    before = b""
    while chunk := file.read(1 << 20):
        yield before + chunk
        before = chunk[-64:]


def _refuse_polyglot(found: str, head: bytes, tail: bytes) -> None:
    if found == PDF:
        after = tail[tail.rfind(b"%%EOF") + 5 :] if b"%%EOF" in tail else b""
        if any(mark in part.lower() for mark in _ACTIVE for part in (head[:1024], after)):
            raise Problem("polyglot", "PDFとHTML")
        end = tail.rfind(b"PK\x05\x06")
        if end >= 0 and end + 22 + int.from_bytes(tail[end + 20 : end + 22], "little") == len(tail):
            raise Problem("polyglot", "PDFとZIP")
    elif found.startswith("image/"):
        script = found == "image/gif" and (head[6:8] in (b"/*", b"//") or head[6:7] == b"=")
        if script or any(mark in part.lower() for mark in (*_ACTIVE, b"<?php") for part in (head[:1024], tail[-1024:])):
            raise Problem("polyglot", "画像とスクリプト")
    elif found not in ("text/html", "text/plain") and any(mark in head[:512].lower() for mark in _ACTIVE[:3]):
        raise Problem("polyglot", f"{label(found)}とHTML")
    if found not in (PDF, UNKNOWN) and not found.startswith("text/") and b"%PDF-" in head[:1024]:
        raise Problem("polyglot", f"{label(found)}とPDF")


def check_zip(content: bytes | mmap.mmap, max_ratio: int, max_entries: int, max_inflated_mb: int) -> None:
    """Problem when an OOXML file would inflate beyond the limits, has overlapping entries or holds a DTD in its XML.

    What an entry declares may lie; it is inflated and counted here before a library sees it.
    """
    room = max_inflated_mb * 1024 * 1024
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            entries = archive.infolist()
            if len(entries) > max_entries:
                raise Problem("zip-bomb", f"中のファイルが{max_entries:,}個を超える")
            places = sorted((entry.header_offset, entry.compress_size) for entry in entries)
            for (start, length), (following, _) in pairwise(places):
                if start + length > following:
                    raise Problem("zip-bomb", "中のファイルが重なっている")
            # Small repetitive parts compress well; only the whole tells a bomb.
            if sum(entry.file_size for entry in entries) > room:
                raise Problem("zip-bomb", f"展開後{max_inflated_mb:,}MBを超える")
            for entry in entries:
                if entry.flag_bits & 1:
                    raise Problem("password")
                room = _inflate(archive, entry, room, max_ratio, max_inflated_mb)
    except _BROKEN_ZIP:
        raise Problem("broken") from None


def _inflate(archive: zipfile.ZipFile, entry: zipfile.ZipInfo, room: int, max_ratio: int, max_inflated_mb: int) -> int:
    is_xml = entry.filename.lower().endswith((".xml", ".rels", ".vml"))
    size = 0
    with archive.open(entry) as part:
        while chunk := part.read(1 << 20):
            if is_xml and not size and (b"<!DOCTYPE" in chunk or b"<!ENTITY" in chunk):
                raise Problem("xml")
            size += len(chunk)
            if size > room:
                raise Problem("zip-bomb", f"展開後{max_inflated_mb:,}MBを超える")
            if size > 10_000_000 and size > max_ratio * max(1, entry.compress_size):
                raise Problem("zip-bomb", f"圧縮率が{max_ratio}倍を超える")
    return room - size

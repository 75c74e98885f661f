"""What kind of file it is: its name, its first bytes and what lies inside must agree, and it may be one kind only.

Everything here is bounded and without a parser: a few kilobytes at both ends, and a ZIP's own list of names.
"""

import struct
from collections.abc import Iterator
from typing import BinaryIO

from madoguchi.readers import mail_tnef, zip_shape
from madoguchi.readers.kinds import DOCX, LOCKED, OLE, PDF, PPTX, READERS, SUFFIXES, TNEF, UNKNOWN, XLSX, label
from madoguchi.readers.ole_names import Storage
from madoguchi.readers.problems import Problem

_MAGIC = (
    (b"%PDF-", PDF),
    (b"PK\x03\x04", "application/zip"),
    (b"PK\x05\x06", "application/zip"),
    (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", OLE),
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
    (b"MSCF\0\0\0\0", "application/vnd.ms-cab-compressed"),
    (b"BZh", "application/x-bzip2"),
    (b"\xfd7zXZ\0", "application/x-xz"),
    (mail_tnef.MAGIC, TNEF),
    (b"MZ\x90\x00", "application/x-msdownload"),
    (b"\x7fELF", "application/x-executable"),
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
_FILE_PASS = 0x2F
_ACTIVE = (b"<html", b"<script", b"<!doctype html", b"<body", b"<iframe", b"<svg")
_TEXT = ("text/", "message/")


def kind_of(file: BinaryIO, size: int, name: str, max_entries: int) -> str:
    """Return the media type of an open file called `name`. Problem when the two disagree or it is of two kinds;
    `password` with the media type as its detail when a password has to open it first."""
    if size == 0:
        raise Problem("empty")
    suffix = name.rpartition(".")[2].lower() if "." in name else ""
    named = SUFFIXES.get(suffix, "")
    head, tail = _ends(file, size)
    found = _by_content(file, size, head, max_entries)
    _refuse_polyglot(found, head, tail)
    if found == LOCKED:
        if named in ("", DOCX, XLSX, PPTX) or "macroenabled" in named:
            raise Problem("password", found)
        raise _mismatch(suffix, found)
    if found == OLE:
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
        # Kinds this table has no magic for (sound) keep their name; the ones it has must show it.
        if named in READERS or any(named == media for _, media in _MAGIC) or named in _IN_OLE:
            raise _mismatch(suffix, found)
        return named
    if found != named:
        raise _mismatch(suffix, found)
    return found


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
                return zip_shape.kind_of(file, size, max_entries)
            if media == OLE:
                return LOCKED if _has_encrypted_package(file) else OLE
            return media
    if head[4:8] == b"ftyp":
        return _in_boxes(head)
    if head[2:5] in (b"-lh", b"-lz") and head[6:7] == b"-":
        return "application/x-lzh"
    if head[257:262] == b"ustar":
        return "application/x-tar"
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


def _in_boxes(head: bytes) -> str:
    """The media type of a file of ISO boxes by its brands: the one it says first, and where that says only that it is
    a picture, those it names with it."""
    end = min(len(head), max(16, int.from_bytes(head[:4], "big")))
    brands = [head[8:12], *(head[at : at + 4] for at in range(16, end, 4))]
    for brand in brands if brands[0] in (b"mif1", b"msf1") else brands[:1]:
        if brand in (b"avif", b"avis"):
            return "image/avif"
        if brand[:3] in (b"hei", b"hev"):
            return "image/heic"
    if brands[0] == b"M4A ":
        return "audio/mp4"
    return "image/heic" if brands[0] in (b"mif1", b"msf1") else "video/mp4"


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


def _in_ole(file: BinaryIO) -> str:
    """The media type of an OLE storage by its streams; empty when they say nothing. Problem `password`."""
    storage = Storage(file)
    for name, media in _OLE_STREAMS.items():
        if name in storage.entries:
            locked = "EncryptedSummary" in storage.entries or "EncryptedSummaryInformation" in storage.entries
            # The tenth and eleventh byte of a Word file: the flag of encryption is the ninth bit.
            if name == "WordDocument" and storage.start(name, 12)[11:12]:
                locked = bool(storage.start(name, 12)[11] & 1)
            if locked or (name == "Workbook" and _has_file_pass(storage.start(name, 512))):
                raise Problem("password", media)
            return media
    return ""


def _has_file_pass(stream: bytes) -> bool:
    """Whether a workbook's records begin with those of a protected one."""
    at = 0
    while at + 4 <= len(stream):
        kind, length = struct.unpack_from("<HH", stream, at)
        if kind == _FILE_PASS:
            return True
        at += 4 + length
    return False


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

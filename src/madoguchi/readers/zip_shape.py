"""What a ZIP holds by its own list of names, and whether it would inflate beyond the limits; it may be nothing else."""

import io
import mmap
import zipfile
import zlib
from itertools import pairwise
from typing import BinaryIO

from madoguchi.readers.kinds import DOCX, PPTX, SUFFIXES, XLSX
from madoguchi.readers.problems import Problem

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
_BROKEN_ZIP = (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, RuntimeError, ValueError, OSError)


def kind_of(file: BinaryIO, size: int, max_entries: int) -> str:
    """Return the media type of a ZIP by what it holds, without unpacking more than its list of types.

    Problem `broken`, `polyglot`, `zip-bomb`, `password`.
    """
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


def check(content: bytes | mmap.mmap, max_ratio: int, max_entries: int, max_inflated_mb: int) -> None:
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

"""ZIP -> a list of what is in it, and each file in it as a member. Names are data: nothing is ever written by them."""

import io
import mmap
import re
import stat
import unicodedata
import zipfile
import zlib
from itertools import pairwise

from madoguchi.readers.blocks import Block, Member, Reading
from madoguchi.readers.limits import Limits
from madoguchi.readers.problems import Problem

_BROKEN = (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, RuntimeError, ValueError, OSError)
_UTF8 = 0x800
_LOCKED = 0x1
# A small file of one letter compresses a thousandfold and hurts nobody.
_SMALL = 10_000_000
# What a system leaves behind beside the files of a person.
_LEFT_BEHIND = re.compile(r"(?:^|/)(?:__MACOSX/|\._|\.DS_Store$|Thumbs\.db$|desktop\.ini$)", re.I)
_UNSEEN = re.compile(
    r"[\x00-\x1f\x7f-\x9f\u200b-\u200f\u202a-\u202e\u2060-\u2069\ufeff\ufffe\uffff\U000e0000-\U000e007f]"
)
_METHODS = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED, zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA)
_NAME_MAX_CHARACTERS = 500
# Why an entry is not taken out -> what the notice says of so many.
_CLOSED = {
    "パスワード付き": "パスワード付きのファイル{}件は取り出せません。パスワードを外したものを登録してください。",
    "未対応の圧縮方式": "未対応の圧縮方式のファイル{}件は取り出せません。",
    "リンクなど": "リンクなど、ファイルではないもの{}件は取り出しません。",
    "空": "中身が空（0バイト）のファイル{}件は取り出しません。",
}


def read(data: bytes | mmap.mmap, limits: Limits) -> Reading:
    """Return the names in a ZIP as blocks and its files as members. Problem `zip-bomb`, `broken`."""
    with _opened(data) as archive:
        files, closed = _files(archive, limits)
    names = [name_of(entry) for entry in files]
    shown = [*names, *(f"{name_of(entry)}（{why}）" for entry, why in closed)]
    blocks = [Block("paragraph", f"ZIPに入っているファイル（{len(shown):,}件）", {"heading": []})]
    blocks += [Block("list_item", name, {"heading": []}, 1) for name in shown]
    notice = "".join(
        say.format(f"{count:,}")
        for why, say in _CLOSED.items()
        if (count := sum(reason == why for _, reason in closed))
    )
    return Reading(
        blocks, [], notice, [Member(name, entry.file_size) for name, entry in zip(names, files, strict=True)]
    )


def member(data: bytes | mmap.mmap, number: int, limits: Limits) -> bytes:
    """Return the bytes of one file in a ZIP; what it declares of its size is not believed. Problem `zip-bomb`,
    `broken`."""
    with _opened(data) as archive:
        entry = _files(archive, limits)[0][number]
        most = min(entry.file_size, limits.output_mb << 20, limits.max_inflated_mb << 20)
        content = bytearray()
        try:
            with archive.open(entry) as part:
                while chunk := part.read(1 << 20):
                    content += chunk
                    _check_growth(len(content), entry, most, limits)
        except _BROKEN:
            raise Problem("broken") from None
        return bytes(content)


def name_of(entry: zipfile.ZipInfo) -> str:
    """Return an entry's name as people read it, its folders parted by 「/」; in UTF-8 where it says so, else CP932."""
    name = entry.orig_filename
    if not entry.flag_bits & _UTF8:
        raw = name.encode("cp437", "replace")
        try:
            name = raw.decode("utf-8") if not raw.isascii() and _is_utf8(raw) else raw.decode("cp932")
        except UnicodeDecodeError:
            name = raw.decode("cp932", "replace")
    name = _UNSEEN.sub("", unicodedata.normalize("NFC", name)).replace("\\", "/")
    name = name.encode("utf-8", "replace").decode()
    parts = [part.strip() for part in name.split("/") if part.strip() not in ("", ".", "..")]
    said = "/".join(parts)[-_NAME_MAX_CHARACTERS:]
    return said or "名称なし"


def _is_utf8(raw: bytes) -> bool:
    """Names in UTF-8 without the flag, as macOS writes them: what is well-formed UTF-8 is hardly ever CP932."""
    try:
        raw.decode("utf-8")
    except UnicodeDecodeError:
        return False
    return True


def _opened(data: bytes | mmap.mmap) -> zipfile.ZipFile:
    try:
        return zipfile.ZipFile(io.BytesIO(data))
    except _BROKEN:
        raise Problem("broken") from None


def _files(archive: zipfile.ZipFile, limits: Limits) -> tuple[list[zipfile.ZipInfo], list[tuple[zipfile.ZipInfo, str]]]:
    """The entries that are files one can take out, and the others with the reason why not."""
    entries = archive.infolist()
    if len(entries) > limits.max_zip_entries:
        raise Problem("zip-bomb", f"中のファイルが{limits.max_zip_entries:,}個を超える")
    places = sorted((entry.header_offset, entry.compress_size) for entry in entries)
    for (start, length), (following, _) in pairwise(places):
        # A local header takes at least 30 bytes, so two entries cannot share one.
        if start + 30 + length > following:
            raise Problem("zip-bomb", "中のファイルが重なっている")
    if sum(entry.file_size for entry in entries) > limits.max_inflated_mb << 20:
        raise Problem("zip-bomb", f"展開後{limits.max_inflated_mb:,}MBを超える")
    files = []
    closed = []
    for entry in entries:
        if entry.is_dir() or entry.orig_filename.endswith(("/", "\\")) or _LEFT_BEHIND.search(entry.filename):
            continue
        _check_ratio(entry.file_size, entry, limits)
        kind = stat.S_IFMT(entry.external_attr >> 16) if entry.create_system == 3 else 0
        if kind not in (0, stat.S_IFREG):
            closed.append((entry, "リンクなど"))
        elif entry.flag_bits & _LOCKED:
            closed.append((entry, "パスワード付き"))
        elif entry.compress_type not in _METHODS:
            closed.append((entry, "未対応の圧縮方式"))
        elif not entry.file_size:
            closed.append((entry, "空"))
        else:
            files.append(entry)
    return files, closed


def _check_growth(size: int, entry: zipfile.ZipInfo, most: int, limits: Limits) -> None:
    if size > most:
        raise Problem("zip-bomb", "展開後の大きさが記録と異なる")
    _check_ratio(size, entry, limits)


def _check_ratio(size: int, entry: zipfile.ZipInfo, limits: Limits) -> None:
    if size > _SMALL and size > limits.max_zip_ratio * max(1, entry.compress_size):
        raise Problem("zip-bomb", f"圧縮率が{limits.max_zip_ratio}倍を超える")

"""Files inside an Office file -> members: embedded documents and workbooks, what an OLE object wraps, inserted parts.

A chart's workbook is no file of its own: the chart tells its figures. Nothing is started, and what a file is called is
data.
"""

import io
import re
import struct
from collections.abc import Iterator

import olefile

from madoguchi.readers import detect, kinds
from madoguchi.readers.blocks import Member, Reading
from madoguchi.readers.limits import Limits
from madoguchi.readers.problems import Problem
from madoguchi.readers.xmlparts import Package

_CHARTS = ("chart", "chartEx")
# What a relation is called -> what is shown of a file without a name.
_HOLDS = {"package": "埋め込み", "oleObject": "埋め込み", "aFChunk": "差し込み"}
_OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_NATIVE = "\x01Ole10Native"
# Streams of an OLE object that are a file as it is.
_WHOLE = ("Package", "CONTENTS", "EmbeddedOdf")
_BROKEN = (OSError, ValueError, LookupError, TypeError, AttributeError, struct.error, OverflowError)
_NAME_MAX_CHARACTERS = 250
_NUMBERS = re.compile(r"[0-9]+")


def add(reading: Reading, package: Package, limits: Limits) -> Reading:
    """Return a reading with the files that lie in its Office file, and a notice of those nobody can read."""
    closed = 0
    for name, content in _files(package):
        if _readable(name, content, limits):
            reading.members.append(Member(name, len(content)))
        else:
            closed += 1
    if closed:
        reading.notice += (
            f"文書に埋め込まれたもの{closed:,}件は、読み取れる形式のファイルではないため取り出していません。"
        )
    return reading


def member(package: Package, number: int, limits: Limits) -> bytes:
    """Return the bytes of the file that stands at `number` among the members of `add`. Problem `broken`."""
    readable = (content for name, content in _files(package) if _readable(name, content, limits))
    for at, content in enumerate(readable):
        if at == number:
            return content
    raise Problem("broken")


def _files(package: Package) -> Iterator[tuple[str, bytes]]:
    """Each file as (name, bytes), in the order of the parts' numbers."""
    related = {source: package.related(source).values() for source in package.sources()}
    charts = {part for links in related.values() for kind, part in links if kind in _CHARTS}
    found = {
        part: kind
        for source, links in related.items()
        if source not in charts
        for kind, part in links
        if kind in _HOLDS
    }
    for count, part in enumerate(sorted(found, key=_in_numbers), 1):
        content = package.content(part)
        if content:
            yield _unwrapped(content, f"{_HOLDS[found[part]]}{count}", part.rpartition(".")[2].lower())


def _in_numbers(part: str) -> tuple[str, list[int]]:
    return _NUMBERS.sub("", part), [int(number) for number in _NUMBERS.findall(part)]


def _unwrapped(content: bytes, name: str, suffix: str) -> tuple[str, bytes]:
    """The file that an embedded part is or wraps, and what it is called."""
    if content.startswith(_OLE):
        try:
            with olefile.OleFileIO(io.BytesIO(content)) as storage:
                if storage.exists(_NATIVE):
                    with storage.openstream(_NATIVE) as stream:
                        return _native(stream.read(), name)
                for whole in _WHOLE:
                    if storage.exists(whole):
                        with storage.openstream(whole) as stream:
                            content = stream.read()
                        break
        except _BROKEN:
            return name, content
        suffix = ""
    # A web page that was saved with its pictures is a mail without a sender.
    suffix = "eml" if suffix == "mht" else suffix or _suffix(content)
    return f"{name}.{suffix}".rstrip("."), content


def _native(stream: bytes, name: str) -> tuple[str, bytes]:
    """What the Packager wraps: its size, its label, two paths of the sender's disk, its bytes."""
    label, _, rest = stream[6:].partition(b"\0")
    _, _, rest = rest.partition(b"\0")
    (length,) = struct.unpack_from("<I", rest, 4)
    rest = rest[8 + length :]
    (size,) = struct.unpack_from("<I", rest)
    said = label.decode("cp932", "replace").replace("\\", "/").rpartition("/")[2].strip()
    return said[-_NAME_MAX_CHARACTERS:] or name, rest[4 : 4 + size]


def _suffix(content: bytes) -> str:
    """The suffix of what has no name, by its content; empty when that says nothing."""
    try:
        media = detect.kind_of(io.BytesIO(content), len(content), "", 10_000)
    except Problem as problem:
        media = problem.detail if problem.key == "password" else ""
    return next((suffix for suffix, its in kinds.SUFFIXES.items() if its == media), "")


def _readable(name: str, content: bytes, limits: Limits) -> bool:
    """Whether a file is of a kind that is read, as its name says."""
    try:
        media = detect.kind_of(io.BytesIO(content), len(content), name, limits.max_zip_entries)
    except Problem as problem:
        # One under a password waits for it as a document of its own.
        return problem.key == "password"
    return media in kinds.READERS or media in kinds.CONVERTED

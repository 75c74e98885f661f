"""What an OLE storage (doc, xls, ppt, msg, 一太郎) calls its streams: enough to tell what kind of file it is.

No parser of streams: the header, the chain of the directory and the first bytes of one stream, all bounded.
"""

import struct
from dataclasses import dataclass
from typing import BinaryIO

_END = 0xFFFFFFFA
_MAX_ENTRIES = 10_000
_MAX_TABLES = 20_000


@dataclass
class Entry:
    """One stream or storage at the top of the file: the first sector of its bytes, and how many bytes."""

    name: str
    sector: int
    size: int


class Storage:
    """An open OLE file. A broken one has what can be seen of it, never an error."""

    def __init__(self, file: BinaryIO) -> None:
        self._file = file
        file.seek(0)
        header = file.read(512).ljust(512, b"\0")
        self._size = 1 << min(16, max(7, struct.unpack_from("<H", header, 30)[0]))
        self._tables = [number for number in struct.unpack_from("<109I", header, 76) if number < _END]
        self._more(struct.unpack_from("<I", header, 68)[0])
        self.entries = {entry.name: entry for entry in self._top(struct.unpack_from("<I", header, 48)[0])}

    def start(self, name: str, length: int) -> bytes:
        """Return the first bytes of a stream that is large enough to lie in sectors of its own; else nothing."""
        entry = self.entries.get(name)
        if entry is None or entry.size < 4096:
            return b""
        return self._sector(entry.sector)[:length]

    def _sector(self, number: int) -> bytes:
        self._file.seek((number + 1) * self._size)
        return self._file.read(self._size)

    def _more(self, number: int) -> None:
        """Where a file is over 7 MB, the list of its tables goes on in sectors of their own."""
        seen = set()
        while number < _END and number not in seen and len(self._tables) < _MAX_TABLES:
            seen.add(number)
            sector = self._sector(number)
            if len(sector) < self._size:
                return
            numbers = struct.unpack(f"<{self._size // 4}I", sector)
            self._tables += [each for each in numbers[:-1] if each < _END]
            number = numbers[-1]

    def _next(self, number: int) -> int:
        table, at = divmod(number, self._size // 4)
        if table >= len(self._tables):
            return _END
        self._file.seek((self._tables[table] + 1) * self._size + at * 4)
        found = self._file.read(4)
        return int.from_bytes(found, "little") if len(found) == 4 else _END

    def _top(self, number: int) -> list[Entry]:
        """The entries right below the root: what an embedded object brings along is not the file's own."""
        raw: list[bytes] = []
        seen = set()
        while number < _END and number not in seen and len(raw) < _MAX_ENTRIES:
            seen.add(number)
            sector = self._sector(number)
            raw += [sector[at : at + 128] for at in range(0, len(sector) - 127, 128)]
            number = self._next(number)
        below: list[int] = []
        waiting = [_fields(raw[0])[2]] if raw else []
        while waiting:
            at = waiting.pop()
            if 0 < at < len(raw) and at not in below:
                below.append(at)
                waiting += _fields(raw[at])[:2]
        # Without a tree that can be followed, whatever is named counts.
        return [_entry(raw[at]) for at in (below or range(1, len(raw)))]


def _fields(raw: bytes) -> tuple[int, int, int]:
    left, right, child = struct.unpack_from("<III", raw, 68)
    return left, right, child


def _entry(raw: bytes) -> Entry:
    name = raw[:64].decode("utf-16-le", "replace").partition("\0")[0]
    sector, size = struct.unpack_from("<II", raw, 116)
    return Entry(name, sector, size)

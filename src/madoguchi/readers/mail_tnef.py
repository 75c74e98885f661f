"""TNEF (winmail.dat), in which Exchange wraps the body and attachments of a mail (MS-OXTNEF) -> a mail of Outlook.

What is read before a damage is kept. Every length is checked against the bytes that are there.
"""

import struct
from collections.abc import Iterator

from madoguchi.readers.msg_item import BINARY, BODY, CLASS, DATA, NAME_SHORT, NARROW, OBJECT, SUBJECT, TEXT, Item
from madoguchi.readers.problems import Problem

MAGIC = b"\x78\x9f\x3e\x22"
_ATTACHMENT_BEGINS = 0x9002
# Attributes that hold one property in the mail's code page or as bytes, by their number.
_PLAIN = {
    0x8004: (SUBJECT, NARROW),
    0x8008: (CLASS, NARROW),
    0x800C: (BODY, NARROW),
    0x8010: (NAME_SHORT, NARROW),
    0x800F: (DATA, BINARY),
}
_PROPERTIES = (0x9003, 0x9005)
_CODE_PAGE = 0x9007
# The size of a value by its type; those of a length of their own are in `_MEASURED`.
_FIXED = {2: 4, 3: 4, 4: 4, 5: 8, 6: 8, 7: 8, 0xA: 4, 0xB: 4, 0x14: 8, 0x40: 8, 0x48: 16}
_MEASURED = {0x1E: NARROW, 0x1F: TEXT, 0x102: BINARY, 0xD: OBJECT}
_MANY = 0x1000
# An object begins with the number of its interface.
_INTERFACE_BYTES = 16


class _TnefItem(Item):
    """A mail or an attachment: what its attributes say."""

    def __init__(self, around: "_TnefItem | None" = None) -> None:
        self.around = around
        self.values: dict[tuple[str, str], bytes] = {}
        self.numbers: dict[str, int] = {}
        self.parts: list[_TnefItem] = []
        self.names: dict[tuple[bytes, int], str] = {}
        self.page = 0

    def value(self, tag: str, kind: str) -> bytes:
        return self.values.get((tag, kind), b"")

    def fixed(self, tag: str) -> int:
        return self.numbers.get(tag, 0)

    def named(self, group: bytes, number: int) -> str:
        return self.names.get((group, number), "")

    @property
    def code_page(self) -> int:
        return self.page or (self.around.code_page if self.around else super().code_page)

    def attached(self) -> "list[_TnefItem]":
        return self.parts

    @property
    def inner(self) -> Item | None:
        held = self.value(DATA, OBJECT)[_INTERFACE_BYTES:]
        return item(held) if held.startswith(MAGIC) else None

    def binary(self, tag: str) -> bytes:
        # An attachment that is an object of another program (OLE) is kept as it lies there.
        return super().binary(tag) or (self.value(DATA, OBJECT)[_INTERFACE_BYTES:] if tag == DATA else b"")


def item(data: bytes) -> Item:
    """Return the mail that a TNEF stream holds. Problem `broken` when it is none."""
    if not data.startswith(MAGIC):
        raise Problem("broken")
    top = _TnefItem()
    current = top
    for number, value in _attributes(data):
        if number == _ATTACHMENT_BEGINS:
            current = _TnefItem(top)
            top.parts.append(current)
        elif number in _PLAIN:
            current.values[_PLAIN[number]] = value if number == 0x800F else value.rstrip(b"\0")
        elif number == _CODE_PAGE:
            top.page = int.from_bytes(value[:4], "little")
        elif number in _PROPERTIES:
            for tag, kind, held in _properties(value, current.names):
                if kind in _MEASURED:
                    current.values[tag, _MEASURED[kind]] = held
                else:
                    current.numbers[tag] = int.from_bytes(held[:8], "little")
    return top


def _attributes(data: bytes) -> Iterator[tuple[int, bytes]]:
    at = 6
    while at + 9 <= len(data):
        _level, number, length = struct.unpack_from("<BII", data, at)
        at += 9
        if at + length > len(data):
            return
        yield number & 0xFFFF, data[at : at + length]
        # Two bytes of a checksum follow, which many writers leave at nought.
        at += length + 2


def _properties(data: bytes, names: dict[tuple[bytes, int], str]) -> Iterator[tuple[str, int, bytes]]:
    """The number, type and value of each property; of one with many values the first. Fills in what is named."""
    try:
        (count,) = struct.unpack_from("<I", data)
        at = 4
        for _ in range(count):
            kind, tag = struct.unpack_from("<HH", data, at)
            at += 4
            if tag >= 0x8000:
                name, at = _name(data, at)
                if name:
                    names[name] = f"{tag:04X}"
            many = bool(kind & _MANY)
            kind &= ~_MANY
            values = 1
            if many or kind in _MEASURED:
                (values,) = struct.unpack_from("<I", data, at)
                at += 4
            for number in range(values):
                held, at = _held(data, at, kind)
                if not number:
                    yield f"{tag:04X}", kind, held
    except (struct.error, IndexError):
        # Cut off, or a type that nobody knows: the rest cannot be told apart.
        return


def _name(data: bytes, at: int) -> tuple[tuple[bytes, int] | None, int]:
    """A property's own name by set and number, None for one by text, and where the property goes on."""
    by_text, number = struct.unpack_from("<II", data, at + 16)
    if by_text:
        return None, at + 24 + _padded(number)
    return (data[at : at + 16], number), at + 24


def _held(data: bytes, at: int, kind: int) -> tuple[bytes, int]:
    if kind in _MEASURED:
        (length,) = struct.unpack_from("<I", data, at)
        at += 4
        size = _padded(length)
    elif kind in _FIXED:
        length = size = _FIXED[kind]
    else:
        raise IndexError(kind)
    if at + length > len(data):
        raise IndexError(at)
    return data[at : at + length], at + size


def _padded(length: int) -> int:
    return length + -length % 4

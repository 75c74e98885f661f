"""Write a winmail.dat (TNEF), as far as the tests need one."""

import struct

MAGIC = b"\x78\x9f\x3e\x22"


def attribute(level: int, number: int, data: bytes) -> bytes:
    return struct.pack("<BII", level, number, len(data)) + data + struct.pack("<H", sum(data) & 0xFFFF)


def properties(*rows: tuple[int, int, bytes | int]) -> bytes:
    """Rows of number, type and value as TNEF writes them."""
    made = struct.pack("<I", len(rows))
    for number, kind, value in rows:
        made += struct.pack("<HH", kind, number)
        if isinstance(value, int):
            made += value.to_bytes(8 if kind in (0x14, 0x40) else 4, "little")
        else:
            made += struct.pack("<II", 1, len(value)) + value + bytes(-len(value) % 4)
    return made


def named_property(value: bytes) -> bytes:
    name = "Keywords\0".encode("utf-16-le")
    made = struct.pack("<HH", 0x101F, 0x8001) + bytes(16) + struct.pack("<II", 1, len(name)) + name + bytes(2)
    return made + struct.pack("<II", 1, len(value)) + value + bytes(-len(value) % 4)


def attachment(name: str, content: bytes, *rows: tuple[int, int, bytes | int]) -> bytes:
    made = attribute(2, 0x69002, bytes(14)) + attribute(2, 0x6800F, content)
    made += attribute(2, 0x18010, b"ATT.DAT\0")
    return made + attribute(2, 0x69005, properties((0x3707, 0x1F, (name + "\0").encode("utf-16-le")), *rows))


def tnef(*parts: bytes, body: str = "", subject: str = "") -> bytes:
    made = MAGIC + b"\1\0" + attribute(1, 0x89006, b"\0\0\1\0")
    made += attribute(1, 0x69007, struct.pack("<II", 932, 0))
    if subject:
        made += attribute(1, 0x18004, subject.encode("cp932") + b"\0")
    rows = properties((0x1000, 0x1F, body.encode("utf-16-le"))) if body else properties((0x0017, 3, 1))
    rows = struct.pack("<I", 2) + named_property("分類\0".encode("utf-16-le")) + rows[4:]
    return made + attribute(1, 0x69003, rows) + b"".join(parts)

"""Compound files (OLE) for the tests: storages, streams in sectors and in the mini stream."""

import struct

_END, _FREE, _FAT = 0xFFFFFFFE, 0xFFFFFFFF, 0xFFFFFFFD
_NONE = 0xFFFFFFFF


def ole(streams: dict[str, bytes]) -> bytes:
    """Return a compound file of these streams; `a/b` lies in the storage `a`."""
    names = sorted({path[:at] for path in map(_parts, streams) for at in range(1, len(path) + 1)})
    contents = {_parts(path): data for path, data in streams.items()}
    ids = {path: number for number, path in enumerate(names, 1)}
    mini = b"".join(_padded(data, 64) for data in (contents.get(path, b"") for path in names) if 0 < len(data) < 4096)
    sectors: list[bytes] = []
    fat: list[int] = []

    def put(data: bytes) -> int:
        if not data:
            return _END
        first = len(sectors)
        for at in range(0, len(data), 512):
            sectors.append(data[at : at + 512].ljust(512, b"\0"))
            fat.append(len(sectors))
        fat[-1] = _END
        return first

    mini_first = put(mini)
    mini_fat: list[int] = []
    entries = []
    for path in names:
        data = contents.get(path)
        siblings = [other for other in names if other[:-1] == path[:-1] and other > path]
        right = ids[siblings[0]] if siblings else _NONE
        below = [other for other in names if other[:-1] == path]
        if data is None:
            entries.append(_entry(path[-1], 1, right, ids[below[0]] if below else _NONE, _END, 0))
        elif 0 < len(data) < 4096:
            first = len(mini_fat)
            count = -(-len(data) // 64)
            mini_fat += [*range(first + 1, first + count), _END]
            entries.append(_entry(path[-1], 2, right, _NONE, first, len(data)))
        else:
            entries.append(_entry(path[-1], 2, right, _NONE, put(data), len(data)))
    top = [path for path in names if len(path) == 1]
    root = _entry("Root Entry", 5, _NONE, ids[top[0]] if top else _NONE, mini_first, len(mini))
    mini_fat_first = put(struct.pack(f"<{len(mini_fat)}I", *mini_fat))
    directory = put(_padded(b"".join([root, *entries]), 512))
    tables = 1
    while (len(fat) + tables) * 4 > tables * 512:
        tables += 1
    first_table = len(fat)
    fat += [_FAT] * tables
    body = b"".join(sectors) + struct.pack(f"<{len(fat)}I", *fat).ljust(tables * 512, b"\xff")
    header = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(16)
    header += struct.pack("<HHHHH6xIIIIIIIII", 0x3E, 3, 0xFFFE, 9, 6, 0, tables, directory, 0, 4096,
                          mini_fat_first, -(-len(mini_fat) * 4 // 512), _END, 0)  # fmt: skip
    header += struct.pack(f"<{tables}I", *range(first_table, first_table + tables)).ljust(436, b"\xff")
    return header + body


def _parts(path: str) -> tuple[str, ...]:
    return tuple(path.split("/"))


def _padded(data: bytes, size: int) -> bytes:
    return data.ljust(-(-len(data) // size) * size, b"\0")


def _entry(name: str, kind: int, right: int, child: int, first: int, size: int) -> bytes:
    raw = name.encode("utf-16-le") + b"\0\0"
    head = raw.ljust(64, b"\0") + struct.pack("<HBBIII", len(raw), kind, 1, _NONE, right, child)
    return head + bytes(36) + struct.pack("<IQ", first, size)

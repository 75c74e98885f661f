"""One member of an LHA archive, method -lh5-, unpacked: a window of 8 KB and Huffman codes a block.

A compressed 一太郎 file holds one. Nothing is believed that the bytes do not bear out, and what comes out is limited.
"""

from madoguchi.readers.problems import Problem

_LITERALS, _LENGTHS, _PLACES = 510, 19, 14
_SHORTEST = 3
# How far the bits may be read past the end of the bytes: the last code is filled up.
_MAX_BEYOND = 4


def member(data: bytes, most: int) -> tuple[bytes, bool]:
    """Return the content of the first member of an archive and whether its sum is right.

    Problem `broken` when it is no such archive, `zip-bomb` when it would hold more than `most` bytes.
    """
    at = data.find(b"-lh5-", 0, 200) - 2
    if at < 0 or at + 26 > len(data):
        raise Problem("broken")
    packed, size = _number(data, at + 7, 4), _number(data, at + 11, 4)
    if size > most:
        raise Problem("zip-bomb", f"展開後{most >> 20:,}MBを超える")
    level = data[at + 20]
    if level == 2:
        start, total = at + _number(data, at, 2), _number(data, at + 21, 2)
    elif level in (0, 1):
        start = at + data[at] + 2
        total = _number(data, at + 22 + data[at + 21], 2)
        further = _number(data, start - 2, 2) if level == 1 else 0
        while further:
            if further < 3 or start + further > len(data):
                raise Problem("broken")
            start, packed = start + further, packed - further
            further = _number(data, start - 2, 2)
    else:
        raise Problem("broken")
    content = unpack(data[start : start + max(0, packed)], size)
    return content, _sum_of(content) == total


def unpack(data: bytes, size: int) -> bytes:
    """Return `size` bytes unpacked. Problem `broken` when the bits do not make them."""
    bits = _Bits(data)
    said = bytearray()
    left = 0
    letters = places = _Code([])
    while len(said) < size:
        if not left:
            left = bits.take(16)
            if not left:
                raise Problem("broken")
            lengths = _small_code(bits, _LENGTHS, 5, special=3)
            letters = _letters_code(bits, lengths)
            places = _small_code(bits, _PLACES, 4)
        left -= 1
        symbol = letters.next(bits)
        if symbol < 256:
            said.append(symbol)
            continue
        place = places.next(bits)
        if place:
            place = (1 << (place - 1)) + bits.take(place - 1)
        _repeat(said, place + 1, symbol - 256 + _SHORTEST, size)
    return bytes(said)


def _repeat(said: bytearray, distance: int, length: int, size: int) -> None:
    # Before the first byte the window holds blanks.
    blank = min(length, max(0, distance - len(said)))
    said += b" " * blank
    length = min(length - blank, size - len(said))
    while length > 0:
        at = len(said) - distance
        part = said[at : at + min(length, distance)]
        said += part
        length -= len(part)


class _Bits:
    """Bits of bytes, the highest first; zeros for a little while after the end."""

    def __init__(self, data: bytes) -> None:
        self._data, self._at = data, 0
        self._held = self._count = 0

    def look(self, count: int) -> int:
        while self._count < count:
            if self._at >= len(self._data) + _MAX_BEYOND:
                raise Problem("broken")
            byte = self._data[self._at] if self._at < len(self._data) else 0
            self._held, self._count, self._at = self._held << 8 | byte, self._count + 8, self._at + 1
        return self._held >> (self._count - count)

    def take(self, count: int) -> int:
        if not count:
            return 0
        found = self.look(count)
        self._count -= count
        self._held &= (1 << self._count) - 1
        return found


class _Code:
    """A Huffman code by the lengths of its symbols; or one symbol that takes no bit."""

    def __init__(self, lengths: list[int], only: int | None = None) -> None:
        self._only = only
        self._longest = max(lengths, default=0)
        if self._longest > 16 or sum(1 << (16 - length) for length in lengths if length) > 1 << 16:
            raise Problem("broken")
        self._table: list[tuple[int, int]] = []
        for length in range(1, self._longest + 1):
            room = 1 << (self._longest - length)
            for symbol, its in enumerate(lengths):
                if its == length:
                    self._table += [(symbol, length)] * room

    def next(self, bits: _Bits) -> int:
        if self._only is not None:
            return self._only
        if not self._longest:
            raise Problem("broken")
        at = bits.look(self._longest)
        if at >= len(self._table):
            raise Problem("broken")
        symbol, length = self._table[at]
        bits.take(length)
        return symbol


def _small_code(bits: _Bits, most: int, width: int, special: int = -1) -> _Code:
    count = bits.take(width)
    if not count:
        return _Code([], bits.take(width))
    lengths: list[int] = []
    while len(lengths) < count:
        length = bits.take(3)
        if length == 7:
            while bits.take(1):
                length += 1
                if length > 16:
                    raise Problem("broken")
        lengths.append(length)
        if len(lengths) == special:
            lengths += [0] * bits.take(2)
    if len(lengths) > most:
        raise Problem("broken")
    return _Code(lengths)


def _letters_code(bits: _Bits, code: _Code) -> _Code:
    count = bits.take(9)
    if not count:
        return _Code([], bits.take(9))
    lengths: list[int] = []
    while len(lengths) < count:
        symbol = code.next(bits)
        if symbol > 2:
            lengths.append(symbol - 2)
        else:
            lengths += [0] * (1 if symbol == 0 else bits.take(4) + 3 if symbol == 1 else bits.take(9) + 20)
    if len(lengths) > _LITERALS:
        raise Problem("broken")
    return _Code(lengths)


def _number(data: bytes, at: int, length: int) -> int:
    return int.from_bytes(data[at : at + length], "little")


def _sum_of(content: bytes) -> int:
    table = []
    for byte in range(256):
        value = byte
        for _ in range(8):
            value = value >> 1 ^ (0xA001 if value & 1 else 0)
        table.append(value)
    total = 0
    for byte in content:
        total = total >> 8 ^ table[(total ^ byte) & 0xFF]
    return total

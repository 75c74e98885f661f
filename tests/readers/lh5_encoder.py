"""LHA's method -lh5-, packing: greedy matches, one Huffman code a block. For the tests of what unpacks it."""

import heapq
from collections import Counter
from collections.abc import Iterator


def archive(content: bytes, level: int = 0) -> bytes:
    """Return an archive of one member; `level` of its header 0, 1 or 2."""
    packed = pack(content)
    sizes = len(packed).to_bytes(4, "little") + len(content).to_bytes(4, "little")
    total = _sum_of(content).to_bytes(2, "little")
    if level == 2:
        head = b"-lh5-" + sizes + bytes(4) + b"\x20\x02" + total + b"M" + b"\0\0"
        return (len(head) + 2).to_bytes(2, "little") + head + packed + b"\0"
    name = b"a.jtd"
    if level == 1:
        further = b"\x05\0\x3f\0\0"
        sizes = (len(packed) + len(further)).to_bytes(4, "little") + len(content).to_bytes(4, "little")
        head = b"-lh5-" + sizes + bytes(4) + b"\x20\x01" + bytes([len(name)]) + name + total + b"M" + b"\x05\0"
        return bytes([len(head), sum(head) & 0xFF]) + head + further[2:] + b"\0\0" + packed + b"\0"
    head = b"-lh5-" + sizes + bytes(4) + b"\x20\x00" + bytes([len(name)]) + name + total
    return bytes([len(head), sum(head) & 0xFF]) + head + packed + b"\0"


def pack(content: bytes, block: int = 5000) -> bytes:
    """Return the bits of the method alone; a code is made new after `block` symbols."""
    tokens = list(_tokens(content))
    bits: list[str] = []
    for at in range(0, len(tokens), block):
        _put_block(bits, tokens[at : at + block])
    said = "".join(bits)
    said = said.ljust(-(-len(said) // 8) * 8, "0")
    return bytes(int(said[at : at + 8], 2) for at in range(0, len(said), 8))


def _tokens(content: bytes) -> Iterator[tuple[int, int]]:
    seen: dict[bytes, int] = {}
    at = 0
    while at < len(content):
        key = content[at : at + 3]
        before = seen.get(key, -1)
        if len(key) == 3 and before >= 0 and at - before <= 8192:
            length = 3
            while length < 256 and at + length < len(content) and content[before + length] == content[at + length]:
                length += 1
            yield length + 253, at - before - 1
        else:
            length = 1
            yield content[at], -1
        for each in range(at, at + length):
            seen[content[each : each + 3]] = each
        at += length


def _put_block(bits: list[str], tokens: list[tuple[int, int]]) -> None:
    letters = Counter(symbol for symbol, _ in tokens)
    places = Counter(place.bit_length() for _, place in tokens if place >= 0)
    bits.append(f"{len(tokens):016b}")
    lengths = _lengths(letters, 510)
    if len(letters) == 1:
        bits += [f"{0:05b}{0:05b}", f"{0:09b}{next(iter(letters)):09b}"]
        letter_codes = {next(iter(letters)): ""}
    else:
        runs = _runs(lengths)
        small = _lengths(Counter(symbol for symbol, _ in runs), 19)
        only = {symbol for symbol, _ in runs}
        if len(only) == 1:
            bits.append(f"{0:05b}{next(iter(only)):05b}")
            codes = {next(iter(only)): ""}
        else:
            _put_small(bits, small, 5, 3)
            codes = _codes(small)
        bits.append(f"{len(lengths):09b}")
        for symbol, extra in runs:
            bits += [codes[symbol], extra]
        letter_codes = _codes(lengths)
    if len(places) <= 1:
        only_place = next(iter(places), 0)
        bits.append(f"{0:04b}{only_place:04b}")
        place_codes = {only_place: ""}
    else:
        its = _lengths(places, 14)
        _put_small(bits, its, 4, -1)
        place_codes = _codes(its)
    for symbol, place in tokens:
        bits.append(letter_codes[symbol])
        if place >= 0:
            width = place.bit_length()
            bits.append(place_codes[width])
            if width > 1:
                bits.append(f"{place:b}"[1:])


def _runs(lengths: list[int]) -> list[tuple[int, str]]:
    said: list[tuple[int, str]] = []
    at = 0
    while at < len(lengths):
        if lengths[at]:
            said.append((lengths[at] + 2, ""))
            at += 1
            continue
        zeros = 1
        while at + zeros < len(lengths) and not lengths[at + zeros]:
            zeros += 1
        if zeros >= 20:
            zeros = min(zeros, 20 + 511)
            said.append((2, f"{zeros - 20:09b}"))
        elif zeros >= 3:
            zeros = min(zeros, 18)
            said.append((1, f"{zeros - 3:04b}"))
        else:
            zeros = 1
            said.append((0, ""))
        at += zeros
    return said


def _put_small(bits: list[str], lengths: list[int], width: int, special: int) -> None:
    bits.append(f"{len(lengths):0{width}b}")
    at = 0
    while at < len(lengths):
        length = lengths[at]
        bits.append(f"{length:03b}" if length < 7 else "111" + "1" * (length - 7) + "0")
        at += 1
        if at == special:
            zeros = 0
            while zeros < 3 and at + zeros < len(lengths) and not lengths[at + zeros]:
                zeros += 1
            bits.append(f"{zeros:02b}")
            at += zeros


def _lengths(counts: Counter[int], most: int) -> list[int]:
    counts = Counter({symbol: count for symbol, count in counts.items() if count})
    while True:
        depth = dict.fromkeys(counts, 0)
        heap = [(count, number, [symbol]) for number, (symbol, count) in enumerate(sorted(counts.items()))]
        heapq.heapify(heap)
        number = len(heap)
        while len(heap) > 1:
            first, second = heapq.heappop(heap), heapq.heappop(heap)
            for symbol in first[2] + second[2]:
                depth[symbol] += 1
            heapq.heappush(heap, (first[0] + second[0], number, first[2] + second[2]))
            number += 1
        if max(depth.values(), default=0) <= 16:
            break
        counts = Counter({symbol: count // 2 + 1 for symbol, count in counts.items()})
    lengths = [depth.get(symbol, 0) for symbol in range(most)]
    while lengths and not lengths[-1]:
        lengths.pop()
    return lengths


def _codes(lengths: list[int]) -> dict[int, str]:
    said, code, before = {}, 0, 0
    for length, symbol in sorted((length, symbol) for symbol, length in enumerate(lengths) if length):
        code <<= length - before
        said[symbol] = f"{code:0{length}b}"
        code, before = code + 1, length
    return said


def _sum_of(content: bytes) -> int:
    total = 0
    for byte in content:
        total ^= byte
        for _ in range(8):
            total = total >> 1 ^ (0xA001 if total & 1 else 0)
    return total

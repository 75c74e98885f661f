"""S/MIME: what a signed or compressed CMS message (RFC 5652, RFC 3274) holds, read from its BER without a certificate.

Only the way to the content is walked, with a cursor and no recursion: a hostile file costs no more than its length. No
signature is verified here.
"""

import zlib
from typing import Literal

from madoguchi.readers.problems import Problem

Kind = Literal["signed", "compressed", "encrypted", ""]
_KINDS: dict[bytes, Kind] = {
    bytes.fromhex("2a864886f70d010702"): "signed",
    bytes.fromhex("2a864886f70d010703"): "encrypted",
    bytes.fromhex("2a864886f70d010706"): "encrypted",
    bytes.fromhex("2a864886f70d0109100117"): "encrypted",
    bytes.fromhex("2a864886f70d0109100109"): "compressed",
}
_SEQUENCE, _OID, _EXPLICIT, _OCTETS, _OCTETS_IN_PARTS = 0x30, 0x06, 0xA0, 0x04, 0x24
_END = 0x00


class _Broken(ValueError):
    """No BER, or not that of a CMS message."""


def kind_of(data: bytes) -> Kind:
    """Return what a CMS message is; empty for anything else."""
    try:
        return _opened(data)[0]
    except _Broken:
        return ""


def content_of(data: bytes, most_bytes: int) -> bytes:
    """Return the mail inside a signed or compressed message; empty when it holds none. Problem `zip-bomb`."""
    try:
        kind, at = _opened(data)
        if kind not in ("signed", "compressed"):
            return b""
        # Its version, its digests or compression, then the content with its own type before it.
        at = _into(data, _after(data, _after(data, _into(data, at, _SEQUENCE))), _SEQUENCE)
        content = _octets(data, _into(data, _after(data, at), _EXPLICIT))
    except _Broken:
        return b""
    if kind == "signed":
        return content
    try:
        said = zlib.decompressobj().decompress(content, most_bytes + 1)
    except zlib.error:
        return b""
    if len(said) > most_bytes:
        raise Problem("zip-bomb", f"展開後{most_bytes >> 20:,}MBを超える")
    return said


def _opened(data: bytes) -> tuple[Kind, int]:
    """The kind of a message and where its own structure begins."""
    at = _into(data, 0, _SEQUENCE)
    tag, start, length = _head(data, at)
    if tag != _OID or length is None:
        raise _Broken
    return _KINDS.get(data[start : start + length], ""), _into(data, start + length, _EXPLICIT)


def _head(data: bytes, at: int) -> tuple[int, int, int | None]:
    """The tag of an element, where its content begins, and its length; None when only a mark ends it."""
    if at + 2 > len(data) or data[at] & 0x1F == 0x1F:
        raise _Broken
    tag, length, start = data[at], data[at + 1], at + 2
    if length == 0x80:
        return tag, start, None
    if length > 0x80:
        size = length & 0x7F
        length, start = int.from_bytes(data[start : start + size], "big"), start + size
    if start + length > len(data):
        raise _Broken
    return tag, start, length


def _into(data: bytes, at: int, tag: int) -> int:
    found, start, _ = _head(data, at)
    if found != tag:
        raise _Broken
    return start


def _after(data: bytes, at: int) -> int:
    """Where the element after this one begins."""
    open_ends = 0
    while True:
        tag, start, length = _head(data, at)
        at = start if length is None else start + length
        open_ends += 1 if length is None else -1 if tag == _END else 0
        if open_ends <= 0:
            return at


def _octets(data: bytes, at: int) -> bytes:
    """The bytes of an octet string, whole or in parts."""
    tag, start, length = _head(data, at)
    if tag == _OCTETS and length is not None:
        return data[start : start + length]
    if tag != _OCTETS_IN_PARTS:
        raise _Broken
    parts: list[bytes] = []
    stop = len(data) if length is None else start + length
    open_ends, at = int(length is None), start
    while at < stop:
        tag, start, part = _head(data, at)
        if tag == _OCTETS and part is not None:
            parts.append(data[start : start + part])
            at = start + part
        elif tag == _OCTETS_IN_PARTS:
            at = start
            open_ends += part is None
        elif tag == _END:
            at = start
            open_ends -= 1
            if not open_ends and length is None:
                break
        else:
            raise _Broken
    return b"".join(parts)

"""Outlook mail (msg, winmail.dat) -> as a mail. A msg is a compound file whose streams are named by the number of a
property.

A mail in the mail becomes a member in the form of eml, made of the same properties.
"""

import io
import mmap
import re
import struct

import olefile

from madoguchi.readers import mail, mail_calendar, mail_tnef
from madoguchi.readers.blocks import Member, Reading
from madoguchi.readers.limits import Limits
from madoguchi.readers.mail_text import header, when
from madoguchi.readers.msg_item import BODY, CC, DATA, OBJECT, SUBJECT, TO, Item, bodies, eml, invitation, is_sealed
from madoguchi.readers.problems import Problem

_ATTACHMENT = re.compile(r"__attach_version1\.0_#[0-9A-Fa-f]{8}")
_MAX_ATTACHMENTS = 1000
Path = tuple[str, ...]


class _OleItem(Item):
    """A mail or an attachment in a compound file: the properties below one storage."""

    def __init__(self, ole: "olefile.OleFileIO[str]", path: Path, head: int, code_page: int = 0) -> None:
        self.ole, self.path = ole, path
        self._fixed = _fixed(self._stream("__properties_version1.0"), head)
        self._code_page = code_page

    def value(self, tag: str, kind: str) -> bytes:
        return self._stream(f"__substg1.0_{tag}{kind}")

    def fixed(self, tag: str) -> int:
        return self._fixed.get(int(tag, 16), 0)

    def named(self, group: bytes, number: int) -> str:
        return _named(self.ole).get((group, number), "")

    @property
    def code_page(self) -> int:
        return self._code_page or super().code_page

    def attached(self) -> list[Item]:
        names = {
            entry[len(self.path)]
            for entry in self.ole.listdir(streams=True, storages=True)
            if tuple(entry[: len(self.path)]) == self.path and len(entry) > len(self.path)
        }
        found = sorted(name for name in names if _ATTACHMENT.fullmatch(name))[:_MAX_ATTACHMENTS]
        return [_OleItem(self.ole, (*self.path, name), 8, self.code_page) for name in found]

    @property
    def inner(self) -> Item | None:
        where = (*self.path, f"__substg1.0_{DATA}{OBJECT}")
        if not self.ole.exists([*where, "__properties_version1.0"]):
            return None
        return _OleItem(self.ole, where, 24)

    def _stream(self, name: str) -> bytes:
        """The bytes of a stream; empty when it is not there."""
        where = [*self.path, name]
        if not self.ole.exists(where) or self.ole.get_type(where) != olefile.STGTY_STREAM:
            return b""
        with self.ole.openstream(where) as opened:
            return bytes(opened.read())


def read(data: bytes | mmap.mmap, limits: Limits) -> Reading:
    """Return the blocks of a mail and its attachments. Problem `broken` when it is no mail of Outlook."""
    top = _top(data)
    if is_sealed(top):
        return mail.read(eml(top, limits), limits)
    lines = [("差出人", top.sender()), ("宛先", header(top.text(TO))), ("写し", header(top.text(CC)))]
    moment = top.sent()
    if moment:
        lines.append(("日時", when(moment)))
    members = [
        Member(item.name(number), len(item.binary(DATA)) or len(item.text(BODY)) or 1)
        for number, item in enumerate(top.attachments(), 1)
    ]
    body = mail.body_of(*bodies(top, limits), limits) + mail_calendar.blocks(invitation(top))
    return mail.reading_of(header(top.text(SUBJECT)), lines, body, members)


def member(data: bytes | mmap.mmap, number: int, limits: Limits) -> bytes:
    """Return the bytes of one attachment; a mail in the mail as an eml. Problem `nested`."""
    top = _top(data)
    if is_sealed(top):
        return mail.member(eml(top, limits), number, limits)
    item = top.attachments()[number]
    inner = item.inner
    return eml(inner, limits, 1) if inner else item.binary(DATA)


def _top(data: bytes | mmap.mmap) -> Item:
    if data[:4] == mail_tnef.MAGIC:
        return mail_tnef.item(bytes(data))
    try:
        ole = olefile.OleFileIO(io.BytesIO(data))
    except (OSError, ValueError, IndexError, struct.error):
        raise Problem("broken") from None
    if not ole.exists("__properties_version1.0"):
        raise Problem("broken")
    return _OleItem(ole, (), 32)


def _named(ole: "olefile.OleFileIO[str]") -> dict[tuple[bytes, int], str]:
    """The numbers of properties by the set and number that name them (MS-OXMSG 2.2.3); a set of its own from 3 on."""
    streams = []
    for name in ("00020102", "00030102"):
        where = ["__nameid_version1.0", f"__substg1.0_{name}"]
        if not ole.exists(where):
            return {}
        with ole.openstream(where) as opened:
            streams.append(bytes(opened.read()))
    groups, entries = streams
    entries = entries[: len(entries) - len(entries) % 8]
    found = {}
    for number, kind, index in struct.iter_unpack("<IHH", entries):
        at = ((kind >> 1) - 3) * 16
        if not kind & 1 and 0 <= at < len(groups):
            found[groups[at : at + 16], number] = f"{(0x8000 + index) & 0xFFFF:04X}"
    return found


def _fixed(raw: bytes, head: int) -> dict[int, int]:
    """The properties of a fixed size by their number: eight bytes each as one number."""
    body = raw[head:]
    body = body[: len(body) - len(body) % 16]
    return {tag >> 16: value for tag, _flags, value in struct.iter_unpack("<IIQ", body)}

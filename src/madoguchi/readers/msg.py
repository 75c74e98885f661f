"""Outlook mail (msg) -> as a mail: a compound file whose streams are named by the number of a property.

A mail in the mail becomes a member in the form of eml, made here of the same properties.
"""

import base64
import email.utils
import io
import mmap
import re
import struct
from datetime import UTC, datetime, timedelta

import olefile

from madoguchi.readers import mail, msg_rtf
from madoguchi.readers.blocks import Block, Member, Reading
from madoguchi.readers.limits import Limits
from madoguchi.readers.mail_text import header, text_of, visible, when
from madoguchi.readers.problems import Problem

_SUBJECT, _SENT, _RECEIVED = "0037", "0039", "0E06"
_SENDER, _SENDER_SMTP, _SENDER_ADDRESS = "0C1A", "5D01", "0C1F"
_TO, _CC = "0E04", "0E03"
_BODY, _BODY_HTML, _BODY_RTF = "1000", "1013", "1009"
_DATA, _NAME_LONG, _NAME_SHORT, _NAME_SHOWN = "3701", "3707", "3704", "3001"
_HIDDEN, _CONTENT_ID, _CODE_PAGES = "7FFE", "3712", ("3FDE", "3FFD")
_ATTACHMENT = re.compile(r"__attach_version1\.0_#[0-9A-Fa-f]{8}")
_MAX_ATTACHMENTS = 1000
_MAX_DEPTH = 5
_EPOCH = datetime(1601, 1, 1, tzinfo=UTC)
# Base64 knows no underscore, so no content can hold it.
_BOUNDARY = "=_part_of_the_mail_="
Path = tuple[str, ...]


class _Item:
    """A mail or an attachment: the properties below one storage."""

    def __init__(self, ole: "olefile.OleFileIO[str]", path: Path, head: int, code_page: int = 0) -> None:
        self.ole, self.path = ole, path
        self._fixed = _fixed(self.stream("__properties_version1.0"), head)
        self.code_page = code_page or next((page for tag in _CODE_PAGES if (page := self.number(tag))), 932)

    def stream(self, name: str) -> bytes:
        """The bytes of a stream; empty when it is not there."""
        where = [*self.path, name]
        if not self.ole.exists(where) or self.ole.get_type(where) != olefile.STGTY_STREAM:
            return b""
        with self.ole.openstream(where) as opened:
            return bytes(opened.read())

    def text(self, tag: str) -> str:
        """A property that is text, in Unicode or in the mail's code page."""
        wide = self.stream(f"__substg1.0_{tag}001F")
        if wide:
            return wide.decode("utf-16-le", "replace").rstrip("\0")
        narrow = self.stream(f"__substg1.0_{tag}001E")
        return text_of(narrow, "utf-8" if self.code_page == 65001 else f"cp{self.code_page}").rstrip("\0")

    def binary(self, tag: str) -> bytes:
        return self.stream(f"__substg1.0_{tag}0102")

    def number(self, tag: str) -> int:
        return self._fixed.get(int(tag, 16), 0) & 0xFFFFFFFF

    def moment(self, tag: str) -> datetime | None:
        ticks = self._fixed.get(int(tag, 16), 0)
        try:
            return _EPOCH + timedelta(microseconds=ticks // 10) if ticks else None
        except OverflowError:
            return None

    def attachments(self) -> list["_Item"]:
        """What came along, but for pictures inside the text."""
        names = {
            entry[len(self.path)]
            for entry in self.ole.listdir(streams=True, storages=True)
            if tuple(entry[: len(self.path)]) == self.path and len(entry) > len(self.path)
        }
        found = sorted(name for name in names if _ATTACHMENT.fullmatch(name))[:_MAX_ATTACHMENTS]
        items = [_Item(self.ole, (*self.path, name), 8, self.code_page) for name in found]
        return [item for item in items if not item.inline]

    @property
    def inline(self) -> bool:
        return bool(self.number(_HIDDEN) or (self.text(_CONTENT_ID) and _is_picture(self.name(0))))

    @property
    def inner(self) -> "_Item | None":
        """The mail that an attachment is."""
        where = (*self.path, f"__substg1.0_{_DATA}000D")
        if not self.ole.exists([*where, "__properties_version1.0"]):
            return None
        return _Item(self.ole, where, 24)

    def name(self, number: int) -> str:
        inner = self.inner
        if inner:
            return f"{header(inner.text(_SUBJECT)) or f'転送されたメール{number}'}.eml"
        said = self.text(_NAME_LONG) or self.text(_NAME_SHOWN) or self.text(_NAME_SHORT)
        return header(said) or f"添付{number}.bin"


def read(data: bytes | mmap.mmap, limits: Limits) -> Reading:
    """Return the blocks of a mail and its attachments. Problem `broken` when it is no mail of Outlook."""
    top = _top(data)
    lines = [
        ("差出人", _sender(top)),
        ("宛先", header(top.text(_TO))),
        ("写し", header(top.text(_CC))),
    ]
    moment = top.moment(_SENT) or top.moment(_RECEIVED)
    if moment:
        lines.append(("日時", when(moment)))
    attached = top.attachments()
    members = [
        Member(item.name(number), len(item.binary(_DATA)) or len(item.text(_BODY)) or 1)
        for number, item in enumerate(attached, 1)
    ]
    return mail.reading_of(header(top.text(_SUBJECT)), lines, _body(top, limits), members)


def member(data: bytes | mmap.mmap, number: int, limits: Limits) -> bytes:
    """Return the bytes of one attachment; a mail in the mail as an eml. Problem `nested`."""
    item = _top(data).attachments()[number]
    inner = item.inner
    return _eml(inner, limits, 1) if inner else item.binary(_DATA)


def _top(data: bytes | mmap.mmap) -> _Item:
    try:
        ole = olefile.OleFileIO(io.BytesIO(data))
    except (OSError, ValueError, IndexError, struct.error):
        raise Problem("broken") from None
    if not ole.exists("__properties_version1.0"):
        raise Problem("broken")
    return _Item(ole, (), 32)


def _sender(item: _Item) -> str:
    name, address = header(item.text(_SENDER)), header(item.text(_SENDER_SMTP))
    if not address and "@" in item.text(_SENDER_ADDRESS):
        address = header(item.text(_SENDER_ADDRESS))
    return f"{name} <{address}>" if name and address and name != address else name or address


def _body(item: _Item, limits: Limits) -> list[Block]:
    plain, markup = _bodies(item, limits)
    return mail.body_of(plain, markup, limits)


def _bodies(item: _Item, limits: Limits) -> tuple[str, bytes]:
    """The plain text and the HTML of a mail; where it has neither, the text of its RTF."""
    plain = item.text(_BODY)
    markup = item.binary(_BODY_HTML) or item.text(_BODY_HTML).encode("utf-8-sig", "replace")
    if not plain.strip() and not markup.removeprefix(b"\xef\xbb\xbf").strip():
        plain = msg_rtf.text(msg_rtf.unpacked(item.binary(_BODY_RTF), limits.max_inflated_mb << 20))
    return plain, markup


def _eml(item: _Item, limits: Limits, depth: int) -> bytes:
    if depth > _MAX_DEPTH:
        raise Problem("nested")
    moment = item.moment(_SENT) or item.moment(_RECEIVED)
    head = [
        ("Subject", _word(header(item.text(_SUBJECT)))),
        ("From", _word(_sender(item))),
        ("To", _word(header(item.text(_TO)))),
        ("Cc", _word(header(item.text(_CC)))),
        ("Date", email.utils.format_datetime(moment) if moment else ""),
        ("MIME-Version", "1.0"),
        ("Content-Type", f'multipart/mixed; boundary="{_BOUNDARY}"'),
    ]
    plain, markup = _bodies(item, limits)
    kind, body = ("plain", visible(plain).encode("utf-8", "replace")) if plain.strip() else ("html", markup)
    parts = [(f"Content-Type: text/{kind}" + ("; charset=utf-8" if kind == "plain" else ""), body)]
    for number, each in enumerate(item.attachments(), 1):
        inner = each.inner
        content = _eml(inner, limits, depth + 1) if inner else each.binary(_DATA)
        name = _word(each.name(number))
        parts.append(
            (f'Content-Type: application/octet-stream\r\nContent-Disposition: attachment; filename="{name}"', content)
        )
    made = "\r\n".join(f"{name}: {said}" for name, said in head if said).encode() + b"\r\n\r\n"
    for part_head, content in parts:
        made += f"--{_BOUNDARY}\r\n{part_head}\r\nContent-Transfer-Encoding: base64\r\n\r\n".encode()
        made += base64.encodebytes(content) + b"\r\n"
    return made + f"--{_BOUNDARY}--\r\n".encode()


def _word(said: str) -> str:
    """Text as an encoded word of a header."""
    return f"=?utf-8?b?{base64.b64encode(said.encode('utf-8', 'replace')).decode()}?=" if said else ""


def _fixed(raw: bytes, head: int) -> dict[int, int]:
    """The properties of a fixed size by their number: eight bytes each as one number."""
    body = raw[head:]
    body = body[: len(body) - len(body) % 16]
    return {tag >> 16: value for tag, _flags, value in struct.iter_unpack("<IIQ", body)}


def _is_picture(name: str) -> bool:
    return name.lower().endswith((".png", ".jpg", ".jpeg", ".gif", ".bmp"))

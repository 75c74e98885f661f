"""A mail of Outlook by its numbered properties, whatever they lie in (msg, winmail.dat), and as an eml made of them."""

import base64
import email.utils
import uuid
from abc import ABC, abstractmethod
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

from madoguchi.readers import msg_rtf
from madoguchi.readers.limits import Limits
from madoguchi.readers.mail_text import header, text_of, visible
from madoguchi.readers.problems import Problem

CLASS, SUBJECT = "001A", "0037"
TO, CC = "0E04", "0E03"
DATA = "3701"
BODY = "1000"
TEXT, NARROW, BINARY, OBJECT = "001F", "001E", "0102", "000D"
_SENT, _RECEIVED = "0039", "0E06"
_SENDER, _SENDER_SMTP, _SENDER_ADDRESS = "0C1A", "5D01", "0C1F"
_BODY_HTML, _BODY_RTF = "1013", "1009"
NAME_SHORT = "3704"
_NAME_LONG, _NAME_SHOWN = "3707", "3001"
_HIDDEN, _CONTENT_ID, _CODE_PAGES = "7FFE", "3712", ("3FDE", "3FFD")
# The set of named properties that Outlook keeps for a meeting, and of those its time and place.
_MEETING = uuid.UUID("00062002-0000-0000-c000-000000000046").bytes_le
_MEETING_CLASSES = ("IPM.APPOINTMENT", "IPM.SCHEDULE.MEETING", "IPM.MICROSOFT SCHEDULE.MTG")
_MEETING_TIMES, _MEETING_PLACE = (0x820D, 0x820E), 0x8208
_MAX_DEPTH = 5
_EPOCH = datetime(1601, 1, 1, tzinfo=UTC)
# Base64 knows no underscore, so no content can hold it.
_BOUNDARY = "=_part_of_the_mail_="


class Item(ABC):
    """A mail or an attachment: properties by number (four hex digits) and type."""

    @abstractmethod
    def value(self, tag: str, kind: str) -> bytes:
        """A property of a type; empty when it is not there."""

    @abstractmethod
    def fixed(self, tag: str) -> int:
        """A property of eight bytes or fewer as one number; 0 when it is not there."""

    @abstractmethod
    def named(self, group: bytes, number: int) -> str:
        """The number of a property that has a name of its own: of a set (16 bytes), by number; empty when none."""

    @abstractmethod
    def attached(self) -> Sequence["Item"]:
        """All that came along."""

    @property
    @abstractmethod
    def inner(self) -> "Item | None":
        """The mail that an attachment is."""

    @property
    def code_page(self) -> int:
        return next((page for tag in _CODE_PAGES if (page := self.number(tag))), 932)

    def text(self, tag: str) -> str:
        """A property that is text, in Unicode or in the mail's code page."""
        wide = self.value(tag, TEXT)
        if wide:
            return wide.decode("utf-16-le", "replace").rstrip("\0")
        code_page = self.code_page
        return text_of(self.value(tag, NARROW), "utf-8" if code_page == 65001 else f"cp{code_page}").rstrip("\0")

    def binary(self, tag: str) -> bytes:
        return self.value(tag, BINARY)

    def number(self, tag: str) -> int:
        return self.fixed(tag) & 0xFFFFFFFF

    def moment(self, tag: str) -> datetime | None:
        try:
            return _EPOCH + timedelta(microseconds=ticks // 10) if (ticks := self.fixed(tag)) else None
        except OverflowError:
            return None

    def sent(self) -> datetime | None:
        """When it was sent, or else when it came."""
        return self.moment(_SENT) or self.moment(_RECEIVED)

    def attachments(self) -> list["Item"]:
        """What came along, but for pictures inside the text."""
        return [item for item in self.attached() if not item.inline]

    @property
    def inline(self) -> bool:
        return bool(self.number(_HIDDEN) or (self.text(_CONTENT_ID) and _is_picture(self.name(0))))

    def name(self, number: int) -> str:
        """What an attachment is called; `number` for one without a name."""
        inner = self.inner
        if inner:
            return f"{header(inner.text(SUBJECT)) or f'転送されたメール{number}'}.eml"
        said = self.text(_NAME_LONG) or self.text(_NAME_SHOWN) or self.text(NAME_SHORT)
        return header(said) or f"添付{number}.bin"

    def sender(self) -> str:
        name, address = header(self.text(_SENDER)), header(self.text(_SENDER_SMTP))
        if not address and "@" in self.text(_SENDER_ADDRESS):
            address = header(self.text(_SENDER_ADDRESS))
        return f"{name} <{address}>" if name and address and name != address else name or address


def bodies(item: Item, limits: Limits) -> tuple[str, bytes]:
    """Return the plain text and the HTML of a mail; where it has neither, the text of its RTF."""
    plain = item.text(BODY)
    markup = item.binary(_BODY_HTML) or item.text(_BODY_HTML).encode("utf-8-sig", "replace")
    if not plain.strip() and not markup.removeprefix(b"\xef\xbb\xbf").strip():
        plain = msg_rtf.text(msg_rtf.unpacked(item.binary(_BODY_RTF), limits.max_inflated_mb << 20))
    return plain, markup


def invitation(item: Item) -> str:
    """Return the meeting to which a mail invites, as ics; empty for any other mail."""
    kind = item.text(CLASS).upper()
    if not kind.startswith(_MEETING_CLASSES):
        return ""
    first, last = (item.moment(tag) if (tag := item.named(_MEETING, each)) else None for each in _MEETING_TIMES)
    if first is None:
        return ""
    place = item.text(tag) if (tag := item.named(_MEETING, _MEETING_PLACE)) else ""
    lines = [
        "METHOD:CANCEL" if "CANCEL" in kind else "METHOD:REQUEST",
        "BEGIN:VEVENT",
        f"SUMMARY:{_escaped(item.text(SUBJECT))}",
        f"DTSTART:{first:%Y%m%dT%H%M%SZ}",
        f"DTEND:{last or first:%Y%m%dT%H%M%SZ}",
        f"LOCATION:{_escaped(place)}",
        "END:VEVENT",
    ]
    return "\r\n".join(lines)


def _escaped(said: str) -> str:
    return " ".join(header(said).split()).replace("\\", "\\\\")


def is_sealed(item: Item) -> bool:
    """Return whether a mail is signed or encrypted by S/MIME: all it says is then in its only attachment."""
    return item.text(CLASS).upper().startswith("IPM.NOTE.SMIME") and len(item.attached()) == 1


def eml(item: Item, limits: Limits, depth: int = 0) -> bytes:
    """Return a mail in the form of eml. Problem `nested`."""
    if depth > _MAX_DEPTH:
        raise Problem("nested")
    moment = item.sent()
    head = [
        ("Subject", _word(header(item.text(SUBJECT)))),
        ("From", _word(item.sender())),
        ("To", _word(header(item.text(TO)))),
        ("Cc", _word(header(item.text(CC)))),
        ("Date", email.utils.format_datetime(moment) if moment else ""),
        ("MIME-Version", "1.0"),
    ]
    made = "".join(f"{name}: {said}\r\n" for name, said in head if said).encode()
    if is_sealed(item):
        return made + _sealed(item.attached()[0].binary(DATA))
    plain, markup = bodies(item, limits)
    kind, body = ("plain", visible(plain).encode("utf-8", "replace")) if plain.strip() else ("html", markup)
    parts = [(f"Content-Type: text/{kind}" + ("; charset=utf-8" if kind == "plain" else ""), body)]
    if meeting := invitation(item):
        parts.append(("Content-Type: text/calendar; charset=utf-8", meeting.encode("utf-8", "replace")))
    for number, each in enumerate(item.attachments(), 1):
        inner = each.inner
        content = eml(inner, limits, depth + 1) if inner else each.binary(DATA)
        name = _word(each.name(number))
        parts.append(
            (f'Content-Type: application/octet-stream\r\nContent-Disposition: attachment; filename="{name}"', content)
        )
    made += f'Content-Type: multipart/mixed; boundary="{_BOUNDARY}"\r\n\r\n'.encode()
    for part_head, content in parts:
        made += f"--{_BOUNDARY}\r\n{part_head}\r\nContent-Transfer-Encoding: base64\r\n\r\n".encode()
        made += base64.encodebytes(content) + b"\r\n"
    return made + f"--{_BOUNDARY}--\r\n".encode()


def _sealed(data: bytes) -> bytes:
    """The rest of an eml: what is signed in the clear has a head of its own, all else is a CMS message."""
    if data[:100].lower().startswith((b"content-type:", b"mime-version:")):
        return data
    return b"Content-Type: application/pkcs7-mime\r\nContent-Transfer-Encoding: base64\r\n\r\n" + base64.encodebytes(
        data
    )


def _word(said: str) -> str:
    """Text as an encoded word of a header."""
    return f"=?utf-8?b?{base64.b64encode(said.encode('utf-8', 'replace')).decode()}?=" if said else ""


def _is_picture(name: str) -> bool:
    return name.lower().endswith((".png", ".jpg", ".jpeg", ".gif", ".bmp"))

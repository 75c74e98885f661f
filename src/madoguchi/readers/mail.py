"""Mail (eml) -> its headers and body as blocks, its attachments and the mails in it as members.

Python's parser with the old policy: the new one fails on headers that real senders write. Nothing a mail names is
fetched; the names of attachments are data. What is signed (S/MIME) or wrapped by Exchange (winmail.dat) is read as if
it stood in the mail itself.
"""

import base64
import email
import email.errors
import email.message
import email.policy
import mmap
from collections.abc import Iterator
from dataclasses import dataclass, field

from madoguchi.readers import html, kinds, mail_calendar, mail_cms, mail_tnef, msg_item, text
from madoguchi.readers.blocks import Block, Member, Reading
from madoguchi.readers.flow import Flow
from madoguchi.readers.limits import Limits
from madoguchi.readers.mail_text import addresses, date_of, header, text_of, unflowed, visible
from madoguchi.readers.problems import Problem

Part = email.message.Message


class _Bare(email.policy.Compat32):
    """Headers as they stand: what is bare CP932 in them is not lost before `mail_text.header` sees it."""

    def header_fetch_parse(self, name: str, value: str) -> str:  # noqa: ARG002
        return value


_HEADERS = (("差出人", "From"), ("宛先", "To"), ("写し", "Cc"))
_MAX_PARTS = 2000
_MAX_DEPTH = 50
# The suffix of an attachment that has no name, by its type.
_SUFFIXES = {media: suffix for suffix, media in reversed(kinds.SUFFIXES.items())}
_CALENDAR = "text/calendar"
_BODIES = ("text/plain", "text/html", "multipart/alternative", _CALENDAR)
_CMS = ("application/pkcs7-mime", "application/x-pkcs7-mime")
_TNEF = ("application/ms-tnef", "application/vnd.ms-tnef")
_SIGNATURES = ("application/pkcs7-signature", "application/x-pkcs7-signature", "application/pgp-signature")
_LOCKED = (
    "暗号化されたメールのため、本文と添付は読み取れません。ファイルはそのまま保管しています。"
    "本文と添付も探せるようにするには、受け取った人のメールソフトで開き、"
    "本文をPDFかテキストに、添付をファイルに保存して、それぞれ登録してください。"
)
_SIGNED = "電子署名の付いたメールです。署名が正しいかどうかは確かめていません。"


@dataclass
class _Parts:
    """The parts that are the mail's own text, in order, those that came along with it, and how it is sealed."""

    bodies: list[Part] = field(default_factory=list)
    attached: list[Part] = field(default_factory=list)
    signed: bool = False
    locked: bool = False


def read(data: bytes | mmap.mmap, limits: Limits) -> Reading:
    """Return the blocks of a mail and its attachments. Problem `nested` when its parts are too deep, `broken` when it
    has no header of a mail."""
    mail = _parsed(bytes(data))
    parts = _parts(mail, limits)
    members = [Member(name_of(part, number), len(_bytes(part))) for number, part in enumerate(parts.attached, 1)]
    lines = [(label, addresses(str(mail[name]))) for label, name in _HEADERS if mail[name]]
    lines.append(("日時", _date(mail)))
    body = [block for part in parts.bodies for block in _body(part, limits)]
    notice = _LOCKED if parts.locked else _SIGNED if parts.signed else ""
    return reading_of(header(mail["Subject"]), lines, body, members, notice)


def member(data: bytes | mmap.mmap, number: int, limits: Limits) -> bytes:
    """Return the bytes of one attachment; a mail in the mail as an eml."""
    return _bytes(_parts(_parsed(bytes(data)), limits).attached[number])


def reading_of(
    subject: str, lines: list[tuple[str, str]], body: list[Block], members: list[Member], notice: str = ""
) -> Reading:
    """Return a mail as blocks: what its head says in one paragraph, then its subject with the body below."""
    lines = [("件名", subject), *lines]
    if members:
        lines.append(("添付", "、".join(member.name for member in members)))
    head = Block("paragraph", "\n".join(f"{label}: {said}" for label, said in lines if said), {"heading": []})
    if not subject:
        return Reading([head, *body], notice=notice, members=members)
    for block in body:
        block.level += block.kind == "heading"
        block.locator["heading"] = [subject, *block.locator.get("heading", [])]
    return Reading([head, Block("heading", subject, {"heading": [subject]}, 1), *body], notice=notice, members=members)


def body_of(plain: str, markup: bytes, limits: Limits, charset: str = "") -> list[Block]:
    """Return the blocks of a body: its plain text unless that is empty, else its HTML."""
    if plain.strip():
        flow = Flow()
        text.fill(flow, visible(plain))
        return flow.blocks()
    if not markup.strip():
        return []
    said = text_of(markup, charset) if charset else ""
    try:
        return html.read(said.encode("utf-8-sig", "replace") if said else markup, limits).blocks
    except Problem as problem:
        if problem.key in ("no-text", "broken"):
            return []
        raise


def name_of(part: Part, number: int) -> str:
    """Return the name of an attachment as people read it: never a path."""
    if part.get_content_type() == "message/rfc822":
        inner = _inner(part)
        subject = header(inner[0]["Subject"]) if inner else ""
        return f"{subject or f'転送されたメール{number}'}.eml"
    return header(_file_name(part)) or f"添付{number}.{_SUFFIXES.get(part.get_content_type(), 'bin')}"


def _file_name(part: Part) -> str:
    """A part's name as it stands; with its charset (RFC 2231) decoded as `text_of` does."""
    for name, where in (("filename", "Content-Disposition"), ("name", "Content-Type")):
        try:
            said = part.get_param(name, header=where)
        except (ValueError, TypeError, LookupError):
            continue
        if isinstance(said, tuple):
            return text_of(said[2].encode("latin-1", "replace"), said[0] or "")
        if said:
            return str(said)
    return ""


def _parsed(data: bytes) -> Part:
    mail = email.message_from_bytes(data, policy=_Bare())
    if not any(mail[name] for name in ("From", "To", "Subject", "Date", "Received", "Message-ID", "MIME-Version")):
        raise Problem("broken")
    return mail


def _date(mail: Part) -> str:
    """When it was sent; where that is missing or cannot be, when the last server took it in."""
    sent, received = str(mail["Date"] or ""), str(mail["Received"] or "").rpartition(";")[2].strip()
    return date_of(sent) or date_of(received) or header(sent)


def _parts(mail: Part, limits: Limits, depth: int = 0) -> _Parts:
    found = _Parts()
    wrapped: list[Part] = []
    for number, part in enumerate(_leaves(mail, limits, depth)):
        if number > _MAX_PARTS:
            raise Problem("nested")
        kind, disposition = part.get_content_type(), part.get_content_disposition()
        if kind in _BODIES and disposition != "attachment":
            if not part.is_multipart() and _file_name(part) and found.bodies:
                found.attached.append(part)
            else:
                found.bodies.append(part)
        elif part.get_content_maintype() == "image" and (disposition == "inline" or part["Content-ID"]):
            # A picture inside the text: a logo, a signature.
            if disposition == "attachment":
                found.attached.append(part)
        elif kind in _SIGNATURES:
            found.signed = True
        elif kind == "application/pgp-encrypted":
            found.locked = True
        elif _is_cms(part) and (sealed := mail_cms.kind_of(_bytes(part))):
            found.locked |= sealed == "encrypted"
            found.signed |= sealed == "signed"
        elif _is_tnef(part) and (inner := _unwrapped(part, limits, depth)):
            wrapped += inner.bodies
            found.attached += inner.attached
        elif kind != "message/delivery-status":
            found.attached.append(part)
    # An alternative in HTML with pictures in it carries its attachments itself.
    for body in [body for body in found.bodies if body.is_multipart()]:
        found.attached += _attached_within(body)
    if not any(body.is_multipart() or _bytes(body).strip() for body in found.bodies):
        found.bodies += wrapped
    return found


def _is_cms(part: Part) -> bool:
    return part.get_content_type() in _CMS or _file_name(part).lower().endswith("smime.p7m")


def _is_tnef(part: Part) -> bool:
    return part.get_content_type() in _TNEF or _file_name(part).lower() == "winmail.dat"


def _unwrapped(part: Part, limits: Limits, depth: int) -> _Parts | None:
    """What Exchange wrapped; None when that cannot be read."""
    try:
        return _parts(_parsed(msg_item.eml(mail_tnef.item(_bytes(part)), limits)), limits, depth + 1)
    except Problem as problem:
        if problem.key == "broken":
            return None
        raise


def _leaves(part: Part, limits: Limits, depth: int) -> Iterator[Part]:
    """A mail's parts in order, its alternatives each as one, mails in it closed; what is signed before its seal."""
    if depth > _MAX_DEPTH:
        raise Problem("nested")
    kind = part.get_content_type()
    if kind.startswith("multipart/") and part.is_multipart() and kind != "multipart/alternative":
        for child in _inner(part):
            yield from _leaves(child, limits, depth + 1)
    elif kind.startswith("multipart/") and not part.is_multipart():
        # A boundary that is nowhere: what there is, is text.
        del part["Content-Type"]
        part["Content-Type"] = "text/plain"
        yield part
    elif _is_cms(part) and (content := mail_cms.content_of(_bytes(part), limits.max_inflated_mb << 20)):
        yield from _leaves(email.message_from_bytes(content, policy=_Bare()), limits, depth + 1)
        yield part
    else:
        yield part


def _inner(part: Part) -> list[Part]:
    inner = part.get_payload() if part.is_multipart() else []
    return [each for each in inner if isinstance(each, email.message.Message)] if isinstance(inner, list) else []


def _attached_within(body: Part) -> list[Part]:
    return [part for part in body.walk() if not part.is_multipart() and part.get_content_disposition() == "attachment"][
        :_MAX_PARTS
    ]


def _body(part: Part, limits: Limits) -> list[Block]:
    plain, markup, charset, calendar = "", b"", "", ""
    for each in _leaves_within(part):
        kind = each.get_content_type()
        if kind == "text/plain" and not plain:
            plain = _plain(each)
        elif kind == "text/html" and not markup:
            markup, charset = _bytes(each), _charset(each)
        elif kind == _CALENDAR and not calendar:
            calendar = text_of(_bytes(each), _charset(each))
    return body_of(plain, markup, limits, charset) + mail_calendar.blocks(calendar)


def _plain(part: Part) -> str:
    said = text_of(_bytes(part), _charset(part))
    if _parameter(part, "format") != "flowed":
        return said
    return unflowed(said, delete_space=_parameter(part, "delsp") == "yes")


def _leaves_within(part: Part) -> Iterator[Part]:
    for number, each in enumerate(part.walk()):
        if number > _MAX_PARTS:
            raise Problem("nested")
        if not each.is_multipart() and each.get_content_disposition() != "attachment":
            yield each


def _charset(part: Part) -> str:
    try:
        return str(part.get_content_charset() or "")
    except (ValueError, TypeError, LookupError):
        return ""


def _parameter(part: Part, name: str) -> str:
    try:
        return str(part.get_param(name) or "").lower()
    except (ValueError, TypeError, LookupError):
        return ""


def _bytes(part: Part) -> bytes:
    inner = _inner(part)
    if inner and part.get_content_type() == "message/rfc822":
        content = inner[0].as_bytes()
        # Some programs code a mail in the mail, which no standard allows.
        coded = str(part["Content-Transfer-Encoding"] or "").strip().lower() == "base64"
        try:
            return base64.b64decode(content) if coded else content
        except ValueError:
            return content
    if inner:
        return part.as_bytes()
    try:
        decoded = part.get_payload(decode=True)
    except (ValueError, TypeError, AssertionError):
        return b""
    return decoded if isinstance(decoded, bytes) else b""

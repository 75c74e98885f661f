"""Mail (eml) -> its headers and body as blocks, its attachments and the mails in it as members.

Python's parser with the old policy: the new one fails on headers that real senders write. Nothing a mail names is
fetched; the names of attachments are data.
"""

import email
import email.errors
import email.message
import email.policy
import mmap
from collections.abc import Iterator

from madoguchi.readers import html, text
from madoguchi.readers.blocks import Block, Member, Reading
from madoguchi.readers.flow import Flow
from madoguchi.readers.limits import Limits
from madoguchi.readers.mail_text import addresses, date_of, header, text_of, visible
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
_SUFFIXES = {
    "application/pdf": "pdf",
    "application/zip": "zip",
    "image/jpeg": "jpg",
    "image/png": "png",
    "text/csv": "csv",
    "text/html": "html",
    "text/plain": "txt",
}


def read(data: bytes | mmap.mmap, limits: Limits) -> Reading:
    """Return the blocks of a mail and its attachments. Problem `nested` when its parts are too deep, `broken` when it
    has no header of a mail."""
    mail = _parsed(data)
    bodies, attached = _parts(mail)
    members = [Member(name_of(part, number), len(_bytes(part))) for number, part in enumerate(attached, 1)]
    lines = [(label, addresses(str(mail[name]))) for label, name in _HEADERS if mail[name]]
    if mail["Date"]:
        lines.append(("日時", date_of(str(mail["Date"]))))
    said = [body for part in bodies if (body := _body(part, limits))]
    return reading_of(header(mail["Subject"]), lines, [block for blocks in said for block in blocks], members)


def member(data: bytes | mmap.mmap, number: int, limits: Limits) -> bytes:  # noqa: ARG001 - every reader is called alike
    """Return the bytes of one attachment; a mail in the mail as an eml."""
    return _bytes(_parts(_parsed(data))[1][number])


def reading_of(subject: str, lines: list[tuple[str, str]], body: list[Block], members: list[Member]) -> Reading:
    """Return a mail as blocks: what its head says in one paragraph, then its subject with the body below."""
    lines = [("件名", subject), *lines]
    if members:
        lines.append(("添付", "、".join(member.name for member in members)))
    head = Block("paragraph", "\n".join(f"{label}: {said}" for label, said in lines if said), {"heading": []})
    if not subject:
        return Reading([head, *body], members=members)
    for block in body:
        block.level += block.kind == "heading"
        block.locator["heading"] = [subject, *block.locator.get("heading", [])]
    return Reading([head, Block("heading", subject, {"heading": [subject]}, 1), *body], members=members)


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
    try:
        named = part.get_filename() or ""
    except (ValueError, TypeError, LookupError):
        named = ""
    if isinstance(named, str) and named:
        return header(named)
    return f"添付{number}.{_SUFFIXES.get(part.get_content_type(), 'bin')}"


def _parsed(data: bytes | mmap.mmap) -> Part:
    mail = email.message_from_bytes(bytes(data), policy=_Bare())
    if not any(mail[name] for name in ("From", "To", "Subject", "Date", "Received", "Message-ID", "MIME-Version")):
        raise Problem("broken")
    return mail


def _parts(mail: Part) -> tuple[list[Part], list[Part]]:
    """The parts that are the mail's own text, in order, and those that came along with it."""
    bodies: list[Part] = []
    attached: list[Part] = []
    for number, part in enumerate(_leaves(mail, 0)):
        if number > _MAX_PARTS:
            raise Problem("nested")
        disposition = part.get_content_disposition()
        kind = part.get_content_type()
        if kind in ("text/plain", "text/html", "multipart/alternative") and disposition != "attachment":
            if kind != "multipart/alternative" and part.get_filename() and bodies:
                attached.append(part)
            else:
                bodies.append(part)
        elif part.get_content_maintype() == "image" and (disposition == "inline" or part["Content-ID"]):
            # A picture inside the text: a logo, a signature.
            if disposition == "attachment":
                attached.append(part)
        elif kind in ("application/pkcs7-signature", "application/pgp-signature", "message/delivery-status"):
            continue
        else:
            attached.append(part)
    # An alternative in HTML with pictures in it carries its attachments itself.
    for body in [body for body in bodies if body.is_multipart()]:
        attached += _attached_within(body)
    return bodies, attached


def _leaves(part: Part, depth: int) -> Iterator[Part]:
    """A mail's parts in order, its alternatives each as one, mails in it closed."""
    if depth > _MAX_DEPTH:
        raise Problem("nested")
    kind = part.get_content_type()
    if kind.startswith("multipart/") and part.is_multipart() and kind != "multipart/alternative":
        for child in _inner(part):
            yield from _leaves(child, depth + 1)
    elif kind.startswith("multipart/") and not part.is_multipart():
        # A boundary that is nowhere: what there is, is text.
        part.set_type("text/plain")
        yield part
    else:
        yield part


def _inner(part: Part) -> list[Part]:
    inner = part.get_payload()
    return [each for each in inner if isinstance(each, email.message.Message)] if isinstance(inner, list) else []


def _attached_within(body: Part) -> list[Part]:
    return [part for part in body.walk() if not part.is_multipart() and part.get_content_disposition() == "attachment"][
        :_MAX_PARTS
    ]


def _body(part: Part, limits: Limits) -> list[Block]:
    plain, markup, charset = "", b"", ""
    found = list(_leaves_within(part)) if part.is_multipart() else [part]
    for each in found:
        if each.get_content_type() == "text/plain" and not plain:
            plain = text_of(_bytes(each), _charset(each))
        elif each.get_content_type() == "text/html" and not markup:
            markup, charset = _bytes(each), _charset(each)
    return body_of(plain, markup, limits, charset)


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


def _bytes(part: Part) -> bytes:
    inner = _inner(part)
    if inner:
        return inner[0].as_bytes() if part.get_content_type() == "message/rfc822" else part.as_bytes()
    try:
        content = part.get_payload(decode=True)
    except (ValueError, TypeError, AssertionError):
        content = str(part.get_payload()).encode("utf-8", "surrogateescape")
    return content if isinstance(content, bytes) else b""

"""What mails hold as bytes -> text: their charsets as Japanese mail programs write them, headers, dates, addresses."""

import email.errors
import email.header
import email.utils
import re
from datetime import datetime, timedelta, timezone

from madoguchi.readers.encoding import decode

JST = timezone(timedelta(hours=9))
_DAYS = "月火水木金土日"
_ESCAPE = re.compile(rb"\x1b(\$[@B]|\$\([@BD]|\([BJIH])|([\x0e\x0f])")
_UNSEEN = re.compile(r"[\x00-\x08\x0b-\x1f\x7f\u200b-\u200f\u202a-\u202e\u2060-\u2069\ufeff]")
_CP932 = ("shift_jis", "shift-jis", "sjis", "x-sjis", "ms932", "windows-31j", "cp932")


def text_of(data: bytes, charset: str = "") -> str:
    """Return the text of a part; its charset is believed when it decodes."""
    charset = charset.strip("\"' ").lower()
    if b"\x1b" in data and (charset.startswith("iso-2022-jp") or not charset or charset == "us-ascii"):
        return jis(data)
    if charset in _CP932:
        charset = "cp932"
    return decode(data, "" if charset in ("us-ascii", "ascii", "unknown-8bit", "") else charset)


def jis(data: bytes) -> str:
    """Return ISO-2022-JP as mail programs write it: with the letters of CP932 (①, ㈱, 髙) and half-width kana, which
    Python's own codec refuses."""
    said: list[str] = []
    mode, at = b"(B", 0
    for found in [*_ESCAPE.finditer(data), None]:
        part = data[at : found.start() if found else len(data)]
        said.append(_jis_part(part, mode))
        if found:
            at = found.end()
            mode = found[1] or (b"(I" if found[2] == b"\x0e" else b"(B")
    return "".join(said)


def _jis_part(part: bytes, mode: bytes) -> str:
    if mode == b"(I":
        return bytes(byte | 0x80 for byte in part).decode("cp932", "replace")
    if not mode.startswith(b"$"):
        return part.decode("ascii" if part.isascii() else "cp932", "replace")
    if mode == b"$(D":
        return (b"\x1b$(D" + part + b"\x1b(B").decode("iso2022_jp_ext", "replace")
    said = bytearray()
    at = 0
    while at + 1 < len(part):
        high, low = part[at], part[at + 1]
        if not (0x21 <= high <= 0x7E and 0x21 <= low <= 0x7E):
            # A line ended without going back to ASCII.
            said.append(high)
            at += 1
            continue
        row = (high - 0x21) // 2
        said.append(row + (0x81 if row < 0x1F else 0xC1))
        if high % 2:
            said.append(low + (0x1F if low < 0x60 else 0x20))
        else:
            said.append(low + 0x7E)
        at += 2
    return bytes(said + part[at:]).decode("cp932", "replace")


def header(value: object) -> str:
    """Return a header's or a file name's text: encoded words of any charset, or bare bytes as old programs write."""
    raw = str(value or "").encode("utf-8", "surrogateescape")
    if not raw.isascii():
        plain = decode(raw)
    elif b"\x1b" in raw:
        plain = jis(raw)
    else:
        plain = raw.decode()
    try:
        parts = email.header.decode_header(plain)
    except (email.errors.HeaderParseError, ValueError):
        parts = [(plain, None)]
    said = "".join(part if isinstance(part, str) else text_of(part, charset or "") for part, charset in parts)
    return " ".join(_UNSEEN.sub("", said.replace("\r", " ").replace("\n", " ").replace("\t", " ")).split())


def addresses(value: str) -> str:
    """Return the addresses of a header as people read them: 「山田 太郎 <yamada@example.jp>、…」."""
    # An encoded name may hold a comma; bare JIS holds brackets that are none.
    bare = "\x1b" in value or not value.isascii()
    try:
        found = email.utils.getaddresses([header(value) if bare else value])
    except (ValueError, TypeError, IndexError):
        found = []
    named = [(header(name), header(address)) for name, address in found]
    said = [
        f"{name} <{address}>" if name and address and name != address else name or address for name, address in named
    ]
    return "、".join(each for each in said if each) or header(value)


def when(moment: datetime) -> str:
    """Return 「令和8年4月1日（水）9時05分」 in Japan's time; the western year from before 令和 on."""
    if moment.tzinfo is not None:
        try:
            moment = moment.astimezone(JST)
        except OverflowError:
            return ""
    year = f"{moment.year}年"
    if (moment.year, moment.month) >= (2019, 5):
        year = f"令和{moment.year - 2018 if moment.year > 2019 else '元'}年"
    day = f"{year}{moment.month}月{moment.day}日（{_DAYS[moment.weekday()]}）"
    return f"{day}{moment.hour}時{moment.minute:02}分"


def date_of(value: str) -> str:
    """Return a date header as `when` says it; as it stands when it is none."""
    try:
        return when(email.utils.parsedate_to_datetime(value)) or value
    except (ValueError, TypeError, IndexError, OverflowError):
        return value


def visible(text: str) -> str:
    """Return a body's text without what cannot be seen."""
    return _UNSEEN.sub("", text.replace("\r\n", "\n").replace("\r", "\n"))

"""What mails hold as bytes -> text: their charsets as Japanese mail programs write them, headers, dates, addresses."""

import email.errors
import email.header
import email.utils
import re
from datetime import date, datetime, timedelta, timezone

from madoguchi import eras
from madoguchi.readers.encoding import decode, jis

JST = timezone(timedelta(hours=9))
_DAYS = "月火水木金土日"
# A clock that stands still says 1970, a forged head what it likes.
_YEARS = range(1985, 2200)
_UNSEEN = re.compile(r"[\x00-\x08\x0b-\x1f\x7f\u200b-\u200f\u202a-\u202e\u2060-\u2069\ufeff]")


def text_of(data: bytes, charset: str = "") -> str:
    """Return the text of a part; its charset is believed when it decodes."""
    charset = charset.strip("\"' ").lower()
    if b"\x1b" in data and (charset.startswith("iso-2022-jp") or not charset or charset == "us-ascii"):
        return jis(data)
    return decode(data, "" if charset in ("us-ascii", "ascii", "unknown-8bit", "") else charset)


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


_NAMED_AS_ITSELF = re.compile(r"([^\s<>,;:\"]+@[^\s<>,;:\"]+) <\1>")


def addresses(value: str) -> str:
    """Return the addresses of a header as people read them: 「山田 太郎 <yamada@example.jp>、…」."""
    if same := _NAMED_AS_ITSELF.fullmatch(value.strip()):
        # Python reads these in one way before 3.11.4 and in another one since.
        return same[1]
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
    return "、".join(dict.fromkeys(each for each in said if each)) or header(value)


def when(moment: datetime) -> str:
    """Return 「令和8年4月1日（水）9時05分」 in Japan's time; empty where `day_of` is."""
    if moment.tzinfo is not None:
        try:
            moment = moment.astimezone(JST)
        except OverflowError:
            return ""
    day = day_of(moment.date())
    return day and f"{day}{moment.hour}時{moment.minute:02}分"


def day_of(day: date) -> str:
    """Return 「令和8年4月1日（水）」; empty before 明治6年."""
    return f"{eras.written(day)}（{_DAYS[day.weekday()]}）" if day >= eras.SOLAR else ""


def date_of(value: str) -> str:
    """Return a date header as `when` says it; empty when it is none, or of a year of which no mail can be."""
    try:
        moment = email.utils.parsedate_to_datetime(value)
    except (ValueError, TypeError, IndexError, OverflowError):
        return ""
    return when(moment) if moment.year in _YEARS else ""


def unflowed(text: str, delete_space: bool) -> str:
    """Return a text of `format=flowed` (RFC 3676) with its lines joined that a space at their end broke softly."""
    said: list[str] = []
    depth, goes_on = 0, False
    for line in text.replace("\r\n", "\n").replace("\r", "\n").split("\n"):
        content = line.lstrip(">")
        quoted = len(line) - len(content)
        content = content.removeprefix(" ")
        soft = content.endswith(" ") and content != "-- "
        kept = content[:-1] if soft and delete_space else content
        if goes_on and quoted == depth and content != "-- ":
            said[-1] += kept
        else:
            said.append((">" * quoted + " " if quoted else "") + kept)
        depth, goes_on = quoted, soft
    return "\n".join(said)


def visible(text: str) -> str:
    """Return a body's text without what cannot be seen."""
    return _UNSEEN.sub("", text.replace("\r\n", "\n").replace("\r", "\n"))

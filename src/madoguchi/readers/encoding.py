"""Bytes of Japanese text -> str: BOM, UTF-8, UTF-16, JIS, then CP932 or EUC-JP by which reads better."""

import codecs
import re

_BOMS = ((codecs.BOM_UTF8, "utf-8-sig"), (codecs.BOM_UTF16_LE, "utf-16"), (codecs.BOM_UTF16_BE, "utf-16"))
_HALF_KANA = re.compile("[\uff61-\uff9f]")
_READABLE = re.compile("[\u3040-\u30ff\u3001-\u3002\u4e00-\u9fff\uff01-\uff5e]")
# HTML and CSV by Japanese offices call many encodings by their neighbour's name.
_NAMES = {
    "shift_jis": "cp932",
    "shift-jis": "cp932",
    "sjis": "cp932",
    "x-sjis": "cp932",
    "ms932": "cp932",
    "windows-31j": "cp932",
}


def decode(data: bytes, declared: str = "") -> str:
    """Return the text. `declared` (of a meta element) is believed when it decodes; nothing raises, and what no
    encoding can read becomes U+FFFD."""
    for bom, name in _BOMS:
        if data.startswith(bom):
            return data.decode(name, "replace")
    if b"\x1b$" in data[:10_000]:
        return data.decode("iso2022_jp", "replace")
    for name in (_NAMES.get(declared.lower(), declared), "utf-8"):
        text = _try(data, name)
        if text is not None:
            return text
    if b"\x00" in data[:1000]:
        even, odd = data[0:1000:2].count(0), data[1:1000:2].count(0)
        return data.decode("utf-16-le" if odd >= even else "utf-16-be", "replace")
    candidates = [text for name in ("cp932", "euc_jp") if (text := _try(data, name)) is not None]
    if candidates:
        return max(candidates, key=_score)
    # Cut in the middle of a character, or a few foreign bytes.
    return max((data.decode(name, "replace") for name in ("utf-8", "cp932", "euc_jp")), key=_score)


def _try(data: bytes, name: str) -> str | None:
    if not name:
        return None
    try:
        text = data.decode(name)
    except (UnicodeDecodeError, LookupError, ValueError):
        return None
    return text if "\x00" not in text[:1000] else None


def _score(text: str) -> float:
    # EUC-JP read as CP932 turns into half-width kana.
    sample = text[:20_000]
    return len(_READABLE.findall(sample)) - 2 * len(_HALF_KANA.findall(sample)) - 5 * sample.count("\ufffd")

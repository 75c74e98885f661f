"""Bytes of Japanese text -> str: BOM, UTF-8, UTF-16, JIS, then CP932 or EUC-JP by which reads better."""

import codecs
import re

_BOMS = ((codecs.BOM_UTF8, "utf-8-sig"), (codecs.BOM_UTF16_LE, "utf-16"), (codecs.BOM_UTF16_BE, "utf-16"))
_SAMPLE = 20_000
# What Japanese text is full of, what it has, and what it hardly has.
_KANA = re.compile("[\u3041-\u3096\u30a1-\u30fc]")
_COMMON = re.compile("[\u3001-\u3002\u300c-\u300d\u4e00-\u9fff\uff01-\uff5e]")
_RARE = re.compile("[\uff61-\uff9f\ue000-\uf8ff\u0370-\u04ff\u2500-\u257f]")
_ESCAPE = re.compile(rb"\x1b(\$[@B]|\$\([@BD]|\([BJIH])|([\x0e\x0f])")
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
        return jis(data)
    for name in (_NAMES.get(declared.lower(), declared), "utf-8"):
        text = _try(data, name)
        if text is not None:
            return text
    wide = _wide(data)
    if wide:
        return data.decode(wide, "replace")
    candidates = [text for name in ("cp932", "euc_jp") if (text := _try(data, name)) is not None]
    if candidates:
        return max(candidates, key=_score)
    # Cut in the middle of a character, or a few foreign bytes.
    return max((data.decode(name, "replace") for name in ("utf-8", "cp932", "euc_jp")), key=_score)


def jis(data: bytes) -> str:
    """Return ISO-2022-JP as offices write it: with the letters of CP932 (①, ㈱, 髙) and half-width kana, which
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


def _wide(data: bytes) -> str:
    """The UTF-16 of a text without a BOM: its line ends, commas and figures have a zero byte on one side."""
    pairs = [data[at : at + 2] for at in range(0, min(len(data) - 1, 4000), 2)]
    little = sum(pair[1] == 0 and _is_sign(pair[0]) for pair in pairs)
    big = sum(pair[0] == 0 and _is_sign(pair[1]) for pair in pairs)
    if little == big:
        return ""
    return "utf-16-le" if little > big else "utf-16-be"


def _is_sign(byte: int) -> bool:
    """Whether a byte is a line end, a mark or a figure; letters and 0 stand for 一 and the wide space from behind."""
    return byte in (9, 10, 13) or (32 <= byte < 64 and byte != 48)


def _try(data: bytes, name: str) -> str | None:
    if not name:
        return None
    try:
        text = data.decode(name)
    except (UnicodeDecodeError, LookupError, ValueError):
        return None
    return text if "\x00" not in text[:1000] else None


def _score(text: str) -> float:
    """How likely a text was meant as it reads. EUC-JP read as CP932 turns into half-width kana, CP932 read as EUC-JP
    into rare kanji, Greek and private letters; a real text of half-width kana has ASCII around it, not kanji."""
    sample = text[:_SAMPLE]
    kana, common, rare = (len(pattern.findall(sample)) for pattern in (_KANA, _COMMON, _RARE))
    # The same bytes give more characters where each is worth less.
    return (2 * kana + common - 2 * rare - 5 * sample.count("\ufffd")) / max(1, len(sample))

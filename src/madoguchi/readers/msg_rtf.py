"""The RTF in an Outlook mail: its own compression undone (LZFu), and its text without the markup."""

import re

_DICTIONARY = (
    b"{\\rtf1\\ansi\\mac\\deff0\\deftab720{\\fonttbl;}{\\f0\\fnil \\froman \\fswiss \\fmodern \\fscript \\fdecor "
    b"MS Sans SerifSymbolArialTimes New RomanCourier{\\colortbl\\red0\\green0\\blue0\r\n\\par "
    b"\\pard\\plain\\f0\\fs20\\b\\i\\u\\tab\\tx"
)
_SIZE = 4096
_TOKEN = re.compile(
    rb"\\([a-z]{1,32})(-?\d{1,10})?[ ]?|\\'([0-9a-fA-F]{2})|\\([^a-z])|([{}])|[\r\n]+|([^\\{}\r\n]+)", re.S | re.I
)
_BREAKS = {b"par": b"\n", b"line": b"\n", b"sect": b"\n", b"page": b"\n", b"row": b"\n", b"tab": b"\t", b"cell": b"\t"}
_SKIPPED = frozenset(
    [
        b"fonttbl",
        b"colortbl",
        b"stylesheet",
        b"info",
        b"pict",
        b"header",
        b"footer",
        b"object",
        b"themedata",
        b"nonshppict",
    ]
)
# Elements of the HTML that Outlook keeps in RTF which end a line.
_TAG_BREAK = re.compile(rb"<(?:br|/?p|/?div|/?li|/?tr|/?h[1-6]|/?table)\b", re.I)
_MAX_DEPTH = 500


def unpacked(data: bytes, most: int) -> bytes:
    """Return RTF without its compression, at most `most` bytes; empty when it is not that compression."""
    if len(data) < 16:
        return b""
    size, kind = int.from_bytes(data[4:8], "little"), data[8:12]
    if kind == b"MELA":
        return data[16 : 16 + min(size, most)]
    if kind != b"LZFu":
        return b""
    size = min(size, most)
    window = bytearray(_DICTIONARY.ljust(_SIZE, b"\0"))
    write = len(_DICTIONARY)
    said = bytearray()
    at = 16
    while at < len(data) and len(said) < size:
        flags = data[at]
        at += 1
        for bit in range(8):
            if at >= len(data) or len(said) >= size:
                break
            if not flags >> bit & 1:
                part = data[at : at + 1]
                at += 1
                window[write] = part[0]
                said += part
                write = (write + 1) % _SIZE
                continue
            if at + 2 > len(data):
                return bytes(said)
            reference = data[at] << 8 | data[at + 1]
            at += 2
            read, length = reference >> 4, (reference & 15) + 2
            if read == write:
                return bytes(said)
            for _ in range(length):
                byte = window[read]
                said.append(byte)
                window[write] = byte
                read, write = (read + 1) % _SIZE, (write + 1) % _SIZE
    return bytes(said[:size])


def text(rtf: bytes) -> str:
    """Return the text of RTF; of HTML kept in RTF, its text with the lines its elements make."""
    found = re.search(rb"\\ansicpg(\d{1,5})", rtf[:1000])
    charset = f"cp{found[1].decode()}" if found and found[1] != b"65001" else "utf-8" if found else "cp932"
    said: list[str] = []
    letters = bytearray()
    # Of each open group: whether it is skipped, and how many letters stand in for one of Unicode.
    groups: list[tuple[bool, int]] = [(False, 1)]
    skipped, instead, waiting, hidden = False, 1, 0, False

    def flush() -> None:
        try:
            said.append(letters.decode(charset, "replace"))
        except LookupError:
            said.append(letters.decode("cp932", "replace"))
        letters.clear()

    for token in _TOKEN.finditer(rtf):
        word, number, code, sign, brace, run = token.groups()
        if brace == b"{":
            if len(groups) > _MAX_DEPTH:
                break
            groups.append((skipped, instead))
        elif brace == b"}":
            skipped, instead = groups.pop() if len(groups) > 1 else groups[0]
        elif sign == b"*":
            # A destination that one may not know; the tags of kept HTML are one.
            tag = rtf[token.end() : token.end() + 40].lstrip().startswith(b"\\htmltag")
            if tag and _TAG_BREAK.search(rtf[token.end() : token.end() + 60].partition(b"}")[0]):
                letters += b"\n"
            skipped = True
        elif word in _SKIPPED:
            skipped = True
        elif word == b"htmlrtf":
            hidden = number != b"0"
        elif skipped or hidden:
            continue
        elif word == b"uc":
            instead = min(4, int(number or 1))
        elif word == b"u" and number:
            flush()
            said.append(chr(int(number) % 0x10000))
            waiting = instead
        elif word in _BREAKS:
            letters += _BREAKS[word]
        elif code:
            if waiting:
                waiting -= 1
            else:
                letters.append(int(code, 16))
        elif sign:
            letters += b" " if sign == b"~" else sign if sign in b"\\{}" else b""
        elif run:
            letters += run[waiting:] if waiting else run
            waiting = 0
    flush()
    whole = "".join(said)
    return whole.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")

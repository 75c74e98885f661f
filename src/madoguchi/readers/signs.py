"""Signs that nobody sees, the same for every format: marks and overrides of direction, characters without width, and
the copies of ASCII (tag characters) in which a text can hide."""

import re

from madoguchi.readers.blocks import Block, Reading

NO_SIGN = "目に見えない記号"
# Soft hyphen, joiners, marks and overrides of direction: nothing to see, and they make a text look like another.
_RANGES = (
    *((0xAD, 0xAD), (0x61C, 0x61C), (0x200B, 0x200F), (0x202A, 0x202E)),
    *((0x2060, 0x206F), (0xFEFF, 0xFEFF), (0xFFFE, 0xFFFF)),
)
CONTROLS = frozenset(code for first, last in _RANGES for code in range(first, last + 1))
# Copies of ASCII that no font draws. Behind them stand the selectors of a letter's shape, which are kept.
TAGS = range(0xE0000, 0xE0080)
_SIGNS = re.compile("[" + "".join(f"{chr(first)}-{chr(last)}" for first, last in (*_RANGES, (TAGS[0], TAGS[-1]))) + "]")
_TAGS = re.compile(f"[{chr(TAGS[0])}-{chr(TAGS[-1])}]+")


def parted(text: str) -> tuple[str, str]:
    """Return a text without such signs, and what its tag characters spell."""
    if not _SIGNS.search(text):
        return text, ""
    spelt = "".join(chr(ord(sign) - TAGS[0]) for run in _TAGS.findall(text) for sign in run)
    return _SIGNS.sub("", text), "".join(sign for sign in spelt if sign.isprintable())


def without(text: str) -> str:
    """Return a text without such signs."""
    return _SIGNS.sub("", text)


def clean(reading: Reading) -> None:
    """Take such signs out of a reading; what tag characters spell becomes a hidden block behind their own."""
    blocks: list[Block] = []
    for block in reading.blocks:
        block.text, spelt = parted(block.text)
        for row in block.cells:
            # Hardly a cell has such a sign, and there may be millions of them.
            for at, cell in enumerate(row) if not all(map(str.isprintable, row)) else ():
                row[at], more = parted(cell)
                spelt += more
        block.unit = without(block.unit)
        if "heading" in block.locator:
            block.locator["heading"] = [without(name) for name in block.locator["heading"]]
        if "sheet" in block.locator:
            block.locator["sheet"] = without(block.locator["sheet"])
        blocks.append(block)
        if spelt.strip():
            blocks.append(Block("paragraph", spelt.strip(), block.locator, hidden=NO_SIGN))
    reading.blocks = blocks
    for member in reading.members:
        member.name = without(member.name)
    reading.notice = without(reading.notice)

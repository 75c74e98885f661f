"""Days of birth: a date beside a word that says so. A plain date is none."""

import re
from bisect import bisect_right
from collections.abc import Iterator, Sequence

from madoguchi import eras
from madoguchi.llm.personal_text import Cell, Plain, words_before

_N = r"(?:元|\d{1,2}|[〇一二三四五六七八九十]{1,4})"
_ERA = (
    rf"(?:{'|'.join(eras.NAMES)}|[{''.join(name[0] for name in eras.NAMES)}]|(?<![A-Za-z0-9])[{''.join(eras.LETTERS)}])"
)
_CHOICE = r"(?:\(?(?:[明大昭平令](?:治|正|和|成)?[・,、/ .]?){2,5}\)? ?)"
_YEAR = (
    rf"(?:{_CHOICE}|{_ERA}\.? ?)\n?{_N}|(?:西暦 ?)?(?:(?<!\d)(?:18|19|20)\d\d|"
    rf"[一二][〇九八][〇一二三四五六七八九]{{2}})"
)
_DAY = re.compile(
    rf"(?:{_YEAR})(?: ?年 ?\n?{_N} ?月(?: ?\n?{_N} ?日)?| ?[./-] ?\d{{1,2}} ?[./-] ?\d{{1,2}}(?!\d))(?:\(.{{1,8}}年\))?"
)
_EIGHT = re.compile(r"(?<!\d)(?:18|19|20)\d\d(?:0[1-9]|1[0-2])(?:0[1-9]|[12]\d|3[01])(?!\d)")
# 「生年月日」 on the line or over the column, 「生まれ」 behind.
BEFORE = re.compile(
    r"生年月日|誕生日|生年月|出生(?:日|年月日)?|生\s*年\s*月\s*日|"
    r"(?i:date of birth|birth(?:_? ?date|day)?|dob)|生まれ[はた]?"
)
_BEHIND = re.compile(
    r"\)?[ \n、]?(?:に|の|付)?(?:生まれ|うまれ|誕生|出生|生(?![徒活産涯])|\(?(?:満|当時|現在)? ?(?:\d{1,3}|"
    r"[一二三四五六七八九十]{1,3}) ?[歳才])"
)
_NEAR = 20
_BRACKET = re.compile(r" ?\( ?\Z")
_PART = re.compile(r"(?: {1,3}|[、,] ?)\Z")
_PART_ENDS = re.compile(r" ?(?:[、,]| |\n|\Z)")
_BRACKET_ENDS = re.compile(r" ?[),、・]")


def birth_dates(plain: Plain, cells: Sequence[Cell]) -> Iterator[tuple[str, int, int]]:
    """Yield ("birth_date", start, end) in letters of `plain`."""
    text, starts = plain.text, [cell.start for cell in cells]
    for pattern in (_DAY, _EIGHT):
        for match in pattern.finditer(text):
            at = bisect_right(starts, match.start()) - 1
            cell = cells[at] if at >= 0 and cells[at].end > match.start() else None
            words = words_before(text, match.start(), cell)
            last = max((label.end() for label in BEFORE.finditer(words)), default=-_NEAR - 1)
            near = len(words) - last <= _NEAR and not re.search(r"[\d。]", words[max(0, last) :])
            if near or (pattern is _DAY and _BEHIND.match(text, match.end())):
                yield "birth_date", *match.span()


def behind_names(plain: Plain, names: Sequence[tuple[str, int, int]]) -> Iterator[tuple[str, int, int]]:
    """Yield the days that stand right behind a name, in brackets or as the next part of a record.

    「山田太郎（昭35.3.3）」, 「山田 太郎　昭和35年3月3日　風見市…」.
    """
    ends = {end for _, _, end in names}
    for match in _DAY.finditer(plain.text):
        for before, behind in ((_BRACKET, _BRACKET_ENDS), (_PART, _PART_ENDS)):
            gap = before.search(plain.text, max(0, match.start() - 4), match.start())
            if gap and gap.start() in ends and behind.match(plain.text, match.end()):
                yield "birth_date", *match.span()

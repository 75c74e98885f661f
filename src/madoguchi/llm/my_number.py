"""個人番号 (My Number) in a text: where it stands, and whether it is certain. Pure functions over characters.

One pattern takes, from every start of a group of digits, exactly twelve digits through signs that may join them
(spaces, dashes, dots, one line break, what has no width). Then, for each such place:
- the check digit is right: certain where it is written in fours as on the card, where a word of persons stands near,
  or where several right ones stand together; a person is asked where twelve digits stand alone (one in ten is right by
  chance) and where it stands as something else (品番, 口座, a date with time, one of many serial numbers, loose numbers
  side by side);
- the check digit is wrong: certain where a word for My Number stands right before (or over) it and no nearer label
  names another number - a mistyped one is still one; otherwise nothing;
- it is part of something longer (13 digits, a card's 4-4-4-4, a UUID, an address, an amount, a telephone): nothing.
Enclosed digits (①) are marks of a list and superscripts are marks of a note: neither is a digit here.
"""

import re
import unicodedata
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from itertools import pairwise

from madoguchi.llm import my_number_patterns as patterns

_WEIGHTS = (6, 5, 4, 3, 2, 7, 6, 5, 4, 3, 2)
_LENGTH = 12
# How far before a number its label may stand, in characters that are no spaces.
_REACH = 20
# A longer cell holds more than a group of digits.
_CELL = 60
# So many right check digits without a wrong one are no chance: one in ten thousand.
_NO_CHANCE = 4
# From so many distinct numbers on, their check digits tell whether somebody only counted them up.
_MANY = 10
# No more wrong numbers are kept to judge by: the first hundred thousand say enough.
_SAMPLE = 100_000


@dataclass(frozen=True)
class Found:
    """A My Number in a text, in characters of the text as given; `end` is exclusive.

    `certain`: stop. Otherwise ask a person once: the check digit is right, but it stands as something else.
    """

    start: int
    end: int
    certain: bool


def is_valid(digits: str) -> bool:
    """Whether these are twelve digits (0-9) of which the last is the check digit of the others.

    000000000000 passes the sum and is no one's number; no other repeated digit passes.
    """
    if len(digits) != _LENGTH or not (digits.isascii() and digits.isdigit()) or digits == "0" * _LENGTH:
        return False
    rest = sum(weight * (ord(digit) - 48) for weight, digit in zip(_WEIGHTS, digits, strict=False)) % 11
    return ord(digits[-1]) - 48 == (0 if rest <= 1 else 11 - rest)


def likely_serials(numbers: Sequence[str]) -> bool:
    """Whether the twelve-digit numbers under one heading are serial numbers: ten or more, fewer than half valid."""
    distinct = {digits for number in numbers if len(digits := _digits_of(number)) == _LENGTH}
    return len(distinct) >= _MANY and 2 * sum(map(is_valid, distinct)) < len(distinct)


def is_named(*contexts: str) -> bool:
    """Whether one of the texts that stand around names the 個人番号."""
    return any(patterns.WORD.search(_squeezed(context)) for context in contexts)


def found_in(text: str, context: str = "") -> list[Found]:
    """Return the My Numbers in a text, in its order; none overlaps another.

    `context`: words that stand over or beside the text (header of a column, label of a row, heading, file name).
    """
    if "一" in text:
        text = patterns.ONE_AS_DASH.sub("-", text)
    around = _squeezed(context)
    named = bool(patterns.WORD.search(around))
    spoken = named or bool(patterns.PERHAPS_WORD.search(text))
    found: list[_Place] = []
    right, wrong, spread_wrong = set[str](), set[str](), 0
    for place in _places(text):
        valid = is_valid(place.digits)
        if not valid:
            if place.firm and len(wrong) < _SAMPLE and not patterns.DAY_AND_TIME.fullmatch(place.digits):
                wrong.add(place.digits)
            spread_wrong += place.spread and not _longer(text, place, False)
            if not (named or (spoken and patterns.PERHAPS_WORD.search(text, max(0, place.start - 60), place.end + 20))):
                continue
        if (judged := _judged(text, place, valid, around)) is None:
            continue
        right |= {place.digits} if place.firm and valid else set()
        found.append(replace(place, certain=judged[0], named=judged[1]))
    if not found:
        return []
    counted_up = likely_serials([*right, *wrong])
    by_chance = len(right) < _NO_CHANCE or bool(wrong)
    # Numbers side by side of which most have a wrong digit: a table of other things.
    table = spread_wrong > sum(place.spread and not place.named for place in found)
    return _apart(
        Found(
            one.start,
            one.end,
            one.certain
            and (one.named or not (counted_up or (table and one.spread) or (by_chance and _alone(text, one, around)))),
        )
        for one in found
        if one.named or one.firm or not table
    )


def found_in_row(cells: Sequence[str], headers: Sequence[str] = (), context: str = "") -> list[tuple[int, int, bool]]:
    """Return (first cell, last cell exclusive, certain) of My Numbers in a row of a table, in its order.

    Also of one that is written one digit, or one group of digits (1234|5678|9018), a cell. `headers` are those of the
    columns, `context` what stands over the table. For a whole column ask `likely_serials` as well.
    """
    places = list[tuple[int, int, bool]]()
    numbered = [bool(patterns.DIGIT.search(cell)) for cell in cells]
    groups = [_only_digits(cell) if number else "" for cell, number in zip(cells, numbered, strict=True)]
    label, over, total = "", 0, sum(numbered)
    for at, cell in enumerate(cells):
        if numbered[at] and len(cell) >= _LENGTH and len(patterns.DIGIT.findall(cell)) >= _LENGTH:
            found = found_in(cell, _words_over(headers[at : at + 1], label, context))
            places += [(at, at + 1, any(one.certain for one in found))] if found else []
        elif not groups[at]:
            label = cell if cell.strip() and (not numbered[at] or patterns.PERHAPS_WORD.search(cell)) else label
        elif at >= over and (over := _run(cells, groups, at)) > at + 1 and (spelt := _spelt(groups[at:over])):
            names, lonely = headers[at:over], total == sum(numbered[at:over])
            certain = _across(spelt, names, _squeezed(_words_over(names, label, context)), lonely)
            places += [] if certain is None else [(at, over, certain)]
    return places


@dataclass(frozen=True)
class _Place:
    """Twelve digits in a text, the sizes of their groups, and what joins these.

    `kinds`: d dash, p dot, s space, n line break, o another sign, c the border of a cell.
    """

    start: int
    end: int
    digits: str
    sizes: tuple[int, ...]
    kinds: str
    certain: bool = False
    named: bool = False

    @property
    def firm(self) -> bool:
        """Written as one number is: in one piece, in fours, digit by digit, or in equal groups by one kind of dash."""
        seen = set(self.kinds) - {"n"}
        equal = len(set(self.sizes)) == 1 and len(seen) == 1 and (self.sizes[0] in (1, 4) or seen == {"d"})
        return equal or len(self.sizes) == 1

    @property
    def spread(self) -> bool:
        """Held together by nothing that is seen: may be numbers side by side."""
        return not self.firm or bool(set(self.kinds) & set("snoc"))


def _places(text: str) -> Iterator[_Place]:
    """Return every place of twelve digits that may be one number, in order of their starts."""
    for match in patterns.TWELVE.finditer(text):
        start, end = match.start(), match.end(1)
        written = text[start:end]
        if written.isdigit() and written.isascii():
            yield _Place(start, end, written, (_LENGTH,), "")
            continue
        if len(patterns.LINE.findall(written)) > 1 or _amid_others(text, start, end):
            continue
        groups = list(patterns.GROUPS.finditer(written))
        gaps = [written[a.end() : b.start()] for a, b in pairwise(groups)]
        if not _one_hand(written):
            continue
        sizes = tuple(len(_digits_of(group[0])) for group in groups)
        yield _Place(start, end, _digits_of(written), sizes, "".join(map(_kind, gaps)))
    for match in patterns.CELLS.finditer(text):
        start, end = match.span()
        if patterns.CELL_BEFORE.search(text[max(0, start - 8) : start]) or patterns.CELL_AFTER.match(text, end):
            continue
        borders = len(re.findall(patterns.CELL, match[0]))
        yield _Place(start, end, _digits_of(match[0]), (_LENGTH // (borders + 1),) * (borders + 1), "c" * borders)


def _amid_others(text: str, start: int, end: int) -> bool:
    """Whether groups that are no part of a date or list go on at both sides: cheaply, for tables of numbers."""
    before = text[max(0, start - patterns.GAP - 4) : start]
    after = text[end : end + patterns.GAP + 4]
    left, right = before.rstrip(patterns.SIGNS), after.lstrip(patterns.SIGNS)
    if not (patterns.DIGIT.match(left[-1:]) and patterns.DIGIT.match(right)):
        return False
    # 30 123-456-789-018 45
    if (before[len(left) :] + after[: -len(right)]).isspace() and len(text[start:end].split()) == 1:
        return False
    return patterns.FOURS.fullmatch(text, start, end) is None or left[-4:].isdecimal()


def _judged(text: str, place: _Place, valid: bool, around: str) -> tuple[bool, bool] | None:
    """Return (certain, a word for My Number stands with it), or None when this is no My Number."""
    before, after = text[max(0, place.start - 60) : place.start], text[place.end : place.end + 70]
    label = _squeezed(_line_before(before))[-_REACH - 8 :]
    named, other, counts = _said(label, around)
    if not named and not other and patterns.WORD_BEHIND.match(_squeezed(after[:20])):
        named, label = True, f"{label}個人番号"
    if len(set(place.digits)) == 1 or _longer(text, place, named and valid):
        return None
    if not named and _of_something_else(text, place, before, after):
        return None
    if not valid:
        if other or not named or not (place.firm or set(place.kinds) == {"d"}) or _looks_like_day(place):
            return None
        if counts or _of_something_else(text, place, before, after):
            return None
        # 「マイナンバーカード 1234 5678 9012」 may be three counts; 「個人番号 1234 5678 9012」 is not.
        spread = bool(set(place.kinds) & set("scno"))
        return None if spread and not patterns.NUMBER_WORD_ONLY.search(label + around) else (True, True)
    if named:
        # Three years or a day in its parts may stand there after all.
        return not (_looks_like_day(place) and (len(place.sizes) > 1 or patterns.TIME_LABEL.search(label))), True
    if _looks_like_day(place):
        return (False, False) if len(place.sizes) == 1 and not patterns.TIME_LABEL.search(label + around) else None
    firm = place.firm and "c" not in place.kinds
    kinds = {kind for _, kind, _ in _neighbours(text, place.start, place.end)}
    free = not kinds & ({"d", "p"} | set(place.kinds) - {"n"})
    return firm and free and not other and not patterns.CODE_BEFORE.search(before), False


def _alone(text: str, place: _Place, around: str) -> bool:
    """Whether it is a bare run of digits, written as codes are, and nothing near says that it is a person's."""
    near = text[max(0, place.start - 60) : place.start] + " " + text[place.end : place.end + 60]
    return bool(patterns.CODE.fullmatch(text, place.start, place.end)) and not patterns.PERSON_NEAR.search(
        _squeezed(near) + around
    )


@lru_cache(maxsize=256)
def _said(label: str, around: str) -> tuple[bool, bool, bool]:
    """Return whether a word for My Number names it, whether another label is nearer, whether it speaks of counts."""
    named = bool(patterns.WORD.search(around))
    counts = bool(patterns.COUNTS.search(label) or patterns.COUNTS.search(around))
    word = max((one.end() for one in patterns.WORD.finditer(label)), default=-1)
    other = max((one.end() for one in patterns.OTHER_LABEL.finditer(label)), default=-1)
    if word < 0 and other < 0:
        return named, not named and bool(patterns.OTHER_LABEL.search(around)), counts
    return named or word >= 0, other > word, counts


def _longer(text: str, place: _Place, named: bool) -> bool:
    """Whether the digits go on before or behind: they are a part of something longer."""
    for digits, kind, before in _neighbours(text, place.start, place.end):
        if not kind:
            return True
        whole = digits + place.digits if before else place.digits + digits
        another = (before and _is_corporate(whole)) or _is_card(whole)
        if kind == "d" and another and place.sizes == (4, 4, 4):
            return True
        if len(place.sizes) == 1 or named or kind not in place.kinds:
            # 3-1234 5678 9018 goes on; (3) 1234-5678-9018 does not.
            if len(place.sizes) > 1 and not named and kind in "dpo":
                return True
            continue
        if place.sizes != (4, 4, 4) or kind != "s":
            return True
        # Beside 4-4-4 may stand the number of a row, an age, a year of birth; a card and a table go on in fours.
        if another or (len(digits) == 4 and (before or not patterns.YEAR.fullmatch(digits))):
            return True
    return False


def _of_something_else(text: str, place: _Place, before: str, after: str) -> bool:
    """Whether letters, money, a unit, an address or a telephone make it another thing."""
    letters = patterns.LETTERS_BEFORE.search(before)
    return bool(
        (letters and not patterns.PREFIX.search(letters[0]))
        or patterns.NOT_BEFORE.search(before)
        or patterns.NOT_AFTER.match(after)
        or patterns.ADDRESS_BEFORE.search(text, max(0, place.start - 300), place.start)
        # +81-90-1234-5678, with its sign or without.
        or (place.sizes[0] == 2 and place.digits.startswith("81"))
    )


def _looks_like_day(place: _Place) -> bool:
    """Whether it reads as a day with a time, or as years side by side."""
    if len(place.sizes) == 1 or place.sizes[0] == 8:
        return bool(patterns.DAY_AND_TIME.fullmatch(place.digits))
    if place.sizes == (4, 4, 4):
        return all(patterns.YEAR.fullmatch(place.digits[at : at + 4]) for at in (0, 4, 8))
    return place.sizes[0] == 4 and max(place.sizes[1:3]) <= 2 and bool(patterns.YEAR.match(place.digits))


def _neighbours(text: str, start: int, end: int) -> list[tuple[str, str, bool]]:
    """Return (digits, kind of the joiner, whether it stands before) of what is joined to a place at its two sides."""
    before = patterns.BEFORE.search(text, max(0, start - patterns.GAP - _LENGTH), start)
    after = patterns.AFTER.match(text, end)
    sides = [(before[1], before[2], True)] if before else []
    sides += [(after[2], after[1], False)] if after else []
    # 漢数字 right beside 算用数字 belong to a word.
    return [(_digits_of(digits), _kind(joiner), is_before) for digits, joiner, is_before in sides if joiner]


def _digits_of(written: str) -> str:
    """Return the digits of a number as 0-9, in whatever writing; what is no digit is left out."""
    if written.isascii() and written.isdigit():
        return written
    return "".join(patterns.KANJI.get(one) or str(unicodedata.decimal(one)) for one in patterns.DIGIT.findall(written))


def _one_hand(written: str) -> bool:
    """Whether circles in it are zeros of 漢数字 and not what hides digits."""
    circles = sum(map(written.count, patterns.CIRCLES))
    return not circles or (circles * 2 <= _LENGTH and all(map(patterns.KANJI.get, patterns.DIGIT.findall(written))))


@lru_cache(maxsize=4096)
def _kind(joiner: str) -> str:
    """Return what joins two groups: a sign, unless it belongs to one of them (`1. `), a line break, a space; or ""."""
    seen = patterns.UNSEEN_SIGN.sub("", joiner)
    if any(sign in patterns.BREAKS for sign in seen):
        return "n"
    if seen and (seen[0] in patterns.SPACES) != (seen[-1] in patterns.SPACES):
        return "s"
    for name, signs in (("d", patterns.DASHES), ("p", patterns.DOTS), ("o", patterns.OTHERS), ("s", patterns.SPACES)):
        if any(sign in signs for sign in seen):
            return name
    return ""


def _line_before(before: str) -> str:
    """Return the end of the line before a number, or the label that ends the line above it."""
    lines = patterns.LINE.split(before)
    if not lines[-1].strip():
        above = next((line for line in reversed(lines) if line.strip()), "") if len(lines) > 1 else ""
        return above if re.search(rf"(?:{patterns.WORD.pattern})[欄:は)]?\Z", _squeezed(above)) else ""
    return lines[-1]


def _squeezed(words: str) -> str:
    """Return words as they are compared."""
    return patterns.BLANK.sub("", unicodedata.normalize("NFKC", words)).lower()


def _is_corporate(digits: str) -> bool:
    """Whether they are a 法人番号: thirteen, the first 9 - (the others × 1, 2, 1 … from the right) mod 9."""
    weighed = (int(digit) * (1 + at % 2) for at, digit in enumerate(reversed(digits[1:])))
    return len(digits) == 13 and int(digits[0]) == 9 - sum(weighed) % 9


def _is_card(digits: str) -> bool:
    """Whether they are the sixteen digits of a card (Luhn)."""
    summed = (int(digit) if at % 2 else sum(divmod(2 * int(digit), 10)) for at, digit in enumerate(digits))
    return len(digits) == 16 and sum(summed) % 10 == 0


def _apart(found: Iterable[Found]) -> list[Found]:
    """Return them in order; of two that overlap the certain or else the earlier one."""
    kept: list[Found] = []
    for one in sorted(found, key=lambda one: (one.start, one.end)):
        if not kept or kept[-1].end <= one.start:
            kept.append(one)
        elif one.certain and not kept[-1].certain:
            kept[-1] = one
    return kept


def _only_digits(cell: str) -> str:
    """Return the digits of a cell that holds nothing else, or ""."""
    plain = len(cell) < _LENGTH and cell.isascii() and cell.isdigit()
    return cell if plain else _digits_of(cell) if len(cell) <= _CELL and patterns.ONLY_DIGITS.fullmatch(cell) else ""


def _words_over(names: Sequence[str], label: str, context: str) -> str:
    """Return the words that say what cells hold: a header, or a label, of another number is nearer than all others.

    `names` are their headers, `label` the nearest cell to the left that is words.
    """
    over = " ".join(dict.fromkeys(names))
    near = over if over.strip() else label
    if patterns.OTHER_LABEL.search(_squeezed(near)) and not patterns.WORD.search(_squeezed(near)):
        return near
    return f"{context} {label} {over}"


def _run(cells: Sequence[str], groups: Sequence[str], at: int) -> int:
    """Return where the cells of equally many digits that begin at one end; one empty cell may part two."""
    size = len(groups[at])
    last = at + 1
    for place in range(at + 1, len(cells) if size in (1, 2, 3, 4, 6) else 0):
        if len(groups[place]) == size:
            last = place + 1
        elif place > last or not patterns.EMPTY.fullmatch(cells[place]):
            break
    return last


def _spelt(cells: Sequence[str]) -> list[str]:
    """Return the groups of a number of twelve digits that cells of digits spell, or none."""
    groups = [digits for digits in cells if digits]
    # A merged cell is repeated in each place that it covers.
    width, rest = divmod(len(groups) * len(groups[0]), _LENGTH)
    if rest or len(set("".join(groups))) == 1:
        return []
    return groups[::width] if all(groups[at] == groups[at - at % width] for at in range(len(groups))) else []


def _across(groups: Sequence[str], names: Sequence[str], words: str, lonely: bool) -> bool | None:
    """Return whether the My Number of which each cell holds a group is certain, or None when it is none.

    `names` are the headers of the cells, `words` all that is said of them; `lonely`: their row holds no other numbers.
    """
    valid, size = is_valid("".join(groups)), len(groups[0])
    if patterns.WORD.search(words):
        spoken_of = patterns.NUMBER_WORD_ONLY.search(words) and not patterns.COUNTS.search(words)
        return True if valid or spoken_of else None
    # Columns with names of their own (4月, 5月, ...), and amounts beside others, are numbers of their own.
    own = len({name for name in names if name.strip()}) > 1 or all(map(patterns.YEAR.fullmatch, groups))
    if not valid or own or size not in (1, 4) or (size == 4 and not lonely):
        return None
    return size == 1 and lonely and not patterns.OTHER_LABEL.search(words)

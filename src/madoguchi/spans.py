"""The days of which a text speaks, in whatever writing, each with its place in the text.

令和6年4月1日, R6.4.1, 2024/4/1 and 二〇二四年四月一日 are one day; 令和6年度 is 2024-04-01 to 2025-03-31.
What is not certain is left out: a date that cannot be, a 「前年」 of nobody knows which year.
"""

import calendar
import re
import unicodedata
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import MAXYEAR, date
from typing import Literal

from madoguchi import eras

Kind = Literal["day", "month", "year", "fiscal", "quarter", "span"]
# A year said by its number alone, 「6年度」, is that of the era in which it lies so near to a year that is known.
NEAR_YEARS = 10
# No more fiscal years are counted out of one span.
MOST_YEARS = 40


@dataclass(frozen=True)
class Span:
    """A stretch of a text (characters, end exclusive) and the first and last day it means."""

    start: int
    end: int
    first_day: date
    last_day: date
    kind: Kind
    # Said by an era that did not run then: 平成35年度, 令和元年4月1日.
    outside: bool = False


@dataclass(frozen=True)
class _Context:
    """What is known where a piece of text is read: the day and fiscal year of who writes, and what was said before."""

    on: date | None
    fiscal_year: int | None
    # The last that the text said, and what it said in the same sentence without counting from another year.
    said: tuple[Span, ...] = ()
    sentence: tuple[Span, ...] = ()


class _NoDate(ValueError):
    """What is written like a date and cannot be one, or is not certain: passed over as a whole."""


_KANJI = "〇一二三四五六七八九十"
_N = rf"(?:元|\d{{1,2}}|[{_KANJI}]{{1,4}})"
_PART = rf"(?:\d{{1,2}}|[{_KANJI}]{{1,3}})"
_WEST = rf"(?:[12]\d{{3}}|[一二][{_KANJI[:-1]}]{{3}}|[一二]?千[{_KANJI}百]{{0,7}})"
_S = " {0,2}"
_ERA = "|".join(eras.NAMES)
_LETTERS = "".join(eras.LETTERS) + "".join(eras.LETTERS).lower()
_SHORT = "".join(name[0] for name in eras.NAMES)
_ANY_ERA = rf"(?:{_ERA}|(?<![A-Za-z0-9])[{_LETTERS}](?= ?\d)|(?<![一-龥々])[{_SHORT}](?= ?[元\d]))"


def _year(suffix: str = "") -> str:
    """Return the pattern of a year by an era or by its western number, with groups `era`, `n`, `west`, `yy`."""
    return (
        rf"(?:(?P<era{suffix}>{_ANY_ERA}){_S}(?P<n{suffix}>{_N})"
        rf"|(?:西暦{_S}|(?P<fy{suffix}>FY) ?)?(?<![\d.,])(?P<west{suffix}>{_WEST})(?!\d)"
        rf"|(?<![A-Za-z0-9'])'(?P<yy{suffix}>\d\d)(?![A-Za-z0-9']))"
    )


_UNIT = rf"(?P<unit>{_S}(?:年?度|年(?!間|代)))"
_MONTH_DAY = rf"(?:{_S}(?P<m>{_PART}){_S}月(?!間|齢)(?:{_S}(?P<d>{_PART}){_S}日(?!間))?)"
_QUARTER = rf"(?P<part>第{_S}(?P<q>[1-4一二三四]){_S}四半期|(?P<half>[上下])半?期)"
_REST = rf"(?:{_MONTH_DAY}|{_S}の?{_S}{_QUARTER})?"
# 令和5～7年度, 令和5・6年度, 令和5年度及び6年度: the first bears the unit of what follows.
_GOES_ON = (
    rf"(?={_S}(?:[・、,~\-ー]|から|及び|と){_S}(?:{_ANY_ERA}{_S})?(?:{_N}|{_WEST}){_S}(?P<ahead>年度|年(?!間|代)))"
)

_DOUBLE = re.compile(
    rf"{_year()}(?:{_S}(?P<unit1>年度?))?{_S}[(・/]{_S}{_year('2')}(?:{_S}(?P<unit2>年度?))?{_S}\)?(?:{_UNIT})?{_REST}"
)
_DOTTED = re.compile(rf"{_year()}{_S}(?P<sep>[./-])(?P<m>\d{{1,2}})(?:(?P=sep)(?P<d>\d{{1,2}}))?(?![\dA-Za-z./%-])")
_SINGLE = re.compile(rf"{_year()}(?:{_UNIT}{_REST}|{_GOES_ON}|(?<='\d\d)|(?<=FY\d\d\d\d)|(?<=FY \d\d\d\d))")
_BARE_DAY = re.compile(rf"(?P<n>{_N}){_S}年{_S}(?P<m>{_PART}){_S}月{_S}(?P<d>{_PART}){_S}日(?!間)")
_BARE_FISCAL = re.compile(rf"(?P<n>{_N}){_S}年度(?!目|間|分の)(?:{_S}の?{_S}{_QUARTER})?")
_MONTH = re.compile(rf"(?P<m>{_PART}){_S}月(?!間|齢)(?:{_S}(?P<d>{_PART}){_S}日(?!間))?")
_QUARTER_ALONE = re.compile(_QUARTER)
_FISCAL_WORDS = eras.FISCAL_FROM_NOW | eras.FISCAL_FROM_SAID
_YEAR_WORDS = eras.FROM_NOW | eras.FROM_SAID
_RELATIVE = re.compile(
    rf"(?:(?P<fiscal>{'|'.join(_FISCAL_WORDS)})(?:{_S}の?{_S}{_QUARTER})?"
    rf"|(?<![日以従過])(?P<year>{'|'.join(_YEAR_WORDS)})(?![度齢代輩金])の?{_MONTH_DAY}?)"
)
# What a date may begin with; only there the patterns above are tried.
_CANDIDATE = re.compile(
    rf"{_ANY_ERA}|西暦|FY|(?<![A-Za-z0-9'])'\d\d|(?<![\d.,])[12]\d{{3}}(?={_S}[年/.\-(・~、,]|{_S}から)"
    rf"|(?<![\d.,/-])\d{{1,2}}(?={_S}[年月])|(?<![{_KANJI}百千万第])[元千{_KANJI}][{_KANJI}百千]{{0,7}}(?={_S}[年月])"
    rf"|第{_S}[1-4一二三四]{_S}四半期|[上下]半期|(?<![日以従過])(?:{'|'.join([*_FISCAL_WORDS, *_YEAR_WORDS])})"
)
_TO = re.compile(rf"{_S}(?:\([月火水木金土日](?:曜日?)?(?:[・,]?祝日?)?\)){{0,1}}{_S}(?:から|より|[~\-ー→]){_S}")
_DAY_ALONE = re.compile(rf"(?P<d>{_PART}){_S}日(?!間)")
_YEAR_ALONE = re.compile(rf"(?P<n>{_N}){_S}年(?!度|間|代){_MONTH_DAY}?")
_EVERY = ("毎年", "例年", "各年", "毎", "うち")
_DASHES = dict.fromkeys("‐‑‒–—―−", "-") | dict.fromkeys("〜～", "~") | {"’": "'", "‘": "'", "／": "/"}


def spans_in(text: str, on: date | None = None, fiscal_year: int | None = None) -> list[Span]:
    """Return the days of which a text speaks, in its order; none lies in another.

    `on` is the day on which it is said and `fiscal_year` the fiscal year of which it speaks, as far as they are known:
    「昨年」 is counted from the one, 「前年度」 from the other (or from the fiscal year of the day), and 「4月1日」
    alone lies in the fiscal year.
    """
    plain, places = _plain(text)
    found = list(_found(plain, on, fiscal_year))
    return [replace(one, start=places[one.start], end=places[one.end - 1] + 1) for one in found]


def fiscal_years_in(text: str, on: date | None = None) -> list[int]:
    """Return the fiscal years that a text names, each once, as the western years in which they begin."""
    years: list[int] = []
    for one in spans_in(text, on):
        first, last = eras.fiscal_year_of(one.first_day), eras.fiscal_year_of(one.last_day)
        whole = (one.first_day, one.last_day) == (eras.fiscal_days(first)[0], eras.fiscal_days(last)[1])
        if one.kind in ("fiscal", "span") and whole and last - first < MOST_YEARS:
            years += range(first, last + 1)
    return list(dict.fromkeys(years))


def _found(plain: str, on: date | None, fiscal_year: int | None) -> Iterator[Span]:
    said: list[Span] = []
    sentence: list[Span] = []
    place = 0
    while candidate := _CANDIDATE.search(plain, place):
        if any(mark in plain[place : candidate.start()] for mark in "。\n"):
            sentence = []
        context = _Context(on, fiscal_year, tuple(said[-1:]), tuple(sentence))
        place = candidate.start()
        one, place_after = _read(plain, place, context)
        if one is not None:
            one = _to_its_end(plain, one, context)
            said.append(one)
            if not _RELATIVE.match(plain, place):
                sentence.append(one)
            place_after = one.end
            yield one
        # Between two pieces of one number nothing begins.
        if "。" in plain[place:place_after] or "\n" in plain[place:place_after]:
            sentence = []
        place = place_after


def _read(plain: str, place: int, context: _Context) -> tuple[Span | None, int]:
    """Return what begins at a place, and where to go on; None and a later place when nothing does."""
    for pattern, reader in _READERS:
        match = pattern.match(plain, place)
        if match is None:
            continue
        try:
            one = reader(match, context)
        except ValueError:
            # Also a day or month that no calendar has.
            return None, match.end()
        if one is not None:
            return one, one.end
    return None, place + 1


def _to_its_end(plain: str, first: Span, context: _Context) -> Span:
    """Return a span up to where 「から」 or 「～」 leads, when it leads to a later date."""
    to = _TO.match(plain, first.end)
    if to is None:
        return first
    inner = _Context(context.on, context.fiscal_year, (first,), (first,))
    last: Span | None = None
    for pattern, reader in ((_DAY_ALONE, _read_day_alone), (_YEAR_ALONE, _read_bare_year), *_READERS):
        match = pattern.match(plain, to.end())
        if match is None:
            continue
        try:
            last = reader(match, inner)
        except ValueError:
            return first
        if last is not None:
            break
    if last is None or last.last_day < first.first_day:
        return first
    kind: Kind = first.kind if (first.first_day, first.last_day) == (last.first_day, last.last_day) else "span"
    return Span(first.start, last.end, first.first_day, last.last_day, kind, first.outside or last.outside)


def _read_double(match: re.Match[str], _context: _Context) -> Span | None:
    """平成31（令和元）年度, 2024年（令和6年）4月1日: one year in two writings."""
    year, era = _year_of(match)
    other, other_era = _year_of(match, "2")
    unit = match["unit"] or match["unit2"] or match["unit1"]
    if year != other or unit is None:
        return None
    one = _dated(match, year, unit, None)
    ran = [eras.ran(each, one.first_day, one.last_day) for each in (era, other_era) if each]
    return replace(one, outside=not any(ran))


def _read_single(match: re.Match[str], _context: _Context) -> Span | None:
    year, era = _year_of(match)
    unit = match["unit"] or match["ahead"] or ("年度" if match["fy"] else "年")
    if match["fy"] and unit.strip() == "年":
        unit = "年度"
    return _dated(match, year, unit, era)


def _read_dotted(match: re.Match[str], _context: _Context) -> Span | None:
    year, era = _year_of(match)
    # 「2024-04」 and 「2024.4」 may be anything; 「R6.4」 and 「2024/4」 are months.
    # 「M7.3」 is an earthquake, 1234-5-6 a plot of land.
    letter = (match["era"] or "").upper()
    if match["d"] is None and (match["sep"] == "-" or letter in ("M", "T") or (era is None and match["sep"] == ".")):
        return None
    if year < eras.ERAS[-1].first.year:
        return None
    return _dated(match, year, "年", era)


def _read_bare_day(match: re.Match[str], context: _Context) -> Span | None:
    return _dated(match, _near_year(match["n"], context), "年", None)


def _read_bare_fiscal(match: re.Match[str], context: _Context) -> Span | None:
    return _dated(match, _near_year(match["n"], context), "年度", None)


def _read_bare_year(match: re.Match[str], context: _Context) -> Span | None:
    return _dated(match, _near_year(match["n"], context), "年", None)


def _read_month(match: re.Match[str], context: _Context) -> Span | None:
    """4月1日, and 4月 where it leads to another month: in the year that the sentence or the document says."""
    plain, month = match.string, eras.numeral(match["m"])
    day = eras.numeral(match["d"]) if match["d"] else None
    if plain.endswith(_EVERY, 0, match.start()):
        raise _NoDate
    dated = [one for one in context.sentence if one.kind in ("day", "month", "span")]
    fiscal = {one.first_day.year for one in context.sentence if one.kind == "fiscal"}
    if dated:
        # After a date of its sentence, the next such month: 「令和6年10月1日から3月31日まで」.
        last = dated[-1]
        if len({day.year for one in dated for day in (one.first_day, one.last_day)}) > 1:
            raise _NoDate
        year = last.first_day.year + (month < last.first_day.month)
    elif len(fiscal) > 1 or (not fiscal and context.fiscal_year is None):
        raise _NoDate
    else:
        year = (fiscal.pop() if fiscal else context.fiscal_year or 0) + (month < 4)
    if day is None and not dated and not _leads_to_a_month(plain, match.end()):
        return None
    return _in_month(match, year, month, day)


def _leads_to_a_month(plain: str, place: int) -> bool:
    to = _TO.match(plain, place)
    return bool(to and _MONTH.match(plain, to.end()))


def _read_day_alone(match: re.Match[str], context: _Context) -> Span | None:
    first = context.sentence[-1].first_day
    if context.sentence[-1].kind != "day":
        raise _NoDate
    return _in_month(match, first.year, first.month, eras.numeral(match["d"]))


def _read_quarter(match: re.Match[str], context: _Context) -> Span | None:
    years = {one.first_day.year for one in context.sentence if one.kind == "fiscal"}
    year = years.pop() if len(years) == 1 else context.fiscal_year
    # 「2024年第1四半期」 may be of the calendar.
    if year is None or years or any(one.kind == "year" for one in context.sentence):
        raise _NoDate
    return _in_fiscal_year(match, year)


def _read_relative(match: re.Match[str], context: _Context) -> Span | None:
    word = match["fiscal"] or match["year"]
    if match["fiscal"]:
        own = context.fiscal_year
        if own is None and context.on is not None:
            own = eras.fiscal_year_of(context.on)
        firsts = [eras.fiscal_year_of(one.first_day) for one in context.sentence]
        lasts = [eras.fiscal_year_of(one.last_day) for one in context.sentence]
        year = _said_year(word, own, firsts + lasts, eras.FISCAL_FROM_SAID) + _FISCAL_WORDS[word]
        return _in_fiscal_year(match, year)
    own = context.on.year if context.on else None
    calendar_years = [day.year for one in context.sentence for day in (one.first_day, one.last_day)]
    year = _said_year(word, own, calendar_years, eras.FROM_SAID) + _YEAR_WORDS[word]
    return _dated(match, year, "年", None)


def _said_year(word: str, own: int | None, said: list[int], from_said: dict[str, int]) -> int:
    """Return the year from which a word counts: what its sentence names, when it counts from there, or one's own."""
    if word in from_said and said:
        if len(set(said)) > 1:
            raise _NoDate
        return said[0]
    # 「同年」 and 「翌年」 of nothing said: of whatever stands before the sentence.
    if own is None or (word in from_said and word not in ("前年度", "前々年度", "翌年度", "前年")):
        raise _NoDate
    return own


def _near_year(text: str, context: _Context) -> int:
    """Return the western year of 「6年」 by the year that is known: said before, or the document's own."""
    known = context.said[-1].first_day.year if context.said else context.fiscal_year
    if known is None and context.on is not None:
        known = context.on.year
    if known is None:
        raise _NoDate
    number = eras.numeral(text)
    near = [
        era.before + number
        for era in eras.ERAS
        if 1 <= number <= era.most and abs(era.before + number - known) <= NEAR_YEARS
    ]
    if len(near) != 1:
        raise _NoDate
    return near[0]


def _year_of(match: re.Match[str], suffix: str = "") -> tuple[int, eras.Era | None]:
    """Return the western year and the era it is said by; raises _NoDate for a year that the era never had."""
    if name := match["era" + suffix]:
        era, number = eras.named_era(name), eras.numeral(match["n" + suffix])
        if not 1 <= number <= era.most:
            raise _NoDate
        return era.before + number, era
    if short := match["yy" + suffix]:
        return int(short) + (2000 if int(short) <= 60 else 1900), None
    year = eras.numeral(match["west" + suffix])
    if not 1000 <= year < 2200:
        raise _NoDate
    return year, None


def _dated(match: re.Match[str], year: int, unit: str, era: eras.Era | None) -> Span:
    """Return what a match means in a year: fiscal year, year, month or day."""
    named = match.groupdict()
    if unit.strip() != "年":
        one = _in_fiscal_year(match, year)
    elif year < eras.SOLAR.year and era is not None:
        # By the moon: its days are none of the western calendar.
        one = Span(*match.span(), date(year, 1, 1), date(year, 12, 31), "year")
    elif named.get("m"):
        day = eras.numeral(named["d"]) if named.get("d") else None
        one = _in_month(match, year, eras.numeral(named["m"]), day)
    else:
        # Quarters are those of fiscal years.
        end = match.start("part") if named.get("part") else match.end()
        end = match.start() + len(match.string[match.start() : end].rstrip(" の"))
        one = Span(match.start(), end, date(year, 1, 1), date(year, 12, 31), "year")
    return replace(one, outside=era is not None and not eras.ran(era, one.first_day, one.last_day))


def _in_month(match: re.Match[str], year: int, month: int, day: int | None) -> Span:
    if day is not None:
        only = date(year, month, day)
        return Span(*match.span(), only, only, "day")
    first = date(year, month, 1)
    return Span(*match.span(), first, date(year, month, calendar.monthrange(year, month)[1]), "month")


def _in_fiscal_year(match: re.Match[str], year: int) -> Span:
    """Return a fiscal year, or the quarter or half of it that is named with it."""
    if not eras.FIRST_FISCAL_YEAR <= year < MAXYEAR:
        raise _NoDate
    named = match.groupdict()
    first, last = eras.fiscal_days(year)
    if named.get("q"):
        number = eras.numeral(named["q"])
        month = (4, 7, 10, 1)[number - 1]
        of = year + (month == 1)
        return Span(*match.span(), date(of, month, 1), date(of, month + 2, 31 if month in (1, 10) else 30), "quarter")
    if named.get("half") == "上":
        return Span(*match.span(), first, date(year, 9, 30), "quarter")
    if named.get("half") == "下":
        return Span(*match.span(), date(year, 10, 1), last, "quarter")
    return Span(*match.span(), first, last, "fiscal")


_READERS: tuple[tuple[re.Pattern[str], Callable[[re.Match[str], _Context], Span | None]], ...] = (
    (_DOUBLE, _read_double),
    (_DOTTED, _read_dotted),
    (_SINGLE, _read_single),
    (_BARE_DAY, _read_bare_day),
    (_BARE_FISCAL, _read_bare_fiscal),
    (_MONTH, _read_month),
    (_QUARTER_ALONE, _read_quarter),
    (_RELATIVE, _read_relative),
)


def _plain(text: str) -> tuple[str, list[int]]:
    """Return a text in compatible forms (１→1, ㋿→令和), and for each of its characters the place it came from."""
    characters: list[str] = []
    places: list[int] = []
    for place, character in enumerate(text):
        # ① is a mark of a list; a variation selector only says which shape.
        if character.isascii():
            plain = character
        elif "\ufe00" <= character <= "\ufe0f" or "\U000e0100" <= character <= "\U000e01ef":
            continue
        else:
            plain = character if unicodedata.category(character) == "No" else unicodedata.normalize("NFKC", character)
            plain = _DASHES.get(plain, plain)
        for one in plain:
            characters.append(one)
            places.append(place)
    return "".join(characters), places

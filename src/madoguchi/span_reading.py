"""What one piece of a text that is written like a date means, in what is known where it stands."""

import calendar
import re
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import MAXYEAR, date
from typing import Literal

from madoguchi import eras
from madoguchi import span_patterns as patterns

Kind = Literal["day", "month", "year", "fiscal", "quarter", "span"]
# A year said by its number alone, 「6年度」, is that of the era in which it lies so near to a year that is known.
NEAR_YEARS = 10


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
class Context:
    """What is known where a piece of text is read: the day and fiscal year of who writes, and what was said before."""

    on: date | None
    fiscal_year: int | None
    # The last that the text said, and what it said in the same sentence without counting from another year.
    said: tuple[Span, ...] = ()
    sentence: tuple[Span, ...] = ()


class NoDate(ValueError):
    """What is written like a date and cannot be one, or is not certain: passed over as a whole."""


def _read_double(match: re.Match[str], _context: Context) -> Span | None:
    """平成31（令和元）年度, 2024年（令和6年）4月1日: one year in two writings."""
    year, era = _year_of(match)
    other, other_era = _year_of(match, "2")
    unit = match["unit"] or match["unit2"] or match["unit1"]
    if year != other or unit is None:
        return None
    one = _dated(match, year, unit, None)
    ran = [eras.ran(each, one.first_day, one.last_day) for each in (era, other_era) if each]
    return replace(one, outside=not any(ran))


def _read_single(match: re.Match[str], _context: Context) -> Span | None:
    year, era = _year_of(match)
    unit = match["unit"] or match["ahead"] or ("年度" if match["fy"] else "年")
    if match["fy"] and unit.strip() == "年":
        unit = "年度"
    return _dated(match, year, unit, era)


def _read_dotted(match: re.Match[str], _context: Context) -> Span | None:
    year, era = _year_of(match)
    # 「2024-04」 and 「2024.4」 may be anything; 「R6.4」 and 「2024/4」 are months.
    # 「M7.3」 is an earthquake, 1234-5-6 a plot of land.
    letter = (match["era"] or "").upper()
    if match["d"] is None and (match["sep"] == "-" or letter in ("M", "T") or (era is None and match["sep"] == ".")):
        return None
    if year < eras.ERAS[-1].first.year:
        return None
    return _dated(match, year, "年", era)


def _read_bare_day(match: re.Match[str], context: Context) -> Span | None:
    return _dated(match, _near_year(match["n"], context), "年", None)


def _read_bare_fiscal(match: re.Match[str], context: Context) -> Span | None:
    # 「一年度」 is how long, 「元年度」 which.
    if match["n"] in ("1", "一"):
        raise NoDate
    return _dated(match, _near_year(match["n"], context), "年度", None)


def _read_bare_year(match: re.Match[str], context: Context) -> Span | None:
    return _dated(match, _near_year(match["n"], context), "年", None)


def _read_month(match: re.Match[str], context: Context) -> Span | None:
    """4月1日, and 4月 where it leads to another month: in the year that the sentence or the document says."""
    plain, month = match.string, eras.numeral(match["m"])
    day = eras.numeral(match["d"]) if match["d"] else None
    if plain.endswith(patterns.EVERY, 0, match.start()):
        raise NoDate
    if _follows_fiscal_year(match, context):
        return _in_month(match, context.sentence[-1].first_day.year + (month < 4), month, day)
    dated = [one for one in context.sentence if one.kind in ("day", "month", "span")]
    fiscal = {one.first_day.year for one in context.sentence if one.kind == "fiscal"}
    if dated:
        # After a date of its sentence, the next such month: 「令和6年10月1日から3月31日まで」.
        last = dated[-1]
        if len({day.year for one in dated for day in (one.first_day, one.last_day)}) > 1:
            raise NoDate
        year = last.first_day.year + (month < last.first_day.month)
    elif len(fiscal) > 1 or (not fiscal and context.fiscal_year is None):
        raise NoDate
    else:
        year = (fiscal.pop() if fiscal else context.fiscal_year or 0) + (month < 4)
    if day is None and not dated and not _leads_to_a_month(plain, match.end()):
        return None
    return _in_month(match, year, month, day)


def _follows_fiscal_year(match: re.Match[str], context: Context) -> bool:
    """Whether a month is that of the fiscal year right before it: 「令和6年度6月補正」."""
    last = context.sentence[-1] if context.sentence else None
    return last is not None and last.kind == "fiscal" and not match.string[last.end : match.start()].strip(" の")


def _leads_to_a_month(plain: str, place: int) -> bool:
    to = patterns.TO.match(plain, place)
    return bool(to and patterns.MONTH.match(plain, to.end()))


def _read_day_alone(match: re.Match[str], context: Context) -> Span | None:
    first = context.sentence[-1].first_day
    if context.sentence[-1].kind != "day":
        raise NoDate
    return _in_month(match, first.year, first.month, eras.numeral(match["d"]))


def _read_dotted_on(match: re.Match[str], context: Context) -> Span | None:
    """What 「R6.4.1～」 leads to in the same writing, without its era or its year."""
    first = context.sentence[-1]
    if first.kind != "day" or match["sep"] not in match.string[first.start : first.end]:
        return None
    month = int(match["m"])
    year = first.first_day.year + (month < first.first_day.month)
    return _in_month(match, _near_year(match["n"], context) if match["n"] else year, month, int(match["d"]))


def _read_same_era(match: re.Match[str], context: Context) -> Span | None:
    if not context.said:
        raise NoDate
    return _dated(match, _near_year(match["n"], context), match["unit"], None)


def _read_relative_month(match: re.Match[str], context: Context) -> Span | None:
    """「翌月10日」 from the month that the sentence names last, 「今月」 from the day on which it is said."""
    word = match["month"]
    if word in eras.MONTH_FROM_NOW:
        known = context.on
    else:
        known = context.sentence[-1].last_day if _is_of_one_month(context) else None
    if known is None:
        raise NoDate
    year, month = divmod(known.year * 12 + known.month - 1 + patterns.MONTH_WORDS[word], 12)
    return _in_month(match, year, month + 1, eras.numeral(match["d"]) if match["d"] else None)


def _is_of_one_month(context: Context) -> bool:
    return bool(context.sentence) and context.sentence[-1].kind in ("day", "month")


def _read_quarter(match: re.Match[str], context: Context) -> Span | None:
    years = {one.first_day.year for one in context.sentence if one.kind == "fiscal"}
    year = years.pop() if len(years) == 1 else context.fiscal_year
    # 「2024年第1四半期」 may be of the calendar.
    if year is None or years or any(one.kind == "year" for one in context.sentence):
        raise NoDate
    return _in_fiscal_year(match, year)


def _read_relative(match: re.Match[str], context: Context) -> Span | None:
    word = match["fiscal"] or match["year"]
    if match["fiscal"]:
        own = context.fiscal_year
        if own is None and context.on is not None:
            own = eras.fiscal_year_of(context.on)
        firsts = [eras.fiscal_year_of(one.first_day) for one in context.sentence]
        lasts = [eras.fiscal_year_of(one.last_day) for one in context.sentence]
        year = _said_year(word, own, firsts + lasts, eras.FISCAL_FROM_SAID) + patterns.FISCAL_WORDS[word]
        return _in_fiscal_year(match, year)
    own = context.on.year if context.on else None
    calendar_years = [day.year for one in context.sentence for day in (one.first_day, one.last_day)]
    year = _said_year(word, own, calendar_years, eras.FROM_SAID) + patterns.YEAR_WORDS[word]
    if match["same"] and _is_of_one_month(context):
        return _in_month(match, year, context.sentence[-1].last_day.month, None)
    return _dated(match, year, "年", None)


def _said_year(word: str, own: int | None, said: list[int], from_said: dict[str, int]) -> int:
    """Return the year from which a word counts: what its sentence names, when it counts from there, or one's own."""
    if word in from_said and said:
        if len(set(said)) > 1:
            raise NoDate
        return said[0]
    # 「同年」 and 「翌年」 of nothing said: of whatever stands before the sentence.
    if own is None or (word in from_said and word not in ("前年度", "前々年度", "翌年度", "次年度", "前年")):
        raise NoDate
    return own


def _near_year(text: str, context: Context) -> int:
    """Return the western year of 「6年」 by the year that is known: said before, or the document's own."""
    known = context.said[-1].first_day.year if context.said else context.fiscal_year
    if known is None and context.on is not None:
        known = context.on.year
    if known is None:
        raise NoDate
    number = eras.numeral(text)
    near = [
        era.before + number
        for era in eras.ERAS
        if 1 <= number <= era.most and abs(era.before + number - known) <= NEAR_YEARS
    ]
    if len(near) != 1:
        raise NoDate
    return near[0]


def _year_of(match: re.Match[str], suffix: str = "") -> tuple[int, eras.Era | None]:
    """Return the western year and the era it is said by; raises NoDate for a year that the era never had."""
    if name := match["era" + suffix]:
        era, number = eras.named_era(name), eras.numeral(match["n" + suffix])
        if not 1 <= number <= era.most:
            raise NoDate
        return era.before + number, era
    if short := match["yy" + suffix]:
        return int(short) + (2000 if int(short) <= 60 else 1900), None
    year = eras.numeral(match["west" + suffix])
    if not 1000 <= year < 2200:
        raise NoDate
    return year, None


def _dated(match: re.Match[str], year: int, unit: str, era: eras.Era | None) -> Span:
    """Return what a match means in a year: fiscal year, year, month or day."""
    named = match.groupdict()
    if unit.strip() != "年":
        one = _in_fiscal_year(match, year)
        if named.get("m"):
            # The month is read by itself.
            one = replace(one, end=_trimmed(match, match.start("m")))
    elif year < eras.SOLAR.year and era is not None:
        # By the moon: its days are none of the western calendar.
        one = Span(*match.span(), date(year, 1, 1), date(year, 12, 31), "year")
    elif named.get("m"):
        day = eras.numeral(named["d"]) if named.get("d") else None
        one = _in_month(match, year, eras.numeral(named["m"]), day)
    else:
        if patterns.LAW.match(match.string, match.end()):
            raise NoDate
        # Quarters are those of fiscal years, 「同月」 counts from a month.
        ends = [match.start(name) for name in ("part", "same") if named.get(name)]
        end = _trimmed(match, min(ends, default=match.end()))
        one = Span(match.start(), end, date(year, 1, 1), date(year, 12, 31), "year")
    return replace(one, outside=era is not None and not eras.ran(era, one.first_day, one.last_day))


def _trimmed(match: re.Match[str], end: int) -> int:
    return match.start() + len(match.string[match.start() : end].rstrip(" の"))


def _in_month(match: re.Match[str], year: int, month: int, day: int | None) -> Span:
    if day is not None:
        only = date(year, month, day)
        return Span(*match.span(), only, only, "day")
    first = date(year, month, 1)
    return Span(*match.span(), first, date(year, month, calendar.monthrange(year, month)[1]), "month")


def _in_fiscal_year(match: re.Match[str], year: int) -> Span:
    """Return a fiscal year, or the quarter or half of it that is named with it."""
    if not eras.FIRST_FISCAL_YEAR <= year < MAXYEAR:
        raise NoDate
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


Readers = tuple[tuple[re.Pattern[str], Callable[[re.Match[str], Context], Span | None]], ...]
READERS: Readers = (
    (patterns.DOUBLE, _read_double),
    (patterns.DOTTED, _read_dotted),
    (patterns.SINGLE, _read_single),
    (patterns.BARE_DAY, _read_bare_day),
    (patterns.BARE_FISCAL, _read_bare_fiscal),
    (patterns.MONTH, _read_month),
    (patterns.QUARTER_ALONE, _read_quarter),
    (patterns.RELATIVE, _read_relative),
    (patterns.RELATIVE_MONTH, _read_relative_month),
    (patterns.SAME_ERA, _read_same_era),
)
# What only stands where a span ends.
ENDS: Readers = (
    (patterns.DAY_ALONE, _read_day_alone),
    (patterns.YEAR_ALONE, _read_bare_year),
    (patterns.DOTTED_ON, _read_dotted_on),
)

"""Number formats of a spreadsheet -> what a clerk sees: 「1,234」「12.5%」「△5」「令和6年4月1日」.

The common formats are followed as Excel in Japanese shows them; fractions, colours, fill characters and kanji digits
are not: such a number is shown plainly rather than wrongly.
"""

import datetime
import re
from collections.abc import Callable
from decimal import ROUND_HALF_UP, Decimal
from functools import lru_cache
from typing import Any

from madoguchi.eras import ERAS

Shown = Callable[[Any], str]
_JAPANESE_DATE, _SHORT_ERA = '[$-411]ggge"年"m"月"d"日"', "[$-411]ge.m.d"
# What a number of a format means when the file does not spell it out, in a Japanese Excel.
BUILT_IN = {
    1: "0", 2: "0.00", 3: "#,##0", 4: "#,##0.00", 5: '"¥"#,##0;"¥"-#,##0', 6: '"¥"#,##0;"¥"-#,##0',
    7: '"¥"#,##0.00;"¥"-#,##0.00', 8: '"¥"#,##0.00;"¥"-#,##0.00', 9: "0%", 10: "0.00%", 11: "0.00E+00",
    14: "yyyy/m/d", 15: "d-mmm-yy", 16: "d-mmm", 17: "mmm-yy", 18: "h:mm AM/PM", 19: "h:mm:ss AM/PM", 20: "h:mm",
    21: "h:mm:ss", 22: "yyyy/m/d h:mm", 27: _SHORT_ERA, 28: _JAPANESE_DATE, 29: _JAPANESE_DATE, 30: "m/d/yy",
    31: 'yyyy"年"m"月"d"日"', 32: 'h"時"mm"分"', 33: 'h"時"mm"分"ss"秒"', 34: 'yyyy"年"m"月"', 35: 'm"月"d"日"',
    36: _SHORT_ERA, 37: "#,##0;-#,##0", 38: "#,##0;-#,##0", 39: "#,##0.00;-#,##0.00", 40: "#,##0.00;-#,##0.00",
    41: "#,##0;-#,##0", 42: '"¥"#,##0;"¥"-#,##0', 43: "#,##0.00;-#,##0.00", 44: '"¥"#,##0.00;"¥"-#,##0.00',
    45: "mm:ss", 46: "[h]:mm:ss", 47: "mm:ss", 50: _SHORT_ERA, 51: _JAPANESE_DATE, 52: 'yyyy"年"m"月"',
    53: 'm"月"d"日"', 54: _JAPANESE_DATE, 55: 'yyyy"年"m"月"', 56: 'm"月"d"日"', 57: _SHORT_ERA, 58: _JAPANESE_DATE,
}  # fmt: skip
_WEEKDAYS = "月火水木金土日"
_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
_LITERAL = re.compile(r'"[^"]*"|\\.|_.|\*.|\[[^\]]*\]')
_TOKEN = re.compile(
    r'"[^"]*"|\\.|_.|\*.|\[[hH]+\]|\[[mM]+\]|\[[sS]+\]|\[[^\]]*\]|AM/PM|am/pm|A/P|午前/午後'
    r"|[gG]{1,3}|[eE]{1,2}|[yY]{1,4}|[mM]{1,5}|[dD]{1,4}|[aA]{3,4}|[hH]{1,2}|[sS]{1,2}(?:\.0+)?|."
)
_DIGITS = re.compile(r"[0#?][0#?,]*(?:\.[0#?]*)?|\.[0#?]+")
_CONDITION = re.compile(r"\[(<=|>=|<>|<|>|=)(-?[0-9.]+)\]")


def plain(value: Any) -> str:
    """Return a cell's value without a format: whole numbers without a point, dates as 2026-04-01."""
    if isinstance(value, str):
        return value.strip()
    if isinstance(value, bool):
        return "TRUE" if value else "FALSE"
    if isinstance(value, float):
        return str(int(value)) if value.is_integer() and abs(value) < 1e15 else f"{value:.12g}"
    if isinstance(value, datetime.datetime):
        midnight = value.time() == datetime.time()
        return value.date().isoformat() if midnight else value.isoformat(" ", "minutes")
    if isinstance(value, datetime.timedelta):
        minutes = round(value.total_seconds() / 60)
        return f"{minutes // 60}:{minutes % 60:02}"
    if isinstance(value, datetime.time):
        return value.isoformat("minutes").removeprefix("0")
    return str(value).strip()


@lru_cache(maxsize=4096)
def format_of(code: str, since_1904: bool = False) -> Shown | None:
    """Return what shows a value by a format; None when `plain` does as well. Values are numbers, dates or times."""
    if len(code) > 500 or code.strip().lower() in ("", "general", "@", "標準", "g/標準"):
        return None
    sections = _sections(code)
    if all(not _LITERAL.sub("", part).strip() and '"' not in part and "\\" not in part for part in sections):
        # 「;;;」: whatever it is, it is not shown; the reader marks it as hidden and needs to know what it is.
        return None
    if is_date(sections[0]):
        return _dates(sections[0], since_1904)
    return _numbers(sections)


def hides(code: str) -> bool:
    """Return whether a format shows nothing at all: 「;;;」."""
    return code.count(";") >= 2 and not code.replace(";", "").strip()


def is_date(code: str) -> bool:
    """Return whether a format is one of a date or a time."""
    bare = re.sub(r"\[(?![hHmMsS]+\])[^\]]*\]|\"[^\"]*\"|\\.|_.|\*.", "", code)
    return bool(re.search(r"[ymdhsgaYMDHSG]|(?<![0#?])[eE]", bare)) and "General" not in bare and "標準" not in bare


def _sections(code: str) -> list[str]:
    parts, at = [""], 0
    while at < len(code):
        found = _LITERAL.match(code, at)
        if found:
            parts[-1] += found[0]
            at = found.end()
        elif code[at] == ";":
            parts.append("")
            at += 1
        else:
            parts[-1] += code[at]
            at += 1
    return parts[:4]


def _numbers(sections: list[str]) -> Shown | None:
    ways = [_number(section) for section in sections[:3]]
    if any(way is None for way in ways):
        return None
    conditions = [_CONDITION.search(section) for section in sections[:2]]

    def conditioned(value: float) -> str:
        for condition, way in zip(conditions, ways, strict=False):
            if condition is None or _holds(value, condition[1], float(condition[2])):
                return way(value)  # type: ignore[misc]
        return ways[-1](value)  # type: ignore[misc]

    def shown(value: Any) -> str:
        if not isinstance(value, int | float) or isinstance(value, bool):
            return plain(value)
        if any(conditions):
            return conditioned(value)
        if value > 0 or len(ways) == 1:
            # A negative number without a format of its own gets a sign.
            return ways[0](value) if value >= 0 else "-" + ways[0](-value)  # type: ignore[misc]
        if value < 0:
            return ways[1](-value)  # type: ignore[misc]
        return (ways[2] if len(ways) > 2 else ways[0])(value)  # type: ignore[misc]

    return shown


def _holds(value: float, sign: str, than: float) -> bool:
    if sign in ("=", "<>"):
        return (value == than) == (sign == "=")
    return (value < than if "<" in sign else value > than) or ("=" in sign and value == than)


def _number(section: str) -> Callable[[float], str] | None:
    """What shows a number by one section of a format; None for what is not followed (fractions, kanji digits)."""
    if "DBNum" in section:
        return None
    parts: list[str] = []
    digits = ""
    percent = 0
    at = 0
    while at < len(section):
        literal = _LITERAL.match(section, at)
        if literal:
            parts.append(_literal(literal[0]))
            at = literal.end()
            continue
        found = _DIGITS.match(section, at)
        if found:
            if digits:
                # 「# ?/?」, 「000-0000」
                return _coded(section)
            digits = found[0]
            parts.append("\0")
            at = found.end()
            continue
        if section[at] == "%":
            percent += 1
        if section[at] in "Ee" and digits:
            return _scientific(digits)
        if section.startswith(("General", "標準"), at):
            parts.append("\1")
            at += 7 if section[at] == "G" else 2
            continue
        parts.append(section[at])
        at += 1
    template = "".join(parts)
    if "\1" in template:
        return lambda value: template.replace("\1", plain(float(value))).strip()
    if not digits:
        said = template.strip()
        return lambda _: said
    figure = _figure(digits, percent)
    if template == "\0":
        return figure
    before, _, after = template.partition("\0")
    before, after = before.lstrip(), after.rstrip()
    return lambda value: before + figure(value) + after


def _literal(text: str) -> str:
    if text[0] == '"':
        return text[1:-1]
    if text[0] == "\\":
        return text[1]
    if text[0] == "[":
        return text[2:-1].partition("-")[0] if text.startswith("[$") else ""
    return ""


def _figure(digits: str, percent: int) -> Callable[[float], str]:
    body = digits.rstrip(",")
    scale = 100**percent / 1000 ** (len(digits) - len(body))
    whole, _, decimals = body.partition(".")
    grouped, places = "," in whole, len(decimals)
    least = whole.count("0")
    optional = len(decimals) - len(decimals.rstrip("#?"))
    pattern = f"{',' if grouped else ''}.{places}f"

    def figure(value: float) -> str:
        if scale == 1 and places == 0 and (value.__class__ is int or float(value).is_integer()):
            text = f"{int(value):,}" if grouped else str(int(value))
        else:
            exact = Decimal(f"{value:.15g}") * Decimal(f"{scale:.15g}")
            if abs(exact) >= Decimal("1e24"):
                return f"{value:.12g}"
            text = format(exact.quantize(Decimal(1).scaleb(-places), ROUND_HALF_UP), pattern)
        if optional and "." in text:
            cut = text[: len(text) - optional] + text[len(text) - optional :].rstrip("0")
            text = cut.rstrip(".") if optional == places else cut
        if least > 1 and len(text.partition(".")[0]) < least:
            text = text.rjust(least + len(text) - len(text.partition(".")[0]), "0")
        return text.removeprefix("0") if not least and text.startswith("0.") else text

    return figure


def _scientific(digits: str) -> Callable[[float], str]:
    places = len(digits.partition(".")[2])

    def figure(value: float) -> str:
        mantissa, _, exponent = f"{value:.{places}e}".partition("e")
        return f"{mantissa}E{exponent[0]}{exponent[1:].zfill(2)}"

    return figure


def _coded(section: str) -> Callable[[float], str] | None:
    """Numbers cut by marks: 「000-0000」 for postal codes."""
    if not re.fullmatch(r"[0\-\\()  ]+", section):
        return None
    marks = section.replace("\\", "")
    room = marks.count("0")

    def figure(value: float) -> str:
        left = str(int(value)).zfill(room)
        text = left[: len(left) - room]
        rest = iter(left[len(left) - room :])
        return text + "".join(next(rest) if mark == "0" else mark for mark in marks)

    return figure


def _dates(section: str, since_1904: bool) -> Shown | None:
    tokens = _TOKEN.findall(section)
    kinds = [token.lower().strip("[]")[:1] if not token.startswith(('"', "\\", "_", "*")) else "" for token in tokens]
    half = any(token in ("AM/PM", "am/pm", "A/P", "午前/午後") for token in tokens)
    first_year = "gannen" in section

    def minutes(at: int) -> bool:
        """Whether an m is of minutes: after an hour or before a second."""
        before = next((kind for kind in reversed(kinds[:at]) if kind in "hsydmge" and kind), "")
        after = next((kind for kind in kinds[at + 1 :] if kind in "hsydmge" and kind), "")
        return before == "h" or after == "s"

    plan = [("n" if kind == "m" and minutes(at) else kind, tokens[at]) for at, kind in enumerate(kinds)]

    # A long list says the same days again and again.
    @lru_cache(maxsize=20_000)
    def shown(value: Any) -> str:
        moment, elapsed = _moment(value, since_1904)
        if moment is None:
            return plain(value)
        return "".join(_part(kind, token, moment, elapsed, half, first_year) for kind, token in plan).strip()

    return shown


def _moment(value: Any, since_1904: bool) -> tuple[datetime.datetime | None, float]:
    """A cell's value as a moment, and as seconds since the day zero of sheets."""
    zero = datetime.datetime(1904, 1, 1) if since_1904 else datetime.datetime(1899, 12, 30)
    if isinstance(value, datetime.datetime):
        return value, (value - zero).total_seconds()
    if isinstance(value, datetime.date):
        moment = datetime.datetime(value.year, value.month, value.day)
        return moment, (moment - zero).total_seconds()
    if isinstance(value, datetime.time):
        value = datetime.timedelta(hours=value.hour, minutes=value.minute, seconds=value.second)
    if isinstance(value, int | float) and not isinstance(value, bool) and 0 <= value < 2_958_466:
        if value < 60 and not since_1904 and value >= 1:
            # Excel counts a 29 February 1900 that never was.
            value += 1
        value = datetime.timedelta(seconds=round(value * 86400))
    if isinstance(value, datetime.timedelta) and value >= datetime.timedelta():
        return zero + value, value.total_seconds()
    return None, 0


def _era(day: datetime.date) -> tuple[str, str, int]:
    for era in ERAS:
        if day >= era.first:
            return era.name, era.letter, day.year - era.before
    return "", "", day.year


def _part(kind: str, token: str, moment: datetime.datetime, elapsed: float, half: bool, first_year: bool) -> str:
    if token.startswith(('"', "\\", "_", "*")):
        return _literal(token)
    if token.startswith("["):
        seconds = round(elapsed)
        return {"h": str(seconds // 3600), "n": str(seconds // 60), "m": str(seconds // 60), "s": str(seconds)}.get(
            kind, ""
        )
    name, letter, year = _era(moment.date())
    if token in ("AM/PM", "am/pm", "A/P", "午前/午後"):
        return token.split("/")[moment.hour >= 12]
    if kind == "a" and len(token) >= 3:
        return _WEEKDAYS[moment.weekday()] + ("曜日" if len(token) == 4 else "")
    if kind == "g":
        return (letter, name[:1], name)[len(token) - 1]
    if kind == "e":
        return "元" if first_year and year == 1 else str(year).zfill(len(token))
    if kind == "y":
        return str(moment.year) if len(token) > 2 else f"{moment.year % 100:02}"
    if kind == "m" and len(token) > 2:
        return _MONTHS[moment.month - 1]
    if kind == "d" and len(token) > 2:
        return moment.strftime("%A")[: None if len(token) == 4 else 3]
    hour = (moment.hour - 1) % 12 + 1 if half else moment.hour
    figures = {"m": moment.month, "n": moment.minute, "d": moment.day, "h": hour, "s": moment.second}
    if kind in figures and token[:1].isalpha():
        bare = token.partition(".")[0]
        return str(figures[kind]).zfill(len(bare)) + (".0" if "." in token else "")
    return token

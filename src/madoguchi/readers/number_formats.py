"""A number as Word and PowerPoint show it before a paragraph: 第１条, 1.2, ア, （一）, ①."""

import re

_KANJI = "〇一二三四五六七八九"
_AIUEO = "アイウエオカキクケコサシスセソタチツテトナニヌネノハヒフヘホマミムメモヤユヨラリルレロワヲン"
_IROHA = "イロハニホヘトチリヌルヲワカヨタレソツネナラムウヰノオクヤマケフコエテアサキユメミシヱヒモセスン"
_HALF_AIUEO = "ｱｲｳｴｵｶｷｸｹｺｻｼｽｾｿﾀﾁﾂﾃﾄﾅﾆﾇﾈﾉﾊﾋﾌﾍﾎﾏﾐﾑﾒﾓﾔﾕﾖﾗﾘﾙﾚﾛﾜｦﾝ"
_HALF_IROHA = "ｲﾛﾊﾆﾎﾍﾄﾁﾘﾇﾙｦﾜｶﾖﾀﾚｿﾂﾈﾅﾗﾑｳヰﾉｵｸﾔﾏｹﾌｺｴﾃｱｻｷﾕﾒﾐｼヱﾋﾓｾｽﾝ"
_LEGAL = str.maketrans("一二三十", "壱弐参拾")
_ROMAN = (
    *((1000, "M"), (900, "CM"), (500, "D"), (400, "CD"), (100, "C"), (90, "XC"), (50, "L"), (40, "XL")),
    *((10, "X"), (9, "IX"), (5, "V"), (4, "IV"), (1, "I")),
)
_FULL = str.maketrans("0123456789", "０１２３４５６７８９")
# Formats that go round: format -> its characters.
_CYCLES = {
    "aiueo": _HALF_AIUEO,
    "aiueoFullWidth": _AIUEO,
    "iroha": _HALF_IROHA,
    "irohaFullWidth": _IROHA,
    "ideographTraditional": "甲乙丙丁戊己庚辛壬癸",
    "ideographZodiac": "子丑寅卯辰巳午未申酉戌亥",
}
# Signs of their own: format -> (first sign, how many there are).
_SIGNS = {
    "decimalEnclosedFullstop": (0x2488, 20),
    "decimalEnclosedParen": (0x2474, 20),
    "ideographEnclosedCircle": (0x3280, 10),
}
# What PowerPoint calls a format -> (format, what stands before, after).
_POWERPOINT = (
    (r"arabicDb", "decimalFullWidth"),
    (r"arabic", "decimal"),
    (r"romanUc", "upperRoman"),
    (r"romanLc", "lowerRoman"),
    (r"alphaUc", "upperLetter"),
    (r"alphaLc", "lowerLetter"),
    (r"circleNum", "decimalEnclosedCircle"),
    (r"ea1Jpn|ea1Ch", "japaneseCounting"),
)


def shown(number: int, style: str) -> str:
    """Return a number as a Word number format shows it."""
    if style in _CYCLES:
        signs = _CYCLES[style]
        return signs[(number - 1) % len(signs)] if number > 0 else str(number)
    if style in _SIGNS:
        first, count = _SIGNS[style]
        return chr(first + number - 1) if 1 <= number <= count else str(number)
    if style.startswith("decimalEnclosedCircle"):
        return _circled(number)
    if style.startswith("decimalFullWidth"):
        return str(number).translate(_FULL)
    if style == "decimalZero":
        return f"{number:02d}"
    if style in ("ideographDigital", "japaneseDigitalTenThousand", "taiwaneseDigital"):
        return "".join(_KANJI[int(digit)] if digit.isdigit() else digit for digit in str(number))
    if style == "japaneseLegal":
        return kanji(number).translate(_LEGAL)
    if style.startswith(("japanese", "chineseCounting", "taiwaneseCounting")):
        return kanji(number)
    if style in ("lowerLetter", "upperLetter"):
        letter = chr(97 + (number - 1) % 26) * min(10, (number - 1) // 26 + 1)
        return letter if style == "lowerLetter" else letter.upper()
    if style in ("lowerRoman", "upperRoman"):
        roman = _roman(number)
        return roman.lower() if style == "lowerRoman" else roman
    if style == "numberInDash":
        return f"- {number} -"
    if style == "ordinal":
        end = "th" if number % 100 in (11, 12, 13) else {1: "st", 2: "nd", 3: "rd"}.get(number % 10, "th")
        return f"{number}{end}"
    return str(number)


def custom(number: int, pattern: str) -> str:
    """Return a number in a format that is given by its first values: 「001, 002, 003」."""
    first = re.match(r"0*1\b", pattern.strip())
    return f"{number:0{len(first[0])}d}" if first else str(number)


def slide_number(number: int, style: str) -> str:
    """Return a number as a PowerPoint format shows it: `arabicParenBoth` (3)."""
    said = str(number)
    for pattern, name in _POWERPOINT:
        if re.match(pattern, style):
            said = shown(number, name)
            break
    if style.endswith("ParenBoth"):
        return f"({said})"
    return said + (")" if style.endswith("ParenR") else "." if style.endswith("Period") else "")


def kanji(number: int) -> str:
    """Return 1–9999 in kanji: 二十三."""
    if not 1 <= number <= 9999:
        return str(number)
    said = ""
    for unit, name in ((1000, "千"), (100, "百"), (10, "十"), (1, "")):
        digit, number = divmod(number, unit)
        if digit:
            said += ("" if digit == 1 and name else _KANJI[digit]) + name
    return said


def _circled(number: int) -> str:
    for first, least, most in ((0x2460, 1, 20), (0x3251, 21, 35), (0x32B1, 36, 50)):
        if least <= number <= most:
            return chr(first + number - least)
    return "⓪" if number == 0 else str(number)


def _roman(number: int) -> str:
    said = ""
    for value, name in _ROMAN:
        while number >= value and len(said) < 20:
            said, number = said + name, number - value
    return said

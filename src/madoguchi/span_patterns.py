"""How days are written: the patterns of `spans`, over a text in compatible forms.

Groups: `era`, `n`, `west`, `yy` of a year (with a 2 those of the other writing), `unit`, `m`, `d`, `q`, `half`.
"""

import re
import unicodedata

from madoguchi import eras

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


_UNIT = rf"(?P<unit>{_S}(?:会計年度|年?度|年(?!間|代)))"
_MONTH_DAY = rf"(?:{_S}(?P<m>{_PART}){_S}月(?!間|齢)(?:{_S}(?P<d>{_PART}){_S}日(?!間))?)"
_QUARTER = rf"(?P<part>第{_S}(?P<q>[1-4一二三四]){_S}四半期|(?P<half>[上下])半?期)"
_REST = rf"(?:{_MONTH_DAY}|{_S}の?{_S}{_QUARTER})?"
# 令和5～7年度, 令和5・6年度, 令和5年度及び6年度: the first bears the unit of what follows.
_GOES_ON = (
    rf"(?={_S}(?:[・、,~\-ー]|から|及び|と){_S}(?:{_ANY_ERA}{_S})?(?:{_N}|{_WEST}){_S}(?P<ahead>年度|年(?!間|代)))"
)

DOUBLE = re.compile(
    rf"{_year()}(?:{_S}(?P<unit1>年度?))?{_S}[(・/]{_S}{_year('2')}(?:{_S}(?P<unit2>年度?))?{_S}\)?(?:{_UNIT})?{_REST}"
)
DOTTED = re.compile(rf"{_year()}{_S}(?P<sep>[./-])(?P<m>\d{{1,2}})(?:(?P=sep)(?P<d>\d{{1,2}}))?(?![\dA-Za-z./%-])")
SINGLE = re.compile(rf"{_year()}(?:{_UNIT}{_REST}|{_GOES_ON}|(?<='\d\d)|(?<=FY\d\d\d\d)|(?<=FY \d\d\d\d))")
BARE_DAY = re.compile(rf"(?P<n>{_N}){_S}年{_S}(?P<m>{_PART}){_S}月{_S}(?P<d>{_PART}){_S}日(?!間)")
BARE_FISCAL = re.compile(rf"(?P<n>{_N}){_S}年度(?!目|間|分の)(?:{_S}の?{_S}{_QUARTER})?")
MONTH = re.compile(rf"(?P<m>{_PART}){_S}月(?!間|齢)(?:{_S}(?P<d>{_PART}){_S}日(?!間))?")
QUARTER_ALONE = re.compile(_QUARTER)
FISCAL_WORDS = eras.FISCAL_FROM_NOW | eras.FISCAL_FROM_SAID
YEAR_WORDS = eras.FROM_NOW | eras.FROM_SAID
MONTH_WORDS = eras.MONTH_FROM_NOW | eras.MONTH_FROM_SAID
_MONTH_WORDS = "|".join(MONTH_WORDS)
RELATIVE_MONTH = re.compile(rf"(?P<month>{_MONTH_WORDS})(?:{_S}(?P<d>{_PART}){_S}日(?!間))?")
RELATIVE = re.compile(
    rf"(?:(?P<fiscal>{'|'.join(FISCAL_WORDS)})(?:{_S}の?{_S}{_QUARTER})?"
    rf"|(?<![日以従過])(?P<year>{'|'.join(YEAR_WORDS)})(?![度齢代輩金])の?(?:{_MONTH_DAY}|(?P<same>同月))?)"
)
# 「同31年」, in the era of the year before it; 「同一年度」 is another word.
SAME_ERA = re.compile(rf"同(?!一年){_S}(?P<n>{_N}){_UNIT}{_REST}")
# What a date may begin with; only there the patterns above are tried.
CANDIDATE = re.compile(
    rf"{_ANY_ERA}|西暦|FY|(?<![A-Za-z0-9'])'\d\d|(?<![\d.,])[12]\d{{3}}(?={_S}[年/.\-(・~、,]|{_S}から)"
    rf"|(?<![\d.,/-])\d{{1,2}}(?={_S}[年月])|(?<![{_KANJI}百千万第同])[元千{_KANJI}][{_KANJI}百千]{{0,7}}(?={_S}[年月])"
    rf"|第{_S}[1-4一二三四]{_S}四半期|[上下]半期|(?<![日以従過])(?:{'|'.join([*FISCAL_WORDS, *YEAR_WORDS])})"
    rf"|{_MONTH_WORDS}|同(?!一年){_S}{_N}(?={_S}年)"
)
_WEEKDAY = rf"(?:{_S}\([月火水木金土日](?:曜日?)?(?:[・,]?祝日?)?\))?"
_TIME = rf"(?:{_S}(?:正午|(?:午[前後])?{_S}\d{{1,2}}(?:時(?:{_S}\d{{1,2}}{_S}分|半)?|:\d\d)))?"
TO = re.compile(rf"(?:末日?|分|付け?)?{_WEEKDAY}{_TIME}(?:{_S}(?:から|より|[~\-ー→])|[ \n]{{0,2}}至){_S}")
DAY_ALONE = re.compile(rf"(?P<d>{_PART}){_S}日(?!間)")
YEAR_ALONE = re.compile(rf"(?P<n>{_N}){_S}年(?!度|間|代){_MONTH_DAY}?")
# What 「R6.4.1～」 leads to: 「6.30」, 「7.3.31」.
DOTTED_ON = re.compile(r"(?:(?P<n>\d{1,2})[./])?(?P<m>\d{1,2})(?P<sep>[./])(?P<d>\d{1,2})(?![\d./-])")
# The year of a law is part of its name: 「平成12年風見市条例第3号」.
LAW = re.compile(
    rf"{_S}[一-龥々ァ-ヶー]{{0,12}}(?:法律|政令|省令|府令|勅令|条例|規則|規程|告示|訓令|要綱|要領)"
    rf"{_S}[甲乙]?{_S}第{_S}[\d{_KANJI}百千]"
)
EVERY = ("毎年", "例年", "各年", "毎", "うち")
_DASHES = dict.fromkeys("‐‑‒–—―−", "-") | dict.fromkeys("〜～", "~") | {"’": "'", "‘": "'", "／": "/"}


def plain(text: str) -> tuple[str, list[int]]:
    """Return a text in compatible forms (１→1, ㋿→令和), and for each of its characters the place it came from."""
    characters: list[str] = []
    places: list[int] = []
    for place, character in enumerate(text):
        # ① is a mark of a list; a variation selector only says which shape.
        if character.isascii():
            form = character
        elif "\ufe00" <= character <= "\ufe0f" or "\U000e0100" <= character <= "\U000e01ef":
            continue
        else:
            form = character if unicodedata.category(character) == "No" else unicodedata.normalize("NFKC", character)
            form = _DASHES.get(form, form)
        for one in form:
            characters.append(one)
            places.append(place)
    return "".join(characters), places

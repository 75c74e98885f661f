"""A question without what tells of a person: names, numbers, mail addresses and addresses of pages.

It cannot know everybody: a name that is a word too (泉, 光) and stands alone is taken for the word. What is done
besides says docs/decisions/0021.
"""

import re
import unicodedata
from collections.abc import Iterator

from django.conf import settings

from madoguchi.eras import era_year
from madoguchi.letters import FORMS
from madoguchi.llm import my_number_patterns as signs
from madoguchi.llm.personal_words import Word, cut, is_a_name

NAME, NUMBER, MAIL, ADDRESS = "〔氏名〕", "〔番号〕", "〔メール〕", "〔URL〕"
_PLACEHOLDER = re.compile("|".join((NAME, NUMBER, MAIL, ADDRESS)))

_UNSEEN = re.compile(f"[{signs.UNSEEN}]+")
_SPACE = re.compile(rf"[\s{signs.SPACES}]+")
_MAIL = re.compile(r"[!-?A-~]*@[!-?A-~]+")
_URL = re.compile(
    r"(?:https?:/{1,2}|www\.)[!-~]*|(?<![!-~])(?:[a-z0-9-]+\.)+(?:jp|com|net|org|info)(?![a-z])[!-~]*", re.IGNORECASE
)
# 2026年度 says no more than 令和8年度, and of the four digits of others nothing can be known.
_YEAR = re.compile(r"(?<!\d)(?:19|20)\d\d(?=年)")
_DAY = re.compile(r"(?:明治|大正|昭和|平成|令和|[MTSHR])?\s?(?:\d{1,4}|元)年\s?\d{1,2}月\s?\d{1,2}日")
# What may stand between two digits of one number: 090-1234-5678, 03(1234)5678, 3丁目12番5号.
_BETWEEN = rf"(?:[{re.escape(signs.SPACES + signs.DASHES + signs.DOTS + signs.OTHERS)}]{{0,3}}|丁目|番地?の?|号|の)"
_DIGITS = re.compile(rf"{signs.D}(?:{_BETWEEN}{signs.D}){{3,}}")
_COUNT = rf"(?:{signs.D}|[十百]){{1,4}}"
_LOT = re.compile(
    rf"{_COUNT}丁目\s?{_COUNT}(?:番地?|[-の]{_COUNT})?(?:\s?の?{_COUNT}号?)?|{_COUNT}番地(?:の?{_COUNT})?|{_COUNT}番\s?{_COUNT}号"
)

# Letter for letter: the dictionary knows 高橋 and not 髙橋.
_IN_USE = str.maketrans(FORMS)
# Before these stands a name unless it is a word that is nobody's; before the last ones always.
_CALLED = re.compile(r"\s?(?:さん|様|さま|氏(?!名)|殿|ちゃん|くん)")
_CHILD = re.compile(r"\s?(?:ちゃん|くん)")
_NOT_CALLED = frozenset(["奥", "赤", "兄", "姉", "父", "母", "爺", "婆", "坊", "何", "皆", "お客", "お子"])
_TITLE = re.compile(
    r"\s?(?:課長|部長|係長|主査|主事|主任|主幹|参事|次長|室長|局長|所長|班長|補佐|議員|委員|先生|校長|教頭|園長|医師|弁護士)"
)
# 元課長, 町議員: words before a title, though each is somebody's name too.
_NOT_TITLED = frozenset("前元新本現全町国都府正")
# 中村公民館, 風見市: the name of a place.
_OF_PLACE = re.compile(
    r"(?:[市区町村郡都道府県駅川橋線号]|通り|地区|団地|公園|公民館|会館|図書館|体育館|学園|[小中]学校|高校|保育[園所]|幼稚園|"
    r"こども園|病院|神社)(?!長)"
)
# 市民課の花子: before a given name may stand a surname that nobody knows, and no word for an office or a person.
_SURNAME = re.compile(r"[一-龠々]{1,3}(?<![課係部室局所市町村区会園校員長者])")
# What may stand between the parts of a name.
_JOINTS = frozenset(" ・=")


def masked(text: str) -> str:
    """Return a question without names of persons and numbers of four digits and more; at most GAP_MAX_CHARACTERS."""
    plain = _UNSEEN.sub("", unicodedata.normalize("NFKC", _UNSEEN.sub("", text)))
    plain = _SPACE.sub(" ", plain).strip(" 。.?!")
    plain = _URL.sub(ADDRESS, _MAIL.sub(MAIL, plain))
    plain = _YEAR.sub(_era, plain)
    for pattern in (_DAY, _LOT, _DIGITS):
        plain = pattern.sub(NUMBER, plain)
    for start, end in reversed(list(_names(plain))):
        plain = plain[:start] + NAME + plain[end:]
    return plain[: settings.GAP_MAX_CHARACTERS]


def without_placeholders(text: str) -> str:
    """Return what is left of a masked question to search for."""
    return _SPACE.sub(" ", _PLACEHOLDER.sub(" ", text)).strip()


def _era(match: re.Match[str]) -> str:
    names = era_year(int(match[0]))
    return names[0].removesuffix("年") if names else match[0]


def _names(text: str) -> Iterator[tuple[int, int]]:
    """Yield the spans of a text that name a person, in its order, apart from one another."""
    parts = cut(text.translate(_IN_USE))
    after = 0
    for at in range(len(parts)):
        if at < after or not _names_a_person(text, parts, at):
            continue
        first = at
        while first > after and _begins_name(parts[first - 1], parts[first]):
            first -= 1
        last = at
        while (following := _next_of_name(parts, last)) > last:
            last = following
        after = last + 1
        yield parts[first].start, parts[last].end


def _names_a_person(text: str, parts: list[Word], at: int) -> bool:
    part = parts[at]
    if part.kind[0] not in ("名詞", "形状詞"):
        return False
    is_word = part.is_known and part.kind[1] != "固有名詞" and not is_a_name(part.text)
    if _CALLED.match(text, part.end):
        return part.text not in _NOT_CALLED and (not is_word or bool(_CHILD.match(text, part.end)))
    if _TITLE.match(text, part.end):
        return part.text not in _NOT_TITLED and not is_word
    return part.is_name and not _OF_PLACE.match(text, part.end)


def _begins_name(before: Word, part: Word) -> bool:
    """Return whether a name begins before a part of it."""
    unknown = part.is_name and part.kind[3] == "名" and before.kind[0] == "名詞" and _SURNAME.fullmatch(before.text)
    return before.end == part.start and (_may_be_name(before) or bool(unknown))


def _next_of_name(parts: list[Word], at: int) -> int:
    """Return the place of the part that goes on a name, or the place itself."""
    following = at + 1
    joined = following < len(parts) and parts[following].text in _JOINTS
    following += joined
    if following == len(parts) or not _may_be_name(parts[following]):
        return at
    # 「田中 光熱費」 is cut as a word; a space alone joins what is a name for sure.
    if joined and parts[at + 1].text == " " and not (parts[following].is_name or not parts[following].is_known):
        return at
    return following


def _may_be_name(part: Word) -> bool:
    """Whether it is somebody's name elsewhere, or a word that nobody knows."""
    return part.kind[0] == "名詞" and (part.is_name or not part.is_known or is_a_name(part.text))

"""Names told by what stands beside them, however the dictionary cut them: a title, さん, a reading, 在留カード."""

from bisect import bisect_left
from collections.abc import Iterator, Sequence

from madoguchi.llm import personal_name_patterns as patterns
from madoguchi.llm.personal_fields import Span, is_no_name
from madoguchi.llm.personal_words import Word, kinds_of_name

# Letters between a name in capitals and what tells that it is one.
_BESIDE = 60


def addressed(text: str) -> Iterator[Span]:
    """Yield surnames that the dictionary has, however it cut them: before a title or 様, or before an office.

    御手洗委員, 原主事, 四方（市民課）.
    """
    for match in patterns.BEFORE_ADDRESS.finditer(text):
        run = match[1]
        if run in patterns.NOT_CALLED or run in patterns.NOT_TITLED or patterns.ORGANISATION.search(run):
            continue
        if patterns.COMPANY.search(text[max(0, match.start() - 8) : match.start()]):
            continue
        kinds = kinds_of_name(run)
        # 第1章 町長 is a chapter.
        is_one = "姓" in kinds and not text[match.start() - 1 : match.start()].isdigit()
        if is_one if len(run) == 1 else kinds:
            yield match.span(1)


def by_lexicon(text: str) -> Iterator[Span]:
    """Yield surnames and given names that the dictionary has, whatever it took them for here.

    Apart (田中 明日香), joined before さん (鈴木ひまりさん), and a given name alone behind a word for kin (夫の浩).
    """
    for match in patterns.IN_TWO_PARTS.finditer(text):
        surname, given = match[1], match[2]
        if len(surname) + len(given) < 3 or is_no_name(surname) or is_no_name(given):
            continue
        if "姓" in kinds_of_name(surname) and "名" in kinds_of_name(given):
            yield match.start(1), match.end(2)
    for match in patterns.IN_ONE_PART.finditer(text):
        surname, given = match[1], match[2]
        if patterns.NOT_BEGINNING.match(given) or given in patterns.NOT_GIVEN or is_no_name(given):
            continue
        if "姓" in kinds_of_name(surname):
            yield match.start(1), match.end(2)
    for match in patterns.OF_KIN.finditer(text):
        if "名" in kinds_of_name(match[1]) and match[1] not in patterns.KIN:
            yield match.span(1)


def foreign(text: str, words: Sequence[Word]) -> Iterator[Span]:
    """Yield names in katakana of several parts that the dictionary does not have: ケテワン・ゲラーゼ."""
    by_start = {word.start: at for at, word in enumerate(words)}
    for match in patterns.KATAKANA_PARTS.finditer(text):
        at = by_start.get(match.start())
        if at is None:
            continue
        parts = list[Word]()
        while at < len(words) and words[at].end <= match.end():
            parts += [words[at]] if words[at].text not in ("・", "=", " ") else []
            at += 1
        if patterns.CALLED.match(text, match.end()):
            yield match.span()
        elif any(not part.is_known or part.is_name for part in parts) and not any(
            part.is_known and part.kind[1] == "普通名詞" and len(part.text) > 2 for part in parts
        ):
            following = words[at] if at < len(words) else None
            if following is None or following.kind[0] != "名詞" or following.kind[1] == "数詞":
                yield match.span()


def in_capitals(text: str) -> Iterator[Span]:
    """Yield names in capitals beside what only residents from abroad have: 在留カード, 国籍, ローマ字."""
    told = [match.start() for match in patterns.FOREIGN.finditer(text)]
    for match in patterns.CAPITALS.finditer(text) if told else ():
        at = bisect_left(told, match.start() - _BESIDE)
        if at < len(told) and told[at] <= match.start() + _BESIDE:
            yield match.span()


def with_readings(text: str, found: Sequence[Span]) -> Iterator[Span]:
    """Yield the readings in brackets behind names, and names that a reading alone tells: 薬袋 一（ミナイ ハジメ）."""
    ends = {end for _, end in found}
    for reading in patterns.READING.finditer(text):
        if reading.start() in ends:
            yield reading.span(1)
            continue
        before = patterns.BEFORE_READING.search(text, max(0, reading.start() - 14), reading.start())
        if before and (" " in reading[1].strip() or " " in before[1]) and not is_no_name(before[1]):
            yield before.span(1)
            yield reading.span(1)

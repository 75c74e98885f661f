"""Names of persons: by labels and columns (氏名:), by what follows them (様, 課長, a reading), by the dictionary.

A name that is a word too (泉, 光) and stands alone is taken for the word; a surname that goes on as a compound
(山田製作所, 中村公民館, 豊田市) is no person.
"""

import re
from bisect import bisect_left
from collections.abc import Iterable, Iterator, Sequence

from madoguchi.llm import personal_name_patterns as patterns
from madoguchi.llm.personal_fields import Span, behind_labels, in_columns, is_no_name
from madoguchi.llm.personal_name_signs import addressed, by_lexicon, foreign, in_capitals, with_readings
from madoguchi.llm.personal_text import Cell, Plain
from madoguchi.llm.personal_words import Word, is_a_name, kinds_of_name

_IN_WORD = re.compile(r"[一-龠ァ-ヶーA-Za-z]")


def names(
    plain: Plain, words: Sequence[Word], cells: Sequence[Cell], taken: Sequence[tuple[str, int, int]]
) -> list[tuple[str, int, int]]:
    """Return ("name", start, end) in letters of `plain`, apart from one another and from what is `taken`."""
    text = plain.text
    others = _Spans((start, end) for _, start, end in taken)
    # Labels first: they know names that no dictionary has.
    sure = [span for span in [*in_columns(text, cells), *behind_labels(text)] if others.is_free(*span)]
    labelled = _Spans(sure)
    found = sure + [
        span
        for span in [
            *addressed(text),
            *by_lexicon(text),
            *_in_text(text, words),
            *foreign(text, words),
            *in_capitals(text),
        ]
        if others.is_free(*span) and labelled.is_free(*span)
    ]
    found += [span for span in with_readings(text, found) if others.is_free(*span)]
    found += [span for span in _again(text, found) if others.is_free(*span)]
    return [("name", start, end) for start, end in _joined(found)]


def _joined(spans: Sequence[Span]) -> list[Span]:
    """Return spans in order, those that overlap as one."""
    joined = list[Span]()
    for start, end in sorted(spans):
        if joined and start < joined[-1][1]:
            joined[-1] = (joined[-1][0], max(joined[-1][1], end))
        else:
            joined.append((start, end))
    return joined


class _Spans:
    """Letters of a text that are taken already."""

    def __init__(self, spans: Iterable[Span]) -> None:
        joined = _joined(list(spans))
        self._starts, self._ends = [start for start, _ in joined], [end for _, end in joined]

    def is_free(self, start: int, end: int) -> bool:
        """Whether nothing taken overlaps a span that is not empty."""
        at = bisect_left(self._starts, end)
        return start < end and (at == 0 or self._ends[at - 1] <= start)


def _in_text(text: str, words: Sequence[Word]) -> Iterator[Span]:
    """Yield what the dictionary, a form of address or a title tells to be a name."""
    after = 0
    for at in range(len(words)):
        if at < after or not _names_a_person(text, words, at):
            continue
        first = at
        while first > after and _begins_name(words[first - 1], words[first]):
            first -= 1
        if first == at and first - 2 >= after and _begins_across_space(words, first):
            first -= 2
        last = at
        while (following := _next_of_name(text, words, last, first)) > last:
            last = following
        if _is_lonely(text, words, first, last):
            continue
        end = words[last].end
        if patterns.OF_INSTITUTION.match(text, end) or patterns.OF_NUMBER.match(text, end):
            continue
        after = last + 1
        yield words[first].start, _before_title(text, words[first].start, words[last].end)


def _before_title(text: str, start: int, end: int) -> int:
    """Return where a name ends that the dictionary cut together with a title: 林保 健師 is 林 保健師."""
    for at in range(start + 1, min(end, start + 5)):
        title = patterns.TITLE.match(text, at)
        if title and title.end() >= end and "姓" in kinds_of_name(text[start:at]):
            return at
    return end


def _names_a_person(text: str, words: Sequence[Word], at: int) -> bool:
    word = words[at]
    if word.kind[0] not in ("名詞", "形状詞") or word.kind[1] == "数詞" or patterns.WEEK.fullmatch(word.text):
        return False
    is_word = word.is_known and word.kind[1] != "固有名詞" and not is_a_name(word.text)
    if patterns.CALLED.match(text, word.end):
        if word.text in patterns.NOT_CALLED or patterns.COMPANY.search(text[max(0, word.start - 8) : word.start]):
            return False
        rare = (
            len(word.text) <= 3
            and bool(re.fullmatch(r"[一-龠々]{2,3}", word.text))
            and not patterns.ORGANISATION.search(word.text)
        )
        return (
            not is_word
            or bool(patterns.CHILD.match(text, word.end))
            or (rare and text[word.end : word.end + 1] != "殿")
        )
    if patterns.TITLE.match(text, word.end):
        if (
            word.text in patterns.NOT_TITLED
            or is_word
            or patterns.OF_PLACE.match(text, word.end)
            or word.text[-2:] in ("大学", "高校", "県立")
        ):
            return False
        # 小樽市長 is the mayor of a place; 福島部長 is a person.
        if word.is_place and (len(word.text) > 2 or patterns.OF_A_PLACE.match(text, word.end)):
            return False
        known = "姓" in kinds_of_name(word.text) or not word.is_known
        return word.is_name or (known and not patterns.IN_KANA.match(word.text))
    if word.text in patterns.NOT_TITLED:
        return False
    return (
        word.is_name
        and not patterns.OF_PLACE.match(text, word.end)
        and not patterns.COMPANY.search(text[max(0, word.start - 8) : word.start])
    )


def _may_go_on(word: Word) -> bool:
    """Whether a word may be a part of a name beside one that is."""
    return (
        word.kind[0] == "名詞"
        and word.kind[1] != "数詞"
        and (word.is_name or not word.is_known or is_a_name(word.text))
    )


def _begins_name(before: Word, word: Word) -> bool:
    """Whether a name begins before a part of it."""
    if (
        before.end != word.start
        or is_no_name(before.text)
        or before.text in patterns.NOT_TITLED
        or not patterns.LETTER.match(before.text)
    ):
        return False
    unknown = (
        word.is_given
        and before.kind[0] == "名詞"
        and before.kind[1] != "数詞"
        and patterns.SURNAME.fullmatch(before.text)
    )
    return (_may_go_on(before) and not before.is_place) or bool(unknown) or (before.is_place and word.is_given)


def _begins_across_space(words: Sequence[Word], at: int) -> bool:
    """Whether a surname that is a place or no known name stands before a given name, apart: 目黒 太郎, 薬袋 陽菜."""
    if not words[at].is_given or words[at - 1].text != " ":
        return False
    surname, before = words[at - 2], words[at - 3] if at >= 3 else None
    apart = (
        before is None
        or before.end != surname.start
        or before.kind[0] in ("空白", "補助記号", "助詞")
        or before.text == "\n"
    )
    if (
        not apart
        or surname.kind[0] != "名詞"
        or surname.kind[1] == "数詞"
        or not patterns.SURNAME.fullmatch(surname.text)
    ):
        return False
    return "姓" in kinds_of_name(surname.text) or not (
        is_no_name(surname.text) or re.fullmatch(patterns.ROLE, surname.text)
    )


def _next_of_name(text: str, words: Sequence[Word], at: int, first: int) -> int:
    """Return the place of the part that goes on a name, or the place itself."""
    following = at + 1
    joined = following < len(words) and words[following].text in patterns.JOINTS
    if (
        joined
        and words[at + 1].text != " "
        and not (patterns.IN_KANA.match(words[at].text) and _goes_on_in_kana(words, at + 2))
    ):
        return at
    following += joined
    if following >= len(words) or (joined and words[at + 1].text == " " and _has_gap(words, first, at)):
        return at
    word = words[following]
    if is_no_name(word.text) or patterns.CALLED.match(text, word.start) or patterns.TITLE.match(text, word.start):
        return at
    surname = words[at].is_surname or "姓" in kinds_of_name(words[at].text)
    if not joined and patterns.IN_KANA.match(word.text) and _is_too_long_in_kana(words[at], word):
        return at
    if _may_go_on(word) and not (joined and words[at + 1].text == " " and not (word.is_name or not word.is_known)):
        # 山田 佐藤 are two persons; 山田 太郎 is one.
        if joined and words[at + 1].text == " " and words[at].is_given:
            return at
        return following
    # 山田 凛々蝶: letters of a given name up to the end of the part.
    if surname and at == first and (joined or word.kind[0] != "助詞"):
        end = _given_end(text, words, following)
        if end is not None and (
            joined or patterns.BREAK.match(text, words[end].end) or patterns.CALLED.match(text, words[end].end)
        ):
            return end
    return at


def _is_too_long_in_kana(word: Word, following: Word) -> bool:
    """Whether what follows without a gap is no given name: 小島プロダクション, マイナポータル."""
    if patterns.IN_KANA.match(word.text):
        return not following.is_name and bool(re.match(r"[ァ-ヶー]", following.text))
    return len(following.text) > 4


def _goes_on_in_kana(words: Sequence[Word], at: int) -> bool:
    """Whether katakana goes on a foreign name: 尾崎・大東 are two persons, グエン・アン is one."""
    return at < len(words) and bool(patterns.IN_KANA.match(words[at].text))


def _has_gap(words: Sequence[Word], first: int, at: int) -> bool:
    return any(word.text == " " for word in words[first:at])


def _given_end(text: str, words: Sequence[Word], at: int) -> int | None:
    """Return the last of the words that may spell a given name up to the end of a part of the text."""
    last = at
    while (
        last + 1 < len(words)
        and words[last + 1].start - words[at].start < 4
        and re.match(patterns.LETTERS, words[last + 1].text)
    ):
        if words[last + 1].kind[0] == "助詞" and words[last + 1].kind[1] in ("格助詞", "係助詞"):
            break
        if patterns.CALLED.match(text, words[last + 1].start) or patterns.TITLE.match(text, words[last + 1].start):
            break
        last += 1
    value, end = text[words[at].start : words[last].end], words[last].end
    if (
        not patterns.GIVEN.fullmatch(value)
        or value in patterns.NOT_GIVEN
        or is_no_name(value)
        or patterns.ORGANISATION.search(value)
    ):
        return None
    apart = text[words[at].start - 1] == " "
    if apart and patterns.CALLED.match(text, end):
        return last
    behind = words[last + 1] if last + 1 < len(words) else None
    breaks = bool(patterns.BREAK.match(text, end)) or text[end] in " 0123456789"
    if not (breaks or (apart and behind is not None and behind.kind[0] == "助詞")):
        return None
    if (
        apart
        and breaks
        and (
            patterns.HIRAGANA.fullmatch(value)
            or (re.fullmatch(r"[ァ-ヶ]{2}", value) and value not in patterns.TWO_KANA)
        )
    ):
        return last
    if is_a_name(value):
        return last
    # 「田中 光熱費」 is a word of two letters and more that nobody is called.
    known = [word for word in words[at : last + 1] if len(word.text) > 1 and word.is_known and not is_a_name(word.text)]
    return None if known else last


def _is_lonely(text: str, words: Sequence[Word], first: int, last: int) -> bool:
    """Whether a single part stands as something else: a word in hiragana, the beginning of a compound."""
    word, start, end = words[first], words[first].start, words[last].end
    if patterns.CALLED.match(text, end):
        return False
    if patterns.TITLE.match(text, end):
        # 第1章 町長 is a chapter, 関東部長 is nobody's name.
        return len(word.text) == 1 and bool(re.match(r"[\d一-龠]", text[start - 1 : start]))
    if not re.search(r"[一-龠ぁ-んァ-ヶ]", text[start:end]):
        # Capitals alone are as often a company: only labels and forms of address tell.
        return True
    if first != last:
        return False
    beside = text[start - 1 : start] + text[end : end + 1]
    if patterns.IN_KANA.match(word.text) and (not word.is_known or re.search(r"[ァ-ヶー・「」『』\"]", beside)):
        return True
    if re.match(r"\d|[〔［【]", text[end : end + 1]) or _in_list_of_places(words, first):
        return True
    if patterns.HIRAGANA.fullmatch(word.text) or (len(word.text) == 1 and not word.is_surname):
        return True
    following = words[last + 1] if last + 1 < len(words) else None
    before = words[first - 1] if first else None
    if len(word.text) == 1 and (following is None or following.kind[0] != "助詞"):
        return True
    if re.search(r"[ァ-ヶー\d]\Z", text[start - 1 : start]) and not patterns.KATAKANA_ROLE.search(
        text, max(0, start - 9), start
    ):
        return True
    if following is not None and following.start == end and following.kind[0] in ("名詞", "接尾辞", "形状詞"):
        return not re.match(r"家|宅|親子|夫|兄|姉|両|姓|側|ら|たち|達|本人", following.text)
    return (
        before is not None
        and before.end == start
        and before.kind[0] in ("名詞", "接頭辞")
        and before.kind[1] == "固有名詞"
    )


def _in_list_of_places(words: Sequence[Word], at: int) -> bool:
    """Whether a word stands in a row with ・ beside what is no name: 小田・大庄・園田の各支所."""
    beside = [
        words[near + step]
        for near, step in ((at - 1, -1), (at + 1, 1))
        if 0 < near < len(words) - 1 and words[near].text == "・"
    ]
    return any(not word.is_name for word in beside)


def _again(text: str, found: Sequence[Span]) -> Iterator[Span]:
    """Yield the other places of names of two parts, and of their surnames, once they are known."""
    known = dict[str, set[str]]()
    for start, end in found:
        value = text[start:end]
        for one in (value, value.replace(" ", ""), value.split(" ")[0]):
            if len(one) >= 2 and not patterns.NOT_SPREAD.fullmatch(one):
                known.setdefault(one[:2], set()).add(one)
    # Only where two letters of a known name stand is there more to compare, however many names there are.
    for start in range(len(text) - 1 if known else 0):
        for value in known.get(text[start : start + 2], ()):
            end = start + len(value)
            if text.startswith(value, start) and not _is_part_of_a_word(text, start, end):
                yield start, end


def _is_part_of_a_word(text: str, start: int, end: int) -> bool:
    """Whether what is written like a name that is known is a place, a company or the part of a longer word here."""
    if _IN_WORD.match(text[start - 1 : start]) or patterns.OF_PLACE.match(text, end):
        return True
    if patterns.COMPANY.search(text[max(0, start - 8) : start]):
        return True
    if end - start > 3 or not _IN_WORD.match(text[end : end + 1]):
        return False
    return not (patterns.CALLED.match(text, end) or patterns.TITLE.match(text, end))

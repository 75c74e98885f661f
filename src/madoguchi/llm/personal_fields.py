"""Names in the fields of forms and tables: what stands behind 氏名, 世帯主, フリガナ, or below them in a column."""

from collections.abc import Iterator, Sequence

from madoguchi.llm import personal_name_patterns as patterns
from madoguchi.llm.personal_text import Cell
from madoguchi.llm.personal_words import cut, is_a_name, kinds_of_name

Span = tuple[int, int]


def in_columns(text: str, cells: Sequence[Cell]) -> Iterator[Span]:
    """Yield the names in the cells of columns whose header is a label of a name."""
    for cell in cells:
        header = cell.header.replace(" ", "")
        if patterns.NAME_HEADER.fullmatch(header):
            start = cell.start + len(text[cell.start : cell.end]) - len(text[cell.start : cell.end].lstrip())
            if (span := _value(text, start, cell.end, header, sure=True)) is not None:
                yield span


def behind_labels(text: str) -> Iterator[Span]:
    """Yield the names behind labels (氏名:, 世帯主, ふりがな)."""
    for label in patterns.LABELLED.finditer(text):
        sign = label["sign"]
        sure = bool(label["sure"] or label["also"])
        if sign in ("は", "の") or (sign in " \n)" and not sure):
            # In a sentence or beside a space only what the dictionary knows; `_in_text` finds it.
            if sign in "はの" and not (label["sure"] and patterns.LATIN.match(text, label.end())):
                continue
            if sign == ")" or (sign not in "はの" and not _looks_like_name(text, label.end())):
                continue
        line = text.find("\n", label.end())
        end = len(text) if line < 0 else line
        if (span := _value(text, label.end(), end, label[0], sure=sure and sign not in "はの")) is not None:
            yield span


def is_no_name(value: str) -> bool:
    """Whether a word or the rest of a field says that nobody is named there."""
    pattern = patterns.NO_NAME_IN_KANA if patterns.IN_KANA.match(value) else patterns.NO_NAME
    return bool(pattern.search(value) or patterns.ROLE_ONLY.fullmatch(value))


def _looks_like_name(text: str, start: int) -> bool:
    """Whether a surname that the dictionary knows stands there, or some word and a given name behind a space."""
    two = patterns.TWO_PARTS.match(text, start)
    if two and "名" in kinds_of_name(two[2]) and not is_no_name(two[1]):
        return True
    return any(kinds_of_name(text[start:end]) & {"姓", "名"} for end in range(start + 1, min(len(text), start + 5) + 1))


def _value(text: str, start: int, end: int, label: str, sure: bool) -> Span | None:
    """Return the name that a field holds at its beginning, or None; `sure`: its label says that it is a name."""
    if latin := patterns.LATIN.match(text, start, end):
        return latin.span() if sure or latin[0].isupper() else None
    match = patterns.VALUE.match(text, start, end)
    if match is None:
        return None
    second = (match.start("two"), match.end("two")) if match["two"] else None
    if second is None and (rest := patterns.SECOND.match(text, match.end(), end)):
        second = rest.span(1)
    if second is not None and _may_be_two(match["one"], text[second[0] : second[1]], sure):
        # ヴァン アン トラン: readings and foreign names go on.
        return match.start(), match.end() if match["more"] and patterns.KANA.fullmatch(match[0]) else second[1]
    is_reading = patterns.ONLY_KANA.fullmatch(match["one"]) and patterns.READING_LABEL.search(label)
    if _may_be_name(match["one"], sure) or (is_reading and not is_no_name(match["one"])):
        return match.span("one")
    return None


def _may_be_two(surname: str, given: str, sure: bool) -> bool:
    """Whether two parts in a field may be somebody's names."""
    if is_no_name(surname) or is_no_name(given) or patterns.ORGANISATION.search(given):
        return False
    if "姓" in kinds_of_name(surname) and patterns.GIVEN.fullmatch(given):
        return sure or not _is_word(given)
    if "名" in kinds_of_name(given) and patterns.SURNAME.fullmatch(surname):
        return True
    return _may_be_name(f"{surname} {given}", sure)


def _is_word(part: str) -> bool:
    """Whether a part that should be a given name is a word of two letters and more: 光熱費, 方面."""
    return any(len(word.text) > 1 and word.is_known and not is_a_name(word.text) for word in cut(part))


def _may_be_name(value: str, sure: bool) -> bool:
    """Whether what stands in a field, of one part or of two with a space, may be somebody's name."""
    if is_no_name(value) or not 2 <= len(value) <= 16:
        return len(value) == 1 and "名" in kinds_of_name(value)
    if is_a_name(value):
        return True
    two = " " in value
    pieces = [piece for piece in cut(value) if piece.text != " "]
    if all(piece.is_name for piece in pieces):
        return True
    if patterns.ORGANISATION.search(value) and not (two and any(piece.is_name for piece in pieces)):
        return two and sure and len(value) <= 6
    if len(pieces) > 1 and any(piece.kind[0] in patterns.NO_NOUNS for piece in pieces):
        return sure and (two or not patterns.HIRAGANA.search(value)) and len(value) <= 9
    if sure or any(piece.is_name or not piece.is_known for piece in pieces):
        return True
    # 田中心春, that the dictionary cuts to 田, 中心 and 春.
    return any(
        "姓" in kinds_of_name(value[:at]) and patterns.GIVEN.fullmatch(value[at:]) and not _is_word(value[at:])
        for at in range(2, min(5, len(value)))
    )

"""個人番号 is found however it is written, and what only looks like one is not."""

import importlib
import itertools
import random
import re
import sys

import pytest
from hypothesis import assume, example, given, settings
from hypothesis import strategies as st

from madoguchi.llm import my_number, my_number_patterns
from madoguchi.llm.my_number import Found, found_in, found_in_row, is_valid, likely_serials
from tests.llm import number_cases as cases

POSITIVES, NEGATIVES, ASKED = cases.positives(), cases.negatives(), cases.asked()
ELEVEN = st.integers(0, 10**11 - 1).filter(bool).map(cases.with_check_digit)
WIDTHS = ["0123456789", "０１２３４５６７８９", "〇一二三四五六七八九", "零壱弐参肆伍陸漆捌玖", "𝟬𝟭𝟮𝟯𝟰𝟱𝟲𝟳𝟴𝟵"]
SEPARATORS = [
    *my_number_patterns.SPACES,
    *my_number_patterns.DASHES,
    *my_number_patterns.DOTS,
    " - ",
    "\u200b",
    "\u202e",
]
UNSEEN = ["", "", "", "\u200b", "\u200d", "\u2060", "\u202a", "\ufe0f", "\u00ad", "\ufeff", "\x00"]


@pytest.mark.req("D1")
def test_the_last_digit_checks_the_others():
    assert [is_valid(number) for number in cases.VALID] == [True] * len(cases.VALID)
    assert [is_valid(number) for number in cases.INVALID] == [False] * len(cases.INVALID)
    assert not any(
        is_valid(text) for text in ("", "12345678901", "1234567890180", "１２３４５６７８９０１８", "12345678901x")
    )


@pytest.mark.req("D1")
def test_no_number_of_one_repeated_digit_is_valid():
    assert not any(is_valid(digit * 12) for digit in "0123456789")


@pytest.mark.req("D1")
@given(ELEVEN, st.integers(0, 11), st.integers(1, 9))
def test_a_mistyped_digit_is_told_unless_its_rest_meets_zero(number, place, more):
    """Rests 0 and 1 share the check digit 0; all other single mistakes show."""
    other = number[:place] + str((int(number[place]) + more) % 10) + number[place + 1 :]
    assert not is_valid(other) or (number[-1] == other[-1] == "0")


@pytest.mark.req("D2")
def test_the_sets_are_as_large_as_asked():
    assert len({text for text, *_ in POSITIVES}) >= 200
    assert len(set(NEGATIVES)) >= 500


@pytest.mark.req("D2")
@pytest.mark.parametrize(("text", "start", "end", "certain"), POSITIVES)
def test_a_number_is_found_at_its_place(text, start, end, certain):
    assert found_in(text) == [Found(start, end, certain)]


@pytest.mark.req("D2")
@pytest.mark.parametrize("text", sorted(set(NEGATIVES)))
def test_what_only_looks_like_one_is_left_alone(text):
    assert found_in(text) == []


@pytest.mark.req("D3")
@pytest.mark.parametrize(("text", "start", "end"), ASKED)
def test_a_right_digit_on_another_number_is_asked_about(text, start, end):
    assert found_in(text) == [Found(start, end, False)]


@pytest.mark.req("D3")
@pytest.mark.parametrize(("text", "context", "stops"), cases.CONTEXTS)
def test_the_words_around_decide(text, context, stops):
    assert [one.certain for one in found_in(text, context)] == ([] if stops is None else [stops])


@pytest.mark.req("D2")
@settings(max_examples=300, deadline=None)
@given(
    ELEVEN,
    st.lists(st.sampled_from(WIDTHS[:2] + WIDTHS[4:]), min_size=12, max_size=12),
    st.sets(st.integers(1, 11)),
    st.sampled_from(SEPARATORS),
    st.lists(st.sampled_from(UNSEEN), min_size=11, max_size=11),
)
def test_it_is_found_in_any_width_grouping_and_with_any_separator(number, widths, cuts, separator, unseen):
    assume(len(set(number)) > 1)
    written = ""
    for at, digit in enumerate(number):
        written += (separator if at in cuts else "") + (unseen[at - 1] if at else "") + widths[at][int(digit)]
    groups = [number[a:b] for a, b in itertools.pairwise([0, *sorted(cuts), 12])]
    # Which may be a day, years side by side, or a telephone abroad: see the negatives.
    assume(len(groups) == 1 or not re.match(r"19|20|81", number))
    assert [(one.start, one.end) for one in found_in(f"本人{written}様")] == [(2, 2 + len(written))]
    assert found_in(f"個人番号：{written}様") == [Found(5, 5 + len(written), True)]


@pytest.mark.req("D2")
@settings(max_examples=100, deadline=None)
@given(ELEVEN, st.sampled_from(WIDTHS), st.sampled_from(["", " ", "・", "-", "　"]))
def test_it_is_found_in_every_kind_of_figure(number, width, separator):
    assume(not number.startswith(("19", "20")))
    written = cases.fours("".join(width[int(digit)] for digit in number), separator)
    as_a_code = not separator and width in WIDTHS[:2]
    assert found_in(f"控え「{written}」") == [Found(3, 3 + len(written), not as_a_code)]


@pytest.mark.req("D2")
@settings(max_examples=200, deadline=None)
@given(st.text("0123456789", min_size=13, max_size=40), st.sampled_from(["", "個人番号 ", "番号 "]))
@example("1123456789018", "個人番号 ")
def test_it_is_never_found_inside_a_longer_run(digits, label):
    assert found_in(label + digits) == []
    assert found_in(label + "\u200b".join(digits)) == []


@pytest.mark.req("D3")
def test_random_numbers_without_a_word_are_asked_about_for_a_right_digit_and_never_stop():
    """About one in ten has a right digit by chance (2 of 11 rests give 0, the others one digit each)."""
    made = random.Random(3)
    numbers = [f"{made.randrange(10**12):012d}" for _ in range(20_000)]
    found = {number: found_in(f"控えは{number}です") for number in numbers}
    asked = [number for number in numbers if found[number]]
    assert asked == [number for number in numbers if is_valid(number)]
    assert 0.08 < len(asked) / len(numbers) < 0.12
    assert not any(one.certain for number in asked for one in found[number])


@pytest.mark.req("D3")
def test_several_right_digits_together_are_no_chance():
    assert [one.certain for one in found_in("\n".join(cases.MADE[:3]))] == [False] * 3
    assert [one.certain for one in found_in("\n".join(cases.MADE[:4]))] == [True] * 4
    assert not any(one.certain for one in found_in("\n".join([*cases.MADE[:4], cases.wrong(cases.MADE[9])])))


@pytest.mark.req("D3")
def test_serial_numbers_are_known_by_their_wrong_digits():
    right = cases.MADE[:10]
    counted_up = [str(number) for number in range(400000000000, 400000000040)]
    assert likely_serials(counted_up)
    assert not likely_serials(right)
    assert not likely_serials(counted_up[:9])
    assert not likely_serials([counted_up[1]] * 40)
    assert likely_serials([*right[:4], *map(cases.wrong, cases.MADE[20:26])])
    assert not likely_serials([*right[:5], *map(cases.wrong, cases.MADE[20:25])])


@pytest.mark.req("D3")
def test_a_list_of_serial_numbers_is_asked_about_and_one_of_my_numbers_stops():
    serials = [str(number) for number in range(400000000000, 400000000040)]
    listed = "\n".join(serials)
    found = found_in(listed)
    assert [listed[one.start : one.end] for one in found] == [number for number in serials if is_valid(number)]
    assert not any(one.certain for one in found)
    assert [one.certain for one in found_in(listed, "個人番号")] == [True] * len(serials)
    assert [one.certain for one in found_in("\n".join(cases.MADE))] == [True] * len(cases.MADE)
    beside = found_in(f"{listed}\n個人番号 123456789018")
    assert beside[-1].certain
    assert not any(one.certain for one in beside[:-1])


@pytest.mark.req("D3")
def test_numbers_side_by_side_in_a_table_are_not_asked_about():
    made = random.Random(5)
    table = "\n".join(" ".join(str(made.randrange(100, 1000)) for _ in range(4)) for _ in range(60))
    assert found_in(table) == []
    years = "\n".join("  ".join(str(made.randrange(1000, 10000)) for _ in range(3)) for _ in range(60))
    assert not any(one.certain for one in found_in(years))
    few = [cases.fours(number, " ") for number in [*map(cases.wrong, cases.MADE[:5]), cases.MADE[5]]]
    assert [one.certain for one in found_in("\n".join(few))] == [False]
    assert [one.certain for one in found_in("\n".join(few[-2:]))] == [True]


@pytest.mark.req("D2")
def test_a_card_that_begins_like_one_is_none():
    number = cases.MADE[0]
    card = cases.fours(number, "-") + "-" + _card(number)
    assert found_in(card) == found_in(f"個人番号 {card}") == []
    born = next(number for number in cases.MADE if not my_number._is_card(f"{number}1985"))
    assert [one.certain for one in found_in(f"{cases.fours(born, ' ')} 1985年生")] == [False]
    paid = next(number for number in cases.MADE if my_number._is_card(f"{number}1985"))
    assert found_in(f"{cases.fours(paid, ' ')} 1985") == []


def _card(number: str) -> str:
    """Return four digits that make a card's number of twelve."""
    return next(f"{last:04d}" for last in range(1000, 2000) if my_number._is_card(f"{number}{last:04d}"))


@pytest.mark.req("D2")
def test_a_number_stands_in_one_cell_or_across_cells():
    number = "123456789018"
    assert found_in_row(["1", "風見 花子", number, "42"]) == [(2, 3, False)]
    assert found_in_row(["1", "風見 花子", number, "42"], ["", "氏名", "個人番号", ""]) == [(2, 3, True)]
    assert found_in_row(["花子", "1234一5678一9018"]) == [(1, 2, True)]
    assert found_in_row(list(number)) == [(0, 12, True)]
    assert found_in_row(["番号", *number]) == [(1, 13, True)]
    assert found_in_row(["個人番号又は法人番号", "", *number]) == [(2, 14, True)]
    assert found_in_row(["個人番号", *number[:4], "", *number[4:8], "－", *number[8:]]) == [(1, 15, True)]
    assert found_in_row(["個人番号", "1234", "5678", "9018", "42"]) == [(1, 4, True)]
    assert found_in_row(["個人番号", "１２３４", "５６７８", "９０１８"]) == [(1, 4, True)]
    assert found_in_row(["氏名", "一", "二", "三", "四", "五", "六", "七", "八", "九", "〇", "一", "八"]) == [
        (1, 13, True)
    ]
    assert found_in_row(["1234", "5678", "9018"]) == [(0, 3, False)]
    assert found_in_row(["氏名", *"112233445566778899001188"]) == [(1, 25, True)]
    assert found_in_row(["123456", "789018"], ["個人番号", "個人番号"]) == [(0, 2, True)]
    assert found_in_row(["花子", number, "太郎", "023456789013"]) == [(1, 2, False), (3, 4, False)]


@pytest.mark.req("D3")
def test_headers_and_labels_decide_about_cells():
    right, wrong_one = "123456789018", "123456789012"
    assert found_in_row(["花子", wrong_one], ["氏名", "個人番号"]) == [(1, 2, True)]
    assert found_in_row(["個人番号", wrong_one]) == [(1, 2, True)]
    assert found_in_row(["1 個人番号(12桁)", wrong_one]) == [(1, 2, True)]
    assert found_in_row(["花子", wrong_one], ["氏名", "番号"]) == []
    assert found_in_row(["花子", wrong_one], ["氏名", "番号"], "マイナンバー届出一覧") == [(1, 2, True)]
    assert found_in_row(["花子", right], ["氏名", "受付番号"]) == [(1, 2, False)]
    assert found_in_row(["花子", right], ["氏名", "受付番号"], "マイナンバー届出一覧") == [(1, 2, False)]
    assert found_in_row(["花子", wrong_one], ["氏名", "受付番号"], "マイナンバー届出一覧") == []
    assert found_in_row(["品番", right]) == [(1, 2, False)]
    assert found_in_row(["個人番号", *wrong_one]) == [(1, 13, True)]
    assert found_in_row(["個人番号", "1234", "5678", "9012"]) == [(1, 4, True)]
    assert found_in_row(["品番", *right]) == [(1, 13, False)]


@pytest.mark.req("D3")
def test_numbers_in_columns_of_their_own_are_no_number():
    months = [f"{month}月" for month in (4, 5, 6, 7, 8, 9, 10, 11, 12, 1, 2, 3)]
    assert found_in_row(list("123456789018"), months) == []
    assert found_in_row(["1234", "5678", "9018"], ["予算", "決算", "差引"]) == []
    assert found_in_row(["1234", "5678", "9018", "123"]) == []
    assert found_in_row([*"123456789018", "55"]) == [(0, 12, False)]
    assert found_in_row(["マイナンバーカード交付枚数", "1234", "5678", "9012"]) == []
    assert found_in_row(list("1234567890123")) == []
    assert found_in_row(list("0" * 12), context="個人番号") == []
    assert found_in_row(["個人番号", "", "", "*" * 12]) == []
    assert found_in_row(["2015", "2016", "2017"]) == []
    assert found_in_row([], ["個人番号"]) == []


def _work(searched, search=found_in) -> int:
    """Return how many calls of functions, Python's and C's, a search takes."""
    calls = itertools.count()
    sys.setprofile(lambda _frame, event, _argument: next(calls) if event in ("call", "c_call") else None)
    try:
        search(searched)
    finally:
        sys.setprofile(None)
    return next(calls)


@pytest.mark.req("D2")
@pytest.mark.parametrize("piece", cases.PIECES)
def test_work_grows_with_the_length_and_no_faster(piece):
    small, large = ((piece * size)[:size] for size in (4_000, 16_000))
    assert _work(large) < 4.4 * _work(small) + 100
    # At most so many calls a character, whatever stands there: a megabyte of it ends.
    assert _work(large) < 40 * len(large)


@pytest.mark.req("D2")
@pytest.mark.parametrize("pattern", [my_number_patterns.TWELVE, my_number_patterns.CELLS])
def test_the_patterns_look_at_a_bounded_piece_from_each_place(pattern):
    """No repeat without an end: what one place costs does not depend on the text's length."""
    looked_at = pattern.pattern.replace("(?=((?:[", "(?:((?:[")
    parser = importlib.import_module("re._parser")
    assert parser.parse(looked_at).getwidth()[1] <= 12 + 11 * my_number_patterns.GAP + 4


def test_a_megabyte_of_each_is_searched():
    for piece in ("1", " ", "一", "\u200b", "1 "):
        assert found_in(piece * (1_000_000 // len(piece))) == []


@pytest.mark.req("D2")
@pytest.mark.parametrize(
    "cells", [["1"], ["1", "2"], ["12", "3"], ["1", ""], ["123456789012"], ["番号", "1234"], ["1 " * 9]]
)
def test_work_for_a_row_grows_with_its_cells_and_no_faster(cells):
    narrow, wide = ((cells * size)[:size] for size in (1_000, 4_000))
    assert _work(wide, found_in_row) < 4.4 * _work(narrow, found_in_row) + 100

"""個人番号 is found however it is written, and what only looks like one is not."""

import pytest

from madoguchi.llm.my_number import Found, found_in, found_in_row, is_valid

VALID = ["123456789018", "023456789013", "123456789000", "983205673214"]
INVALID = ["123456789012", "983205673210", "000000000000"]


@pytest.mark.req("D1")
def test_the_last_digit_checks_the_others():
    assert [is_valid(number) for number in VALID] == [True] * len(VALID)
    assert [is_valid(number) for number in INVALID] == [False] * len(INVALID)


@pytest.mark.req("D2")
@pytest.mark.parametrize("number", VALID)
def test_a_number_is_found_at_its_place(number):
    assert found_in(f"本人は{number}です") == [Found(3, 15, True)]
    assert found_in_row(["山田", number]) == [(1, 2, True)]

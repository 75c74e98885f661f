"""Tokens of a text, from its characters."""

import pytest

from madoguchi.llm.token_estimate import middle, most


@pytest.mark.parametrize("text", ["", "a", "窓口", "手数料は300円です。" * 50, "\x00\ud800", "🏢" * 10])
def test_the_upper_estimate_is_never_below_the_middle_one(text):
    assert 0 <= middle(text) <= most(text)


def test_japanese_takes_more_tokens_a_character_than_english():
    assert 1.0 <= most("住民票の写し" * 100) / 600 <= 2.0
    assert 0.3 <= most("certificate " * 100) / 1200 <= 0.6

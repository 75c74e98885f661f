"""Places to fill in: read once, filled with data, said in words where they cannot be read."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from madoguchi.prompts.starter import starters
from madoguchi.prompts.variables import Unreadable, Variable, read


def test_names_examples_choices_and_long_places_are_read():
    form = read("宛先: 〔宛先: 各課〕\n〔資料〕\n文体は〔文体|ていねい｜簡潔〕")
    assert list(form.variables) == [
        Variable("宛先", "各課"),
        Variable("資料", is_long=True),
        Variable("文体", choices=("ていねい", "簡潔")),
    ]
    assert form.filled({"宛先": "人事課", "資料": "一\n二", "文体": "簡潔"}) == "宛先: 人事課\n一\n二\n文体は簡潔"


def test_a_doubled_bracket_is_a_bracket():
    assert read("「〔〔要確認〕」と書く").filled({}) == "「〔要確認〕」と書く"


@given(st.text(), st.text())
def test_a_value_is_data_whatever_it_says(one, other):
    assert read("甲〔一〕乙〔二〕丙").filled({"一": one, "二": other}) == f"甲{one}乙{other}丙"


def test_a_value_that_looks_like_a_place_stays_as_it_is():
    assert read("〔一〕と〔二〕").filled({"一": "〔二〕", "二": "〔〔"}) == "〔二〕と〔〔"


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("一行目\n〔名前", "2行目の「〔」"),
        ("〔〕", "名前を書いて"),
        ("〔色|赤〕", "選択肢"),
        ("〔色|赤|青〕〔色|白|黒〕", "前に書いたものと違います"),
    ],
)
def test_what_cannot_be_read_is_said_in_words(text, why):
    with pytest.raises(Unreadable, match=why):
        read(text)


def test_no_more_places_than_the_setting_lets(settings):
    settings.PROMPT_VARIABLES_MAX = 2
    with pytest.raises(Unreadable, match="2個まで"):
        read("〔一〕〔二〕〔三〕")


def test_the_prompts_that_ship_are_many_differ_and_can_be_filled_in():
    keys = [one.key for one in starters()]
    assert len(keys) == len(set(keys)) >= 30
    for one in starters():
        assert read(one.text).variables, one.key

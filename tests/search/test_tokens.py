"""Words and bigrams as index and question both see them."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from madoguchi.search import tokens
from tests.soak import size


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("引越しの手続き", "引っ越しの手続"),
        ("髙橋さん", "高橋さん"),
        ("﨑山町", "崎山町"),
        ("渡邊", "渡辺"),
        ("ｶﾞｲﾄﾞﾗｲﾝ", "ガイドライン"),
        ("第十二条", "第12条"),
        ("第１２条", "第12条"),
        ("1,234,567円", "1234567円"),
        ("令和元年度", "令和1年度"),
        ("R7年度", "令和7年度"),
        ("三百円", "300円"),
        ("二十歳", "20歳"),
        ("ＡＢＣ", "abc"),
    ],
)
def test_what_is_written_otherwise_is_the_same_word(one, other):
    assert tokens.words(one) == tokens.words(other)
    assert tokens.words(one)


def test_particles_auxiliaries_and_symbols_are_no_words():
    assert tokens.words("届出は、市民課の窓口へ（※）。") == ["届け出", "市民", "課", "窓口"]


def test_words_that_only_contain_numerals_stay():
    assert "二人" in tokens.words("二人三脚")
    assert tokens.words("一番") == ["一番"]


@settings(max_examples=size(100, 4000), deadline=None)
@given(st.text(alphabet=st.sampled_from("年金の手続き髙﨑ｶﾞﾞ㈱①１2,3十百第条令和元R7 　\n。𠮷e\u0301"), max_size=60))
def test_a_located_word_is_the_word_and_stands_in_the_text(text):
    found = tokens.located_words(text)
    assert [word.form for word in found] == tokens.words(text)
    assert all(0 <= word.start < word.end <= len(text) for word in found)


def test_marks_stand_on_what_was_written():
    text = "手数料は、第十二条により1,234円とする。"
    spans = {word.form: text[word.start : word.end] for word in tokens.located_words(text)}
    assert spans["12"] == "十二"
    assert spans["1234"] == "1,234"
    assert spans["手数"] == "手数"


def test_a_text_longer_than_the_dictionary_takes_is_cut_at_sentences():
    text = "住民票の写しの手数料は三百円とする。" * 4_000
    found = tokens.words(text)
    assert found.count("300") == 4_000
    assert len(found) == 4_000 * len(tokens.words("住民票の写しの手数料は三百円とする。"))


def test_bigrams_stop_at_symbols_and_keep_a_lone_letter():
    assert tokens.bigrams("ごみ・A") == ["ごみ", "a"]
    assert tokens.bigrams("見守り") == ["見守", "守り"]
    assert tokens.bigrams("") == []

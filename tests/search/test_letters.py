"""Letters are folded for search only, and what matched is marked as it was written."""

import unicodedata

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from madoguchi.letters import FORMS, alike, folded, folded_with_places, without_variations
from madoguchi.search import query, tokens
from tests.soak import size

# 葛 as 葛城市 writes it, and 辻 with one stroke.
KATSU, TSUJI = "葛\U000e0100", "辻\U000e0102"
# A character that only this office's fonts know.
GAIJI = "\ue001"
LETTERS = st.text(
    st.sampled_from(
        "葛辻髙﨑𠮷邉齋斎ヴァィゔぁアかｶﾞﾟー－‐-−―09aＡİΣς①㈱㋿ \n。神ﬀ\u3099\u0301\u200b\ufe00\U000e0100\U000e0101"
        + GAIJI
    )
)
ANY = LETTERS | st.text()


@pytest.mark.parametrize(
    ("written", "searched"),
    [
        (f"{KATSU}城市", "葛城市"),
        (f"{TSUJI}堂", "辻堂"),
        ("髙橋", "高橋"),
        ("𣘺本", "橋本"),
        ("山﨑", "山崎"),
        ("渡邉", "渡辺"),
        ("齋藤", "斉藤"),
        ("斎藤", "斉藤"),
        ("齊藤", "斎藤"),
        ("嶋田", "島田"),
        ("冨田", "富田"),
        ("𠮷田", "吉田"),
        ("濵田", "浜田"),
        ("舘野", "館野"),
        ("飛驒市", "飛騨市"),
        ("國立公園", "国立公園"),
        ("廣澤", "広沢"),
        ("櫻井", "桜井"),
        ("神\ufe00社", "神社"),
        ("\u2ed1崎県", "長崎県"),
        ("ヴァイオリン", "バイオリン"),
        ("エレヴェータ", "エレベーター"),
        ("サ－ビスセンタ‐", "サービスセンター"),
        ("ﾃﾞｰﾀ", "データ"),
        ("キヤノン", "キャノン"),
        ("ゴミ袋", "ごみ袋"),
        ("０３ー１２３４ー５６７８", "03-1234-5678"),
        ("令\u200b和6年度", "令和6年度"),
    ],
)
def test_who_types_the_one_finds_the_other(written, searched):
    assert tokens.words(written) == tokens.words(searched)
    assert tokens.words(written)
    if written[0] not in "エゴ":
        assert tokens.bigrams(written) == tokens.bigrams(searched)


@pytest.mark.parametrize(
    ("text", "question", "marked"),
    [
        (f"当町と{KATSU}城市との協定", "葛城市", f"{KATSU}城市"),
        ("申請者は髙橋です", "高橋", "髙橋"),
        (f"{TSUJI}堂駅の{TSUJI}堂", "辻堂", f"{TSUJI}堂"),
        ("窓口ｻｰﾋﾞｽの案内", "サービス", "ｻｰﾋﾞｽ"),
        ("市民サ－ビスの窓口", "サービス", "サ－ビス"),
        ("ヴァイオリン教室", "バイオリン", "ヴァイオリン"),
        ("担当は渡邉まで", "渡辺", "渡邉"),
    ],
)
def test_what_is_marked_is_what_was_written(text, question, marked):
    spans = query.marks(text, frozenset(tokens.words(question)))
    assert {text[start:end] for start, end in spans} == {marked}


def test_a_hall_for_funerals_stays_the_word_it_is():
    assert tokens.words("斎場") == tokens.words("齋場")
    assert len(tokens.words("斎場")) == 1


def test_a_dash_that_is_none_of_a_vowel_stays():
    assert folded("ア-1") == "ア-1"
    assert folded("A-B") == "a-b"
    assert folded("第1-2号") == "第1-2号"


def test_a_letter_of_the_offices_own_is_found_by_itself():
    assert tokens.bigrams(f"渡{GAIJI}一郎") == [f"渡{GAIJI}", f"{GAIJI}一", "一郎"]
    assert folded(GAIJI) == GAIJI


def test_no_form_leads_to_another_that_is_folded_again():
    assert not set(FORMS.values()) & set(FORMS)
    assert all(unicodedata.normalize("NFKC", letter).lower() == letter for letter in [*FORMS, *FORMS.values()])


@settings(max_examples=size(400, 20_000), deadline=None)
@given(ANY)
def test_folding_twice_is_folding_once(text):
    assert folded(folded(text)) == folded(text)
    assert alike(alike(text)) == alike(text)
    assert without_variations(without_variations(text)) == without_variations(text)


@settings(max_examples=size(400, 20_000), deadline=None)
@given(ANY)
def test_what_is_searched_for_never_becomes_nothing(text):
    assert bool(folded(text)) == bool(text)
    if any(character.isalnum() for character in folded(text)):
        assert tokens.bigrams(text)


@settings(max_examples=size(400, 20_000), deadline=None)
@given(LETTERS)
def test_every_folded_letter_knows_where_it_was_written(text):
    plain, places = folded_with_places(text)
    assert plain == folded(text)
    assert len(places) == len(plain)
    assert places == sorted(places)
    assert all(0 <= place < len(text) for place in places)


@settings(max_examples=size(100, 4000), deadline=None)
@given(LETTERS)
def test_a_word_found_in_a_text_is_a_word_of_it_and_stands_there(text):
    found = tokens.located_words(text)
    assert [word.form for word in found] == tokens.words(text)
    assert all(0 <= word.start < word.end <= len(text) for word in found)

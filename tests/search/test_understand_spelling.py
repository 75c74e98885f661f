"""Words in kana, and words with a letter wrong."""

from datetime import date

import pytest

from madoguchi.people.access import scope_of_operator
from madoguchi.search import spelling, synonyms
from madoguchi.search.query import find
from madoguchi.search.question import question_of

TODAY = date(2026, 11, 24)


def words_meant(question: str) -> list[tuple[str, str]]:
    return [(one.written, one.word) for one in spelling.meant(question, synonyms.shipped())]


def headings(office, question: str) -> list[str]:
    hits = find(scope_of_operator(office, TODAY), question).hits
    return [hit.passage.heading[-1] for hit in hits]


@pytest.mark.parametrize(
    ("question", "meant"),
    [
        ("じゅうみんひょうのうつしがほしい", [("じゅうみんひょう", "住民票")]),
        ("市民のこくほについて", [("こくほ", "国保")]),
        ("かいごほけんと、じどうてあて", [("かいごほけん", "介護保険"), ("じどうてあて", "児童手当")]),
        ("カイゴホケン", [("カイゴホケン", "介護保険")]),
        # One word of the dictionary is that word, and what only begins alike is another.
        ("にゅういんのてつづき", []),
        ("こくほうこく", []),
        ("利息がつくとき", []),
        ("後かたしかた", []),
        ("どうすればいいですか", []),
    ],
)
def test_a_word_in_kana_means_the_word_that_is_read_so(question, meant):
    assert words_meant(question) == meant


@pytest.mark.parametrize(
    ("question", "meant"),
    [
        ("マイナンバーガードの申請", [("マイナンバーガード", "マイナンバーカード")]),
        ("マイナンバカード", [("マイナンバカード", "マイナンバーカード")]),
        ("国民健康保健に入る", [("国民健康保健", "国民健康保険")]),
        ("国民健保険", [("国民健保険", "国民健康保険")]),
        ("ごみ収週日はいつ", [("ごみ収週日", "ごみ収集日")]),
    ],
)
def test_a_letter_that_is_wrong_or_missing_is_understood(question, meant):
    assert words_meant(question) == meant


@pytest.mark.parametrize(
    "question",
    [
        "個人市民税",
        "個人住民税",
        "課税証明書",
        "非課税証明書",
        "ごみ収集日",
        "児童扶養手当",
        "保健センター",
        "要介護認定",
    ],
)
def test_official_words_that_differ_by_a_letter_are_what_they_are(question):
    assert words_meant(question) == []


@pytest.mark.parametrize("line", [line for group in synonyms.shipped()[::40] for line in group.members])
def test_members_of_synonyms_are_what_they_are(line):
    assert words_meant(line) == []


def test_words_that_no_list_has_are_never_guessed():
    groups, _problems = synonyms.parse("さくら号、コミュニティバス\t=")
    assert spelling.meant("マイナンバーガード", groups) == []
    assert [one.word for one in spelling.meant("コミュニテイーバズ", groups)] == []
    assert [one.word for one in spelling.meant("コミュニティバズ", groups)] == ["コミュニティバス"]


@pytest.mark.django_db
def test_kana_finds_the_word_in_kanji_before_what_its_pieces_say(office, shelf, add, without_meaning):
    add(
        shelf,
        "# 甲\n\n介護保険の届出をする。\n\n# 乙\n\n御用は保健の窓口で本をかう。\n\n# 丙\n\nかいごほけんのおしらせ\n",
    )
    found = headings(office, "かいごほけんの届出")
    assert found[0] == "甲"
    assert "丙" in found
    assert find(scope_of_operator(office, TODAY), "かいごほけん").note == "かいごほけん＝介護保険として"


@pytest.mark.django_db
def test_a_typo_finds_what_was_meant_behind_what_is_written_so(office, shelf, add, without_meaning):
    add(
        shelf,
        "# 甲\n\nマイナンバーカードの交付。\n\n# 乙\n\nマイナンバーガードという品。\n\n# 丙\n\n公園の利用。\n",
    )
    assert headings(office, "マイナンバーガード") == ["乙", "甲"]
    assert find(scope_of_operator(office, TODAY), "マイナンバーガード").note == (
        "マイナンバーガード＝マイナンバーカードとしても"
    )


def test_a_question_as_texts_write_it_is_left_alone():
    asked = question_of("住民票の手数料", meaning=None)
    assert (asked.words, asked.meant) == (("住民", "票", "手数", "料"), ())

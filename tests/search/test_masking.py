"""What is left of a question when nobody may be known by it."""

import re

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from madoguchi.search.masking import masked, without_placeholders

# fmt: off
PERSONS = [
    ("田中課長のパワハラ", "〔氏名〕課長のパワハラ"),
    ("田中太郎の住民票", "〔氏名〕の住民票"),
    ("山田花子様の介護認定", "〔氏名〕様の介護認定"),
    ("林さんの育休", "〔氏名〕さんの育休"),
    ("東主査に相談", "〔氏名〕主査に相談"),
    ("鈴木一郎氏の議事録", "〔氏名〕氏の議事録"),
    ("グエンさんの在留カード", "〔氏名〕さんの在留カード"),
    ("グエン・ヴァン・アンの住民票", "〔氏名〕の住民票"),
    ("ひかりちゃんの保育園", "〔氏名〕ちゃんの保育園"),
    ("佐々木 健二 主任", "〔氏名〕 主任"),
    ("伊藤　美咲の扶養", "〔氏名〕の扶養"),
    ("髙橋議員の質問", "〔氏名〕議員の質問"),
    ("渡邉さんの休職", "〔氏名〕さんの休職"),
    ("五十嵐係長の決裁", "〔氏名〕係長の決裁"),
    ("福島部長の出張", "〔氏名〕部長の出張"),
    ("JOHN SMITHの住民票", "〔氏名〕の住民票"),
    ("Tanakaさんの件", "〔氏名〕さんの件"),
    ("たなかさんの住所", "〔氏名〕さんの住所"),
    ("ﾀﾅｶ ﾊﾅｺの口座", "〔氏名〕の口座"),
    ("剛力彩芽の件", "〔氏名〕の件"),
    ("市民課の田中", "市民課の〔氏名〕"),
    ("井上（人事課）の異動", "〔氏名〕(人事課)の異動"),
    ("田中さん、鈴木さんの扶養", "〔氏名〕さん、〔氏名〕さんの扶養"),
    ("西さんと東さんの当直", "〔氏名〕さんと〔氏名〕さんの当直"),
    ("斎藤家の相続", "〔氏名〕家の相続"),
]
NUMBERS = [
    ("電話 ０９０－１２３４－５６７８", "電話 〔番号〕"),
    ("090 1234 5678 から着信", "〔番号〕 から着信"),
    ("03(1234)5678の部署", "〔番号〕の部署"),
    ("〇九〇一二三四五六七八", "〔番号〕"),
    ("住民票コード12345678901", "住民票コード〔番号〕"),
    ("受給者番号は1234です", "受給者番号は〔番号〕です"),
    ("風間町3丁目12番5号の用途地域", "風間町〔番号〕の用途地域"),
    ("風間町三丁目十二番五号", "風間町〔番号〕"),
    ("大字風見12番地の3", "大字風見〔番号〕"),
    ("昭和30年4月1日生まれの医療費", "〔番号〕生まれの医療費"),
    ("1980年4月1日生まれ", "〔番号〕生まれ"),
    ("1\u200b2\u200b3\u200b4", "〔番号〕"),
    ("①②③④", "〔番号〕"),
    ("tanaka@example.jp に送った", "〔メール〕 に送った"),
    ("ｔａｎａｋａ＠ｅｘａｍｐｌｅ．ｊｐ", "〔メール〕"),
    ("https://example.jp/a?b=1を見て", "〔URL〕を見て"),
    ("www.example.lg.jp の表示", "〔URL〕 の表示"),
]
# What an administrator needs as it is.
WORDS = """
    かくれんぼ手当の申請 さくら号の時刻 風見市のごみ さくら保育園 中村公民館の予約 小林小学校の通学区域
    お客様対応の手引き お子さんの予防接種 皆様へのお願い 業者さん向けの案内 患者さんの搬送 お母さんの介護 奥様の扶養
    元課長の退職金 財政課長の専決 前市長の答弁 様式第3号 手数料条例第3条第2項 令和8年4月の収集日
    令和7年度と令和8年度の比較 氏名の変更届 同様の場合 ペットの様子 千葉県の事例 森林環境税 愛の手帳 未来会議
    8月10日の閉庁 第一・第二庁舎 一人親 十万円の給付
"""
# fmt: on


@pytest.mark.parametrize(("question", "kept"), PERSONS + NUMBERS)
def test_who_is_meant_is_not_kept(question, kept):
    assert masked(question) == kept


@pytest.mark.parametrize("question", WORDS.split())
def test_what_is_sought_is_kept(question):
    assert masked(question) == question


def test_a_western_year_is_kept_as_its_era():
    assert masked("2026年度の予算と2019年の人口") == "令和8年度の予算と令和元年の人口"


DIGIT = "0123456789０１２３４５６７８９〇零一二三四五六七八九壱弐参٣४①⑨²"
RUN = re.compile(r"[\d〇零○◯一二三四五六七八九壱弐参肆伍陸漆捌玖]{4}")
APART = re.compile(r"(?:\d[-‐－ー \u3000./()]{0,2}){3}\d")


@given(st.text(st.sampled_from(DIGIT + "-－ー ・()/.年月日号番丁目のは田中さん様@\u200b\n\u3000"), max_size=60))
@example("12-2026年34")
@example("090-2026年")
@example("1" * 300)
def test_no_run_of_four_digits_ever_survives(text):
    kept = masked(text)
    assert not RUN.search(kept)
    assert not APART.search(kept)


@given(st.text(max_size=80), st.lists(st.sampled_from(DIGIT), min_size=4, max_size=13), st.text(max_size=80))
def test_a_number_in_any_text_is_gone(before, digits, after):
    assert not RUN.search(masked(f"{before}{''.join(digits)}{after}"))


@given(st.text(max_size=300))
def test_no_text_breaks_it_and_none_grows_beyond_the_limit(text):
    assert len(masked(text)) <= 200


@given(
    st.sampled_from(["田中", "鈴木", "佐藤", "渡邉", "髙橋", "五十嵐"]),
    st.sampled_from(["太郎", "花子", "一郎", "美咲", ""]),
    st.sampled_from(["さんの", "様の", "氏の", "課長の", "の", "、"]),
    st.sampled_from(["住民票", "パワハラ", "介護認定", "休職", "生活保護"]),
)
def test_a_common_name_is_gone_wherever_it_stands(surname, given_name, joined, about):
    kept = masked(f"{surname}{given_name}{joined}{about}")
    assert surname not in kept
    assert not given_name or given_name not in kept
    assert kept.endswith(about)


def test_a_cut_through_a_number_leaves_nothing_of_it(settings):
    settings.GAP_MAX_CHARACTERS = 12
    assert masked("かくれんぼ手当の番号09012345678") == "かくれんぼ手当の番号〔番"


def test_what_is_left_can_be_searched_for():
    assert without_placeholders("〔氏名〕さん(〔番号〕)の扶養") == "さん( )の扶養"

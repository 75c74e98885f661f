"""Personal data is found in what clerks and residents write, and what only looks like it is not."""

import time

import pytest
from bench.made_residents import nobodys, texts
from bench.personal import score
from hypothesis import given, settings
from hypothesis import strategies as st

from madoguchi.llm.personal import KINDS, find, is_sensitive

# fmt: off
# (text, what is found in it)
FOUND = [
    (
        "山田　太郎（ヤマダ タロウ）様　昭和35年3月3日生　風見市本町1-2-3 コーポ本町101 ℡090-1234-5678",
        [("name", "山田　太郎"), ("name", "ヤマダ タロウ"), ("birth_date", "昭和35年3月3日"),
         ("address", "風見市本町1-2-3 コーポ本町101"), ("phone", "090-1234-5678")],
    ),
    ("山田課長と佐藤係長に確認", [("name", "山田"), ("name", "佐藤")]),
    ("氏名：長宗我部 凛々蝶　印", [("name", "長宗我部 凛々蝶")]),
    ("薬袋 一（ミナイ ハジメ）から電話", [("name", "薬袋 一"), ("name", "ミナイ ハジメ")]),
    ("鈴木ひまりさんと夫の浩が来た", [("name", "鈴木ひまり"), ("name", "浩")]),
    ("名義は中村 明日香です", [("name", "中村 明日香")]),
    ("四方（市民課）へ", [("name", "四方")]),
    ("住民登録地：東京都葛飾区亀有五丁目\n3．その他", [("address", "東京都葛飾区亀有五丁目")]),
    ("御手洗委員と東係長", [("name", "御手洗"), ("name", "東")]),
    ("届出人　長男　川上　浩二", [("name", "川上　浩二")]),
    ('{"name": "佐藤花子", "birth": "1980-01-02"}', [("name", "佐藤花子"), ("birth_date", "1980-01-02")]),
    ("民生委員の鈴木さん", [("name", "鈴木")]),
    ("ふりがな　おち まこと", [("name", "おち まこと")]),
    ("氏名（ローマ字）：TARO YAMADA", [("name", "TARO YAMADA")]),
    ("口座名義 ﾔﾏﾀﾞ ﾀﾛｳ", [("name", "ﾔﾏﾀﾞ ﾀﾛｳ")]),
    ("住所 〒123-4567 風見市大字北12番地3", [("address", "〒123-4567 風見市大字北12番地3")]),
    ("東京都 千代田区 霞が関 三丁目二番一号", [("address", "東京都 千代田区 霞が関 三丁目二番一号")]),
    ("住所：大島郡龍郷町浦6丁目2番地12", [("address", "大島郡龍郷町浦6丁目2番地12")]),
    ("ひばりが丘2丁目3番4号の佐々木宅", [("address", "ひばりが丘2丁目3番4号"), ("name", "佐々木")]),
    (
        "風見市本町1-2-3\n日中の連絡先　090-1234-5678",
        [("address", "風見市本町1-2-3"), ("phone", "090-1234-5678")],
    ),
    ("電話 ０３（１２３４）５６７８", [("phone", "０３（１２３４）５６７８")]),
    ("〇九〇―一二三四―五六七八", [("phone", "〇九〇―一二三四―五六七八")]),
    ("+81-90-1234-5678 / 090-\n1234-5678", [("phone", "+81-90-1234-5678"), ("phone", "090-\n1234-5678")]),
    ("電話 22-1234（内線 567）", [("phone", "22-1234")]),
    ("TEL0467-22-1234 FAX 0467-22-1235", [("phone", "0467-22-1234"), ("phone", "0467-22-1235")]),
    ("ｔａｒｏ＠ｅｘａｍｐｌｅ．ｊｐ", [("mail", "ｔａｒｏ＠ｅｘａｍｐｌｅ．ｊｐ")]),
    ("生年月日（明・大・昭・平・令）35年3月3日", [("birth_date", "（明・大・昭・平・令）35年3月3日")]),
    ("1960/03/03生まれ", [("birth_date", "1960/03/03")]),
    ("普通 １２３４５６７", [("account", "１２３４５６７")]),
    ("ゆうちょ銀行 記号 12340 番号 12345671", [("account", "12340 番号 12345671")]),
    ("基礎年金番号：1234567890", [("pension", "1234567890")]),
    ("年金の相談。1234-567890 と言われた", [("pension", "1234-567890")]),
    ("介護保険被保険者番号：0001234567", [("insured", "0001234567")]),
    ("国民健康保険 記号 12 番号 345678", [("insured", "12 番号 345678")]),
    ("運転免許証 第 123456789012 号", [("licence", "123456789012")]),
    ("旅券番号 TK1234567", [("passport", "TK1234567")]),
    ("在留カード AB12345678CD", [("residence_card", "AB12345678CD")]),
    ("住民票コード 12345678901", [("resident_code", "12345678901")]),
    ("グエン・アンさん（国籍ベトナム）NGUYEN AN", [("name", "グエン・アン"), ("name", "NGUYEN AN")]),
    ("やまだたろう（ふりがな：やまだたろう）", [("name", "やまだたろう"), ("name", "やまだたろう")]),
    ("申請者 薬袋 渚。薬袋さんは、また来ます。", [("name", "薬袋 渚"), ("name", "薬袋")]),
    ("運転免許証（番号 301234567890）で確認", [("licence", "301234567890")]),
    ("山田 太郎　昭和35年3月3日　男", [("name", "山田 太郎"), ("birth_date", "昭和35年3月3日")]),
    ("車は品川 300 あ 12-34", [("plate", "品川 300 あ 12-34")]),
]
TABLE = """No,氏名,カナ,住所,被保険者番号
1,薬袋渚,ﾐﾅｲ ﾅｷﾞｻ,風見市本町1-2-3,0001234567
2,一 莉子,ﾆﾉﾏｴ ﾘｺ,風見市本町4-5,0001234568
"""
NOTHING = """
    高齢福祉課長が出席した。|市民課長、税務係長、福祉部長|株式会社山田製作所|中村公民館と小林小学校
    豊田市、松本市、山口県、中村区|風見市条例第12号|第3条第2項|令和6年4月1日から施行する。
    昭和35年3月3日に開館した。|風見市は東京都にある。|本町3丁目で工事をします。|品番 1234-567890
    伝票番号 09012345678|法人番号 1234567890123|2024-2025年度|1-2-3の順|9-12時|人口 12,345人|1,234,567円
    お客様、皆様、担当者様へ|お医者さんと業者さん|申請者は、氏名、住所を記載し|個人番号 123456789018|内線 1234
    午後1時30分|標高1234m|国道246号線|第1号様式|1234567890 と 123456789012|AB1234567|普通徴収 1234567
    明治維新、大正時代|さくら保育園|小樽市長と日本弁護士会|申請書様式|月火水木金土|第1章 町長|高松さんさん荘
    関東部長|妻の姉が、夫の会社は、母の実家に|小林製薬と本田技研|星野1号幹線|龍雲中学校|小田・大庄・園田の各支所
    マイナポータルにログインする|坂東清風高校|大学教授
""".replace("\n", "|").split("|")
# fmt: on


WRITTEN = [text for text, _ in FOUND]
# Whoever looks from every place to the end of these would not come back.
HARD = [
    "1-" * 5_000,
    "東京都" * 3_000,
    "(" * 9_000,
    "山田" * 4_000,
    "0" * 9_000,
    "a@" * 4_000,
    "ア " * 4_000,
    "一" * 9_000,
    "氏　名 " * 3_000,
    "\n1,2" * 4_000,
    "在留NGUYEN VAN AN" * 800,
    "No,氏名,電話\n" + "".join(f"1,山{chr(0x4E00 + at)},090-1234-{at:04}\n" for at in range(900)),
]


def values(text: str) -> list[tuple[str, str]]:
    return [(one.kind, text[one.start : one.end]) for one in find(text)]


@pytest.mark.req("D6")
@pytest.mark.parametrize(("text", "expected"), FOUND)
def test_it_is_found_at_its_place(text, expected):
    assert values(text) == expected


@pytest.mark.req("D6")
@pytest.mark.parametrize("text", [text.strip() for text in NOTHING if text.strip()])
def test_what_only_looks_like_it_is_left_alone(text):
    assert values(text) == []


@pytest.mark.req("D6")
@pytest.mark.parametrize("sign", [",", "\t", "|", "｜"])
def test_the_header_of_a_column_says_what_its_cells_hold(sign):
    kinds = [kind for kind, _ in values(TABLE.replace(",", sign))]
    assert kinds == ["name", "name", "address", "insured"] * 2


@pytest.mark.req("D6")
def test_cells_in_quotes_may_hold_commas():
    text = '"氏名","金額","続柄"\n"一 莉子","1,234","妻"\n"薬袋渚","12,345","夫"\n'
    assert values(text) == [("name", "一 莉子"), ("name", "薬袋渚")]


@pytest.mark.req("D6")
def test_every_kind_is_found_and_has_a_name():
    found = {kind for _, expected in FOUND for kind, _ in expected}
    assert found | {"card"} == set(KINDS)
    assert values("カード番号 4111-1111-1111-1111") == [("card", "4111-1111-1111-1111")]


@pytest.mark.req("D6")
def test_on_texts_held_back_recall_and_precision_are_as_demanded():
    """Names and addresses, that no shape tells, have a lower mark than numbers."""
    counts = score([*texts("held", 256, 61), *nobodys("held", 100, 61)])
    recalls = {kind: counts.recall(kind) for kind in counts.labels}
    assert set(recalls) == set(KINDS) - {"card"}
    assert {
        kind: rate for kind, rate in recalls.items() if rate < (0.85 if kind in ("name", "address") else 0.95)
    } == {}
    assert {kind for kind in counts.spans if counts.precision(kind) < 0.9} == set()
    assert sum(counts.found.values()) >= 0.95 * sum(counts.labels.values())


@pytest.mark.req("D6")
@settings(max_examples=60)
@given(
    st.lists(st.one_of(st.text(max_size=20), st.sampled_from([text for text, _ in FOUND])), max_size=5).map("\n".join)
)
def test_spans_lie_in_the_text_in_order_and_apart(text):
    at = 0
    for one in find(text):
        assert at <= one.start < one.end <= len(text)
        at = one.end


def test_half_a_pair_of_letters_stops_nothing():
    assert values("\ud83d 佐藤様\udc00") == [("name", "佐藤")]


def test_what_has_no_width_hides_nothing():
    assert values("0\u200b90-12\u202e34-5678 は山\u200d田太郎") == [
        ("phone", "0\u200b90-12\u202e34-5678"),
        ("name", "山\u200d田太郎"),
    ]


@pytest.mark.req("D6")
def test_words_of_sensitive_matters_count_beside_a_person():
    text = "山田太郎さんは統合失調症で入院中。生活保護を受けている。"
    assert [(text[one.start : one.end], one.kind) for one in is_sensitive(text)] == [
        ("統合失調症", "病歴"),
        ("入院中", "病歴"),
        ("生活保護", "福祉"),
    ]
    assert is_sensitive("障害者手帳の申請窓口は3階です。") == []
    assert is_sensitive("母も大腸がん検診の受診券を受け取った。") == []
    assert is_sensitive("がんばろう、ながれがわ") == []
    assert [one.kind for one in is_sensitive("母には前科があり、夫からDVを受けている")] == ["犯罪", "犯罪の被害"]


def test_work_grows_with_the_length_and_no_faster():
    """In time of this process's own: others work on the machine too."""

    def seconds(text: str) -> float:
        began = time.process_time()
        find(text)
        return time.process_time() - began

    text = "\n".join(WRITTEN)
    seconds(text)
    assert min(seconds(text * 32) for _ in range(2)) < 8 * 4 * min(seconds(text * 4) for _ in range(3))
    assert [hard[:9] for hard in HARD if seconds(hard) > 3] == []

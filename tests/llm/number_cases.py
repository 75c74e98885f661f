"""Texts with and without a 個人番号, as they stand in forms, lists, mails and minutes. All numbers are made up.

In a form, {} is where the number stands and ⏎ the end of a line. The numbers are the rule's examples and random ones.
"""

import random
from collections.abc import Callable

from madoguchi.llm.my_number import is_valid

VALID = ["123456789018", "023456789013", "123456789000", "983205673214"]
INVALID = ["123456789012", "983205673210", "000000000000"]


def with_check_digit(eleven: int) -> str:
    """Return the number of which these are the first eleven digits."""
    return next(number for last in range(10) if is_valid(number := f"{eleven:011d}{last}"))


def wrong(number: str) -> str:
    """Return a number with another last digit."""
    return f"{number[:-1]}{(int(number[-1]) + 3) % 10}"


_RANDOM = random.Random(27)
MADE = [*VALID, *(with_check_digit(_RANDOM.randrange(10**10, 9 * 10**10)) for _ in range(300))]

_FULL = str.maketrans("0123456789", "０１２３４５６７８９")
_KANJI = str.maketrans("0123456789", "〇一二三四五六七八九")
_KANJI_ZERO = str.maketrans("0123456789", "零壱弐参四五六七八九")
_BOLD = str.maketrans("0123456789", "𝟎𝟏𝟐𝟑𝟒𝟓𝟔𝟕𝟖𝟗")


def fours(number: str, joiner: str) -> str:
    return joiner.join((number[:4], number[4:8], number[8:]))


# How one writes a number so that nothing else is meant.
WRITINGS: dict[str, Callable[[str], str]] = {
    "as it is": str,
    "full width": lambda number: number.translate(_FULL),
    "half and full": lambda number: number[:6] + number[6:].translate(_FULL),
    "漢数字": lambda number: number.translate(_KANJI),
    "大字": lambda number: number.translate(_KANJI_ZERO),
    "mathematical": lambda number: number.translate(_BOLD),
    "keycaps": lambda number: "".join(f"{digit}\ufe0f\u20e3" for digit in number),
    "underlined": lambda number: "".join(f"{digit}\u0332" for digit in number),
    "spaces": lambda number: fours(number, " "),
    "wide spaces": lambda number: fours(number, "\u3000"),
    "no-break": lambda number: fours(number, "\u00a0"),
    "thin": lambda number: fours(number, "\u2009"),
    "narrow": lambda number: fours(number, "\u202f"),
    "two spaces": lambda number: fours(number, "  "),
    "hyphen": lambda number: fours(number, "-"),
    "spaced hyphen": lambda number: fours(number, " - "),
    "‐": lambda number: fours(number, "‐"),
    "‑": lambda number: fours(number, "‑"),
    "–": lambda number: fours(number, "–"),
    "—": lambda number: fours(number, "—"),
    "−": lambda number: fours(number, "−"),
    "ー": lambda number: fours(number.translate(_FULL), "ー"),
    "－": lambda number: fours(number.translate(_FULL), "－"),
    "ｰ": lambda number: fours(number, "ｰ"),
    "一 for a dash": lambda number: fours(number, "一"),
    "~": lambda number: fours(number, "～"),
    "_": lambda number: fours(number, "_"),
    "dot": lambda number: fours(number, "."),
    "・": lambda number: fours(number, "・"),
    "·": lambda number: fours(number, "·"),
    "slash": lambda number: fours(number, "/"),
    "漢数字 with ・": lambda number: fours(number.translate(_KANJI), "・"),
    "zero width": lambda number: fours(number, "\u200b"),
    "joiner": lambda number: "\u2060".join(number),
    "bidi": lambda number: f"{number[:5]}\u202d{number[5:9]}\u202c{number[9:]}",
    "soft hyphen": lambda number: fours(number, "\u00ad"),
    "byte order": lambda number: fours(number, "\ufeff"),
    "digit by digit": " ".join,
    "digit by digit, wide": lambda number: "\u3000".join(number.translate(_FULL)),
    "digit by digit, dashes": "-".join,
    "brackets": lambda number: f"{number[:4]}({number[4:8]}){number[8:]}",
    "threes": lambda number: "-".join(number[at : at + 3] for at in range(0, 12, 3)),
    "sixes": lambda number: f"{number[:6]}-{number[6:]}",
    "broken after a dash": lambda number: f"{number[:4]}-{number[4:8]}-\n{number[8:]}",
    "broken line in fours": lambda number: f"{number[:4]} {number[4:8]}\n{number[8:]}",
}
# Loose writings: right digits, but they may be numbers side by side - a person is asked unless a word is there.
LOOSE_WRITINGS: dict[str, Callable[[str], str]] = {
    "broken line": lambda number: f"{number[:7]}\n{number[7:]}",
    "broken by Windows": lambda number: f"{number[:7]}\r\n{number[7:]}",
    "odd groups": lambda number: f"{number[:2]} {number[2:7]} {number[7:]}",
    "mixed": lambda number: f"{number[:3]}-{number[3:8]} {number[8:]}",
    "cells of a text": "|".join,
    "fours in cells": lambda number: fours(number, "\t"),
    "CSV, a digit a field": ",".join,
}

# No word for My Number: the right digit alone stops.
BARE_FORMS = """
本人は{}です
氏名 風見 花子　番号 {}　続柄 妻
風見 太郎,{},昭和50年4月1日
続柄\t本人\t{}\t同居
扶養親族 1　風見 次郎　{}　平成20年5月5日
世帯員３　{}　長女
番号は{}、氏名は風見花子、住所は風見市本町1-2-3です。
""".strip().split("\n")
# Nothing says that it is a person's: one in ten codes of things has a right digit too. `llm.guard` sees a name.
LONELY_FORMS = """
番号 {}
番号欄：{}
（{}）
「{}」
{}
1. {} 山田
・{}
No.{}
№{}
1001,{},風見 太郎
風見太郎;{};男
三浦太郎{}三浦花子
その一{}
30 {} 45
"風見 太郎","{}","風見市本町1丁目"
お世話になっております。控えは{}でした。
昨日お電話した件、{}でお願いします。よろしくお願いいたします。
（別紙）対象者 {} ほか2名
以下の者について照会します。{}
scan_{}.pdf
風見花子_{}.pdf
{}.jpg
id={}
{{"name": "風見", "value": "{}"}}
<td>{}</td>
| 風見 花子 | {} | 妻 |
委員からの質問に、課長が{}と読み上げた。
支払を受ける者　{}　風見 太郎　報酬
【{}】確認済
>{}
""".strip().split("\n")
# A word for My Number: the digits need not even be right.
NAMED_FORMS = """
個人番号：{}
個人番号 {}
個 人 番 号　{}
個人番号欄に{}
個人番号（マイナンバー） {}
マイナンバー：{}
マイナンバーは{}です
ﾏｲﾅﾝﾊﾞｰ {}
マイナンバーカードの番号は{}
マイナンバーカード番号：{}
個人番号カード：{}
通知カード {}
通知カードの番号 {}
My Number: {}
MyNumber={}
my_number: "{}"
MY NUMBER {}
個人番号又は法人番号 {}
個人番号・法人番号　{}
支払を受ける者の個人番号 {}
個人番号 {} 1985年生
源泉徴収票　受給者の個人番号　{}
給与所得者の扶養控除等(異動)申告書　あなたの個人番号 {}
控除対象配偶者の個人番号 {}
児童手当認定請求書 請求者の個人番号 {}
国民健康保険 世帯主の個人番号 {}
個人番号,{},氏名,風見
個人番号\t{}
個人番号|{}
<th>個人番号</th><td>{}</td>
個人番号⏎{}
１　個人番号⏎　　{}
【マイナンバー】{}
特定個人番号 {}
（個人番号）{}
本人の個人番号は、{}
マイナンバー(12桁)：{}
マイナ番号は {} だそうです
件名：個人番号の件 {} でお願いします
{}（個人番号）
{}は私のマイナンバーです
""".strip().split("\n")


def _filled(form: str, written: str) -> tuple[str, int, int]:
    """Return a form with a number in it, and where the number stands."""
    before, after = form.replace("{{", "{").replace("}}", "}").replace("⏎", "\n").split("{}")
    return before + written + after, len(before), len(before) + len(written)


def positives() -> list[tuple[str, int, int, bool]]:
    """Return (text, start, end, certain) of texts that hold one number each."""
    numbers = iter(MADE * 9)
    found = []
    for form in BARE_FORMS:
        found += [(*_filled(form, next(numbers)), True) for _ in range(3)]
    for form in LONELY_FORMS:
        found += [(*_filled(form, next(numbers)), False) for _ in range(3)]
    for form in NAMED_FORMS:
        number = next(numbers)
        found += [(*_filled(form, one), True) for one in (number, wrong(number), fours(number, "-"))]
    for name, write in WRITINGS.items():
        for form in ("本人は{}です", "番号欄「{}」", "個人番号：{}", "{}"):
            as_a_code = name in ("as it is", "full width") and form in ("番号欄「{}」", "{}")
            found.append((*_filled(form, write(next(numbers))), not as_a_code))
    for write in LOOSE_WRITINGS.values():
        found.append((*_filled("本人は{}です", write(next(numbers))), False))
        found.append((*_filled("マイナンバー {}", write(next(numbers))), True))
    return found


# Nothing to stop and nothing to ask, though the digits be right. {} is a number with a right digit.
SOMETHING_LONGER_OR_ELSE = """
{}5
5{}
T5{}
法人番号 7{}
口座 12{}
{}円
{} 円
{}千円
¥{}
￥{}
{}件
{}ドル
{}%
{}バイト
0.{}
139.{}
品番 AB{}
品番 {}X
型番XYZ{}Q
https://www.city.example.lg.jp/{}
http://example.jp/a?b={}
www.example.jp/{}.html
{}@example.jp
user.{}@example.jp
{}.taro@example.jp
550e8400-e29b-41d4-a716-{}
sha1 da39a3ee{}afd8
0x{}
電話 +{}
〒{}
""".strip().split("\n")
WITHOUT = """
個人番号は12桁です。
個人番号は12桁、法人番号は13桁の番号です。
マイナンバー制度は2016年1月に始まりました。
マイナンバーカードの交付は令和8年4月1日から本庁舎1階10番窓口で行います。
マイナンバーカードの交付件数は1,234件（前年比105.3％）でした。
マイナンバー総合フリーダイヤル 0120-95-0178（平日9:30～20:00）
個人番号カードコールセンター 0570-783-578
マイナンバーの問合せ 050-3818-1250
個人番号 ************
個人番号 ＊＊＊＊＊＊＊＊＊＊＊＊
個人番号：****-****-1234
個人番号 XXXX-XXXX-XXXX
個人番号 XXXXXXXX1234
マイナンバー ●●●●●●●●9018
マイナンバー ○○○○○○○○○○○○
マイナンバー ○○○○-○○○○-○○○○
マイナンバー 一二三四○○○○○○○○
個人番号 □□□□□□□□□□□□
個人番号 000000000000
個人番号 0000-0000-0000
個人番号（記入しないでください）
個人番号 別紙のとおり
個人番号 マスキング済
マイナンバーカードの製造番号 123456789012
個人番号カードの追跡番号 1234-5678-9012
マイナンバー制度　受付番号 123456789012
通知カードの書留番号 123-45-67890-1
マイナンバーカード交付枚数 1234 5678 9012
マイナンバーカード 1234 5678 9012
マイナンバーカード申請件数 123456789012
個人番号の届出件数 123456789012
マイナンバー関連経費 123456789012円
マイナンバー 2024-04-01 12:30
個人番号の確認日時 202604011230
123456789012
983205673210
1234-5678-9012
1234 5678 9012
000000000000
0000-0000-0000
①②③④⑤⑥⑦⑧⑨⓪①⑧
⑴⑵⑶⑷⑸⑹⑺⑻⑼⑴⑴⑻
¹²³⁴⁵⁶⁷⁸⁹⁰¹⁸
123,456,789,018
123,456,789,018円
１２３，４５６，７８９，０１８円
金123,456,789,018円也
1,2,3,4
20 21 22 23 24 25 26
2023 2024 2025
2023-2024-2025
2024-04-01 12:30
2024/04/01 12:30
2024.04.01 1230
2026-11-28T12:30:15
20261109-1330-joho
令和8年11月28日 12時30分
4111 1111 1111 1111
4111-1111-1111-1111
5555555555554444
3782 822463 10005
4901234567894
978-4-12-345678-9
9784123456789
T1234567890123
T1-2345-6789-0123
法人番号 1234567890123
法人番号 1-2345-6789-0123
1 2 3 4 5 6 7 8 9 0 1 2 3
1 2 3 4 5 6 7 8 9 10 11 12
1|2|3|4|5|6|7|8|9|10|11|12
1,2,3,4,5,6,7,8,9,10,11,12
4月,5月,6月,7月,8月,9月
03-1234-5678
03(1234)5678
090-1234-5678
+81-3-1234-5678
+81 90 1234 5678
+81-90-1234-5678
〒150-0001
〒150-0001 03-1234-5678
普通 1234567
風見銀行 本店営業部(001) 普通 1234567
基礎年金番号 1234-567890
住民票コード 12345678901
被保険者番号 12345678
介護保険 被保険者番号 0000123456
雇用保険 1234-567890-1
旅券 TR1234567
在留カード AB12345678CD
車台番号 ABC12-3456789
議案第123号から第456号まで、予算額7,890千円
第1条第2項第3号 第4条第5項第6号 第7条第8項第9号
二〇二六年十一月二十八日
第百二十三条第四項
一、二、三、四、五、六、七、八、九、十、十一、十二
一 二 三
192.168.0.1 192.168.0.254
10.0.0.1/24 255.255.255.0
192.168.100.100
35.123456,139.654321
35.6812362,139.7671248
550e8400-e29b-41d4-a716-446655440000
d41d8cd98f00b204e9800998ecf8427e
e3b0c44298fc1c149afbf4c8996fb924
https://www.city.example.lg.jp/soshiki/20260401123000.html
IMG_20260401_123000.jpg
2026-04-01-12-30-15.log
v1.2.3.4.5.6.7.8.9.0
π=3.14159265358979
0.123456789012
1.5 2.5 3.5 4.5
人口 12,345人 世帯 5,678世帯
12.5% 13.5% 14.5% 15.5%
予算 123456 789 0
昭和50年1月2日 平成3年4月5日 令和6年7月8日
#123456 #789012
ISBN978-4-00-000000-0
JANコード 4901234567894
クレジットカード 4111-1111-1111-1111 有効期限 12/28
123-4567-8901-2345
1234-5678-9012-3456-7890
電話 0123-45-6789 FAX 0123-45-6780
電話 0123-45-6789、0123-45-6780
開庁時間 8:30-17:15 12:00-13:00
会議 10:00～12:00 13:00～15:00
""".strip().split("\n")
# Right digits as something that carries numbers of its own: a person is asked once.
ASKED = """
商品番号 {}
商品：{}
商品コード：{}
品番：{}
品番：ABC-{}
型番 {}
JAN {}
JANコード {}
口座 {}
口座番号：{}
受付番号:{}
受付 {}
受付No.{}
受付ID:{}
伝票番号 {}
伝票 {}
注文番号：{}
整理番号 {}
管理番号 {}
製造番号 {}
ロット番号 {}
ロット {}
お客様番号 {}
契約番号 {}
請求書番号：{}
追跡番号 {}
お問い合わせ番号 {}
会員番号 {}
運転免許証 {}
免許証番号 {}
order_id={}
invoice number: {}
送り状番号 {}
学籍番号 {}
受給者番号 {}
申請番号 {}
文書番号 {}-1
2026-{}
{}-01
ABC-{}
3.{}
""".strip().split("\n")


def _of(pattern: str, made: random.Random) -> str:
    """Return a pattern with its # as digits."""
    return "".join(str(made.randrange(10)) if sign == "#" else sign for sign in pattern)


_LONGER = """
#############|##############|###############|################|T#############|####-####-####-####|#### #### #### ####
#-####-####-####|###########|##########|0##-####-####|0###-##-####|###-####|#########-###-#|##.######,1##.######
########-####-4###-8###-########a###|20##年4月#日|第#号議案 ##,###千円|口座 #######|##:## ##:## ##:##
#,###,###,###円|###,###,###,###円|¥###,###,###,###|########## ##########|3### ###### #####|######## 4 a### b###
""".strip().replace("\n", "|")


def negatives() -> list[str]:
    """Return texts that hold none."""
    made = random.Random(83)
    numbers = iter(MADE * 3)
    texts = list(WITHOUT)
    for form in SOMETHING_LONGER_OR_ELSE:
        texts += [_filled(form, next(numbers))[0] for _ in range(5)]
    for pattern in _LONGER.split("|"):
        texts += [_of(pattern, made) for _ in range(8)]
    # Twelve digits of which the last is wrong, with no word for My Number.
    for form in BARE_FORMS:
        texts.append(_filled(form, wrong(next(numbers)))[0])
        texts.append(_filled(form, fours(wrong(next(numbers)), "-"))[0])
    for form in ASKED:
        texts.append(_filled(form, wrong(next(numbers)))[0])
    return texts


def asked() -> list[tuple[str, int, int]]:
    """Return (text, start, end) of texts about which a person is asked."""
    return [_filled(form, MADE[at]) for at, form in enumerate(ASKED)]


# D3: (text, context, what comes of it: True to stop, False to ask, None for nothing).
CONTEXTS = [
    ("123456789018", "", False),
    ("1234 5678 9018", "", True),
    ("123456789018", "氏名", True),
    ("123456789018", "個人番号", True),
    ("123456789018", "商品番号", False),
    ("123456789018", "品番", False),
    ("123456789018", "口座番号", False),
    ("123456789018", "受付", False),
    ("123456789018", "伝票", False),
    ("123456789018", "免許証番号", False),
    ("123456789018", "受付番号 個人番号", True),
    ("123456789018", "マイナンバー一覧.xlsx", True),
    ("受付番号 123456789018", "個人番号の届出", True),
    ("123456789012", "", None),
    ("123456789012", "個人番号", True),
    ("123456789012", "マイナンバー", True),
    ("123456789012", "ﾏｲﾅﾝﾊﾞｰ", True),
    ("123456789012", "通知カード", True),
    ("123456789012", "個 人 番 号", True),
    ("123456789012", "個人番号又は法人番号", True),
    ("123456789012", "My Number", True),
    ("123456789012", "受付番号", None),
    ("123456789012", "マイナンバーカード交付件数", None),
    ("受付番号 123456789012", "個人番号の届出", None),
    ("1234-5678-9012", "個人番号", True),
    ("1234 5678 9012", "個人番号", True),
    ("1234 5678 9012", "マイナンバーカード", None),
    ("1 2 3 4 5 6 7 8 9 0 1 2", "個人番号", True),
    ("12 34567 89012", "個人番号", None),
    ("12 34567 89018", "個人番号", True),
    ("12 34567 89018", "", False),
    ("000000000000", "個人番号", None),
    ("999999999999", "個人番号", None),
    ("************", "個人番号", None),
    ("1234567890123", "個人番号", None),
    ("個人番号は12桁です", "個人番号", None),
    ("氏名 風見花子 電話 090-1234-5678", "個人番号", None),
    ("この個人番号は、申請のときに記入していただくものです。控えの番号 123456789012", "", None),
    ("個人番号\n123456789012", "", True),
    ("個人番号を記入してください\n123456789012", "", None),
    ("個人番号 123456789018 受付番号 983205673210", "", True),
    ("202604011230", "", None),
    ("202604011231", "", False),
    ("202604011231", "更新日時", None),
    ("202604011231", "個人番号", True),
    ("2015 2016 2017", "", None),
    ("2015 2016 2017", "マイナンバー", False),
]

# Repeated without an end, these are what a search could drown in.
_PIECES = """
1 · 1· 1- 12· 1234· 1234- 一 一二三· ∅ 1∅ | 1| 1234, -⏎ 1⏎ 個人番号 個人番号1 123456789018⏎ 個人番号·123456789012·
0. http:// a@ 1·1- 12345⏎678 1⇥ 1234·5678- 個人番号·1234· 1234·5678·9018⏎ ○ 1, 個人番号·1·
"""
PIECES = [piece.translate(str.maketrans("·⏎⇥∅", " \n\t\u200b")) for piece in _PIECES.split()]

"""Numbers that lead to a person: telephones, accounts, insurance, licences, cards, plates, and mail addresses.

Few of them are known by their shape alone. For the others the nearest label before them decides (on the line, in the
header of the column, on the line above), and a label of another thing (伝票番号, 品番) says what they are not.
"""

import re
from bisect import bisect_right
from collections.abc import Iterator, Sequence

from madoguchi.llm.personal_text import Cell, Plain, words_before

# Between two groups of one number; a line may break there.
_J = r"(?: ?- ?\n? ?| ?\. ?| |\n)"
# No digit or letter right before, save the label itself (℡090, FAX03).
_B = r"(?:(?<![\dA-Za-z])(?<!\d[-.])|(?<=(?i:tel|fax)))"
_E = r"(?![\dA-Za-z])(?!-\d)"

# The label of a number. Longer ones first; `other` is what no person is known by.
_LABELS = {
    "my_number": r"個人番号|マイナンバー",
    "resident_code": r"住民票コード",
    "pension": r"基礎年金番号|年金(?:番号|手帳|証書)(?:の?(?:記号)?番号)?",
    "insured": r"被保険者証?の?(?:記号)?・?番号|被保険者証|(?:資格確認書|保険証|被保険者|医療証|"
    r"受給者証?)の?(?:記号)?・?(?:番号|no)|"
    r"(?:介護|健康|国民健康|後期高齢者?医?療?)保険?証?の?(?:記号)?・?番号",
    "licence": r"(?:運転)?免許(?:証|の)?の?(?:番号|no)?",
    "passport": r"旅券の?(?:番号|no)?|パスポート(?:番号|ナンバー|no)?|passport",
    "residence_card": r"在留カード(?:等?の?番号|no)?|特別永住者証明書(?:番号)?|在留番号",
    "account": r"口座(?:番号|no)?|(?:普通|当座|貯蓄|定期|通常)(?:預金|貯金)?(?:口座)?(?:番号|"
    r"no)?(?![車徴財会交建免の通])|預金|通帳(?:番号)?|"
    r"(?:ゆうちょ|郵便|貯金)[^\d\n]{0,8}記号・?番号|支店(?= ?\Z)",
    "card": r"(?:クレジット|キャッシュ)?カード番号|クレジットカード",
    "phone": r"電話(?:番号)?|tel|携帯(?:電話)?(?:番号)?|(?:緊急)?連絡先|fax(?:番号)?|ファッ?クス|phone|mobile|"
    r"ケータイ|スマホ|自宅|実家|勤務先",
    "birth_date": r"生年月日|誕生日",
    "other": r"保険者番号|番号|コード|ナンバー|品番|型番|伝票|型式|ロット|シリアル|追跡|内線|金額|料金|価格|税込|"
    r"単価|定員|"
    r"人口|件数|数量|面積|合計|残高|年度|郵便|jan|isbn|no\.?|id|法人",
}
_LABEL = re.compile("|".join(f"(?P<{kind}>{words})" for kind, words in _LABELS.items()), re.IGNORECASE)
# 番号 without a word of what, and the things that have numbers.
_BARE = re.compile(r"(?:\A|[^一-龠ァ-ヶー])(?:番号|no\.?)\Z|記号・?番号\Z", re.IGNORECASE)
_THINGS = re.compile(
    r"(?P<licence>免許証?)|(?P<passport>旅券|パスポート)|(?P<residence_card>在留カード)|(?P<pension>年金)|"
    r"(?P<resident_code>住民票コード)|"
    r"(?P<account>口座|預金|貯金|ゆうちょ|銀行|信用金庫|信用組合|農協|振込)|(?P<insured>保険|国保|社保|"
    r"資格確認書|後期高齢|医療証)|(?P<other>伝票|商品|製品|受付|契約|文書|議案|事業|台帳|整理|管理|登録)"
)
# 「(10桁)」 「（普通）」 between a label and its number.
_NOTE = re.compile(r"\((?:[^()\d]{0,8}|\d{1,2}桁[^()\d]{0,6})\)")

# What stands at the label of a kind, from the first digit on.
_SHAPES = {
    "resident_code": re.compile(rf"\d(?:[ -]?\d){{10}}{_E}"),
    "pension": re.compile(rf"\d{{4}}{_J}?\d{{6}}{_E}"),
    "insured": re.compile(rf"\d{{2,5}}[- ]\d{{2,8}}(?:-\d{{1,2}})?{_E}|\d{{4,10}}(?:-\d{{1,2}})?{_E}"),
    "licence": re.compile(rf"\d{{12}}{_E}|\d{{4}}{_J}\d{{4}}{_J}\d{{4}}{_E}"),
    "account": re.compile(
        rf"\d{{3}}[ -]\d{{6,8}}{_E}|\d{{5}}(?:[ -]\d)?[ -]\d{{2,8}}(?:-\d)?{_E}|"
        rf"\d{{3}}[ -]\d{{4}}{_E}|\d{{4,8}}(?:-\d)?{_E}"
    ),
    "card": re.compile(rf"\d{{4}}(?:[ -]?\d{{4}}){{2}}[ -]?\d{{2,4}}{_E}"),
    "phone": re.compile(
        rf"\(?0\d{{1,4}}\)?{_J}?\(?\d{{1,4}}\)?{_J}?\d{{3,4}}{_E}|\d{{2,4}}-\d{{4}}{_E}|\(\d{{2,4}}\) ?\d{{4}}{_E}"
    ),
}
_PHONE = re.compile(
    rf"{_B}(?:"
    # 090-1234-5678, 09012345678, 090(1234)5678
    rf"0[5-9]0{_J}?\(?\d{{4}}\)?{_J}?\d{{4}}|"
    # 0120-123-456, 0570, 0800
    rf"(?:0120|0570|0800|0990){_J}?\d{{3}}{_J}?\d{{3,4}}|"
    # 03-1234-5678, 0467-22-1234, 03.1234.5678: ten digits, told by length below
    r"0\d{1,4} ?[-.] ?\n?\d{1,4} ?[-.] ?\n?\d{4}|0\d{1,4}\(\d{1,4}\) ?-?\d{4}"
    rf"){_E}|(?<!\d)\(0\d{{1,4}}\) ?-?\d{{1,4}} ?-? ?\d{{4}}{_E}|"
    # +81-90-1234-5678, +81 (0)3 1234 5678
    rf"\+81[- ]?(?:\(0\)|0)?[- ]?\d{{1,4}}[- ]?\d{{1,4}}[- ]?\d{{4}}{_E}"
)
_MAIL = re.compile(
    r"(?<![A-Za-z0-9._%+-])[A-Za-z0-9._%+'-]+ ?(?:@|\[at\]|\(at\)|<at>) ?[A-Za-z0-9-]+(?:\.[A-Za-z0-9-]+)+"
)
_MAIL_TAIL = re.compile(r"\.[A-Za-z]{2,}\Z")
_CARD = re.compile(rf"{_B}\d{{4}}([ -])\d{{4}}\1\d{{4}}\1\d{{4}}{_E}|{_B}3\d{{3}}[ -]\d{{6}}[ -]\d{{5}}{_E}")
_PENSION = re.compile(rf"{_B}\d{{4}}-\d{{6}}{_E}")
_PASSPORT = re.compile(rf"(?<![A-Za-z0-9])[A-Za-z]{{2}}{_J}?\d{{7}}{_E}")
_RESIDENCE = re.compile(rf"(?<![A-Za-z0-9])[A-Za-z]{{2}}{_J}?\d{{8}}{_J}?[A-Za-z]{{2}}(?![A-Za-z0-9])")
# 記号 12345 番号 1234567: an account of ゆうちょ or a card of insurance, as the words before say.
_SIGN_AND_NUMBER = re.compile(
    r"記号[ :は|\t\n]{0,4}((?:[一-龠]{1,6}|[\d-]{1,8})[ ,、・|\t\n]{0,4}番号[ :は|\t\n]{0,4}\d{1,8}(?:-\d{1,2})?)(?!\d)"
)
_YUCHO = re.compile(r"ゆうちょ|郵便局|貯金|郵貯|振込|口座|銀行")
_INSURANCE = re.compile(r"保険|国保|社保|資格|後期|共済")
_NEIGHBOURHOOD = 80
# Offices whose names stand on plates; where an unknown one stands, the rest is found all the same.
_PLATES = """
    札幌 函館 旭川 室蘭 苫小牧 釧路 知床 帯広 北見 青森 弘前 八戸 岩手 盛岡 平泉 宮城 仙台 秋田 山形 庄内 福島
    会津 郡山 白河 いわき 水戸 土浦 つくば 宇都宮 那須 とちぎ 群馬 前橋 高崎 大宮 川口 所沢 川越 熊谷 春日部
    越谷 千葉 成田 習志野 市川 船橋 袖ケ浦 市原 野田 柏 松戸 品川 世田谷 練馬 杉並 板橋 足立 江東 葛飾 八王子
    多摩 横浜 川崎 湘南 相模 山梨 富士山 新潟 長岡 上越 富山 石川 金沢 福井 長野 松本 諏訪 南信州 安曇野 岐阜
    飛騨 静岡 浜松 沼津 伊豆 名古屋 豊橋 三河 岡崎 豊田 尾張小牧 一宮 春日井 三重 鈴鹿 四日市 伊勢志摩 滋賀 京都
    大阪 なにわ 和泉 堺 奈良 飛鳥 和歌山 神戸 姫路 鳥取 島根 出雲 岡山 倉敷 広島 福山 下関 山口 徳島 香川 高松
    愛媛 高知 福岡 北九州 久留米 筑豊 佐賀 長崎 佐世保 熊本 大分 宮崎 鹿児島 奄美 沖縄
"""
_PLATE = re.compile(
    rf"(?:(?:{'|'.join(sorted(_PLATES.split(), key=len, reverse=True))}) ?)?"
    r"(?<!\d)\d{2}[0-9A-Z]? ?[あ-んアイウエオ] ?"
    r"(?:\d\d ?- ?\d\d|[・.]{1,3} ?\d{1,3}|\d{4})(?!\d)(?![年月日円時分人件])"
)
_DIGITS = re.compile(rf"{_B}\(?\d")

Span = tuple[str, int, int]


def numbers(plain: Plain, cells: Sequence[Cell]) -> list[Span]:
    """Return (kind, start, end) of what is found, in letters of `plain`; spans may overlap, surer ones first."""
    text = plain.digits
    reader = _Labels(text, cells)
    found = list[Span]()
    found += (("mail", *match.span()) for match in _MAIL.finditer(text) if _MAIL_TAIL.search(match[0]))
    found += _signs_and_numbers(text)
    found += _lettered(text, reader)
    found += _labelled(text, reader)
    found += _shaped(text, reader)
    return found


def label_regex() -> re.Pattern[str]:
    """Return what every label of a number matches, for telling the headers of a table."""
    return _LABEL


class _Labels:
    """The nearest label of places in a text."""

    def __init__(self, text: str, cells: Sequence[Cell]) -> None:
        self._text, self._cells = text, cells
        self._starts = [cell.start for cell in cells]

    def at(self, place: int) -> tuple[str, bool]:
        """Return the kind of the nearest label before a place ("" for none), whether digits stand between."""
        at = bisect_right(self._starts, place) - 1
        cell = self._cells[at] if at >= 0 and self._cells[at].end > place else None
        words = _NOTE.sub(" ", words_before(self._text, place, cell))
        words = words[words.rfind("。") + 1 :]
        labels = list(_LABEL.finditer(words))
        last = labels[-1] if labels else None
        if last is None or last.lastgroup is None:
            return "", False
        apart = any(sign.isdigit() for sign in words[last.end() :])
        if last.lastgroup == "other" and _BARE.search(words[: last.end()]):
            # 「運転免許証（番号 …）」, 「国保の記号・番号は …」: what was spoken of before says of what.
            return self._spoken_of(place) or "other", apart
        return last.lastgroup, apart

    def _spoken_of(self, place: int) -> str:
        """Return the kind of the last thing with a number that is spoken of before a place."""
        things = list(_THINGS.finditer(self._text, max(0, place - _NEIGHBOURHOOD), place))
        return things[-1].lastgroup or "" if things else ""


def _labelled(text: str, labels: _Labels) -> Iterator[Span]:
    """Yield the numbers that stand right behind a label of theirs."""
    after = 0
    for match in _DIGITS.finditer(text):
        start = match.start()
        if start < after:
            continue
        kind, apart = labels.at(start)
        if kind not in _SHAPES or apart:
            continue
        start += text[start] == "(" and kind != "phone"
        if (shape := _SHAPES[kind].match(text, start)) and _is_long_enough(kind, shape[0]):
            after = shape.end()
            yield kind, start, after


def _is_long_enough(kind: str, written: str) -> bool:
    count = sum(sign.isdigit() for sign in written)
    return not (kind == "phone" and written.lstrip("(")[0] == "0" and count not in (10, 11))


def _shaped(text: str, labels: _Labels) -> Iterator[Span]:
    """Yield the numbers that their shape tells, unless a label says that they are another thing."""
    for match in _PHONE.finditer(text):
        kind, _ = labels.at(match.start())
        if (_is_phone(match[0]) and kind in ("", "phone", "account", "birth_date")) or (
            _is_phone(match[0]) and kind == "other" and labels.at(match.start())[1]
        ):
            yield "phone", *match.span()
    for match in _CARD.finditer(text):
        if _has_luhn(match[0]) and labels.at(match.start())[0] in ("", "card"):
            yield "card", *match.span()
    for match in _PENSION.finditer(text):
        if "年金" in text[max(0, match.start() - 3 * _NEIGHBOURHOOD) : match.end() + _NEIGHBOURHOOD]:
            kind, apart = labels.at(match.start())
            if kind in ("", "pension") or apart:
                yield "pension", *match.span()
    for match in _PLATE.finditer(text):
        start = match.start()
        yield "plate", start, match.end()


def _lettered(text: str, labels: _Labels) -> Iterator[Span]:
    """Yield passports and residence cards: two letters and digits."""
    for match in _PASSPORT.finditer(text):
        kind, _ = labels.at(match.start())
        around = text[max(0, match.start() - _NEIGHBOURHOOD) : match.end() + 20]
        if kind == "passport" or (
            kind in ("", "phone", "account") and re.search("旅券|パスポート|(?i:passport)", around)
        ):
            yield "passport", *match.span()
    for match in _RESIDENCE.finditer(text):
        if labels.at(match.start())[0] != "other":
            yield "residence_card", *match.span()


def _signs_and_numbers(text: str) -> Iterator[Span]:
    for match in _SIGN_AND_NUMBER.finditer(text):
        before = text[max(0, match.start() - _NEIGHBOURHOOD) : match.start()]
        insurance = max((one.end() for one in _INSURANCE.finditer(before)), default=-1)
        account = max((one.end() for one in _YUCHO.finditer(before)), default=-1)
        if max(insurance, account) >= 0:
            yield "insured" if insurance > account else "account", *match.span(1)


def _is_phone(written: str) -> bool:
    """Whether the digits are as many as a telephone has."""
    digits = [sign for sign in written if sign.isdigit()]
    if written.startswith("+"):
        return 11 <= len(digits) <= 13
    longer = (digits[1] in "56789" and digits[2] == "0") or digits[:4] == list("0800")
    return len(digits) == 10 or (longer and len(digits) == 11)


def _has_luhn(written: str) -> bool:
    digits = [int(sign) for sign in written if sign.isdigit()][::-1]
    summed = (digit if at % 2 == 0 else sum(divmod(2 * digit, 10)) for at, digit in enumerate(digits))
    return sum(summed) % 10 == 0

"""Addresses down to building and room: found by their numbers (本町1-2-3, 3丁目4番5号), read back to where they begin.

A place alone (風見市, 東京都) is no address of a person, nor a 丁目 alone unless 住所 stands before it.
"""

import re
from bisect import bisect_left, bisect_right
from collections.abc import Iterator, Sequence

from madoguchi.llm.personal_text import Cell, Plain, words_before
from madoguchi.llm.personal_words import Word

PREFECTURES = (
    "北海道|青森県|岩手県|宮城県|秋田県|山形県|福島県|茨城県|栃木県|群馬県|埼玉県|千葉県|東京都|神奈川県|新潟県|"
    "富山県|石川県|福井県|山梨県|長野県|岐阜県|静岡県|"
    "愛知県|三重県|滋賀県|京都府|大阪府|兵庫県|奈良県|和歌山県|鳥取県|島根県|岡山県|広島県|山口県|徳島県|香川県|"
    "愛媛県|高知県|福岡県|佐賀県|長崎県|熊本県|大分県|"
    "宮崎県|鹿児島県|沖縄県"
)
_PREFECTURE = re.compile(PREFECTURES)
_N = r"(?:\d{1,5}|[〇一二三四五六七八九十百]{1,5})"
_H = r" ?(?:-|の|ノ) ?\n?"
# A line may break within, but not before the number of the next item.
_S = r"(?: |\n(?!\d{1,2}[.)、]))?"
# What follows a number that counts something.
_COUNTS = r"(?![\d年月日時分秒人件名円回頁歳才度階%％個点台本])"
_BAN = (
    rf"番地?(?!組|線|煎|目|台|街|付)(?:(?:{_H}|"
    rf"{_S}){_N}{_COUNTS}(?:{_S}号(?![線車室棟館]))?)?(?:{_H}{_N})*(?:{_S}号(?![線車室棟館]))?"
)
_LOT = re.compile(
    rf"(?<![\d第-])(?:"
    # 3丁目12番5号, 三丁目12-5, 3丁目12番地の5, 3丁目
    rf"{_N}{_S}丁目(?:{_S}{_N}(?:{_S}{_BAN}|(?:{_H}{_N}){{1,4}}(?:{_S}号(?![室棟館]))?|号(?![室棟館]))?)?|"
    # 1234番地5, 12番5号, 567番地の2
    rf"{_N}{_S}{_BAN}|"
    # 1-2-3, 1-2-3-405, 1の2の3
    rf"{_N}(?:{_H}{_N}){{1,4}}{_COUNTS}|"
    # 北12号; 345 of a village
    rf"{_N}号(?![線車棟館室炉議])|"
    rf"\d{{1,5}}(?![\d,.:/年月日時分秒人円件名回頁歳才度階棟号世番点個台本つ万千百条項割%％㎡A-Za-z-]))"
)
_YEARS = re.compile(r"(?:19|20)\d\d ?- ?(?:(?:19|20)\d\d|\d\d)\Z")
_IS_CHOME = re.compile(rf"{_N}{_S}丁目\Z")
_IS_PLAIN = re.compile(r"\d+\Z")
_IS_PAIR = re.compile(rf"{_N}{_H}{_N}\Z")
# A part of a country: 風見市, 大井町.
_UNIT = re.compile(r"[市区町村郡]")
_SITE = re.compile(
    r"(?:町|丁|丘|台|字|条|通り?|区|村|ケ?原|谷|沢|島|[東西南北中上下]|田|山|川|野|崎|浜|浦|ノ.|番町|割|号|線|"
    r"耕地|新田|団地|ニュータウン)\Z"
)
# What goes on between places: 霞ヶ関, ひばりが丘, 三ノ宮, 虎ノ門.
_JOINT = frozenset("がのノヶケつツ々之ヵカ")
_NOT_IN = re.compile(
    r"住所|居所|本籍地?|所在地?|現住|現在地?|前住|転居|転入|転出|送付|宛|申請|届出|世帯主?|氏名|本人|自宅|実家|"
    r"連絡先?|勤務先?|入所|施設|場所|方書|郵便|番号|"
    r"事業所|新|旧|先|様|さん|氏|殿|者|は|元|住まい|家屋|物件|土地|建物|対象|住居|表示|地番|登記|現地|問い?合わ?せ?|〒"
)
_SIGNS = frozenset("、。,()「」『』:;|\t\n・/<>=!?[]{}【】〒※→~")
# The label of an address, right before it or over it.
LABEL = re.compile(
    r"(?:住所|登録地|居住地|居所|本籍地?|所在地?|住まい|自宅|実家|宛先|送付先|転[居入出](?:先|元|前|後)?|在住|方書|所在|"
    r"(?i:address))[^。]{0,12}\Z"
)
_FAR = 45
_POSTAL = re.compile(r"(?:〒 ?|郵便番号[ :|\t]{0,3}〒? ?)?(?<![\d-])\d{3}-\d{4}(?![\d-])[ \n]{0,2}")
_POSTAL_ALONE = re.compile(r"(?:〒 ?(\d{3}-?\d{4})|郵便番号[ :|\t]{0,3}〒? ?(\d{3}-?\d{4}))(?![\d-])")
_POSTAL_SEVEN = re.compile(r"〒 ?\d{7}[ \n]{0,2}")
_BUILDING_WORD = (
    r"マンション|アパート|ハイツ|コーポ|荘|住宅|団地|ビル|レジデンス|メゾン|ハウス|寮|タワー|パレス|ヴィラ|コート|ヒルズ|"
    r"シティ|プラザ|苑|ホームズ|ガーデン|ハイム|パーク|グランド|カーサ|キャッスル|ドーム|フラット|テラス|ヴィレッジ|会館|"
    r"ホーム|館|宿舎|官舎|社宅|長屋|エステート|スクエア|ロイヤル"
)
_CHARACTER = r"[^\s、。,()「」『』:;|/<>=!?\[\]{}【】~※]"
_ROOM = (
    r"(?:[A-Za-z]?-?\d{1,2}号棟 ?-?)?(?:[A-Za-z]-?)?\d{1,5}(?:-\d{1,4})?(?:号室|号|室|階|"
    r"[A-Za-z](?![A-Za-z]))?(?![\d年月日時分歳才円人名])"
)
_NOT_BUILDING = (
    r"(?![^\n、。]{0,8}(?:電話|連絡|番号|(?i:tel|fax)))(?!携帯|生年|昭和|平成|令和|大正|氏名|世帯|世帯主|本人|職業|年齢|"
    r"内線|申請|届出|勤務)"
)
_BUILDING = re.compile(
    rf"[ \n]{{0,2}}{_NOT_BUILDING}(?:{_CHARACTER}{{0,14}}?(?:{_BUILDING_WORD}){_CHARACTER}{{0,8}}?[ ]?{_ROOM}|"
    rf"{_CHARACTER}{{0,12}}?(?:{_BUILDING_WORD})(?:[ァ-ヶー]{{0,8}}|[一-龠]{{0,4}})(?![一-龠ぁ-ん])|"
    rf"(?:[A-Za-z]?-?\d{{1,3}}号?棟 ?)?\d{{1,4}}号室?|\d{{1,2}}-\d{{3,4}}(?!\d|-)|"
    rf"[ァ-ヶー・]{{2,12}}[一-龠]{{0,4}}(?:\d{{1,3}}(?=[ A-Z]))? ?(?:[A-Z]-?)?\d{{2,4}}(?:号室?)?(?![\d年月日歳-])|"
    # A building that is called as it likes, with a room of three digits and more.
    rf"(?<!\n)[一-龠ァ-ヶー・]{{2,12}} ?(?:[A-Z]-?)?[1-9]\d{{2,3}}(?:号室?)?(?![\d,年月日歳円人名件台個-])|"
    rf"[一-龠ァ-ヶー]{{2,12}} ?\d{{1,2}}(?:階|F)|"
    rf"[一-龠]{{1,4}}(?:様)?方(?![法針向面]))"
)
_ROOM_ONLY = re.compile(r"[ \n]{0,2}(?:[A-Za-z]-?)?\d{3,4}(?:号室|号|室)")


def addresses(
    plain: Plain, words: Sequence[Word], cells: Sequence[Cell], taken: Sequence[tuple[str, int, int]]
) -> Iterator[tuple[str, int, int]]:
    """Yield ("address", start, end) in letters of `plain`, apart from one another and from what is `taken`."""
    text, after = plain.text, 0
    others = sorted(start for _, start, _ in taken)
    starts, columns = [word.start for word in words], [cell.start for cell in cells]
    for lot in _LOT.finditer(text):
        if lot.start() < after or text[lot.start()] == "0":
            continue
        begin = _begin(text, words, bisect_left(starts, lot.start()), max(after, lot.start() - _FAR), lot.start())
        if begin is None:
            continue
        at = bisect_right(columns, begin) - 1
        cell = cells[at] if at >= 0 and cells[at].end > begin else None
        postal = _postal_before(text, begin, after)
        labelled = postal < begin or bool(LABEL.search(words_before(text, begin, cell)))
        if not _is_address(text[begin : lot.start()].rstrip(), lot[0], labelled, words, starts, lot.start()):
            continue
        end = _building_end(text, lot.end())
        following = bisect_left(others, lot.start())
        if following < len(others) and others[following] < end:
            # What looks like a building is the label of a telephone.
            end = lot.end()
        yield from _postal_between(text, after, postal)
        yield "address", postal, end
        after = end
    yield from _postal_between(text, after, len(text))


def _begin(text: str, words: Sequence[Word], at: int, least: int, end: int) -> int | None:
    """Return where the places before a lot begin, or None where none stands."""
    if at == len(words) or words[at].start > end:
        at -= 1
    first = at
    while first > 0 and words[first - 1].start >= least and _goes_on(text, words, first - 1, end):
        first -= 1
    # A prefecture is where an address begins, whatever stands before it.
    start = words[first].start
    prefectures = list(_PREFECTURE.finditer(text, start, end))
    if prefectures:
        return prefectures[-1].start()
    while first < at and (_NOT_IN.fullmatch(words[first].text) or not words[first].is_noun or _leads(words[first])):
        first += 1
    if first == at:
        # 北7条西4丁目 begins with a word that holds its number.
        inside = text[words[at].start : end].strip() if at < len(words) and words[at].start < end else ""
        return words[at].start if inside else None
    return words[first].start


def _leads(word: Word) -> bool:
    return word.kind[0] == "接尾辞" or (word.kind[1] == "数詞")


def _goes_on(text: str, words: Sequence[Word], at: int, end: int) -> bool:
    """Whether the places before a lot go on with a word: nouns, and what joins them."""
    word = words[at]
    if word.text in ("様", "さん", "氏", "殿", "在住"):
        return False
    if word.text == " ":
        before = words[at - 1].text if at else ""
        # 東京都 千代田区 霞が関 1-2-3
        return bool(before) and (words[at + 1].start >= end or bool(re.search(r"[都道府県市区町村郡]\Z", before)))
    if _SIGNS & set(word.text):
        return False
    if word.is_noun:
        return True
    return word.text in _JOINT and at > 0 and words[at - 1].is_noun and text[word.end : word.end + 1] not in " \n"


def _is_address(
    place: str, lot: str, labelled: bool, words: Sequence[Word], starts: Sequence[int], lot_start: int
) -> bool:
    """Whether a place with a lot is an address, as the place, the lot and the label together say."""
    if not place or _YEARS.match(lot):
        return False
    last = words[max(0, bisect_left(starts, lot_start) - 1)]
    in_prefecture = bool(_PREFECTURE.match(place))
    unit = in_prefecture or bool(_UNIT.search(place))
    if re.search(
        r"(?:条例|規則|要綱|告示|法律|議案|請願|陳情|電話|口座|番号|金額|料金|人口|世帯|面積|平均|路線|バス|国道|"
        r"県道|市道|令和|平成|昭和|年度?|号)\Z",
        place,
    ):
        return False
    if _IS_PLAIN.match(lot) or (lot.endswith("号") and not re.search("[番-]", lot) and "丁目" not in lot):
        # 風見市大字北 345: only where an address is expected.
        return unit and labelled and last.text not in ("市", "区", "県", "府", "都")
    if _IS_CHOME.match(lot):
        return labelled and unit
    if _IS_PAIR.match(lot):
        return (
            (unit and not re.search(r"[市区町村郡都府県]\Z", place))
            or in_prefecture
            or (labelled or bool(re.search(r"[町丁]\Z", place)) or last.is_place)
        )
    if "番" in lot and "丁目" not in lot and not unit:
        return labelled or (("番地" in lot or "号" in lot) and (last.is_place or bool(_SITE.search(place))))
    return unit or labelled or last.is_place or last.is_name or bool(_SITE.search(place))


def _building_end(text: str, end: int) -> int:
    """Return where building, room and 方 behind a lot end, or the end of the lot."""
    match = _BUILDING.match(text, end)
    if match is None:
        return end
    end = match.end()
    room = _ROOM_ONLY.match(text, end)
    return room.end() if room else end


def _postal_before(text: str, begin: int, after: int) -> int:
    """Return where the postal code right before an address begins, or the address itself."""
    for pattern in (_POSTAL, _POSTAL_SEVEN):
        for match in pattern.finditer(text, max(after, begin - 24), begin):
            if match.end() == begin:
                return match.start()
    return begin


def _postal_between(text: str, start: int, end: int) -> Iterator[tuple[str, int, int]]:
    for match in _POSTAL_ALONE.finditer(text, start, end):
        group = 1 if match[1] else 2
        yield "address", *match.span(group)

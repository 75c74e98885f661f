"""Letters as they are compared in a search: width, kana, old and variant forms. What is shown stays as it was written.

外字 (the private use area) and variation sequences (葛 with U+E0100) are kept in every text that is read and shown;
to a search the variation selector says nothing, and a 外字 is a letter of its own.
"""

import re
import unicodedata
from collections.abc import Callable, Sequence

Rule = tuple[re.Pattern[str], Callable[[re.Match[str]], str]]

# Each old form before the one in use, without those that NFKC folds (U+FA10 and the like).
# The forms in brackets of the 常用漢字表 (2010, 内閣告示), and 辨瓣辯 of 弁.
_JOYO = """
    乘乗亂乱亞亜佛仏來来倂併假仮傳伝僞偽價価儉倹兒児兩両剩剰劍剣劑剤勞労勳勲勵励勸勧區区卷巻卽即參参單単嚴厳囑嘱圈圏
    國国圍囲圓円圖図團団增増墮堕壓圧壘塁壞壊壤壌壯壮壹壱壽寿奧奥奬奨孃嬢學学寢寝實実寫写寬寛寶宝將将專専對対屆届屬属
    峽峡嶽岳巢巣帶帯廢廃廣広廳庁彈弾彌弥徑径從従徵徴德徳恆恒惠恵惡悪惱悩愼慎慘惨應応懷懐戀恋戰戦戲戯戾戻拂払拔抜拜拝
    挾挟插挿揭掲搖揺搜捜擇択擊撃擔担據拠擧挙擴拡攝摂收収效効敍叙敕勅數数斷断晚晩晝昼曆暦曉暁曾曽會会條条棧桟榮栄槪概
    樂楽樓楼樞枢樣様橫横檢検櫻桜權権歐欧歡歓步歩歷歴歸帰殘残殼殻毆殴每毎氣気涉渉淚涙淨浄淺浅渴渇溪渓溫温滯滞滿満潛潜
    澁渋澤沢濕湿濟済濱浜瀧滝瀨瀬灣湾燈灯燒焼營営爐炉爭争爲為犧犠狀状狹狭獨独獵猟獸獣獻献甁瓶畫画當当疊畳瘦痩癡痴發発
    盜盗盡尽眞真硏研碎砕祕秘禪禅禮礼稱称稻稲穗穂穩穏竊窃竝並粹粋絲糸經経綠緑緖緒緣縁縣県縱縦總総繩縄繪絵繼継續続纖繊
    缺欠罐缶聲声聽聴肅粛腦脳膽胆臟臓臺台與与舊旧艷艶莊荘莖茎萬万薰薫藏蔵藝芸藥薬處処虛虚號号螢蛍蟲虫蠶蚕蠻蛮衞衛裝装
    襃褒覺覚覽覧觀観觸触謠謡證証譯訳譽誉讀読變変讓譲豐豊豫予貳弐賣売賴頼贊賛踐践輕軽轉転辭辞遞逓遲遅邊辺郞郎鄕郷醉酔
    醫医釀醸釋釈錄録錢銭鍊錬鎭鎮鐵鉄鑄鋳鑛鉱關関陷陥隨随險険隱隠雙双雜雑霸覇靈霊靜静顯顕飜翻餘余騷騒驅駆驗験驛駅髓髄
    體体髮髪鬭闘鷄鶏鹽塩麥麦麵麺黃黄黑黒默黙點点黨党齊斉齋斎齒歯齡齢龍竜辨弁瓣弁辯弁
"""
# Letters that print and JIS X 0208 write in two ways, as the 表外漢字字体表 (2000) lists them (鷗 鴎), and shapes that
# are one letter in Japan and two in Unicode (內, 靑, 說).
_SHAPES = """
    焰焔嚙噛俠侠軀躯屢屡蟬蝉驒騨簞箪摑掴顚顛瀆涜囊嚢潑溌醱醗萊莱蠟蝋攢攅吞呑噓嘘姸妍繫繋啞唖鷗鴎攪撹麴麹鹼鹸繡繍蔣蒋
    醬醤搔掻禱祷屛屏幷并枡桝鰺鯵鶯鴬蠣蛎竈竃灌潅諫諌頸頚礪砺濤涛邇迩蠅蝿檜桧蘆芦薮藪儘侭礦鉱賤賎壺壷檮梼蘂蕊籠篭靱靭
    頰頬塡填剝剥𠮟叱餠餅冑胄篡簒槇槙禰祢讚讃內内吳呉靑青淸清戶戸稅税脫脱銳鋭悅悦閱閲說説絕絶產産彥彦顏顔鄉郷敎教祿禄
    俱倶欝鬱
"""
# Forms in names of people and places: what 戸籍 and registers write for one name (髙, 﨑, 邉, 嶋, 冨, 𠮷).
_NAMES = """
    髙高﨑崎嵜崎碕崎𠮷吉濵浜邉辺嶋島嶌島冨富峯峰舘館渕淵渊淵楳梅埜野舩船鐡鉄鉃鉄靏鶴靍鶴槗橋𣘺橋栁柳桺柳桒桑㐂喜圀国
    囯国寳宝穐秋杦杉塲場𡈽土𠀋丈曻昇晄晃昻昂煕熙熈熙羣群躰体軆体逹達濶闊珎珍斈学㔟勢户戸巖巌薗園凛凜雞鶏萠萌竒奇裡裏
    皋皐
"""
# Radicals that fonts of PDF files give for the character itself; NFKC folds only the Kangxi block.
_RADICALS = "⺠民⻁虎⻄西⻆角⻋車⻑長⻗雨⻘青⻝食⻣骨⻤鬼⻨麦⻩黄⻫斉⻭歯⻯竜⻲亀"
# The last sigma of a word is one letter with the others.
_GREEK = "ςσ"


def _pairs(text: str) -> dict[str, str]:
    letters = "".join(text.split())
    return dict(zip(letters[::2], letters[1::2], strict=True))


FORMS = _pairs(_JOYO + _SHAPES + _NAMES + _RADICALS + _GREEK)
_FORMS = str.maketrans(FORMS)
# Variation selectors, soft hyphen, and what has no width: they only follow a letter.
_UNSEEN = "\u00ad\u200b-\u200d\u2060\ufe00-\ufe0f\ufeff\U000e0100-\U000e01ef"
_AFTER_LETTER = re.compile(rf"(?<=.)[{_UNSEEN}]+", re.DOTALL)
# A character with the marks that combine with it: ｶﾞ is one.
_CLUSTER = re.compile(rf".[\u0300-\u036f\u3099\u309aﾞﾟ{_UNSEEN}]*", re.DOTALL)
_VU = {"": "ブ", "ァ": "バ", "ィ": "ビ", "ェ": "ベ", "ォ": "ボ"}
_VU_HIRAGANA = {"": "ぶ", "ぁ": "ば", "ぃ": "び", "ぇ": "べ", "ぉ": "ぼ"}
_DASHES = "‐‑‒–—―−─-"
_RULES: tuple[Rule, ...] = (
    (re.compile("ヴ([ァィェォ]?)"), lambda match: _VU[match[1]]),
    (re.compile("ゔ([ぁぃぇぉ]?)"), lambda match: _VU_HIRAGANA[match[1]]),
    # ０３ー１２３４: a hyphen between digits. センタ－, サ‐ビス: a long vowel after katakana, however often struck.
    (re.compile(r"(?<=\d)ー+(?=\d)"), lambda _: "-"),
    (re.compile(rf"(?<=[ァ-ヺ])[ー{_DASHES}]+(?![0-9a-zー{_DASHES}])"), lambda _: "ー"),
)
_SMALL = "ぁあぃいぅうぇえぉおっつゃやゅゆょよゎわゕかゖけァアィイゥウェエォオッツャヤュユョヨヮワヵカヶケ"
# Both in use, in names for one another.
_ALIKE = str.maketrans(_pairs(_SMALL + "斎斉"))
_HIRAGANA = str.maketrans({chr(code): chr(code - 0x60) for code in range(0x30A1, 0x30F7)})


def without_variations(text: str) -> str:
    """Return a text without what only says which shape of a letter is meant, and without what has no width."""
    return _AFTER_LETTER.sub("", text)


def folded(text: str) -> str:
    """Return a text as its words are cut: NFKC, small letters, forms in use. Never empty for a text that is not."""
    plain = _folded(without_variations(text))
    for pattern, replacement in _RULES:
        plain = pattern.sub(replacement, plain)
    return plain


def folded_with_places(text: str) -> tuple[str, list[int]]:
    """Return `folded(text)` and, for each of its characters, the place in the text that it came from."""
    plain, places = "", list[int]()
    for cluster in _CLUSTER.finditer(text):
        form = _folded(without_variations(cluster[0]))
        plain += form
        places += [cluster.start()] * len(form)
    return replaced(plain, places, _RULES)


def replaced(plain: str, places: list[int], rules: Sequence[Rule]) -> tuple[str, list[int]]:
    """Return a text after some rules, with the places of its characters after them."""
    for pattern, replacement in rules:
        parts, kept, last = list[str](), list[int](), 0
        for match in pattern.finditer(plain):
            form = replacement(match)
            parts += [plain[last : match.start()], form]
            kept += places[last : match.start()]
            # A number may change its length: its characters spread over those it was written with.
            scale = (match.end() - match.start()) / max(1, len(form))
            kept += [places[match.start() + int(at * scale)] for at in range(len(form))]
            last = match.end()
        plain, places = "".join(parts) + plain[last:], kept + places[last:]
    return plain, places


def alike(text: str) -> str:
    """Return folded letters with those as one that stand for one another once words are cut: ッ and ツ, 斎 and 斉."""
    return text.translate(_ALIKE)


def in_one_kana(text: str) -> str:
    """Return a word with its katakana as hiragana."""
    return text.translate(_HIRAGANA)


def _folded(text: str) -> str:
    plain = unicodedata.normalize("NFKC", text).lower()
    if "\u0307" in plain:
        # What İ becomes may stand out of order.
        plain = unicodedata.normalize("NFKC", plain)
    return plain.translate(_FORMS)

"""Signs and words by which `my_number` knows a My Number and what only looks like one."""

import re

KANJI = dict(zip("〇零○◯一二三四五六七八九壱弐参肆伍陸漆捌玖壹貳參", "0000123456789123456789123", strict=True))
CIRCLES = "○◯"
D = rf"[\d{''.join(KANJI)}]"
# No width, direction, marks upon a digit (1̲, 1️⃣), control characters.
MARKS = r"\u0300-\u036f\u20d0-\u20f0\ufe00-\ufe0f\ufe20-\ufe2f"
UNSEEN = MARKS + (
    r"\x00-\x08\x0e-\x1f\x7f-\x84\x86-\x9f\u00ad\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b-\u200f"
    r"\u202a-\u202e\u2060-\u206f\u3164\ufeff\uffa0\ufff9-\ufffb\U000e0000-\U000e01ef"
)
SPACES = " \xa0\u1680\u2000\u2001\u2002\u2003\u2004\u2005\u2006\u2007\u2008\u2009\u200a\u202f\u205f\u2800\u3000"
BREAKS = "\n\r\v\f\x85\u2028\u2029"
DASHES = "-˗֊־᠆‐‑‒–—―⁃⁻₋−─━╴➖⸺⸻〜〰゠ーㅡ︱︲﹘﹣－ｰ～~_＿"
DOTS = ".·•‧․∙⋅・･．。｡"
OTHERS = "/／:：()（）[]［］"
JOINERS = UNSEEN + re.escape(SPACES + BREAKS + DASHES + DOTS + OTHERS)
SIGNS = SPACES + DASHES + DOTS
# Between two digits; longer gaps hold numbers apart.
GAP = 8
# Twelve digits and eleven gaps with no choice between them: bounded work at every place. 漢数字 that touch
# 算用数字 belong to a word (その一123456789018, 123456789018三浦); a mark upon the last digit belongs to it.
# The first digit alone is consumed, as starts lie closer than numbers are long; it comes first, so that a search jumps
# to it.
_START = rf"{D}(?:(?<!{D}{D})(?<!{D}[{UNSEEN}]{D})|(?<=[{''.join(KANJI)}]\d))"
_END = rf"(?:(?!{D})|(?<=\d)(?=[{''.join(KANJI)}]))"
TWELVE = re.compile(rf"{_START}(?=((?:[{JOINERS}]{{0,{GAP}}}+{D}){{11}}{_END}[{MARKS}]{{0,4}}+))")
# One digit, or a group of four, to a cell of a table written as text.
CELL = rf"[{SPACES}]{{0,3}}+[\t|｜│┃¦,，、;；][{SPACES}]{{0,3}}+"
CELLS = re.compile(rf"{D}(?<!{D}{D})(?:(?:{CELL}{D}){{11}}|{D}{{3}}(?:{CELL}{D}{{4}}){{2}})(?!{D})")
CELL_BEFORE = re.compile(rf"{D}{CELL}\Z")
CELL_AFTER = re.compile(rf"{CELL}{D}+")
FOURS = re.compile(rf"{D}{{4}}[{JOINERS}]+{D}{{4}}[{JOINERS}]+{D}{{4}}")
DIGIT = re.compile(D)
GROUPS = re.compile(rf"{D}(?:[{UNSEEN}]*+{D})*+")
BEFORE = re.compile(rf"({D}{{1,12}}+)([{JOINERS}]{{0,{GAP}}}+)\Z")
AFTER = re.compile(rf"([{JOINERS}]{{0,{GAP}}}+)({D}{{1,12}})")
ONLY_DIGITS = re.compile(rf"[{JOINERS}]*(?:{D}[{UNSEEN}{re.escape(SPACES)}]*)+[{JOINERS}]*")
EMPTY = re.compile(rf"[{JOINERS}]*")
# OCR and hasty hands write the figure one for a dash.
ONE_AS_DASH = re.compile(r"一(?=\d{4})(?<=\d{4}一)")
LINE = re.compile(rf"\r\n|[{BREAKS}]")
UNSEEN_SIGN = re.compile(f"[{UNSEEN}]+")
BLANK = re.compile(rf"[\s{UNSEEN}{SPACES}]+")

# Words are compared after NFKC, in lower case, without spaces.
NUMBER_WORD = (
    r"個人番号(?:(?:又は|または|もしくは|若しくは|及び|[・(/、])法人番号)?(?!カード)|個人no|マイナンバー(?!カード)|マイナ番号|"
    r"マイ・ナンバー|my[-_]?number(?!card)|my[-_]?no(?![a-z])"
)
WORD = re.compile(rf"{NUMBER_WORD}|個人番号カード|マイナンバーカード|マイナカード|通知カード|my[-_]?number")
# 「123456789018（個人番号）」
WORD_BEHIND = re.compile(rf"(?:\(|は(?:私の|本人の)?)(?:{NUMBER_WORD})")
NUMBER_WORD_ONLY = re.compile(NUMBER_WORD)
CODE = re.compile(r"[0-9]{12}|[０-９]{12}")
# What stands near a person's number and not near a code of a thing.
PERSON_NEAR = re.compile(
    r"マイナ|個人|本人|氏名|お?名前|生年月日|性別|住所|続柄|世帯|家族|扶養|配偶者|従業員|給与|源泉|年金|住民|申告|保険者|"
    r"[ぁ-んァ-ヶ一-鿿](?:様|さん|殿|氏)(?![ぁ-んァ-ヶ一-鿿])|(?:昭和|平成|大正)\d"
)
PERHAPS_WORD = re.compile(r"番\s*号|マイナ|マイ・|ﾏｲﾅ|通知|(?:y|Y|ｙ|Ｙ)[\s_-]?[nNｎＮ][oOｏＯuUｕＵ]|人\s*[NＮ]")
COLUMNS = (
    "商品|製品|部品|受付|整理|管理|製造|お?客様|顧客|取引先|契約|請求書?|会員|注文|発注|受注|お?問い?合わ?せ|法人|電話"
)
KINDS = (
    rf"{COLUMNS}|得意先|取引|領収書?|利用者|申込|申請|予約|学籍|職員|社員|文書|決済|納付|収納|通知書|確認|機器|資産|備品|識別|"
    "登録|許可|認定|受給者|被保険者|保険者|基礎年金|住民票|世帯|宛名|端末|図書|資料|配送|送り状|荷物|書留|車台|車両|工事|案件|旅券|"
    "在留|ファイル|ユーザー?|user|order|item|product|customer|invoice|tracking|serial|lot|account|transaction|device|"
    "document|request|log|job|task"
)
OTHER_LABEL = re.compile(
    rf"(?:{KINDS})[-_]?(?:番号|コード|no|id|number|code|№|#)|品番|型番|品目コード|バーコード|口座|伝票|ロット|追跡|シリアル|免許証|処方箋|"
    rf"(?<!番号)(?<!ナンバー)(?<!マイナ)(?<!通知)カード番号|(?<![a-z])(?:jan|ean|upc|isbn|imei|ip|s/n)(?![a-z])|"
    rf"(?:{COLUMNS})[:=は]?\Z"
)
TIME_LABEL = re.compile(
    r"日時|時刻|作成|更新|タイムスタンプ|撮影|受信|送信|日付|timestamp|date|time|created|updated|img_|scan_"
)
# 「マイナンバーカード交付件数 1234 5678 9012」 speaks of counts.
COUNTS = re.compile(rf"(?:{WORD.pattern}).{{0,8}}(?:[件枚人者員回台]数|金額|割合|率|累計|合計)")
LETTERS_BEFORE = re.compile(r"[A-Za-zＡ-Ｚａ-ｚ]+\Z")
PREFIX = re.compile(r"(?:no|id|num|number|nr)\Z", re.IGNORECASE)
# Money, a decimal fraction, a telephone, a postal code, the groups of a UUID. A backslash after a letter is a path's.
NOT_BEFORE = re.compile(
    r"(?:[¥￥$＄€]\s?|(?<![\w:.])\\|(?:(?<!\d)0|\d\d)\.|[+＋〒]\s*|[0-9A-Fa-f]{4}-[0-9A-Fa-f]{4}-)\Z"
)
# A letter of a code, a unit, the rest of a mail address.
NOT_AFTER = re.compile(
    r"[a-zａ-ｚ]|[\w.+-]{0,64}[@＠][\w-]|[件人個枚台点冊秒](?![一-鿿])|\s?(?:[百千万億兆]?円|ドル|パーセント|バイト|[%％㎡㎥]|"
    r"平方|立方|(?:[kmg]b|bytes?|[kmc]m|kg|yen|usd|jpy)(?![a-z]))",
    re.IGNORECASE,
)
CODE_BEFORE = re.compile(r"[A-Za-zＡ-Ｚａ-ｚ][\-‐‑−－#]\Z")
ADDRESS_BEFORE = re.compile(r"(?:[a-z]+://|www\.)[\x21-\x7e]*\Z", re.IGNORECASE)
DAY_AND_TIME = re.compile(r"(?:19|20)\d\d(?:0[1-9]|1[0-2])(?:0[1-9]|[12]\d|3[01])(?:[01]\d|2[0-3])[0-5]\d")
YEAR = re.compile(r"(?:19|20)\d\d")

"""How Japanese official texts number their parts: 編章節款目, 条項号, 附則, 別表, and the marks before list items."""

import re
from dataclasses import dataclass

_N = r"[0-9０-９〇一二三四五六七八九十百千]+"
_NO = rf"{_N}(?:の{_N})*"
_END = r"(?=[\s　（(「：:]|$)"
# Pattern -> rank: the outermost has the lowest.
_PARTS = (
    (re.compile(rf"第\s*{_NO}\s*[編部]{_END}"), 10),
    (re.compile(rf"第\s*{_NO}\s*章{_END}"), 20),
    (re.compile(r"附\s*則(?=[\s　（(]|$)"), 20),
    (re.compile(rf"(?:別表|別紙|別記|様式|別記様式)(?:第?{_NO})?号?{_END}"), 20),
    (re.compile(rf"第\s*{_NO}\s*号様式{_END}"), 20),
    (re.compile(rf"第\s*{_NO}\s*節{_END}"), 30),
    (re.compile(rf"第\s*{_NO}\s*款{_END}"), 40),
    (re.compile(rf"第\s*{_NO}\s*目{_END}"), 50),
)
_ARTICLE = re.compile(rf"(第{_N}条(?:の{_N})*)(?:[\s　]*([（(][^）)]{{1,60}}[）)]))?(?:[\s　]+|$)")
ARTICLE_RANK = 60
_CAPTION = re.compile(r"[（(][^（()）]{1,40}[）)]$")
# What begins a list item -> its depth.
_ITEMS = (
    (re.compile(r"[0-9０-９]{1,2}[\s　]+(?=\S)"), 1),
    (re.compile(r"[0-9０-９]{1,2}[.．)）][\s　]*(?=[^0-9０-９\s])"), 1),
    (re.compile(r"[①-⑳❶-❿➀-➉]"), 1),
    (re.compile(r"[・•●○◯⚫⚪■□◆◇▪▫►▶➢➤➡⇒✓✔☑☐◎★☆]"), 1),
    (re.compile(r"[‐–\-][\s　]+(?=\S)"), 1),
    # 「（２）、取扱通知」 is a reference that a line happens to begin with.
    (re.compile(r"(?:[（(](?:[0-9０-９]{1,2}|[一二三四五六七八九十]{1,3})[）)]|[⑴-⒇㈠-㈩])(?![、。，）)])"), 2),
    (re.compile(r"[一二三四五六七八九十]{1,3}[\s　]+(?=\S)"), 2),
    (re.compile(r"[ア-ン][\s　]+(?=\S)"), 3),
    (re.compile(r"[（(][ア-ンa-z][）)]"), 4),
)
# What any of them begins with: most lines begin with nothing of it.
_MARK = re.compile(r"[0-9０-９①-⑳❶-❿➀-➉・•●○◯⚫⚪■□◆◇▪▫►▶➢➤➡⇒✓✔☑☐◎★☆‐–\-（(⑴-⒇㈠-㈩一二三四五六七八九十ア-ン]")
_NUMBERED = re.compile(
    rf"(?:第{_NO}[\s　．.]|[0-9０-９]{{1,2}}(?:[.．\-－][0-9０-９]{{1,2}})*[.．]?[\s　]|[（(][0-9０-９]{{1,2}}[）)]"
    r"|[■●◆【▼◎Ⅰ-Ⅻ]|[IVX]{1,4}[.．\s　])"
)
# 「○議長（山田太郎君）」, 「〇河野大臣：」: who speaks in minutes.
_SPEAKER = re.compile(
    r"[○◯〇◎●◇△][\s　]*[^（(。：:]{0,24}?"
    r"(?:議長|委員|議員|大臣|長官|[市町村区部課局室係所館院園校次会座署団組支参]長|知事|教育長|管理者|書記|事務局|主幹|主査|参事|監"
    r"|参考人|[0-9０-９一二三四五六七八九十]+番|君|氏|さん)"
    r"[\s　]*(?:[（(][^（）()]{1,24}[）)])?(?=[\s　：:、]|$)"
)
_LAW_TITLE = re.compile(r"○.{2,60}(?:条例|規則|要綱|規程|要領|要項|訓令)(?:[（(].{1,30}[）)])?")
_DEPTHS = (
    (re.compile(r"[Ⅰ-Ⅻ]|第[0-9０-９一二三四五六七八九十]+[\s　．.]"), 1),
    (re.compile(r"[0-9０-９]{1,2}[.．－-][0-9０-９]{1,2}[.．－-][0-9０-９]"), 3),
    (re.compile(r"[0-9０-９]{1,2}[.．－-][0-9０-９]"), 2),
    (
        re.compile(
            r"[0-9０-９]{1,2}[.．]?[\s　]|[0-9０-９]{1,2}[.．](?=[^0-9０-９])|[一二三四五六七八九十]{1,3}[\s　、]"
        ),
        1,
    ),
    (re.compile(r"[（(][0-9０-９一二三四五六七八九十]{1,2}[）)]|[⑴-⒇]|[0-9０-９]{1,2}[）)]"), 3),
    (re.compile(r"[①-⑳]|[ア-ン][\s　.．]"), 4),
    (re.compile(r"[（(][ア-ンｱ-ﾝ][）)]"), 5),
)
_LAW_CONTENTS = re.compile(rf"第\s*{_NO}\s*[編章節款目].*[（(]第{_NO}条(?:の{_N})*(?:[―—－\-・、～〜]第?.*)?[）)]")
_CONTENTS = re.compile(
    r"(?:　|[…‥・.．]{2,})[\s　…‥・.．]*(?:[0-9０-９A-Z]{1,3}[-－])?[\-－]?[0-9０-９]{1,4}[\-－]?\s*(?:頁|ページ)?$"
)
UNIT = re.compile(r"[（(【［\[]?\s*単位\s*[：:]?\s*([^）)】］\]\s　]{1,20})\s*[）)】］\]]?")
TABLE_CAPTION = re.compile(rf"(?:図?表|別表|第{_N}表|【表|＜表|\[表)[\s　0-9０-９\-－.．：:第一二三四五六七八九十]")
# What a figure is called: 「図1　手続の流れ」.
FIGURE_CAPTION = re.compile(
    r"[（(【〔［\[＜<]?\s*(?:図表?|グラフ|写真|挿絵|イラスト|Fig(?:ure)?\.?)[\s　]*[0-9０-９一二三四五六七八九十]"
    r"|[（(【〔［\[＜<]\s*(?:図|グラフ|写真)[^）)】〕］\]＞>]{0,20}[）)】〕］\]＞>]"
)


@dataclass
class Part:
    """What a line of official text begins: `rank` of a heading (0: none), `depth` of a list item (0: none), and of an
    article its number, title and the rest of the line."""

    rank: int = 0
    depth: int = 0
    number: str = ""
    title: str = ""
    rest: str = ""


def part_of(text: str) -> Part:
    """Return what `text` (one paragraph, stripped) begins."""
    if text.startswith("第"):
        article = _ARTICLE.match(text)
        if article:
            return Part(ARTICLE_RANK, 0, article[1], article[2] or "", text[article.end() :])
    if text.startswith(("第", "附", "別", "様")) and len(text) <= 60 and not text.endswith(("。", "、")):
        for pattern, rank in _PARTS:
            if pattern.match(text):
                return Part(rank)
    return Part(depth=item_depth(text))


def item_depth(text: str) -> int:
    """Return the depth of a list item by the mark it begins with (1 is the outermost); 0 when it has none."""
    if not _MARK.match(text):
        return 0
    for pattern, depth in _ITEMS:
        if pattern.match(text):
            return depth
    return 0


def is_caption(text: str) -> bool:
    """Return whether a line is an article's title that stands above it: 「（目的）」."""
    return len(text) <= 42 and bool(_CAPTION.fullmatch(text))


def is_law_title(text: str) -> bool:
    """Return whether a line is a law's own title as the law books print it: 「○風見市手数料条例」."""
    return text.startswith("○") and bool(_LAW_TITLE.fullmatch(text))


def is_speaker(text: str) -> bool:
    """Return whether a line of minutes begins with who speaks: 「○議長（山田太郎君）」, 「◎福祉部長　はい。」."""
    return bool(_SPEAKER.match(text)) and not is_law_title(text)


def number_depth(text: str) -> int:
    """Return how deep a heading's numbering is: 「１」 1, 「1.2」 2, 「(1)」 3, 「ア」 4, 「(ｱ)」 5; 0 without one."""
    for pattern, depth in _DEPTHS:
        if pattern.match(text):
            return depth
    return 0


def is_contents(text: str) -> bool:
    """Return whether a line stands in a table of contents: it ends with leaders or a gap and a page number, or as a
    law's does: 「第３章　保険料（第３条―第８条）」."""
    return bool(_CONTENTS.search(text) or _LAW_CONTENTS.fullmatch(text))


def is_numbered(text: str) -> bool:
    """Return whether a line begins as a numbered or marked heading does: 「1.2 」「■」「【」."""
    return bool(_NUMBERED.match(text))


def unit_of(text: str) -> str:
    """Return 「千円」 of a line that says no more than 「（単位：千円）」; empty otherwise."""
    found = UNIT.search(text)
    return found[1] if found and len(text) <= len(found[0]) + 12 else ""


def is_japanese(character: str) -> bool:
    """Return whether lines that meet at this character join without a space."""
    return character > "\u2e7f" or character in "、。・（）「」"


def join(before: str, after: str) -> str:
    """Return two lines of one paragraph as running text."""
    if not before or not after:
        return before + after
    if is_japanese(before[-1]) or is_japanese(after[0]):
        return before + after
    return f"{before} {after}"

"""A question as quotes are measured by it: its words, its figures, what kind of thing it asks for, of which year."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache

from madoguchi.answers.figures import Evidence, Figure, figures
from madoguchi.answers.words import content_words
from madoguchi.search.tokens import bigrams

# What a question asks for, by its words, and how a text that answers shows it.
_WANTS: tuple[tuple[re.Pattern[str], str], ...] = (
    (
        re.compile(r"いくら|料金|手数料|費用|金額|予算|額は|何円|値段|使用料|単価|補助額|給付額|支給額|月額|年額"),
        "money",
    ),
    (re.compile(r"何時|受付時間|開庁時間|営業時間|開館時間|利用時間"), "time"),
    (
        re.compile(
            r"何日間|何日以内|何か月|何ヶ月|何年間|期間|どのくらいの間|いつまで|期限|時期|締切|締め切り|いつ|何日|何月|日程"
        ),
        "date",
    ),
    (re.compile(r"何人|何名|人数|定員|何件|件数|何枚|何回|回数|何世帯|いくつ|何歳|何日"), "count"),
    (re.compile(r"何割|何%|何％|何パーセント|割合|税率|利率|率は"), "percent"),
    (re.compile(r"電話|連絡先|問合せ先|問い合わせ先"), "telephone"),
    (re.compile(r"どこ|窓口|場所|担当課|担当部署|提出先|申請先"), "place"),
    (re.compile(r"誰|だれ|対象者|対象は|資格"), "who"),
)
_FIGURES = {
    "money": {"yen"},
    "time": {"time"},
    "date": {"date"},
    "count": {"number"},
    "percent": {"percent", "fraction"},
    "telephone": {"telephone"},
}
_SHOWS = {
    "place": re.compile(r"課|係|窓口|センター|支所|出張所|公民館|会館|[0-9０-９]階"),
    "who": re.compile(r"者|方|人|世帯|児童|職員"),
    "date": re.compile(
        r"[0-9０-９一二三四五六七八九十]+\s?(?:日|週|か月|箇月|年|時間)(?:間|以内|前|まで)?|毎月|毎週|曜日|随時"
    ),
}
_HIRAGANA = re.compile("[ぁ-ん]")


@dataclass(frozen=True)
class Asked:
    """What a question says: content words, pairs of letters of its terms, figures that single something out
    (「第3号」, 「4月6日」), the western years of the fiscal years it names, and the kinds of thing it wants.
    """

    words: frozenset[str]
    pairs: frozenset[str]
    figures: tuple[Figure, ...]
    years: frozenset[int]
    wants: tuple[str, ...]


@lru_cache(maxsize=64)
def asked(question: str) -> Asked:
    """Return a question as quotes are measured by it."""
    return Asked(
        content_words(question),
        pairs(question),
        tuple(figure for figure in figures(question) if _singles_out(figure)),
        years(question),
        tuple(wanted(question)),
    )


def wanted(question: str) -> list[str]:
    """Return what kinds of thing a question asks for: `money`, `date`, `time`, `place` …"""
    return [kind for pattern, kind in _WANTS if pattern.search(question)]


def _singles_out(figure: Figure) -> bool:
    # 「1通」 and 「1人当たり」 only say by what is counted.
    counts_by = figure.kind == "number" and figure.value == 1 and not figure.text.startswith("第")
    return figure.kind != "fiscal" and not counts_by


@lru_cache(maxsize=4096)
def pairs(text: str) -> frozenset[str]:
    """Return the pairs of neighbouring letters of the terms of a text: what joins words to one name is among them."""
    return frozenset(pair for pair in bigrams(text) if len(pair) > 1 and not _HIRAGANA.search(pair))


@lru_cache(maxsize=4096)
def years(text: str) -> frozenset[int]:
    """Return the fiscal years that a text names, each as the western year in which it begins."""
    named = (figure.value for figure in figures(text) if figure.kind == "fiscal")
    return frozenset(value[0] for value in named if isinstance(value, tuple) and value[0] is not None)


def held(wanted_figures: Iterable[Figure], text: str) -> frozenset[Figure]:
    """Return those figures that stand in a text."""
    wanted_figures = list(wanted_figures)
    evidence = Evidence([text]) if wanted_figures else None
    return frozenset(figure for figure in wanted_figures if evidence and evidence.holds(figure))


def shows(text: str, want: str) -> float:
    """Return how well (0–1) a text shows a kind of thing that is asked for."""
    if (kinds := _FIGURES.get(want)) and any(figure.kind in kinds and _is_exact(figure) for figure in figures(text)):
        return 1.0
    if (pattern := _SHOWS.get(want)) and pattern.search(text):
        return 0.9 if want not in _FIGURES else 0.8
    return 0.0


def _is_exact(figure: Figure) -> bool:
    # 「令和9年」 says when, but not as well as a day or a month does.
    return figure.kind != "date" or (isinstance(figure.value, tuple) and figure.value[1] is not None)

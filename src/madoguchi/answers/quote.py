"""An answer without a model: the sentences and table rows that answer best, as they stand in the documents."""

import math
import re
from collections import Counter
from dataclasses import dataclass, field
from functools import lru_cache

from madoguchi.answers.figures import figures
from madoguchi.answers.sentences import sentences
from madoguchi.answers.words import content_words
from madoguchi.library.models import Passage
from madoguchi.llm import embeddings
from madoguchi.search.query import Hit

MOST_QUOTES = 6
MOST_OF_A_PASSAGE = 3
# A quote this much weaker than the best one adds nothing.
LEAST_OF_BEST = 0.65
# Sentences of one hit list that are also compared by meaning: each costs a few milliseconds.
COMPARED_BY_MEANING = 24
# Share of the question's words, by weight, that the best passage must have to count as evidence, alone or with meaning.
LEAST_COVERAGE, LEAST_COVERAGE_WITH_MEANING, LEAST_MEANING = 0.5, 0.3, 0.87
# Cosines of this embedding lie between these for unrelated and for closely related texts.
_UNRELATED, _RELATED = 0.78, 0.92
_GAP = "　"
_CELL_NUMBER = re.compile(r"[△▲\-−]?\s?\d[\d,，]*(?:\.\d+)?")
_UNIT = re.compile(
    r"(?:単位\s*[:：]?\s*([^\s）)]{1,6})|(?:^|[（(])(円|千円|万円|百万円|億円|人|件|世帯|％|%)(?:[）)]|$))"
)

# What a question asks for, by its words, and how a text that answers shows it.
_WANTS: tuple[tuple[re.Pattern[str], str], ...] = (
    (
        re.compile(r"いくら|料金|手数料|費用|金額|予算|額は|何円|値段|使用料|単価|補助額|給付額|支給額|月額|年額"),
        "money",
    ),
    (re.compile(r"何時|受付時間|開庁時間|営業時間|開館時間|利用時間"), "time"),
    (
        re.compile(
            r"何日間|何日以内|何か月|何ヶ月|何年間|期間|どのくらいの間|いつまで|期限|締切|締め切り|いつ|何日|何月|日程"
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
    "date": {"date", "fiscal"},
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


@dataclass
class Quote:
    """One quote. `text` is what is shown, `parts` are the pieces of it that stand in the passage as they are."""

    hit: Hit
    place: int
    text: str
    parts: tuple[str, ...]
    # Words that stand over it: headings, caption, the sentence before.
    above: frozenset[str]
    score: float = 0.0
    words: frozenset[str] = field(default_factory=frozenset)


def weights(question: str, hits: list[Hit]) -> dict[str, float]:
    """Return the question's words, each weighing more the fewer of the found passages have it."""
    wanted = content_words(question)
    held = Counter(word for hit in hits for word in _words_of(hit.passage) & wanted)
    return {word: math.log(1 + (len(hits) + 1) / (held[word] + 0.5)) for word in wanted}


def coverage(weighed: dict[str, float], hits: list[Hit]) -> float:
    """Return the greatest share (0–1) of the question's words, by weight, that one passage has."""
    total = sum(weighed.values())
    if not total:
        return 0.0
    return max(
        (sum(weighed[word] for word in _words_of(hit.passage) & weighed.keys()) / total for hit in hits), default=0
    )


def quotes(question: str, hits: list[Hit]) -> list[Quote]:
    """Return the quotes that answer a question best, in the order of an answer; none when the evidence is too thin."""
    weighed = weights(question, hits)
    total = sum(weighed.values()) or 1.0
    wants = wanted(question)
    candidates = [quote for hit in hits for quote in _candidates(hit)]
    years = _years(question)
    for quote in candidates:
        quote.score = _by_words(quote, weighed, total, wants) + _by_year(quote.hit.passage, years)
    candidates.sort(key=lambda quote: -quote.score)
    meaning = _add_meaning(question, candidates[:COMPARED_BY_MEANING])
    covered = coverage(weighed, hits)
    if covered < LEAST_COVERAGE and not (covered >= LEAST_COVERAGE_WITH_MEANING and meaning >= LEAST_MEANING):
        return []
    candidates.sort(key=lambda quote: -quote.score)
    return _ordered(_chosen(candidates))


def is_thin(question: str, hits: list[Hit]) -> bool:
    """Return whether what was found does not speak of the question."""
    return not hits or not quotes(question, hits)


def wanted(question: str) -> list[str]:
    """Return what kinds of thing a question asks for: `money`, `date`, `time`, `place` …"""
    return [kind for pattern, kind in _WANTS if pattern.search(question)]


@lru_cache(maxsize=512)
def _words_at(_passage: object, text: str) -> frozenset[str]:
    return content_words(text)


def _words_of(passage: Passage) -> frozenset[str]:
    return _words_at(passage.pk, "\n".join([passage.version.document.title, *map(str, passage.heading), passage.text]))


def _candidates(hit: Hit) -> list[Quote]:
    passage = hit.passage
    title = " ".join([passage.version.document.title, *map(str, passage.heading)])
    above = content_words(title)
    if passage.kind == Passage.Kind.TABLE:
        return _rows(hit, above)
    found: list[Quote] = []
    before: frozenset[str] = frozenset()
    for line in passage.text.splitlines():
        for sentence in sentences(line):
            if len(sentence) < 6:
                continue
            words = content_words(sentence)
            found.append(Quote(hit, len(found), sentence, (sentence,), above | before, words=words))
            before = words
    return found


def _rows(hit: Hit, above: frozenset[str]) -> list[Quote]:
    """Return the rows of a table passage: its lines after caption and unit, made readable."""
    lines = [line for line in hit.passage.text.splitlines() if line.strip()]
    heads: list[str] = []
    while lines and "：" not in lines[0].replace("単位：", "") and len(lines) > 1:
        heads.append(lines.pop(0))
    unit = next((match for line in heads if (match := _UNIT.search(line))), None)
    caption = next((line.strip() for line in heads if not _UNIT.match(line.strip().lstrip("（("))), "")
    measure = (unit[1] or unit[2]) if unit else ""
    # A caption that is the whole of it is a part like any other; the rows repeat it so that each stands alone.
    top = content_words(" ".join(heads))
    found: list[Quote] = []
    for line in lines:
        text = readable(line, measure)
        shown = f"{caption} {text}" if caption else text
        parts = tuple(part for part in [caption, *line.split(_GAP)] if part.strip())
        found.append(Quote(hit, len(found), shown, parts, above | top, words=content_words(line)))
    return found


def readable(row: str, unit: str) -> str:
    """Return a row 「区分：民生費　補正額：123,000」 as a person reads it: 「民生費　補正額：123,000千円」."""
    cells: list[str] = []
    for number, cell in enumerate(row.split(_GAP)):
        label, mark, value = cell.partition("：")
        if not mark:
            cells.append(cell)
            continue
        if _CELL_NUMBER.fullmatch(value.strip()):
            own = _UNIT.search(label)
            measure = (own[1] or own[2]) if own else unit
            if not own and re.search(r"率|比|年|番号|人|件|％|%", label):
                measure = ""
            cells.append(f"{label}：{value.strip()}{measure}")
        else:
            cells.append(value if number == 0 else cell)
    return _GAP.join(cells)


def _by_words(quote: Quote, weighed: dict[str, float], total: float, wants: list[str]) -> float:
    own = quote.words & weighed.keys()
    over = (quote.above & weighed.keys()) - own
    score = (sum(weighed[word] for word in own) + 0.5 * sum(weighed[word] for word in over)) / total
    if wants:
        score += 0.4 * max(_shows(quote.text, want) for want in wants) if own or over else 0
    score += 0.2 * quote.hit.score
    if len(quote.text) > 220:
        score -= 0.1
    # 「次のとおりとする。」 answers nothing by itself.
    if re.search(r"(?:次|下記|以下|左)の(?:とおり|各号|表)", quote.text):
        score -= 0.15
    return score


def _years(text: str) -> set[object]:
    return {figure.value for figure in figures(text) if figure.kind == "fiscal"}


def _by_year(passage: Passage, asked: set[object]) -> float:
    """Return what it adds that a document speaks of the fiscal year that is asked for, or takes that it does not."""
    document = passage.version.document
    spoken = _years(document.title) | ({(document.fiscal_year,)} if document.fiscal_year else set())
    if not asked or not spoken:
        return 0.0
    return 0.2 if asked & spoken else -0.2


def _shows(text: str, want: str) -> float:
    if (kinds := _FIGURES.get(want)) and any(figure.kind in kinds for figure in figures(text)):
        return 1.0
    if (pattern := _SHOWS.get(want)) and pattern.search(text):
        return 0.9 if want not in _FIGURES else 0.8
    return 0.0


def _add_meaning(question: str, candidates: list[Quote]) -> float:
    """Add to each score how near the quote's meaning is to the question's; return the nearest (0 without embedding)."""
    if not candidates:
        return 0.0
    try:
        near = embeddings.embed_passages([quote.text for quote in candidates]) @ embeddings.embed_query(question)
    except embeddings.EmbeddingUnavailable:
        # Quoting goes on by words alone.
        return 0.0
    for quote, cosine in zip(candidates, near, strict=True):
        quote.score += 0.5 * min(1.0, max(0.0, (float(cosine) - _UNRELATED) / (_RELATED - _UNRELATED)))
    return float(near.max())


def _chosen(candidates: list[Quote]) -> list[Quote]:
    chosen: list[Quote] = []
    for quote in candidates:
        if chosen and quote.score < chosen[0].score * LEAST_OF_BEST:
            break
        same_passage = sum(other.hit.passage.pk == quote.hit.passage.pk for other in chosen)
        if same_passage >= MOST_OF_A_PASSAGE or any(_alike(quote.text, other.text) for other in chosen):
            continue
        chosen.append(quote)
        if len(chosen) == MOST_QUOTES:
            break
    return chosen


def _alike(one: str, other: str) -> bool:
    """Return whether two texts say the same in nearly the same letters."""
    a, b = ({text[place : place + 2] for place in range(len(text) - 1)} for text in (one, other))
    return len(a & b) > 0.8 * min(len(a), len(b))


def _ordered(chosen: list[Quote]) -> list[Quote]:
    """Return the best first, then what follows it in its passage, then the other passages, each in its own order."""
    if not chosen:
        return []
    passages = list(dict.fromkeys(quote.hit.passage.pk for quote in chosen))
    best = chosen[0]
    rest = sorted(chosen[1:], key=lambda quote: (passages.index(quote.hit.passage.pk), quote.place))
    return [best, *rest]

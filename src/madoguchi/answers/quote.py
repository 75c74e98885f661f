"""An answer without a model: the sentences and table rows that answer best, as they stand in the documents."""

import math
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date

from madoguchi.answers.asked import Asked, asked, held, pairs, shows, years
from madoguchi.answers.rows import GAP, UNIT, readable, unit_of
from madoguchi.answers.sentences import sentences
from madoguchi.answers.words import content_words
from madoguchi.library.models import Document, Passage
from madoguchi.llm import embeddings
from madoguchi.search.query import Hit
from madoguchi.web.fiscal_years import fiscal_year

MOST_QUOTES = 6
MOST_OF_A_PASSAGE = 3
# A quote this much weaker than the best one adds nothing.
LEAST_OF_BEST = 0.65
# Sentences of one hit list that are also compared by meaning: each costs a few milliseconds.
COMPARED_BY_MEANING = 24
# Share of the question's words and pairs that the best passage must have to count as evidence, alone or with meaning.
LEAST_EVIDENCE, LEAST_EVIDENCE_WITH_MEANING, LEAST_MEANING = 0.42, 0.3, 0.9
# Cosines of this embedding lie between these for unrelated and for closely related texts.
_UNRELATED, _RELATED = 0.78, 0.92
# What full agreement in each counts, beside 1 for the words. What stands over a quote counts less.
PAIRS, FIGURES, WANTS, MEANING, RANK = 0.4, 0.3, 0.4, 0.5, 0.2
OVER = 0.7
# A document of the fiscal year that is asked for, a quote or a passage that names it; what is out of date, only older.
DOCUMENT_OF_YEAR, QUOTE_OF_YEAR, PASSAGE_OF_YEAR, OUT_OF_DATE, OLDER = 0.25, 0.15, 0.1, -0.3, -0.05
# 「次のとおりとする。」 answers nothing by itself, nor does what asks.
ANSWERS_NOTHING = 0.2
_ANSWERS_NOTHING = re.compile(
    r"(?:次|下記|以下|左)の(?:とおり|各号|表)|(?:伺い(?:ます|たい)|伺う|お尋ね\w*|[すう]か|[？?])。?$"
)


@dataclass
class Quote:
    """One quote. `text` is what is shown, `parts` are the pieces of it that stand in the passage as they are."""

    hit: Hit
    place: int
    text: str
    parts: tuple[str, ...]
    # What stands over it: title, place, headings, caption; and the sentence before.
    above: str
    words: frozenset[str]
    score: float = 0.0


def quotes(question: str, hits: list[Hit], on: date) -> list[Quote]:
    """Return the quotes that answer a question best on a day, in the order of an answer; none when nothing speaks of
    it, or only of other years.
    """
    wanted = asked(question)
    hits = of_the_years(hits, wanted.years, on)
    if not hits:
        return []
    by_word = weights(wanted.words, [_words_of(hit.passage) for hit in hits])
    by_pair = weights(wanted.pairs, [pairs(_whole(hit.passage)) for hit in hits])
    candidates = [quote for hit in hits for quote in _candidates(hit)]
    for quote in candidates:
        quote.score = _by_words(quote, wanted, by_word, by_pair) + _by_year(quote, wanted.years, on)
    candidates.sort(key=lambda quote: -quote.score)
    meaning = _add_meaning(question, candidates[:COMPARED_BY_MEANING])
    evidence = max(share(by_word, _words_of(hit.passage)) + share(by_pair, pairs(_whole(hit.passage))) for hit in hits)
    evidence /= bool(by_word) + bool(by_pair) or 1
    if evidence < LEAST_EVIDENCE and not (evidence >= LEAST_EVIDENCE_WITH_MEANING and meaning >= LEAST_MEANING):
        return []
    candidates.sort(key=lambda quote: -quote.score)
    return _ordered(_chosen(candidates))


def weights(wanted: Iterable[str], held_by: list[frozenset[str]]) -> dict[str, float]:
    """Return what is wanted, each weighing more the fewer of the found passages hold it."""
    return {one: math.log(1 + (len(held_by) + 1) / (sum(one in there for there in held_by) + 0.5)) for one in wanted}


def share(weighed: Mapping[str, float], there: frozenset[str]) -> float:
    """Return which share (0–1) of what is wanted is there, by weight."""
    total = sum(weighed.values())
    return sum(weighed[one] for one in there & weighed.keys()) / total if total else 0.0


def of_the_years(hits: list[Hit], wanted: frozenset[int], on: date) -> list[Hit]:
    """Return the hits that can speak of one of the fiscal years asked for: passage or document names it; or the passage
    names none, and another found one of its document does, or the document names none and was in force then.
    """
    if not wanted:
        return hits
    naming = {hit.passage.version.document_id for hit in hits if wanted & years(_whole(hit.passage))}

    def can(passage: Passage) -> bool:
        document = passage.version.document
        own = years(f"{' '.join(map(str, passage.heading))} {passage.text}")
        if wanted & (own | _years_of(document)):
            return True
        if document.pk in naming:
            return not own
        return not _years_of(document) and any(_in_force(document, year, on) for year in wanted)

    return [hit for hit in hits if can(hit.passage)]


def _years_of(document: Document) -> frozenset[int]:
    return years(document.title) | ({document.fiscal_year} if document.fiscal_year else set())


def _in_force(document: Document, year: int, on: date) -> bool:
    begins, ends = date(year, 4, 1), date(year + 1, 3, 31)
    if document.valid_from and document.valid_from > ends:
        return False
    # What has no end is in force until further notice, which is not to say in years to come.
    return document.valid_to >= begins if document.valid_to else year <= fiscal_year(on)


def _by_year(quote: Quote, wanted: frozenset[int], on: date) -> float:
    document = quote.hit.passage.version.document
    named = _years_of(document)
    if wanted:
        if wanted & named:
            return DOCUMENT_OF_YEAR
        if wanted & years(quote.text):
            return QUOTE_OF_YEAR
        return PASSAGE_OF_YEAR if wanted & years(quote.hit.passage.text) else 0.0
    if document.valid_to and document.valid_to < on:
        return OUT_OF_DATE
    return OLDER if named and max(named) < fiscal_year(on) else 0.0


def _whole(passage: Passage) -> str:
    return f"{_place(passage)}\n{passage.text}"


def _place(passage: Passage) -> str:
    """Return what a passage stands under: people name a document by title, file or folder."""
    document = passage.version.document
    return " ".join([document.title, document.file_name, document.folder.name, *map(str, passage.heading)])


def _words_of(passage: Passage) -> frozenset[str]:
    return content_words(_whole(passage))


def _candidates(hit: Hit) -> list[Quote]:
    passage = hit.passage
    above = _place(passage)
    if not passage.is_citable:
        return []
    if passage.kind == Passage.Kind.TABLE:
        return _rows(hit, above)
    found: list[Quote] = []
    before = ""
    for line in passage.text.splitlines():
        for sentence in sentences(line):
            if len(sentence) < 6:
                continue
            found.append(Quote(hit, len(found), sentence, (sentence,), f"{above} {before}", content_words(sentence)))
            before = sentence
    return found


def _rows(hit: Hit, above: str) -> list[Quote]:
    """Return the rows of a table passage: its lines after caption and unit, made readable."""
    lines = [line for line in hit.passage.text.splitlines() if line.strip()]
    heads: list[str] = []
    while lines and "：" not in lines[0].replace("単位：", "") and len(lines) > 1:
        heads.append(lines.pop(0))
    measure = next((unit for line in heads if (unit := unit_of(line))), "")
    caption = next((line.strip() for line in heads if not UNIT.match(line.strip().lstrip("（("))), "")
    # A caption that is the whole of it is a part like any other; the rows repeat it so that each stands alone.
    above = " ".join([above, *heads])
    found: list[Quote] = []
    for line in lines:
        text = readable(line, measure)
        shown = f"{caption} {text}" if caption else text
        parts = tuple(part for part in [caption, *line.split(GAP)] if part.strip())
        found.append(Quote(hit, len(found), shown, parts, above, content_words(line)))
    return found


def _by_words(quote: Quote, wanted: Asked, by_word: Mapping[str, float], by_pair: Mapping[str, float]) -> float:
    over = content_words(quote.above) - quote.words
    score = share(by_word, quote.words) + OVER * share(by_word, over)
    own_pairs = pairs(quote.text)
    score += PAIRS * (share(by_pair, own_pairs) + OVER * share(by_pair, pairs(quote.above) - own_pairs))
    if wanted.wants and score:
        score += WANTS * max(shows(quote.text, want) for want in wanted.wants)
    if wanted.figures:
        own = held(wanted.figures, quote.text)
        lent = held(wanted.figures, quote.above) - own
        score += FIGURES * (len(own) + OVER * len(lent)) / len(wanted.figures)
    score += RANK * quote.hit.score
    if _ANSWERS_NOTHING.search(quote.text):
        score -= ANSWERS_NOTHING
    return score


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
        quote.score += MEANING * min(1.0, max(0.0, (float(cosine) - _UNRELATED) / (_RELATED - _UNRELATED)))
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

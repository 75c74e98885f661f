"""A question and a scope in, passages or verified answers out.

Two walls stand between a question and what it may not see: the condition inside the engine's query, and
`objects.within(scope)` where the text is read from the database. Neither trusts the other.
"""

import math
import time
import uuid
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from typing import Any, Literal

from django.conf import settings

from madoguchi.eras import fiscal_year_of
from madoguchi.library.folders import below, path_of
from madoguchi.library.models import Passage
from madoguchi.llm.rerank import RerankFailed, rerank, reranker_for
from madoguchi.llm.wanted import class_of_typed
from madoguchi.people.access import Scope
from madoguchi.search import tokens
from madoguchi.search.favour import Favour
from madoguchi.search.folding import differs, grouped, year_of
from madoguchi.search.index import Condition, Index, Vector
from madoguchi.search.indexing import text_of
from madoguchi.search.lance import the_index
from madoguchi.search.own_words import groups_of
from madoguchi.search.question import Question, embedded, question_of
from madoguchi.search.ranking import Ranked, rank
from madoguchi.search.spaces import model_in_use
from madoguchi.search.synonyms import Group
from madoguchi.search.understand import Understood, run_of, understood

# Rows asked for beyond k: what was withdrawn between index and database may be among the first.
SPARE = 20
# How many times as many are asked for, once, when folding leaves fewer than k.
MORE = 4
# Marks nearer than this many characters are one.
MARK_GAP = 1

# Stands before a model's words wherever they leave as plain text.
BY_MODEL = "【モデルによる説明（原文ではありません）】"

Level = Literal["answer", "suggest", "none"]


@dataclass(frozen=True)
class Filters:
    """What a person narrows by; empty is everything."""

    # A folder with all below it.
    folder: int | None = None
    department: str = ""
    fiscal_year: int | None = None
    # The ending of the file name, without the dot: `pdf`.
    file_type: str = ""
    # As `Classification` numbers it.
    classification: int | None = None


@dataclass
class Hit:
    """A passage that was found. `score` is 0–1 by rank alone; `marks` are spans (start, end) of its text.

    `others` say nearly the same, newest first: to the letter, or as the edition of another fiscal year.
    """

    passage: Passage
    score: float
    marks: list[tuple[int, int]] = field(default_factory=list)
    others: list["Hit"] = field(default_factory=list)

    @property
    def path(self) -> str:
        """Return folder and file name: `公開/例規/手数料条例.pdf`."""
        document = self.passage.version.document
        return "/".join([*(folder.name for folder in path_of(document.folder)), document.file_name])

    @property
    def given(self) -> list[uuid.UUID]:
        """Return the ids of the passages of which a person learns by it."""
        return [hit.passage.pk for hit in (self, *self.others)]

    @property
    def fiscal_year(self) -> int | None:
        """Return the fiscal year that its document is of, as far as it is known."""
        return year_of(self.passage.version.document)

    @property
    def text(self) -> str:
        """Return what the passage says; of a model's words it says so."""
        return self.passage.text if self.passage.is_citable else f"{BY_MODEL}{self.passage.text}"

    def to_json(self) -> dict[str, Any]:
        """Return {document, title, path, locator, text, score, confidence, by_model, others}.

        `confidence` is 0–1 for a scan, else null. `by_model`: a model says it of a figure; its text says so too.
        `others` are [{document, title, path, locator, fiscal_year, differs}]: `differs` when the text is not the same.
        """
        return {
            **self._place(),
            "text": self.text,
            "score": self.score,
            "confidence": self.passage.confidence,
            "by_model": not self.passage.is_citable,
            "others": [
                {
                    **other._place(),
                    "fiscal_year": other.fiscal_year,
                    "differs": differs(self.passage, other.passage),
                }
                for other in self.others
            ],
        }

    def _place(self) -> dict[str, Any]:
        document = self.passage.version.document
        return {
            "document": str(document.pk),
            "title": document.title,
            "path": self.path,
            "locator": self.passage.locator,
        }


@dataclass
class Results:
    """What was found; `note` says how the question was understood, `by_meaning` whether vectors were compared."""

    hits: list[Hit]
    took_ms: int
    note: str = ""
    by_meaning: bool = True
    # The question as the index saw it.
    asked: Question | None = None

    @property
    def embedding_ms(self) -> int | None:
        """Return the milliseconds that the question's meaning took; None when it was sought by words alone."""
        return self.asked.meaning_ms if self.asked else None


@dataclass(frozen=True)
class FaqHit:
    """A verified answer that was found. `score` (0–1) is the chance that it answers the question."""

    entry_id: uuid.UUID
    score: float
    level: Level


def find(
    scope: Scope,
    question: str,
    k: int = 10,
    filters: Filters | None = None,
    *,
    described: bool = False,
    folding: bool = False,
    typing: bool = False,
    ordered: bool = True,
    groups: tuple[Group, ...] | None = None,
) -> Results:
    """Return the k passages of the scope that answer a question best (fewer only when the scope holds fewer).

    With `described` also what a model says of figures, for who looks himself: an answer is never made from it.
    With `folding` one stands for those that say nearly the same; an answer is made from each as it stands.
    `typing`: nobody has sent it (half typed, or asked again by a duty), and nothing of it leaves the office. Without
    `ordered` no endpoint is asked to put the first ones in order. `groups` are the synonyms to try; None: those of the
    office.
    """
    began = time.perf_counter()
    k = max(0, min(k, settings.SEARCH_MAX_RESULTS))
    meant = understood(question[: settings.QUESTION_MAX_CHARACTERS], scope.on)
    groups = groups_of(scope.tenant_id) if groups is None else groups
    model = model_in_use(scope.tenant_id)
    meaning = None if typing and model.leaves_the_office else partial(model.question, scope=scope)
    asked = question_of(meant.plain, meaning=meaning, years=meant.years, groups=groups)
    wanted = replace(condition(scope, filters or Filters()), with_described=described, space=model.space)
    wanted = as_asked(wanted, meant)
    favour = Favour(meant, scope)
    hits: list[Hit] = []
    places: dict[uuid.UUID, int] = {}
    for rows in sorted({max(most, favour.rows) for most in (k + SPARE, MORE * (k + SPARE))}):
        if not k or meant.only_excludes:
            break
        ranked = rank(the_index(), wanted, asked, rows, favour.also(wanted))
        hits = hydrated(scope, ranked, favour)
        if ordered and not typing and not favour.meant.article:
            # Asked once: the second time there are only more behind the first ones.
            places = places or places_by_endpoint(scope, meant.plain, hits)
            hits = in_order(hits, places)
        hits = (folded(hits, scope, meant) if folding else hits)[:k]
        if not folding or len(hits) == k or len(ranked) < rows:
            break
    for hit in hits:
        # Where the question's own words do not stand, those that its synonyms bring show why it was found.
        text = hit.passage.text
        hit.marks = marks(text, frozenset(asked.words)) or marks(text, frozenset(asked.all_words))
    took = round((time.perf_counter() - began) * 1000)
    note = "、".join(filter(None, [meant.note, *(one.note for one in asked.meant)]))
    return Results(hits, took, note, asked.vector is not None, asked)


def as_asked(condition: Condition, meant: Understood) -> Condition:
    """Return a condition narrowed to rows that hold what a question quotes and lack what it leaves out."""
    return replace(
        condition,
        holding=tuple(run_of(phrase) for phrase in meant.phrases),
        lacking=tuple(run_of(word) for word in meant.excluded),
    )


def condition(scope: Scope, filters: Filters) -> Condition:
    """Return the condition of a scope and a person's filters, for passages."""
    folders: list[str] = []
    if filters.folder is not None:
        folders = [f"folder:{pk}" for pk in below(scope.tenant_id, filters.folder) | {filters.folder}]
    return Condition.of(
        scope,
        "passage",
        folders=folders,
        departments=[filters.department] if filters.department else [],
        fiscal_years=[filters.fiscal_year] if filters.fiscal_year is not None else [],
        file_types=[filters.file_type] if filters.file_type else [],
        classifications=[filters.classification] if filters.classification is not None else [],
    )


def hydrated(scope: Scope, ranked: Sequence[Ranked], favour: Favour) -> list[Hit]:
    """Return hits with their passages, read within the scope; the score tells the rank and nothing else."""
    passages = (
        Passage.objects.within(scope)
        .select_related("version__document__folder__parent__parent")
        .in_bulk([uuid.UUID(one.row.id) for one in ranked])
    )
    found = [(one.score, passages[key]) for one in ranked if (key := uuid.UUID(one.row.id)) in passages]
    if favour.asks:
        # Sorting keeps the order of equals.
        found.sort(key=lambda pair: -pair[0] - favour.bonus(pair[1]))
    return [Hit(passage, score_of(place)) for place, (_score, passage) in enumerate(found)]


def places_by_endpoint(scope: Scope, question: str, hits: list[Hit]) -> dict[uuid.UUID, int]:
    """Return the places of the first hits by their passage as a reranking endpoint orders them; empty when there is
    none that may have all their texts, or it does not answer in time."""
    first = hits[: settings.RERANK_DEPTH]
    # The question goes along.
    highest = max([class_of_typed(scope), *(hit.passage.version.document.classification for hit in first)])
    endpoint = reranker_for(scope, highest) if len(first) > 1 else None
    if endpoint is None:
        return {}
    texts = [text_of(hit.passage.version.document, hit.passage) for hit in first]
    try:
        given = rerank(endpoint, question, texts, scope)
    except RerankFailed:
        return {}
    order = sorted(range(len(first)), key=lambda at: -given[at])
    return {first[at].passage.pk: place for place, at in enumerate(order)}


def in_order(hits: list[Hit], places: dict[uuid.UUID, int]) -> list[Hit]:
    """Return hits with those first that have a place, by it; the others stay in their order."""
    if not places:
        return hits
    ordered = sorted(hits, key=lambda hit: places.get(hit.passage.pk, len(places)))
    return [Hit(hit.passage, score_of(place)) for place, hit in enumerate(ordered)]


def folded(hits: Sequence[Hit], scope: Scope, meant: Understood) -> list[Hit]:
    """Return hits with those that say nearly the same under the one in force, of the years asked for, or the newest."""
    years = {*meant.years, *(fiscal_year_of(first) for first, _last in meant.days)}
    groups = grouped([hit.passage for hit in hits], scope.on, years)
    return [
        Hit(group.head, score_of(place), others=[Hit(other, score_of(place)) for other in group.others])
        for place, group in enumerate(groups)
    ]


def score_of(place: int) -> float:
    """Return the score that a place in a list stands for: 1 for the first, falling evenly."""
    return round(1 - place / max(1, settings.SEARCH_MAX_RESULTS), 3)


def marks(text: str, words: frozenset[str]) -> list[tuple[int, int]]:
    """Return the spans of a text that hold words of the question, in order, those side by side joined."""
    spans: list[tuple[int, int]] = []
    for word in tokens.located_words(text):
        if word.form not in words:
            continue
        if spans and word.start - spans[-1][1] < MARK_GAP:
            spans[-1] = (spans[-1][0], word.end)
        else:
            spans.append((word.start, word.end))
    return spans


# --- verified answers

# The chance that an entry answers: 1 / (1 + exp(-(SCORE x score + LEAD x lead + SHIFT))), with the score as `ranking`
# makes it and the lead over the next entry. Fitted by logistic regression on the first entry for each of the 172
# visible localgovfaq questions (any grade counts as answering): in ten-fold cross-validation 16 of the 19 with the
# highest chances (.8 and more) were right. `python -m bench.faq_levels` prints it.
FAQ_SCORE, FAQ_LEAD, FAQ_SHIFT = 8.8, 50.5, -8.75
# What unrelated entries score at most: the lead over a next one that is not even there is counted from here.
FAQ_UNRELATED = 0.88
# From these chances on an entry is given as the answer, or suggested.
FAQ_ANSWER, FAQ_SUGGEST = 0.8, 0.3


def find_faq(scope: Scope, question: str, k: int = 5, *, typing: bool = False) -> list[FaqHit]:
    """Return up to k verified answers of the scope, best first, each with how far it can be trusted to answer.

    `typing`: as in `find`.
    """
    model = model_in_use(scope.tenant_id)
    wanted = replace(Condition.of(scope, "faq"), space=model.space)
    meaning = None if typing and model.leaves_the_office else partial(model.question, scope=scope)
    return find_faq_in(the_index(), wanted, question, k, groups_of(scope.tenant_id), meaning)


def find_faq_in(
    index: Index,
    condition: Condition,
    question: str,
    k: int = 5,
    groups: tuple[Group, ...] | None = None,
    meaning: Callable[[str], Vector] | None = embedded,
) -> list[FaqHit]:
    """Return what `find_faq` does, of any index: measuring asks one that no office has."""
    meant = understood(question[: settings.QUESTION_MAX_CHARACTERS], condition.on)
    asked = question_of(meant.plain, meaning=meaning, groups=groups)
    ranked = [] if meant.only_excludes else rank(index, as_asked(condition, meant), asked, 4 * k)
    # Without meaning the score is that of words alone, on which nothing was fitted: suggest, never answer.
    return faq_hits(ranked, k, answering=asked.vector is not None)


def faq_hits(ranked: Iterable[Ranked], k: int, *, answering: bool = True) -> list[FaqHit]:
    """Return the entries of ranked rows (one for each wording of a question), each once, with their levels."""
    best: dict[str, float] = {}
    for one in ranked:
        best.setdefault(one.row.document, one.score)
    hits = []
    entries = list(best.items())
    for place, (document, score) in enumerate(entries[:k]):
        following = entries[1][1] if len(entries) > 1 else 0.0
        lead = score - max(following, FAQ_UNRELATED) if place == 0 else 0.0
        chance = 1 / (1 + math.exp(-(FAQ_SCORE * score + FAQ_LEAD * lead + FAQ_SHIFT)))
        hits.append(FaqHit(uuid.UUID(document), round(chance, 3), level_of(chance, answering=answering)))
    return hits


def level_of(chance: float, *, answering: bool = True) -> Level:
    """Return what may be done with an entry that answers with some chance."""
    if not answering:
        return "suggest"
    return "answer" if chance >= FAQ_ANSWER else "suggest" if chance >= FAQ_SUGGEST else "none"

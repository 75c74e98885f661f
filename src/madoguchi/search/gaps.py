"""What searching lacked: questions in vain and slow ones, kept without who asked, for administrators.

What is kept of a question, how long, and who sees it says docs/decisions/0021.
"""

import math
import threading
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

import structlog
from django.conf import settings
from django.db import transaction
from django.db.models import Count, F, QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _

from madoguchi.audit.record import digest
from madoguchi.llm.my_number import found_in
from madoguchi.people.access import Scope
from madoguchi.people.models import Tenant, User
from madoguchi.search import tokens
from madoguchi.search.finders import Group
from madoguchi.search.indexing import text_of
from madoguchi.search.lance import the_index
from madoguchi.search.masking import masked, without_placeholders
from madoguchi.search.models import Gap, SlowQuestion
from madoguchi.search.query import Filters, Hit, Results, condition
from madoguchi.search.question import Question
from madoguchi.search.understand import understood

__all__ = ["forget", "in_vain", "masked", "note", "note_slow", "passed_on", "searched", "shown", "slow_ones"]

log = structlog.get_logger(__name__)
# A question is shown from this many askings on: what one person asks on one day is nobody else's to read.
SHOWN_FROM = 2
# Results that a person looks at before giving up.
LOOKED_AT = 10
# Other passages in which words are looked for that none of these holds.
LOOKED_UP = 100
# The best of them holds less than this share of what the question's words tell: it was in vain. Measured on the sample
# city (docs/search.md).
LEAST_SHARE = 0.45
# A synonym of one letter (届, 課) stands everywhere.
TELLING_LETTERS = 2

_counted: set[tuple[int, str]] = set()
_counted_on = ""
_counting = threading.Lock()


def searched(scope: Scope, question: str, results: Results, groups: Iterable[Group], *, is_first: bool) -> bool:
    """Note what a search that was sent lacked; return whether its words are passed on.

    `groups` stand beside the results; `is_first`: this is the first page, and nothing narrows it. Never raises.
    """
    try:
        if results.took_ms > settings.SEARCH_SLOW_MS:
            note_slow(scope, question, results.took_ms, results.embedding_ms)
        return is_first and in_vain(scope, results, groups) and note(scope, question)
    except Exception as error:
        # Its text may hold the question.
        log.error("gap.not_looked_for", error=type(error).__name__)
        return False


def passed_on() -> str:
    """Return what a person is told whose words are passed on."""
    return _("見つからなかった言葉は、氏名や番号を除いて、検索の改善に使います。")


def in_vain(scope: Scope, results: Results, groups: Iterable[Group]) -> bool:
    """Return whether neither the first results nor what stands beside them says what a question is about.

    Something is nearly always near. So the question's words, or their synonyms, are looked for in the first results and
    beside them: each weighs more the fewer of these hold it. A word that none holds, though other passages of the scope
    do, is a common one (方法, 注意) and left out of account.
    """
    asked = results.asked
    if asked is None or not asked.words:
        return False
    there = [_words_of(hit) for hit in results.hits[:LOOKED_AT]]
    # A person's own past answers hold the question itself, answered or not.
    places = [place for group in groups if group.finder.name != "answers" for place in group.places]
    there += [frozenset(tokens.words(f"{place.title}\n{place.text}")) for place in places]
    if not there:
        return True
    held = {word: [_stands(asked, word, words) for words in there] for word in asked.words}
    if _best_share(held) >= LEAST_SHARE:
        return False
    missing = [word for word, holds in held.items() if not any(holds)]
    everything = replace(condition(scope, Filters()), with_described=True)
    rows = the_index().by_words(everything, "words", missing, LOOKED_UP) if missing else []
    elsewhere = {word for row in rows for word in row.words}
    known = {word: holds for word, holds in held.items() if any(holds) or word not in elsewhere}
    return bool(known) and _best_share(known) < LEAST_SHARE


def _words_of(hit: Hit) -> frozenset[str]:
    return frozenset(tokens.words(text_of(hit.passage.version.document, hit.passage)))


def _stands(asked: Question, word: str, words: frozenset[str]) -> bool:
    """Return whether a word of a question, or what a synonym brings for it, is among the words of a text."""
    return word in words or any(
        word in one.own and any(other in words for other in one.words if len(other) >= TELLING_LETTERS)
        for one in asked.brought
    )


def _best_share(held: dict[str, list[bool]]) -> float:
    """Return which share (0–1) of the words the best text holds, by weight; `held`: of each word, by text."""
    weights = {word: math.log(1 + (len(holds) + 1) / (sum(holds) + 0.5)) for word, holds in held.items()}
    texts = range(len(next(iter(held.values()))))
    return max(sum(weights[word] for word in held if held[word][at]) for at in texts) / sum(weights.values())


# --- keeping


def note(scope: Scope, question: str) -> bool:
    """Keep that a person of the office asked in vain; return whether it is passed on. Never raises.

    One person counts once a day. Not kept: questions with a My Number, of nothing but names and numbers, of
    administrators, who try out what others asked, of the operator and of residents.
    """
    try:
        text = _kept_of(scope, question)
        if not text:
            return False
        one = digest(tokens.normalised(text))
        if _is_first_today(scope, one):
            _count(scope.tenant_id, one, text)
        return True
    except Exception as error:
        log.error("gap.not_noted", error=type(error).__name__)
        return False


def note_slow(scope: Scope, question: str, took_ms: int, embedding_ms: int | None = None) -> None:
    """Keep that a search took long (milliseconds; of these its embedding). Never raises; not kept is what `note` leaves
    out."""
    try:
        text = _kept_of(scope, question)
        if text and _is_first_today(scope, f"slow {digest(text)}"):
            with transaction.atomic():
                kept = SlowQuestion.objects.create(
                    tenant_id=scope.tenant_id, text=text, took_ms=took_ms, embedding_ms=embedding_ms
                )
                SlowQuestion.objects.filter(pk=kept.pk).update(at=_today())
                _leave(SlowQuestion.objects.filter(tenant=scope.tenant_id).order_by("-at", "-pk"), settings.SLOW_MAX)
    except Exception as error:
        log.error("slow_question.not_noted", error=type(error).__name__)


def _kept_of(scope: Scope, question: str) -> str:
    """Return what is kept of a question, or nothing."""
    if scope.user_id is None or any(one.certain for one in found_in(question)):
        return ""
    text = masked(question)
    if not tokens.words(without_placeholders(text)):
        return ""
    return "" if User.objects.filter(pk=scope.user_id, is_administrator=True).exists() else text


def _is_first_today(scope: Scope, one: str) -> bool:
    """Return whether a person asks something for the first time today.

    Who asked is in this process's memory alone, until the day ends or the process does.
    """
    global _counted_on
    assert scope.user_id is not None
    today = timezone.localdate().isoformat()
    with _counting:
        if _counted_on != today:
            _counted.clear()
            _counted_on = today
        key = (scope.user_id, one)
        is_first = key not in _counted
        _counted.add(key)
    return is_first


@transaction.atomic
def _count(tenant_id: int, one: str, text: str) -> None:
    today = _today()
    row, is_new = Gap.objects.get_or_create(tenant_id=tenant_id, digest=one, defaults={"text": text, "last_at": today})
    mine = Gap.objects.filter(pk=row.pk)
    if is_new:
        # The field fills itself with the moment, which is nobody's business.
        mine.update(first_at=today)
        _leave(Gap.objects.filter(tenant=tenant_id).order_by("-times", "-last_at", "-pk"), settings.GAPS_MAX)
    else:
        mine.update(times=F("times") + 1, last_at=today, done_at=None)


def _today() -> datetime:
    """Return the beginning of the day: at which hour somebody asked is not kept."""
    return timezone.localtime().replace(hour=0, minute=0, second=0, microsecond=0)


def _leave(rows: QuerySet[Gap] | QuerySet[SlowQuestion], most: int) -> None:
    """Delete what comes after the first `most` rows."""
    surplus = list(rows.values_list("pk", flat=True)[most:])
    if surplus:
        rows.model.objects.filter(pk__in=surplus).delete()


def forget() -> None:
    """Delete what was kept long enough: a duty of the working process."""
    now = timezone.now()
    Gap.objects.filter(last_at__lt=now - timedelta(days=settings.GAP_DAYS)).delete()
    SlowQuestion.objects.filter(at__lt=now - timedelta(days=settings.SLOW_DAYS)).delete()


# --- looking


def limits() -> dict[str, int]:
    """Return the settings that the page names: days and milliseconds."""
    return {"days": settings.GAP_DAYS, "slow_ms": settings.SEARCH_SLOW_MS, "slow_days": settings.SLOW_DAYS}


@dataclass(frozen=True)
class Slow:
    """A slow search as administrators see it; `text` is empty where one person alone asked, on one day."""

    text: str
    length: int
    took_ms: int
    embedding_ms: int | None
    at: datetime
    hint: str


@dataclass(frozen=True)
class Slowness:
    """The slow searches that are kept: how many, their median and 95th percentile (milliseconds), the slowest."""

    count: int
    p50_ms: int
    p95_ms: int
    slowest: list[Slow]


def shown(tenant: Tenant, *, done: bool = False) -> QuerySet[Gap]:
    """Return the questions in vain of an office that administrators may read, most asked first."""
    return Gap.objects.filter(tenant=tenant, times__gte=SHOWN_FROM, done_at__isnull=not done)


def asked_once(tenant: Tenant) -> int:
    """Return how many questions in vain are kept that nobody reads yet."""
    return Gap.objects.filter(tenant=tenant, times__lt=SHOWN_FROM).count()


def slow_ones(tenant: Tenant, most: int) -> Slowness:
    """Return what an administrator sees of the slow searches of an office, `most` of them one by one."""
    kept = SlowQuestion.objects.filter(tenant=tenant)
    times = sorted(kept.values_list("took_ms", flat=True))
    often = set(
        kept.order_by().values("text").annotate(n=Count("pk")).filter(n__gte=SHOWN_FROM).values_list("text", flat=True)
    )
    slowest = [
        Slow(row.text if row.text in often else "", len(row.text), row.took_ms, row.embedding_ms, row.at, _hint(row))
        for row in kept[:most]
    ]
    return Slowness(len(times), _percentile(times, 0.5), _percentile(times, 0.95), slowest)


def _percentile(ordered: Sequence[int], share: float) -> int:
    """Return the smallest of the times that a share (0–1) of all do not exceed; 0 of none."""
    return ordered[math.ceil(share * len(ordered)) - 1] if ordered else 0


def _hint(row: SlowQuestion) -> str:
    """Return what may be done about a slow search."""
    meant = understood(row.text, timezone.localdate())
    if row.embedding_ms is not None and 2 * row.embedding_ms >= row.took_ms:
        return _("意味の計算に時間がかかっています。埋め込みの接続先か、サーバーの負荷を確かめてください。")
    if meant.phrases or meant.excluded:
        return _("引用符や除く語があると、閲覧できる文書の全体を調べます。語を減らすと速くなります。")
    return _("取込みなどの処理と重なった可能性があります。続くときは madoguchi doctor で索引の状態を確かめてください。")

"""保存した検索: questions that a person keeps with their filters, and the documents that came to answer them since.

A document is told of when its current version, ready since the search was looked at, holds half of the question's words
(or what a synonym brings for them) and stands among the first results that its owner would get. What stood there when
the search was saved is noted as seen, so that reading it again, or moving it, is no news.
"""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from itertools import groupby
from uuid import UUID

import structlog
from django.conf import settings
from django.db import transaction
from django.db.models import Count, Exists, F, Min, OuterRef, Q, QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _

from madoguchi.audit.record import digest, record
from madoguchi.library.models import Blob, Document, Folder, Version
from madoguchi.people.access import Scope, scope_of
from madoguchi.people.models import User, in_force
from madoguchi.search.filters import filters_in, in_words, written
from madoguchi.search.index import Condition
from madoguchi.search.lance import the_index
from madoguchi.search.models import Notice, SavedSearch
from madoguchi.search.own_words import groups_of
from madoguchi.search.query import Filters, find
from madoguchi.search.question import Question, question_of
from madoguchi.search.understand import understood

log = structlog.get_logger(__name__)
# Passages of new documents whose words are compared at a time.
ROWS = 2000


class Full(Exception):
    """A person keeps as many searches as may be kept. The text says what to do."""


@dataclass(frozen=True)
class Beside:
    """What the search page says: its filters as an address writes them, the search that stands there when it is kept,
    how many are, and how many documents are new for them."""

    filters: dict[str, str]
    search: SavedSearch | None
    kept: int
    news: int


@dataclass(frozen=True)
class News:
    """A kept search with its filters in words and the documents that have come for it, newest first."""

    search: SavedSearch
    narrowed: str
    notices: list[Notice] = field(default_factory=list)

    @property
    def until(self) -> str:
        """Return the moment up to which the person has been shown what came."""
        return max(notice.found_at for notice in self.notices).isoformat() if self.notices else ""


@dataclass(frozen=True)
class _Ready:
    """A current version, and since when it can be found by words, or by meaning."""

    version: UUID
    document: UUID
    at: datetime
    passages: int


# --- keeping


def save(scope: Scope, question: str, filters: Filters) -> SavedSearch:
    """Keep a question with its filters for the person of a scope, once however often; raises Full.

    What answers it now is noted as seen.
    """
    began = timezone.now()
    here = _versions(scope, question, filters)
    with transaction.atomic():
        # Two windows of one person come one after the other.
        owner = User.objects.select_for_update().get(tenant=scope.tenant_id, pk=scope.user_id or 0)
        mine = list(SavedSearch.objects.within(scope))
        if same := _same(mine, question, filters):
            return same
        if len(mine) >= settings.SAVED_SEARCHES_MAX:
            text = _(
                "保存できる検索は%(limit)s件までです。使わなくなったものを削除してから、もう一度保存してください。"
            )
            raise Full(text % {"limit": settings.SAVED_SEARCHES_MAX})
        search = SavedSearch.objects.create(
            tenant_id=scope.tenant_id,
            user=owner,
            question=question,
            filters=written(filters),
            looked_at=began - _overlap(),
        )
        _note(search, here, seen_at=began)
        _record(scope, "search.saved", search)
    return search


def remove(scope: Scope, search: SavedSearch) -> None:
    """Forget a kept search with what came for it."""
    with transaction.atomic():
        _record(scope, "search.removed", search)
        search.delete()


def _same(mine: Iterable[SavedSearch], question: str, filters: Filters) -> SavedSearch | None:
    return next((one for one in mine if one.question == question and one.filters == written(filters)), None)


def _record(scope: Scope, action: str, search: SavedSearch) -> None:
    asked = digest(search.question)
    record(scope.tenant_id, f"user:{scope.user_id}", action, f"search:{search.pk}", question=asked)


# --- what a person is shown: only what the scope of who looks opens


def beside(scope: Scope, question: str, filters: Filters) -> Beside:
    """Return what the search page says of what a person keeps."""
    mine = list(SavedSearch.objects.within(scope))
    new = _unseen(scope).order_by().values("document").distinct().count() if mine else 0
    return Beside(written(filters), _same(mine, question, filters), len(mine), new)


def news(scope: Scope) -> list[Notice]:
    """Return the documents that have come for what a person keeps and were not seen, each once, newest first."""
    notices: dict[UUID, Notice] = {}
    for notice in _unseen(scope):
        notices.setdefault(notice.document_id, notice)
    return list(notices.values())


def kept(scope: Scope) -> list[News]:
    """Return what a person keeps, the newest first, each with what has come for it."""
    searches = SavedSearch.objects.within(scope)
    seen = {folder.pk: folder for folder in Folder.objects.within(scope)}
    found = {search.pk: News(search, in_words(filters_in(search.filters), seen)) for search in searches}
    for notice in _unseen(scope):
        if notice.search_id in found:
            found[notice.search_id].notices.append(notice)
    return list(found.values())


def mark_seen(scope: Scope, search: SavedSearch, until: str) -> None:
    """Mark as seen what a person was shown of a kept search, up to a moment in ISO form; what came since stays new."""
    try:
        shown = datetime.fromisoformat(until).astimezone(UTC)
    except (ValueError, OverflowError):
        return
    pks = [notice.pk for notice in _unseen(scope).filter(search=search, found_at__lte=shown)]
    Notice.objects.filter(pk__in=pks).update(seen_at=timezone.now())


def _unseen(scope: Scope) -> QuerySet[Notice]:
    """Return notices of a person's own searches, unseen, of current versions that the scope opens, newest first.

    `is_update`: an earlier version of the document could be read before.
    """
    earlier = Version.objects.filter(
        document=OuterRef("document"), number__lt=OuterRef("version__number"), status=Version.Status.READY
    )
    return (
        Notice.objects.filter(
            Document.visible_in(scope, "document__"),
            tenant=scope.tenant_id,
            search__in=SavedSearch.objects.within(scope),
            document__tenant=scope.tenant_id,
            document__current=F("version"),
            version__blob__verdict__in=Blob.OPEN,
            seen_at=None,
        )
        .annotate(is_update=Exists(earlier))
        .select_related("search", "version", "document__folder")
        .order_by("-found_at", "document__title", "pk")
    )


# --- looking


def look() -> int:
    """Look whether something that became ready answers what people keep; return how many notices were written.

    May be ended at any time and run twice: a search counts as looked at in the transaction that writes its notices.
    """
    offices = SavedSearch.objects.order_by().values_list("tenant", flat=True).distinct()
    return sum(_look(tenant_id) for tenant_id in list(offices))


def _look(tenant_id: int) -> int:
    began, today = timezone.now(), timezone.localdate()
    # Who is away is told of it all on coming back.
    standing = SavedSearch.objects.filter(in_force(today, "user__"), tenant=tenant_id, user__is_active=True)
    since = standing.aggregate(since=Min("looked_at"))["since"]
    ready = _ready(tenant_id, since) if since else []
    if not ready:
        return 0
    searches = list(standing.select_related("user").order_by("user_id", "created_at"))
    candidates = _candidates(tenant_id, searches, ready, today)
    moment, written_down, passed = began - _overlap(), 0, list[SavedSearch]()
    for user, own in groupby(searches, key=lambda search: search.user):
        scope: Scope | None = None
        for search in own:
            if search.pk not in candidates:
                passed.append(search)
                continue
            # A person has no request here: what stands in a narrower zone is left out when it is shown.
            scope = scope or scope_of(user, "internal")
            try:
                written_down += _tell(scope, search, candidates[search.pk], moment)
            except Exception as error:
                # It is looked at again next time; the others must not wait for it.
                log.error("saved_search.failed", search=str(search.pk), error=type(error).__name__)
    _looked(passed, moment)
    return written_down


def _ready(tenant_id: int, since: datetime) -> list[_Ready]:
    """Return the current versions of an office that can be found by words, or by meaning, since a moment."""
    rows = Version.objects.filter(
        Q(indexed_at__gt=since) | Q(embedded_at__gt=since),
        tenant=tenant_id,
        status=Version.Status.READY,
        document__current=F("pk"),
        document__deleted_at=None,
        blob__verdict__in=Blob.OPEN,
    )
    counted = rows.annotate(count=Count("passages")).order_by("pk")
    return [
        _Ready(pk, document, max(filter(None, (indexed_at, embedded_at))), count)
        for pk, document, indexed_at, embedded_at, count in counted.values_list(
            "pk", "document", "indexed_at", "embedded_at", "count"
        )
    ]


def _candidates(
    tenant_id: int, searches: Iterable[SavedSearch], ready: Iterable[_Ready], on: date
) -> dict[UUID, dict[UUID, UUID]]:
    """Return by search the documents that may answer it and were not told of, each with its version.

    All new documents are read once for all searches, so this decides on nothing but which searches are run: each in the
    scope of its owner.
    """
    groups = groups_of(tenant_id)
    asked: list[tuple[SavedSearch, Question]] = []
    for search in searches:
        meant = understood(search.question, on)
        if not meant.only_excludes:
            asked.append((search, question_of(meant.plain, meaning=None, groups=groups)))
    by_word: dict[str, set[int]] = {}
    for place, (_search, question) in enumerate(asked):
        for word in question.all_words:
            by_word.setdefault(word, set()).add(place)
    found: dict[UUID, dict[UUID, UUID]] = {}
    for some in _in_parts(ready):
        versions = [one.version for one in some.values()]
        known = set(Notice.objects.filter(tenant=tenant_id, version__in=versions).values_list("search", "version"))
        condition = Condition(
            tenant_id, frozenset(), 0, on, everything=True, kind="passage", documents=tuple(map(str, some))
        )
        for row in the_index().sample(condition, max(ROWS, sum(one.passages for one in some.values()))):
            words, one = frozenset(row.words), some[UUID(row.document)]
            for place in {place for word in words & by_word.keys() for place in by_word[word]}:
                search, question = asked[place]
                if one.at > search.looked_at and (search.pk, one.version) not in known and answers(question, words):
                    found.setdefault(search.pk, {})[one.document] = one.version
    return found


def answers(question: Question, words: Collection[str]) -> bool:
    """Return whether at least half of a question's words stand in a text, themselves or by what a synonym brings."""
    held = {word for word in question.words if word in words}
    for one in question.brought:
        if any(word in words for word in one.words):
            held.update(one.own)
    return bool(held) and 2 * len(held) >= len(question.words)


def _in_parts(ready: Iterable[_Ready]) -> Iterable[dict[UUID, _Ready]]:
    """Yield versions by document, as many at a time as hold about ROWS passages."""
    part: dict[UUID, _Ready] = {}
    rows = 0
    for one in ready:
        if part and rows + one.passages > ROWS:
            yield part
            part, rows = {}, 0
        part[one.document] = one
        rows += one.passages
    if part:
        yield part


def _tell(scope: Scope, search: SavedSearch, documents: Mapping[UUID, UUID], moment: datetime) -> int:
    """Write down which of some documents stand among a search's first results, and that it was looked at."""
    seen = Document.objects.within(scope).filter(pk__in=documents.keys()).exists()
    first = _versions(scope, search.question, filters_in(search.filters)) if seen else {}
    new = {version: document for version, document in first.items() if documents.get(document) == version}
    with transaction.atomic():
        # It may have been removed meanwhile.
        if SavedSearch.objects.select_for_update().filter(pk=search.pk).first() is None:
            return 0
        _looked([search], moment)
        return _note(search, new)


def _versions(scope: Scope, question: str, filters: Filters) -> dict[UUID, UUID]:
    """Return the versions among the first results as a person gets them, those folded under one too, with documents."""
    # Nobody waits: no question leaves the office, nor is paid for, because a document came.
    found = find(scope, question, settings.SAVED_SEARCH_DEPTH, filters, described=True, folding=True, typing=True)
    versions = [hit.passage.version for one in found.hits for hit in (one, *one.others)]
    return {version.pk: version.document_id for version in versions}


def _note(search: SavedSearch, versions: Mapping[UUID, UUID], seen_at: datetime | None = None) -> int:
    # What was purged meanwhile cannot be told of.
    standing = Version.objects.filter(pk__in=versions.keys()).values_list("pk", "document")
    notices = [
        Notice(tenant_id=search.tenant_id, search=search, version_id=version, document_id=document, seen_at=seen_at)
        for version, document in standing
    ]
    return len(Notice.objects.bulk_create(notices, ignore_conflicts=True))


def _looked(searches: Iterable[SavedSearch], moment: datetime) -> None:
    pks = [search.pk for search in searches]
    SavedSearch.objects.filter(pk__in=pks, looked_at__lt=moment).update(looked_at=moment)


def _overlap() -> timedelta:
    """Return by how much one look goes back behind the last: a version is stamped before its row can be seen."""
    return timedelta(seconds=settings.SAVED_SEARCH_OVERLAP_SECONDS)

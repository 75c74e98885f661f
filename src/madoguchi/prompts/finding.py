"""The list of prompts that a person may use: their own, shared ones, those that ship."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.conf import settings
from django.db.models import Count, Exists, OuterRef, Q, QuerySet
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from madoguchi.people.access import Scope
from madoguchi.prompts.models import Edition, Favourite, Prompt, Share, Use
from madoguchi.prompts.starter import Starter, starters

VIEWS = [
    ("", _("すべて")),
    ("own", _("自分の")),
    ("department", _("所属の")),
    ("favourites", _("お気に入り")),
    ("official", _("公式")),
    ("standard", _("標準")),
]
SORTS = [("use", _("よく使われる順")), ("new", _("新しい順")), ("title", _("名前の順"))]


@dataclass(frozen=True)
class Row:
    """One prompt of the list. `kind`: own, shared or standard; `uses`: of the last PROMPT_USE_DAYS."""

    kind: str
    title: str
    summary: str
    address: str
    uses: int
    is_favourite: bool
    is_official: bool = False
    is_shared: bool = False
    # Who wrote it, or the kind of work of one that ships.
    by: str = ""
    updated_at: datetime | None = None


def rows(scope: Scope, words: str = "", view: str = "", sort: str = "use") -> list[Row]:
    """Return the prompts that a scope may use, by words, a view and an order of the lists above."""
    found = list[Row]()
    if view != "standard":
        found += _kept(scope, words.split(), view)
    if view in ("", "favourites", "standard"):
        found += _shipped(scope, words.split(), view)
    if sort == "title":
        return sorted(found, key=lambda row: row.title)
    if sort == "new":
        return sorted(found, key=lambda row: row.updated_at.timestamp() if row.updated_at else 0.0, reverse=True)
    return sorted(found, key=lambda row: row.uses, reverse=True)


def _kept(scope: Scope, words: Sequence[str], view: str) -> list[Row]:
    prompts = Prompt.objects.within(scope).select_related("user")
    for word in words:
        said = Edition.objects.filter(prompt=OuterRef("pk"), number=OuterRef("number"), text__icontains=word)
        prompts = prompts.filter(Q(title__icontains=word) | Q(summary__icontains=word) | Exists(said))
    assert scope.user_id is not None
    if view == "own":
        prompts = prompts.filter(user_id=scope.user_id)
    elif view == "department":
        keys = [key for key in scope.keys if key.startswith("dept:")]
        prompts = prompts.filter(Exists(Share.objects.filter(prompt=OuterRef("pk"), key__in=keys)))
    elif view == "official":
        prompts = prompts.filter(is_official=True)
    favourites = set(_favourites(scope).exclude(prompt=None).values_list("prompt_id", flat=True))
    if view == "favourites":
        prompts = prompts.filter(pk__in=favourites)
    counted = _uses(scope).exclude(prompt=None).values("prompt_id").annotate(count=Count("pk"))
    uses = dict(counted.values_list("prompt_id", "count"))
    shared = Exists(Share.objects.filter(prompt=OuterRef("pk")))
    return [
        Row(
            kind="own" if prompt.user_id == scope.user_id else "shared",
            title=prompt.title,
            summary=prompt.summary,
            address=reverse("prompt", args=[prompt.pk]),
            uses=uses.get(prompt.pk, 0),
            is_favourite=prompt.pk in favourites,
            is_official=prompt.is_official,
            is_shared=is_shared,
            by=prompt.user.name if prompt.user else "",
            updated_at=prompt.updated_at,
        )
        for prompt, is_shared in ((one, one.has_shares) for one in prompts.annotate(has_shares=shared))
    ]


def _shipped(scope: Scope, words: Sequence[str], view: str) -> list[Row]:
    favourites = set(_favourites(scope).exclude(standard="").values_list("standard", flat=True))
    counted = _uses(scope).exclude(standard="").values("standard").annotate(count=Count("pk"))
    uses = dict(counted.values_list("standard", "count"))
    return [
        Row(
            kind="standard",
            title=one.title,
            summary=one.summary,
            address=reverse("prompt-standard", args=[one.key]),
            uses=uses.get(one.key, 0),
            is_favourite=one.key in favourites,
            by=one.category,
        )
        for one in starters()
        if all(_says(one, word) for word in words) and (view != "favourites" or one.key in favourites)
    ]


def _says(starter: Starter, word: str) -> bool:
    texts = (starter.title, starter.summary, starter.category, starter.text)
    return any(word.casefold() in text.casefold() for text in texts)


def _favourites(scope: Scope) -> "QuerySet[Favourite]":
    assert scope.user_id is not None
    return Favourite.objects.filter(tenant_id=scope.tenant_id, user_id=scope.user_id)


def _uses(scope: Scope) -> "QuerySet[Use]":
    since = timezone.now() - timedelta(days=settings.PROMPT_USE_DAYS)
    return Use.objects.filter(tenant_id=scope.tenant_id, at__gte=since)

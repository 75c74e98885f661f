"""What an office and its people keep beside the index: own words, saved searches, and what searching lacked."""

import uuid
from typing import ClassVar

from django.db import models
from django.db.models import Q

from madoguchi.library.models import Document, Version
from madoguchi.llm.models import Endpoint
from madoguchi.people.access import Scope, ScopedQuerySet
from madoguchi.people.models import Classification, TenantModel, User


class SynonymList(TenantModel):
    """What an office's list of synonyms said at a number, by whom; the highest number is in force."""

    number = models.PositiveIntegerField()
    # As it was typed, in the form that `search.own_words` reads.
    text = models.TextField(blank=True)
    changed_by = models.ForeignKey(User, null=True, on_delete=models.SET_NULL, related_name="+")
    changed_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ("-number",)
        constraints: ClassVar = [models.UniqueConstraint(fields=["tenant", "number"], name="synonym_list_number")]

    def __str__(self) -> str:
        return f"{self.tenant} ({self.number})"


class SavedSearch(TenantModel):
    """保存した検索: a question with its filters that a person keeps, and is told about when new documents answer it."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="saved_searches")
    question = models.TextField()
    # As in the address of the page: {folder, department, year, type, classification}, empty ones left out.
    filters = models.JSONField(default=dict)
    created_at = models.DateTimeField(auto_now_add=True)
    # Versions that became ready up to this moment have been looked at.
    looked_at = models.DateTimeField()

    objects = ScopedQuerySet["SavedSearch"].as_manager()

    class Meta:
        ordering = ("-created_at",)
        indexes: ClassVar = [models.Index(fields=["tenant", "user"])]

    def __str__(self) -> str:
        return self.question

    @classmethod
    def visible_in(cls, scope: Scope) -> Q:
        return Q(user_id=scope.user_id) & Q(user_id__isnull=False)


class Notice(TenantModel):
    """新着: a document, new or changed, that a saved search found. It is read through the scope of who looks."""

    search = models.ForeignKey(SavedSearch, on_delete=models.CASCADE, related_name="notices")
    document = models.ForeignKey(Document, on_delete=models.CASCADE, related_name="+")
    version = models.ForeignKey(Version, on_delete=models.CASCADE, related_name="+")
    found_at = models.DateTimeField(auto_now_add=True)
    # None: the person has not opened the search since.
    seen_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ("-found_at",)
        constraints: ClassVar = [models.UniqueConstraint(fields=["search", "version"], name="notice_once")]


class Gap(TenantModel):
    """見つからなかった質問: what people sought in vain, once however often; who they were is not kept.

    `text` has no names of persons and no numbers (`search.gaps`): an administrator reads it.
    """

    # Of the text, so that the same question is one row.
    digest = models.CharField(max_length=64)
    text = models.TextField()
    times = models.PositiveIntegerField(default=1)
    first_at = models.DateTimeField(auto_now_add=True)
    last_at = models.DateTimeField()
    # An administrator has done something about it; asked in vain again, it is open again.
    done_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ("-times", "-last_at")
        constraints: ClassVar = [models.UniqueConstraint(fields=["tenant", "digest"], name="gap_once")]


class SlowQuestion(TenantModel):
    """遅かった検索: a search that took longer than `SEARCH_SLOW_MS`; `text` as in `Gap`."""

    text = models.TextField()
    took_ms = models.PositiveIntegerField()
    # Milliseconds that its embedding took; None where it was sought by words alone.
    embedding_ms = models.PositiveIntegerField(null=True)
    at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ("-took_ms",)
        indexes: ClassVar = [models.Index(fields=["tenant", "at"])]


class Space(TenantModel):
    """意味での検索のモデル: whose vectors an office's passages have, or are getting. Without any: the embedded model's.

    Its id is the number of its vectors in the index (`search.index.VectorSpace`).
    """

    class State(models.TextChoices):
        BUILDING = "building", "準備中"
        IN_USE = "in-use", "使用中"
        # Its vectors are taken away after a while: a question may just be comparing them.
        LEFT = "left", "使用終了"

    # None: the embedded model.
    endpoint = models.ForeignKey(Endpoint, null=True, on_delete=models.PROTECT, related_name="+")
    # What made the vectors (`spaces.maker_of`): an endpoint that was changed to another model makes others.
    maker = models.CharField(max_length=64, blank=True)
    dimensions = models.PositiveIntegerField()
    # See `VectorSpace`.
    scale = models.FloatField(default=1.0)
    shift = models.FloatField(default=0.0)
    # Passages of a higher classification have no vectors: the endpoint may not have their texts.
    max_classification = models.PositiveSmallIntegerField(choices=Classification.choices)
    state = models.CharField(max_length=10, choices=State.choices, default=State.BUILDING)
    started_at = models.DateTimeField(auto_now_add=True)
    changed_at = models.DateTimeField(auto_now=True)
    # Passages looked at in the present round, of how many; and why it stands still, in Japanese.
    done = models.PositiveIntegerField(default=0)
    total = models.PositiveIntegerField(default=0)
    failure = models.CharField(max_length=300, blank=True)

    class Meta:
        ordering = ("-started_at",)
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["tenant"], condition=Q(state="building"), name="one_space_building"),
            models.UniqueConstraint(fields=["tenant"], condition=Q(state="in-use"), name="one_space_in_use"),
        ]

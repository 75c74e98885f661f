"""Answers that were given, each sentence with its citations, kept for the person who asked."""

import uuid
from typing import ClassVar

from django.db import models
from django.db.models import Q

from madoguchi.library.models import Passage
from madoguchi.people.access import Scope, ScopedQuerySet
from madoguchi.people.models import Classification, TenantModel, User


class Answer(TenantModel):
    """回答: a question of one person and what was answered."""

    class Mode(models.TextChoices):
        VERIFIED = "verified", "確認済み回答"
        COMPOSED = "composed", "AIによる下書き"
        QUOTED = "quoted", "資料の引用"
        NONE = "none", "資料では確認できません"

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="answers")
    question = models.TextField()
    asked_at = models.DateTimeField(auto_now_add=True)
    mode = models.CharField(max_length=10, choices=Mode.choices)
    # [{kind: composed|quoted|verified|said, text, citations: [n], checks: [{kind, text, found}]}], as they were shown.
    sentences = models.JSONField(default=list)
    # Whether all of it was shown; an answer that was left or broke off keeps what had been.
    is_complete = models.BooleanField(default=False)
    # How the question was understood, said to the person: 「昨年＝令和7年度として」.
    note = models.CharField(max_length=200, blank=True)
    # The department to ask further.
    department = models.CharField(max_length=200, blank=True)
    # The highest classification of what it was made from.
    classification = models.PositiveSmallIntegerField(choices=Classification.choices, default=Classification.C2)
    # The model that wrote it, empty for verified and quoted answers.
    model = models.CharField(max_length=150, blank=True)
    # The verified answer that was given, as it was released under this number.
    faq_entry_id = models.UUIDField(null=True, blank=True)
    faq_number = models.PositiveIntegerField(null=True, blank=True)

    objects = ScopedQuerySet["Answer"].as_manager()

    class Meta:
        ordering = ("-asked_at",)
        indexes: ClassVar = [models.Index(fields=["tenant", "user", "asked_at"])]

    @classmethod
    def visible_in(cls, scope: Scope) -> Q:
        return Q(user_id=scope.user_id) & Q(user_id__isnull=False)


class Citation(TenantModel):
    """根拠: passage `n` that an answer was made from. It is read through the scope of who looks, each time."""

    answer = models.ForeignKey(Answer, on_delete=models.CASCADE, related_name="citations")
    n = models.PositiveSmallIntegerField()
    passage = models.ForeignKey(Passage, null=True, on_delete=models.SET_NULL, related_name="citations")
    score = models.FloatField(default=0)

    class Meta:
        ordering = ("n",)
        constraints: ClassVar = [models.UniqueConstraint(fields=["answer", "n"], name="citation_n")]

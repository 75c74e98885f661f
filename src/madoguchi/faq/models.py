"""Verified answers: what a person released, and how it came to be so."""

import uuid
from typing import ClassVar

from django.db import models
from django.db.models import Q

from madoguchi.library.models import Document
from madoguchi.people.access import Scope, ScopedQuerySet
from madoguchi.people.models import Classification, Dated, Department, TenantModel, User, in_force


class Entry(TenantModel, Dated):
    """確認済み回答: a question in its variants and the answer a person released."""

    class Status(models.TextChoices):
        DRAFT = "draft", "下書き"
        RELEASED = "released", "公開中"
        WITHDRAWN = "withdrawn", "取下げ"

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    question = models.CharField(max_length=300)
    # The same question in other words, one text each.
    variants = models.JSONField(default=list, blank=True)
    answer = models.TextField()
    # The access key a reader must hold: `public`, `staff`, `dept:12`.
    access_key = models.CharField(max_length=60, default="staff")
    classification = models.PositiveSmallIntegerField(choices=Classification.choices, default=Classification.C2)
    # The department that answers for it; its staff may edit.
    department = models.ForeignKey(Department, null=True, blank=True, on_delete=models.SET_NULL, related_name="+")
    source_document = models.ForeignKey(
        Document, null=True, blank=True, on_delete=models.SET_NULL, related_name="+"
    )
    source_page = models.PositiveIntegerField(null=True, blank=True)
    status = models.CharField(max_length=10, choices=Status.choices, default=Status.DRAFT)
    # Raised by every saved change; a release names the number it released.
    number = models.PositiveIntegerField(default=1)
    released_by = models.ForeignKey(User, null=True, blank=True, on_delete=models.SET_NULL, related_name="+")
    released_at = models.DateTimeField(null=True, blank=True)
    updated_at = models.DateTimeField(auto_now=True)

    objects = ScopedQuerySet["Entry"].as_manager()

    class Meta:
        ordering = ("question",)
        indexes: ClassVar = [models.Index(fields=["tenant", "access_key", "status"])]

    def __str__(self) -> str:
        return self.question

    @classmethod
    def visible_in(cls, scope: Scope) -> Q:
        if scope.everything:
            return Q()
        return Q(access_key__in=scope.keys, classification__lte=scope.classification) & in_force(scope.on)


class Revision(TenantModel):
    """What an entry said at a number, by whom."""

    entry = models.ForeignKey(Entry, on_delete=models.CASCADE, related_name="revisions")
    number = models.PositiveIntegerField()
    question = models.CharField(max_length=300)
    variants = models.JSONField(default=list)
    answer = models.TextField()
    saved_by = models.ForeignKey(User, null=True, on_delete=models.SET_NULL, related_name="+")
    saved_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ("-number",)
        constraints: ClassVar = [models.UniqueConstraint(fields=["entry", "number"], name="revision_number")]

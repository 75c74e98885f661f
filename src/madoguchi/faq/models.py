"""Verified answers: what a person released, and how it came to be so."""

import uuid
from typing import ClassVar

from django.db import models
from django.db.models import Q

from madoguchi.library.models import Document
from madoguchi.people.access import Scope, ScopedQuerySet
from madoguchi.people.models import Classification, Dated, Department, TenantModel, User, in_force


class Content(models.Model):
    """What an entry says and to whom: in the entry what is served, in a revision what was saved."""

    question = models.CharField(max_length=300)
    # The same question in other words, one text each.
    variants = models.JSONField(default=list, blank=True)
    answer = models.TextField()
    # The access key a reader must hold: `public`, `staff`, `dept:12`.
    access_key = models.CharField(max_length=60, default="staff")
    classification = models.PositiveSmallIntegerField(choices=Classification.choices, default=Classification.C2)
    source_document = models.ForeignKey(Document, null=True, blank=True, on_delete=models.SET_NULL, related_name="+")
    source_page = models.PositiveIntegerField(null=True, blank=True)

    class Meta:
        abstract = True


# The fields of `Content`, in the order a person reads them.
CONTENT = ("question", "variants", "answer", "access_key", "classification", "source_document_id", "source_page")


class Entry(TenantModel, Dated, Content):
    """確認済み回答: a question in its variants and the answer a person released.

    While it is released its content is that of the revision `released_number`, whatever was saved since; otherwise that
    of the newest revision.
    """

    class Status(models.TextChoices):
        DRAFT = "draft", "下書き"
        RELEASED = "released", "公開中"
        WITHDRAWN = "withdrawn", "取下げ"

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    # The department that answers for it; its staff may edit.
    department = models.ForeignKey(Department, null=True, blank=True, on_delete=models.SET_NULL, related_name="+")
    status = models.CharField(max_length=10, choices=Status.choices, default=Status.DRAFT)
    # The newest revision; raised by every saved change.
    number = models.PositiveIntegerField(default=1)
    # The revision that a person released and that is served.
    released_number = models.PositiveIntegerField(null=True, blank=True)
    released_by = models.ForeignKey(User, null=True, blank=True, on_delete=models.SET_NULL, related_name="+")
    released_at = models.DateTimeField(null=True, blank=True)
    updated_at = models.DateTimeField(auto_now=True)
    # Set in the transaction of a release or withdrawal and taken away once the index was told: a kill loses nothing.
    untold = models.BooleanField(default=False, editable=False)

    objects = ScopedQuerySet["Entry"].as_manager()

    class Meta:
        ordering = ("question",)
        indexes: ClassVar = [
            models.Index(fields=["tenant", "access_key", "status"]),
            models.Index(fields=["untold"], condition=Q(untold=True), name="entry_untold"),
        ]

    def __str__(self) -> str:
        return self.question

    @property
    def has_unreleased_change(self) -> bool:
        """Whether something was saved after what is served."""
        return self.released_number is not None and self.released_number != self.number

    @classmethod
    def visible_in(cls, scope: Scope) -> Q:
        """What a scope may read: the released ones it has the key for."""
        released = Q(status=cls.Status.RELEASED)
        if scope.everything:
            return released
        return released & readable_in(scope) & in_force(scope.on)


def readable_in(scope: Scope) -> Q:
    """Return the condition that content (an entry's or a revision's) may be read in a scope, released or not."""
    if scope.everything:
        return Q()
    return Q(access_key__in=scope.keys, classification__lte=scope.classification)


class Revision(TenantModel, Dated, Content):
    """What an entry said at a number, by whom."""

    entry = models.ForeignKey(Entry, on_delete=models.CASCADE, related_name="revisions")
    number = models.PositiveIntegerField()
    saved_by = models.ForeignKey(User, null=True, on_delete=models.SET_NULL, related_name="+")
    saved_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ("-number",)
        constraints: ClassVar = [models.UniqueConstraint(fields=["entry", "number"], name="revision_number")]

    def __str__(self) -> str:
        return f"{self.question} ({self.number})"

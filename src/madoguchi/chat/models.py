"""Conversations of staff with a model: a tree of turns, the files that were given, who may read along."""

import uuid
from typing import ClassVar

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from madoguchi.library.models import Passage
from madoguchi.llm.models import Grade
from madoguchi.people.access import Scope, ScopedQuerySet
from madoguchi.people.models import Classification, TenantModel, User

TITLE_MAX_CHARACTERS = 100


class Folder(TenantModel):
    """フォルダー in which a person puts conversations of their own."""

    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="chat_folders")
    name = models.CharField(max_length=50)

    objects = ScopedQuerySet["Folder"].as_manager()

    class Meta:
        ordering = ("name", "id")
        constraints: ClassVar = [models.UniqueConstraint(fields=["tenant", "user", "name"], name="chat_folder_name")]

    def __str__(self) -> str:
        return self.name

    @classmethod
    def visible_in(cls, scope: Scope) -> Q:
        return Q(user_id=scope.user_id) & Q(user_id__isnull=False)


class Conversation(TenantModel):
    """会話 of one person with a model; others read along as far as it is shared with them."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="conversations")
    title = models.CharField(max_length=TITLE_MAX_CHARACTERS)
    folder = models.ForeignKey(Folder, null=True, on_delete=models.SET_NULL, related_name="conversations")
    grade = models.CharField(max_length=10, choices=Grade.choices, default=Grade.STANDARD)
    # Whether passages of the library are sought for each question.
    uses_library = models.BooleanField(default=False)
    # The highest of all its parts; it only rises.
    classification = models.PositiveSmallIntegerField(choices=Classification.choices)
    # Words that its person wants masked besides what is found.
    mask_words = models.JSONField(default=list)
    created_at = models.DateTimeField(auto_now_add=True)
    updated_at = models.DateTimeField()
    # The first day on which it is no more; later with each new turn.
    delete_on = models.DateField(db_index=True)

    objects = ScopedQuerySet["Conversation"].as_manager()

    class Meta:
        ordering = ("-updated_at",)
        indexes: ClassVar = [models.Index(fields=["tenant", "user", "updated_at"])]

    def __str__(self) -> str:
        return str(self.pk)

    @classmethod
    def visible_in(cls, scope: Scope) -> Q:
        """One's own and those shared with a key that is held, up to the classification of the scope."""
        if scope.user_id is None:
            return Q(pk__in=[])
        shared = Share.objects.filter(tenant_id=scope.tenant_id, key__in=scope.keys)
        reached = Q(user_id=scope.user_id) | Q(pk__in=shared.values("conversation"))
        return reached & Q(classification__lte=scope.classification)


class Share(TenantModel):
    """Who else may read a conversation: one access key."""

    conversation = models.ForeignKey(Conversation, on_delete=models.CASCADE, related_name="shares")
    key = models.CharField(max_length=100, db_index=True)

    class Meta:
        ordering = ("id",)
        constraints: ClassVar = [models.UniqueConstraint(fields=["conversation", "key"], name="chat_share_once")]

    def __str__(self) -> str:
        return self.key


class Turn(TenantModel):
    """One contribution. Those with the same parent are branches: a question edited, an answer written again."""

    class Role(models.TextChoices):
        USER = "user", _("質問")
        ASSISTANT = "assistant", _("回答")

    class State(models.TextChoices):
        WRITING = "writing", _("書いています")
        DONE = "done", _("書き終わり")
        STOPPED = "stopped", _("停止しました")
        BROKEN = "broken", _("途中で止まりました")
        FAILED = "failed", _("回答できませんでした")

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    conversation = models.ForeignKey(Conversation, on_delete=models.CASCADE, related_name="turns")
    parent = models.ForeignKey("self", null=True, on_delete=models.CASCADE, related_name="children")
    role = models.CharField(max_length=10, choices=Role.choices)
    text = models.TextField(blank=True)
    state = models.CharField(max_length=10, choices=State.choices, default=State.DONE)
    at = models.DateTimeField()
    # What the person must know of it: why it failed, what was left out.
    note = models.CharField(max_length=500, blank=True)
    # Who wrote it; empty for a person's.
    model = models.CharField(max_length=150, blank=True)
    # How many values of what were masked before it was sent: {"氏名": 2}.
    masked = models.JSONField(default=dict)
    # While it is written: when the writer last showed that it lives, and whether somebody asked it to stop.
    beat_at = models.DateTimeField(null=True)
    stop_asked = models.BooleanField(default=False)
    confirmed_by = models.ForeignKey(User, null=True, on_delete=models.SET_NULL, related_name="+")
    confirmed_at = models.DateTimeField(null=True)

    objects = ScopedQuerySet["Turn"].as_manager()

    class Meta:
        ordering = ("at", "id")
        indexes: ClassVar = [models.Index(fields=["tenant", "state", "beat_at"])]

    def __str__(self) -> str:
        return str(self.pk)

    @property
    def is_answer(self) -> bool:
        return self.role == Turn.Role.ASSISTANT

    @classmethod
    def visible_in(cls, scope: Scope) -> Q:
        return Q(conversation__in=Conversation.objects.within(scope).order_by().values("pk"))


class Citation(TenantModel):
    """根拠: passage `n` that an answer was given. Numbers run through the whole conversation."""

    turn = models.ForeignKey(Turn, on_delete=models.CASCADE, related_name="citations")
    n = models.PositiveIntegerField()
    passage = models.ForeignKey(Passage, null=True, on_delete=models.SET_NULL, related_name="+")

    class Meta:
        ordering = ("n",)
        constraints: ClassVar = [models.UniqueConstraint(fields=["turn", "n"], name="chat_citation_n")]

    def __str__(self) -> str:
        return f"[{self.n}]"


class Attachment(TenantModel):
    """添付: what was read of a file. The bytes are not kept. Without a turn it waits in its person's box."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="chat_attachments")
    turn = models.ForeignKey(Turn, null=True, on_delete=models.CASCADE, related_name="attachments")
    name = models.CharField(max_length=200)
    # Bytes of the file.
    size = models.PositiveBigIntegerField()
    # Markdown, tables kept.
    text = models.TextField()
    # What a person should know of the reading.
    notice = models.CharField(max_length=300, blank=True)
    # How many values of what it holds that are masked: {"氏名": 2}.
    personal = models.JSONField(default=dict)
    at = models.DateTimeField()

    objects = ScopedQuerySet["Attachment"].as_manager()

    class Meta:
        ordering = ("at", "id")

    def __str__(self) -> str:
        return self.name

    @classmethod
    def visible_in(cls, scope: Scope) -> Q:
        waiting = Q(turn=None, user_id=scope.user_id) & Q(user_id__isnull=False)
        return waiting | Q(turn__in=Turn.objects.within(scope).order_by().values("pk"))

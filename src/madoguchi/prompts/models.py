"""プロンプト集: texts that staff keep for models, in editions; who may use them; how they were tried."""

import uuid
from typing import Any, ClassVar

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from madoguchi.llm.models import Endpoint
from madoguchi.people.access import Scope, ScopedQuerySet
from madoguchi.people.models import Classification, TenantModel, User

TITLE_MAX_CHARACTERS = 100


class Prompt(TenantModel):
    """プロンプト of one person; others use it as far as it is shared with them. What it says stands in its editions."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    # Who wrote it; None once that account is gone.
    user = models.ForeignKey(User, null=True, on_delete=models.SET_NULL, related_name="prompts")
    title = models.CharField(max_length=TITLE_MAX_CHARACTERS)
    # What it is for, in a sentence.
    summary = models.CharField(max_length=200, blank=True)
    classification = models.PositiveSmallIntegerField(choices=Classification.choices)
    # The newest edition; raised by every saved change.
    number = models.PositiveIntegerField(default=0)
    # Whether an administrator stands for this edition of it; the next change takes it away.
    is_official = models.BooleanField(default=False)
    created_at = models.DateTimeField(auto_now_add=True)
    updated_at = models.DateTimeField()

    objects = ScopedQuerySet["Prompt"].as_manager()

    class Meta:
        ordering = ("-updated_at",)
        indexes: ClassVar = [models.Index(fields=["tenant", "user"])]

    def __str__(self) -> str:
        return str(self.pk)

    @classmethod
    def visible_in(cls, scope: Scope) -> Q:
        """One's own and those shared with a key that is held, up to the classification of the scope."""
        if scope.user_id is None:
            return Q(pk__in=[])
        shared = Share.objects.filter(tenant_id=scope.tenant_id, key__in=scope.keys)
        reached = Q(user_id=scope.user_id) | Q(pk__in=shared.values("prompt"))
        return reached & Q(classification__lte=scope.classification)

    @property
    def newest(self) -> "Edition":
        """The edition that is used."""
        return self.editions.get(number=self.number)


class Edition(TenantModel):
    """What a prompt said at a number, by whom and why. Rows are only added."""

    prompt = models.ForeignKey(Prompt, on_delete=models.CASCADE, related_name="editions")
    number = models.PositiveIntegerField()
    text = models.TextField()
    # Why it was changed, as its writer put it.
    note = models.CharField(max_length=200, blank=True)
    saved_by = models.ForeignKey(User, null=True, on_delete=models.SET_NULL, related_name="+")
    saved_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ("-number",)
        constraints: ClassVar = [models.UniqueConstraint(fields=["prompt", "number"], name="prompt_edition_number")]

    def __str__(self) -> str:
        return f"{self.prompt_id} ({self.number})"

    def save(self, *args: Any, **kwargs: Any) -> None:
        """Store a new edition; raises TypeError for one that stands already."""
        if not self._state.adding:
            raise TypeError("an edition never changes")
        super().save(*args, **kwargs)


class Share(TenantModel):
    """Who else may use a prompt: one access key."""

    prompt = models.ForeignKey(Prompt, on_delete=models.CASCADE, related_name="shares")
    key = models.CharField(max_length=100, db_index=True)

    class Meta:
        ordering = ("id",)
        constraints: ClassVar = [models.UniqueConstraint(fields=["prompt", "key"], name="prompt_share_once")]

    def __str__(self) -> str:
        return self.key


class Favourite(TenantModel):
    """A prompt, or one that ships (`standard`, its key), that a person keeps at hand."""

    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="+")
    prompt = models.ForeignKey(Prompt, null=True, on_delete=models.CASCADE, related_name="favourites")
    standard = models.CharField(max_length=50, blank=True)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["user", "prompt", "standard"], name="prompt_favourite_once", nulls_distinct=False
            )
        ]


class Use(TenantModel):
    """One filling-in of a prompt, or of one that ships; the list is sorted by them. It holds no text."""

    user = models.ForeignKey(User, null=True, on_delete=models.SET_NULL, related_name="+")
    prompt = models.ForeignKey(Prompt, null=True, on_delete=models.CASCADE, related_name="uses")
    standard = models.CharField(max_length=50, blank=True)
    # The edition that was used, 0 for one that ships.
    number = models.PositiveIntegerField(default=0)
    at = models.DateTimeField(auto_now_add=True, db_index=True)


class Trial(TenantModel):
    """試行: one text given to several endpoints at once; its person's alone, until `delete_on`."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="+")
    # Where the text came from, if anywhere: a prompt and its edition, or one that ships.
    prompt = models.ForeignKey(Prompt, null=True, on_delete=models.SET_NULL, related_name="trials")
    number = models.PositiveIntegerField(default=0)
    standard = models.CharField(max_length=50, blank=True)
    title = models.CharField(max_length=TITLE_MAX_CHARACTERS)
    # What was filled in: [[name, value], …].
    values = models.JSONField(default=list)
    text = models.TextField()
    classification = models.PositiveSmallIntegerField(choices=Classification.choices)
    at = models.DateTimeField(auto_now_add=True)
    # None while it runs, and for one that was broken off.
    ended_at = models.DateTimeField(null=True)
    delete_on = models.DateField(db_index=True)

    objects = ScopedQuerySet["Trial"].as_manager()

    class Meta:
        ordering = ("-at",)
        indexes: ClassVar = [models.Index(fields=["tenant", "user", "at"])]

    def __str__(self) -> str:
        return str(self.pk)

    @classmethod
    def visible_in(cls, scope: Scope) -> Q:
        """One's own whose time has not come, up to the classification of the scope."""
        own = Q(user_id=scope.user_id) & Q(user_id__isnull=False)
        return own & Q(delete_on__gt=scope.on, classification__lte=scope.classification)


class Result(TenantModel):
    """What one endpoint made of a trial's text: the answer, how long it took, what it cost."""

    class State(models.TextChoices):
        DONE = "done", _("回答")
        STOPPED = "stopped", _("送っていません")
        FAILED = "failed", _("回答できませんでした")
        BROKEN = "broken", _("途中で止まりました")

    trial = models.ForeignKey(Trial, on_delete=models.CASCADE, related_name="results")
    place = models.PositiveSmallIntegerField()
    endpoint = models.ForeignKey(Endpoint, null=True, on_delete=models.SET_NULL, related_name="+")
    # As they were then.
    endpoint_name = models.CharField(max_length=50)
    model = models.CharField(max_length=100)
    state = models.CharField(max_length=10, choices=State.choices)
    # What went wrong, in Japanese.
    message = models.CharField(max_length=1000, blank=True)
    text = models.TextField(blank=True)
    # Milliseconds until the first word and until the end.
    first_ms = models.PositiveIntegerField(null=True)
    ms = models.PositiveIntegerField()
    # None: not known.
    tokens_in = models.PositiveIntegerField(null=True)
    tokens_out = models.PositiveIntegerField(null=True)
    is_estimated = models.BooleanField(default=False)
    yen = models.DecimalField(max_digits=12, decimal_places=4, null=True)
    # How many values of what were masked: {"氏名": 2}.
    masked = models.JSONField(default=dict)

    class Meta:
        ordering = ("place",)
        constraints: ClassVar = [models.UniqueConstraint(fields=["trial", "place"], name="prompt_result_place")]

    def __str__(self) -> str:
        return self.endpoint_name

"""Endpoints: the models an administrator configured."""

from typing import ClassVar

from django.db import models
from django.utils.translation import gettext_lazy as _

from madoguchi.people.models import Classification, TenantModel
from madoguchi.people.sealed import SealedField


class Endpoint(TenantModel):
    """接続先モデル: one configured model. Its key is sealed and is never shown again."""

    class Provider(models.TextChoices):
        OPENAI = "openai", "OpenAI"
        OPENAI_COMPATIBLE = "openai-compatible", _("OpenAI互換")
        AZURE = "azure", "Azure OpenAI"
        ANTHROPIC = "anthropic", "Anthropic"
        GOOGLE = "google", "Google"

    class Zone(models.TextChoices):
        INTERNAL = "internal", "庁内"
        LGWAN = "lgwan", "LGWAN"
        INTERNET = "internet", "インターネット"

    class Use(models.TextChoices):
        CHAT = "chat", _("文章")
        EMBEDDING = "embedding", _("埋め込み（ベクトル）")
        # By an API made for it, and by a chat model that gives marks.
        RERANK = "rerank", _("並べ替え")
        RERANK_CHAT = "rerank-chat", _("並べ替え（文章のモデル）")

    name = models.CharField(max_length=50)
    use = models.CharField(max_length=12, choices=Use.choices, default=Use.CHAT)
    provider = models.CharField(max_length=20, choices=Provider.choices)
    model = models.CharField(max_length=100)
    # Inside an office hosts have no dots: `llm.endpoints.check` judges it.
    base_url = models.CharField(max_length=200, blank=True)
    # Set by `llm.endpoints.save` alone, with the time; what depends on the key goes by that time.
    sealed_key = SealedField()
    key_changed_at = models.DateTimeField(null=True, editable=False)
    zone = models.CharField(max_length=10, choices=Zone.choices, default=Zone.INTERNET)
    max_classification = models.PositiveSmallIntegerField(choices=Classification.choices, default=Classification.C1)
    order = models.PositiveIntegerField(default=100)
    is_enabled = models.BooleanField(default=True)
    # Whether it can be given pictures.
    sees_pictures = models.BooleanField(default=False)
    # What an embedding model wants before a question and before a passage, with the space at its end; empty: what is
    # known of the model (`llm.known_models`).
    query_prefix = models.CharField(max_length=200, blank=True)
    passage_prefix = models.CharField(max_length=200, blank=True)
    # Of the vectors that are asked for; None: as the model gives them.
    dimensions = models.PositiveIntegerField(null=True, blank=True)

    class Meta:
        ordering = ("order", "id")
        constraints: ClassVar = [models.UniqueConstraint(fields=["tenant", "name"], name="endpoint_name")]

    def __str__(self) -> str:
        return self.name


class PictureRule(TenantModel):
    """Up to which classification the figures of documents may be given to an endpoint. An office without: none."""

    max_classification = models.PositiveSmallIntegerField(choices=Classification.choices)

    class Meta:
        constraints: ClassVar = [models.UniqueConstraint(fields=["tenant"], name="one_picture_rule")]

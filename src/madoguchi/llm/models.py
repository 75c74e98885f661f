"""The models an administrator configured, what may go to which of them, what it may cost, and what was called."""

import uuid
from decimal import Decimal
from typing import ClassVar

from django.db import models
from django.utils.translation import gettext_lazy as _

from madoguchi.people.models import Classification, Dated, Department, TenantModel, User
from madoguchi.people.sealed import SealedField


class Purpose(models.TextChoices):
    """What a call is for. The first column of the routing table."""

    CHAT = "chat", _("会話")
    ANSWER = "answer", _("回答")
    APP = "app", _("アプリの下書き")
    SUMMARISE = "summarise", _("要約")
    EXTRACT = "extract", _("抜き出し")
    CHECK = "check", _("確認")
    TRANSLATE = "translate", _("翻訳")
    EMBED = "embed", _("埋め込み")
    RERANK = "rerank", _("並べ替え")
    TRANSCRIBE = "transcribe", _("文字起こし")
    VISION = "vision", _("図の説明")


class Grade(models.TextChoices):
    """What a call asks of a model: to be fast, or to be right in hard matters."""

    FAST = "fast", _("速い")
    STANDARD = "standard", _("標準")
    PRECISE = "precise", _("高精度")


class RequestZone(models.TextChoices):
    """接続区分 in which a request or an endpoint stands."""

    INTERNAL = "internal", "庁内"
    LGWAN = "lgwan", "LGWAN"
    INTERNET = "internet", "インターネット"


class Endpoint(TenantModel, Dated):
    """接続先モデル: one configured model. Its key is sealed and is never shown again.

    `valid_from` and `valid_to` are the days on which it is used.
    """

    class Provider(models.TextChoices):
        OPENAI = "openai", "OpenAI"
        OPENAI_COMPATIBLE = "openai-compatible", _("OpenAI互換")
        AZURE = "azure", _("Azure OpenAI（キー）")
        AZURE_ENTRA = "azure-entra", _("Azure OpenAI（Entra ID）")
        ANTHROPIC = "anthropic", "Anthropic"
        BEDROCK = "bedrock", _("Anthropic（Amazon Bedrock）")
        GOOGLE = "google", _("Google（AI Studio）")
        VERTEX = "vertex", _("Google（Vertex AI）")

    class Contract(models.TextChoices):
        TERMS = "terms", _("約款")
        INDIVIDUAL = "individual", _("個別契約")
        ISMAP = "ismap", _("ISMAP登録のサービス")

    class Region(models.TextChoices):
        JAPAN = "japan", _("国内")
        ABROAD = "abroad", _("国外")

    class Currency(models.TextChoices):
        YEN = "JPY", _("円")
        DOLLAR = "USD", _("米ドル")

    Zone = RequestZone

    class Use(models.TextChoices):
        CHAT = "chat", _("文章")
        EMBEDDING = "embedding", _("埋め込み（ベクトル）")
        # By an API made for it, and by a chat model that gives marks.
        RERANK = "rerank", _("並べ替え")
        RERANK_CHAT = "rerank-chat", _("並べ替え（文章のモデル）")
        TRANSCRIPTION = "transcription", _("文字起こし")

    name = models.CharField(max_length=50)
    use = models.CharField(max_length=15, choices=Use.choices, default=Use.CHAT)
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
    # Whether it can be given pictures, keeps to a schema, calls tools.
    sees_pictures = models.BooleanField(default=False)
    keeps_schema = models.BooleanField(default=False)
    calls_tools = models.BooleanField(default=False)
    grade = models.CharField(max_length=10, choices=Grade.choices, default=Grade.STANDARD)
    # What it takes and gives at once; None: not known, nothing is refused for it.
    context_tokens = models.PositiveIntegerField(null=True, blank=True)
    max_output_tokens = models.PositiveIntegerField(null=True, blank=True)
    # Per million tokens; None: not known, and then money budgets do not count it (`llm.prices`).
    price_in = models.DecimalField(max_digits=10, decimal_places=4, null=True, blank=True)
    price_out = models.DecimalField(max_digits=10, decimal_places=4, null=True, blank=True)
    # Of what the provider had kept of an earlier call; None: as `price_in`.
    price_cached = models.DecimalField(max_digits=10, decimal_places=4, null=True, blank=True)
    currency = models.CharField(max_length=3, choices=Currency.choices, default=Currency.YEN)
    # The record of the contract. One outside the office without it, or with one that is too old, takes class 1 only.
    contract = models.CharField(max_length=10, choices=Contract.choices, blank=True)
    region = models.CharField(max_length=10, choices=Region.choices, blank=True)
    trains_on_input = models.BooleanField(null=True, blank=True)
    # For how many days the provider keeps what it was sent; 0: not at all.
    retention_days = models.PositiveIntegerField(null=True, blank=True)
    sub_processors = models.CharField(max_length=200, blank=True)
    checked_on = models.DateField(null=True, blank=True)
    # Personal data is masked before every endpoint outside; before this one also when it stands inside.
    masks_always = models.BooleanField(default=False)
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


class Rules(TenantModel):
    """What an office decided for all calls. An office without a row: the defaults of the fields."""

    class Profile(models.TextChoices):
        """Network models of the 総務省 guideline, and closed operation."""

        NONE = "", _("設定しない")
        ALPHA = "alpha", _("αモデル")
        ALPHA_PRIME = "alpha-prime", _("α′モデル")
        BETA = "beta", _("βモデル")
        BETA_PRIME = "beta-prime", _("β′モデル")
        CLOSED = "closed", _("閉じた運用")

    profile = models.CharField(max_length=12, choices=Profile.choices, blank=True, default="")
    yen_per_dollar = models.DecimalField(max_digits=8, decimal_places=2, default=Decimal(155))
    # Whether the texts of calls are kept (sealed), and for how many days.
    keeps_texts = models.BooleanField(default=False)
    texts_days = models.PositiveIntegerField(default=90)
    # The record of calls itself: numbers and no text.
    calls_days = models.PositiveIntegerField(default=1100)
    # Words and topics that stop a call, as the office wrote them.
    forbidden_words = models.JSONField(default=list, blank=True)
    # Whether the same text in the same scope is answered from what was answered before.
    keeps_responses = models.BooleanField(default=False)

    class Meta:
        constraints: ClassVar = [models.UniqueConstraint(fields=["tenant"], name="one_rules")]


class Cell(TenantModel):
    """What an endpoint must be to take a text of a classification from a zone; without a row, the default table."""

    class Need(models.TextChoices):
        """From loose to strict."""

        ANY = "any", _("使用中の接続先すべて")
        CONTRACT = "contract", _("学習・保存をしない国内の契約")
        INSIDE = "inside", _("庁内の接続先だけ")
        NONE = "none", _("モデルに渡さない")

    zone = models.CharField(max_length=10, choices=RequestZone.choices)
    classification = models.PositiveSmallIntegerField(choices=Classification.choices)
    need = models.CharField(max_length=10, choices=Need.choices)

    class Meta:
        constraints: ClassVar = [models.UniqueConstraint(fields=["tenant", "zone", "classification"], name="one_cell")]


class RuleChange(TenantModel):
    """A loosening of the rules that one administrator asked for and another one lets in."""

    class State(models.TextChoices):
        WAITING = "waiting", _("承認待ち")
        ACCEPTED = "accepted", _("承認")
        REFUSED = "refused", _("却下")
        WITHDRAWN = "withdrawn", _("取下げ")

    # {"profile": "beta"} or {"cells": [[zone, classification, need], …]}
    change = models.JSONField()
    reason = models.CharField(max_length=200)
    # As the record names them: `user:7`, `operator`.
    asked_by = models.CharField(max_length=50)
    asked_at = models.DateTimeField(auto_now_add=True)
    state = models.CharField(max_length=10, choices=State.choices, default=State.WAITING)
    decided_by = models.CharField(max_length=50, blank=True)
    decided_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ("-asked_at",)


class Route(TenantModel):
    """One endpoint of a purpose, in its order. A purpose without any: every endpoint that can, in their own order."""

    purpose = models.CharField(max_length=12, choices=Purpose.choices)
    endpoint = models.ForeignKey(Endpoint, on_delete=models.CASCADE, related_name="routes")
    order = models.PositiveIntegerField(default=100)

    class Meta:
        ordering = ("order", "id")
        constraints: ClassVar = [models.UniqueConstraint(fields=["tenant", "purpose", "endpoint"], name="one_route")]


class Destination(TenantModel):
    """One line of the allow-list: where this office's machine may connect to at all."""

    scheme = models.CharField(max_length=5)
    host = models.CharField(max_length=200)
    port = models.PositiveIntegerField()
    purpose = models.CharField(max_length=100)
    owner = models.CharField(max_length=100)
    # The last day on which it holds; None: until it is taken away.
    until = models.DateField(null=True, blank=True)

    class Meta:
        ordering = ("host", "port", "scheme")
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["tenant", "scheme", "host", "port"], name="one_destination")
        ]


class Budget(TenantModel):
    """What may be spent in a month (of the calendar, Japanese time) by an office, a department, a person, an app."""

    class Kind(models.TextChoices):
        OFFICE = "office", _("全体")
        DEPARTMENT = "department", _("所属")
        USER = "user", _("職員")
        APP = "app", _("アプリ")
        DESK = "desk", _("住民窓口")

    class AtLimit(models.TextChoices):
        STOP = "stop", _("止める")
        CHEAPER = "cheaper", _("安い接続先に替える")

    kind = models.CharField(max_length=10, choices=Kind.choices)
    # Which department, person, app or desk; "" for the office, and for each person or department that has none of its
    # own.
    key = models.CharField(max_length=64, blank=True)
    # A limit that is None is none.
    yen = models.DecimalField(max_digits=12, decimal_places=2, null=True, blank=True)
    tokens = models.BigIntegerField(null=True, blank=True)
    calls = models.PositiveIntegerField(null=True, blank=True)
    at_limit = models.CharField(max_length=10, choices=AtLimit.choices, default=AtLimit.STOP)
    warns_at_percent = models.PositiveSmallIntegerField(default=80)

    class Meta:
        constraints: ClassVar = [models.UniqueConstraint(fields=["tenant", "kind", "key"], name="one_budget")]


class Spending(TenantModel):
    """What one person, department, app, desk or the office spent in one month: settled, and held back for calls."""

    kind = models.CharField(max_length=10, choices=Budget.Kind.choices)
    key = models.CharField(max_length=64, blank=True)
    # Its first day.
    month = models.DateField()
    yen = models.DecimalField(max_digits=14, decimal_places=4, default=Decimal(0))
    tokens = models.BigIntegerField(default=0)
    calls = models.PositiveIntegerField(default=0)
    held_yen = models.DecimalField(max_digits=14, decimal_places=4, default=Decimal(0))
    held_tokens = models.BigIntegerField(default=0)
    held_calls = models.PositiveIntegerField(default=0)
    # Whether the administrators were told that it comes near its limit.
    warned_at = models.DateTimeField(null=True)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["tenant", "kind", "key", "month"], name="one_spending")
        ]


class Reservation(TenantModel):
    """What is held back for a call that is under way; one that was never settled falls back after `until`."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    spendings: "models.ManyToManyField[Spending, models.Model]" = models.ManyToManyField(Spending, related_name="+")
    yen = models.DecimalField(max_digits=14, decimal_places=4)
    tokens = models.BigIntegerField()
    until = models.DateTimeField()
    # Known to the call that made it, also when it has fallen back meanwhile.
    spending_ids: tuple[int, ...] = ()


class Call(TenantModel):
    """One call to an endpoint: who, what for, how much, how it ended. It holds no text."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    at = models.DateTimeField()
    user = models.ForeignKey(User, null=True, on_delete=models.SET_NULL, related_name="+")
    # Who made it, as the record names them: `user:7`, `operator`, `system`.
    actor = models.CharField(max_length=50)
    department = models.ForeignKey(Department, null=True, on_delete=models.SET_NULL, related_name="+")
    purpose = models.CharField(max_length=12)
    app = models.CharField(max_length=64, blank=True)
    app_version = models.CharField(max_length=20, blank=True)
    desk = models.CharField(max_length=64, blank=True)
    endpoint = models.ForeignKey(Endpoint, null=True, on_delete=models.SET_NULL, related_name="calls")
    # As they were then.
    endpoint_name = models.CharField(max_length=50)
    model = models.CharField(max_length=100)
    zone = models.CharField(max_length=10)
    classification = models.PositiveSmallIntegerField()
    tokens_in = models.PositiveIntegerField(default=0)
    tokens_out = models.PositiveIntegerField(default=0)
    tokens_cached = models.PositiveIntegerField(default=0)
    # Whether the provider said no usable number of tokens, and they were counted here.
    is_estimated = models.BooleanField(default=False)
    # None: the endpoint has no price.
    yen = models.DecimalField(max_digits=12, decimal_places=4, null=True)
    first_ms = models.PositiveIntegerField(null=True)
    ms = models.PositiveIntegerField(default=0)
    # done, stopped, or the kind of a fault (`llm.faults`).
    outcome = models.CharField(max_length=20)
    # How many values of what were masked: {"氏名": 2}.
    masked = models.JSONField(default=dict)

    class Meta:
        ordering = ("-at",)
        indexes: ClassVar = [
            models.Index(fields=["tenant", "at"]),
            models.Index(fields=["tenant", "endpoint", "at"]),
        ]


class CallText(TenantModel):
    """What was sent and what came, masked as it was sent, sealed; only where the rules keep texts."""

    call = models.OneToOneField(Call, on_delete=models.CASCADE, related_name="text")
    sealed_sent = SealedField()
    sealed_came = SealedField()
    delete_on = models.DateField(db_index=True)


class Stop(TenantModel):
    """A stop button that was pressed: of an endpoint, an app, a desk or of everything. Open until it is lifted."""

    class What(models.TextChoices):
        ALL = "all", _("すべて")
        ENDPOINT = "endpoint", _("接続先")
        APP = "app", _("アプリ")
        DESK = "desk", _("住民窓口")

    what = models.CharField(max_length=10, choices=What.choices)
    # Which one: the number of an endpoint, the name of an app or desk; "" for all.
    key = models.CharField(max_length=64, blank=True)
    reason = models.CharField(max_length=200, blank=True)
    stopped_by = models.CharField(max_length=50)
    stopped_at = models.DateTimeField(auto_now_add=True)
    lifted_by = models.CharField(max_length=50, blank=True)
    lifted_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ("-stopped_at",)
        indexes: ClassVar = [models.Index(fields=["tenant", "lifted_at"])]


class SystemPrompt(TenantModel):
    """One edition of what an office has a built-in purpose say to the model; an empty text is the built-in one."""

    # As it is registered in `llm.system_prompts`.
    name = models.CharField(max_length=50)
    number = models.PositiveIntegerField()
    text = models.TextField(blank=True)
    edited_by = models.CharField(max_length=50)
    edited_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ("name", "-number")
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["tenant", "name", "number"], name="one_edition_of_prompt")
        ]

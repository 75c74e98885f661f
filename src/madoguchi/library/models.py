"""The library: folders, documents, their versions, and the passages that are found and cited."""

import uuid
from typing import ClassVar

from django.db import models
from django.db.models import Q

from madoguchi.people.access import Scope, ScopedQuerySet
from madoguchi.people.models import Classification, Dated, TenantModel, User, in_force


class Folder(TenantModel):
    """A folder. It can only narrow what its parent allows: who passes it has passed every folder above it."""

    parent = models.ForeignKey("self", null=True, blank=True, on_delete=models.PROTECT, related_name="children")
    name = models.CharField(max_length=200)
    # Access keys, one of which a reader must hold; empty: as the parent. A top folder without any opens to nobody.
    readers = models.JSONField(default=list, blank=True)
    # Access keys, one of which a writer must hold besides reading; empty: as the parent.
    writers = models.JSONField(default=list, blank=True)
    classification = models.PositiveSmallIntegerField(choices=Classification.choices, default=Classification.C1)
    # Whether hidden sheets, rows and texts of the files in it are found too.
    reads_hidden = models.BooleanField(default=False)

    objects = ScopedQuerySet["Folder"].as_manager()

    class Meta:
        ordering = ("name",)
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["tenant", "parent", "name"], name="folder_name", nulls_distinct=False)
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def key(self) -> str:
        """The access key that what lies in this folder demands."""
        return f"folder:{self.pk}"

    @classmethod
    def visible_in(cls, scope: Scope) -> Q:
        if scope.everything:
            return Q()
        return Q(pk__in=[int(key[7:]) for key in scope.keys if key.startswith("folder:")])


class Blob(TenantModel):
    """The bytes of a file, stored once for an office under their SHA-256, and what its scanner says of them."""

    class Verdict(models.TextChoices):
        """What became of the question whether the bytes are harmless."""

        UNASKED = "unasked", "未検査"
        WAITING = "waiting", "検査待ち"
        CLEAN = "clean", "検査済み"
        FOUND = "found", "隔離中"
        RELEASED = "released", "解除済み"
        REMOVED = "removed", "削除済み"
        # Of 個人番号, which is no matter of the scanner's: it may carry one, or did and was deleted.
        DOUBTED = "doubted", "個人番号の確認待ち"
        NUMBERED = "numbered", "個人番号"

    # Verdicts with which the bytes, and all that was made of them, are open to whoever may see the document.
    OPEN = (Verdict.UNASKED, Verdict.CLEAN, Verdict.RELEASED)
    WITHOUT_BYTES = (Verdict.REMOVED, Verdict.NUMBERED)

    sha256 = models.CharField(max_length=64)
    size = models.PositiveBigIntegerField()
    created_at = models.DateTimeField(auto_now_add=True)
    verdict = models.CharField(max_length=10, choices=Verdict.choices, default=Verdict.UNASKED)
    # What the scanner calls what it found; while nothing is known, why it gave no answer; where 個人番号 stand.
    finding = models.CharField(max_length=200, blank=True)
    examined_at = models.DateTimeField(null=True, blank=True)
    # The last decision of a person on it (release, withdrawal, removal), with the reason they wrote.
    decided_by = models.ForeignKey(User, null=True, blank=True, on_delete=models.SET_NULL, related_name="+")
    decided_at = models.DateTimeField(null=True, blank=True)
    decision = models.CharField(max_length=300, blank=True)
    # A person has said that what looks like 個人番号 in it is none.
    holds_no_number = models.BooleanField(default=False)

    class Meta:
        constraints: ClassVar = [models.UniqueConstraint(fields=["tenant", "sha256"], name="blob_once")]
        indexes: ClassVar = [models.Index(fields=["tenant", "verdict"])]

    @property
    def is_held(self) -> bool:
        """Return whether the bytes are kept from everyone."""
        return self.verdict not in self.OPEN


class Document(TenantModel, Dated):
    """文書: a file with its versions."""

    class Untold(models.IntegerChoices):
        """What the index does not know yet."""

        NOTHING = 0
        # Who may see it, or where it lies.
        PLACE = 1
        # Its title too, whose words are found.
        WORDS = 2

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    folder = models.ForeignKey(Folder, on_delete=models.PROTECT, related_name="documents")
    # The mail or archive that it came in.
    parent = models.ForeignKey("self", null=True, blank=True, on_delete=models.CASCADE, related_name="children")
    title = models.CharField(max_length=300)
    file_name = models.CharField(max_length=255)
    classification = models.PositiveSmallIntegerField(choices=Classification.choices, default=Classification.C2)
    # Access keys that narrow the folder's; empty: as the folder.
    readers = models.JSONField(default=list, blank=True)
    # What a reader must hold: the folder's key, or this document's own when it has readers. Kept by `save`.
    access_key = models.CharField(max_length=60, editable=False)
    department_name = models.CharField(max_length=200, blank=True)
    # The fiscal year (4月–3月) it speaks of, as the western year it begins in.
    fiscal_year = models.PositiveSmallIntegerField(null=True, blank=True)
    current = models.ForeignKey("Version", null=True, blank=True, on_delete=models.SET_NULL, related_name="+")
    created_at = models.DateTimeField(auto_now_add=True)
    deleted_at = models.DateTimeField(null=True, blank=True)
    # Set in the transaction of a change and taken away once the index was told: a kill in between loses nothing.
    untold = models.PositiveSmallIntegerField(choices=Untold.choices, default=Untold.NOTHING, editable=False)

    objects = ScopedQuerySet["Document"].as_manager()

    class Meta:
        ordering = ("title",)
        indexes: ClassVar = [
            models.Index(fields=["tenant", "access_key"]),
            models.Index(fields=["untold"], condition=Q(untold__gt=0), name="document_untold"),
        ]

    def __str__(self) -> str:
        return self.title

    def save(self, *args: object, **kwargs: object) -> None:
        self.access_key = f"document:{self.pk}" if self.readers else f"folder:{self.folder_id}"
        super().save(*args, **kwargs)  # type: ignore[arg-type]

    @classmethod
    def visible_in(cls, scope: Scope, prefix: str = "") -> Q:
        """The documents a scope may see; `prefix` leads there from another model (`version__document__`)."""
        standing = Q(**{f"{prefix}deleted_at": None})
        if scope.everything:
            return standing
        return (
            standing
            & Q(**{f"{prefix}access_key__in": scope.keys, f"{prefix}classification__lte": scope.classification})
            & in_force(scope.on, prefix)
        )


class Version(TenantModel):
    """版: the content of a document at a time. Citations keep opening the version they cite."""

    class Status(models.TextChoices):
        QUEUED = "queued", "待機中"
        SCANNING = "scanning", "ウイルス検査待ち"
        READING = "reading", "読み取り中"
        CUTTING = "cutting", "分割中"
        INDEXING = "indexing", "索引作成中"
        READY = "ready", "利用できます"
        FAILED = "failed", "失敗"
        UNSUPPORTED = "unsupported", "本文は未対応"
        HELD = "held", "隔離中"

    class Zone(models.TextChoices):
        """Where the file came from."""

        INTERNAL = "internal", "庁内"
        LGWAN = "lgwan", "LGWAN"
        INTERNET = "internet", "インターネット"

    class Copy(models.TextChoices):
        """How a harmless copy was made."""

        TOOL = "tool", "無害化ツール"
        PICTURES = "pictures", "ページの画像"
        TEXT = "text", "本文"

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    document = models.ForeignKey(Document, on_delete=models.CASCADE, related_name="versions")
    number = models.PositiveIntegerField()
    blob = models.ForeignKey(Blob, on_delete=models.PROTECT, related_name="versions")
    media_type = models.CharField(max_length=100)
    uploaded_by = models.ForeignKey(User, null=True, blank=True, on_delete=models.SET_NULL, related_name="+")
    uploaded_at = models.DateTimeField(auto_now_add=True)
    zone = models.CharField(max_length=10, choices=Zone.choices, default=Zone.INTERNAL)
    # What other zones get in place of a file from the internet: bytes of their own without active parts.
    copy = models.ForeignKey(Blob, null=True, blank=True, on_delete=models.PROTECT, related_name="copied")
    copied_by = models.CharField(max_length=10, choices=Copy.choices, blank=True)
    status = models.CharField(max_length=12, choices=Status.choices, default=Status.QUEUED)
    # What a person reads when it failed or is partly read, in Japanese.
    reason = models.CharField(max_length=300, blank=True)
    pages = models.PositiveIntegerField(default=0)
    # When it can be found by words, and by meaning.
    indexed_at = models.DateTimeField(null=True, blank=True)
    embedded_at = models.DateTimeField(null=True, blank=True)

    objects = ScopedQuerySet["Version"].as_manager()

    class Meta:
        ordering = ("-number",)
        constraints: ClassVar = [models.UniqueConstraint(fields=["document", "number"], name="version_number")]

    @classmethod
    def visible_in(cls, scope: Scope) -> Q:
        return Document.visible_in(scope, "document__")


class Passage(TenantModel):
    """引用単位: what is indexed and cited. Its id follows from version and place: reading again repeats nothing."""

    class Kind(models.TextChoices):
        TEXT = "text", "本文"
        ARTICLE = "article", "条文"
        TABLE = "table", "表"
        # What a model says a figure shows: it can be found, and is no evidence of anything.
        DESCRIBED = "described", "モデルによる説明"

    id = models.UUIDField(primary_key=True, editable=False)
    version = models.ForeignKey(Version, on_delete=models.CASCADE, related_name="passages")
    ordinal = models.PositiveIntegerField()
    kind = models.CharField(max_length=10, choices=Kind.choices, default=Kind.TEXT)
    # Headings above it, outermost first.
    heading = models.JSONField(default=list)
    text = models.TextField()
    # `{page, boxes}`, `{sheet, range}` or `{heading: [...]}`; boxes are [x0, top, x1, bottom] as fractions of the page.
    locator = models.JSONField(default=dict)
    # How sure the reading of a scan is, 0–1, of its least sure block; None where the file itself says the text.
    confidence = models.FloatField(null=True, blank=True)
    # The days it speaks of, as [first, last] in ISO form: a date, a month, a fiscal year.
    dates = models.JSONField(default=list)

    objects = ScopedQuerySet["Passage"].as_manager()

    class Meta:
        ordering = ("ordinal",)
        constraints: ClassVar = [models.UniqueConstraint(fields=["version", "ordinal"], name="passage_place")]

    @property
    def is_citable(self) -> bool:
        """Return whether it is the document's own text, which may be quoted and prove something."""
        return self.kind != self.Kind.DESCRIBED

    @classmethod
    def visible_in(cls, scope: Scope) -> Q:
        return Document.visible_in(scope, "version__document__") & Q(version__blob__verdict__in=Blob.OPEN)


class Description(TenantModel):
    """What a model says a figure of some bytes shows; without text and failure it is still to be made."""

    blob = models.ForeignKey(Blob, on_delete=models.CASCADE, related_name="descriptions")
    page = models.PositiveIntegerField()
    # [x0, top, x1, bottom] in fractions of the page, as the reader wrote them.
    box = models.JSONField()
    # SHA-256 of the picture that was sent: the same picture in another file is not sent again.
    picture = models.CharField(max_length=64, blank=True)
    # The model that made it, and the edition of the prompt.
    model = models.CharField(max_length=150, blank=True)
    edition = models.PositiveSmallIntegerField(default=0)
    text = models.TextField(blank=True)
    # Why there is none, in Japanese.
    failure = models.CharField(max_length=200, blank=True)
    made_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ("page", "pk")
        indexes: ClassVar = [models.Index(fields=["tenant", "picture"], name="description_picture")]
        constraints: ClassVar = [models.UniqueConstraint(fields=["blob", "page", "box"], name="description_place")]

    @property
    def model_name(self) -> str:
        """Return the model without its provider, as a page names it."""
        return self.model.partition(":")[2]


class Correction(TenantModel):
    """What a person says a block reads, for the same bytes under whatever version: the newest of a block counts."""

    blob = models.ForeignKey(Blob, on_delete=models.CASCADE, related_name="corrections")
    # The block's place among those of the reading, and what the reader made of it (of a table: its caption and the
    # digest of its cells). A newer reader may move it: then it is found by what it reads.
    block = models.PositiveIntegerField()
    read = models.TextField()
    # What it reads instead; of a table its caption, and of its cells those changed, as [row, column, was, now].
    text = models.TextField(blank=True)
    cells = models.JSONField(default=list, blank=True)
    # Whether from here on what the reader made of it counts again.
    undone = models.BooleanField(default=False)
    saved_by = models.ForeignKey(User, null=True, on_delete=models.SET_NULL, related_name="+")
    saved_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ("pk",)
        indexes: ClassVar = [models.Index(fields=["tenant", "blob"])]

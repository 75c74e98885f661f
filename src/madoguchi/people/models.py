"""The organisation: tenants, departments, positions, users with their posts, groups."""

import uuid
from collections.abc import Iterator
from datetime import date
from typing import Any, ClassVar

from django.contrib.auth.base_user import AbstractBaseUser, BaseUserManager
from django.core.exceptions import ValidationError
from django.core.validators import MaxValueValidator, MinValueValidator, RegexValidator
from django.db import models, transaction
from django.db.models import F, Q
from django.utils.crypto import salted_hmac

# The marks that part names in the CSV and in reader keys (`福祉部/高齢福祉課:課長;…`, `dept:…+rank:3`).
PLAIN_NAME = RegexValidator(
    r"^(?!\s)[^/:;+\x00-\x1f\x7f]+(?<!\s)\Z",
    "名前には / : ; + と改行を使えません。前後の空白も除いてください。",
)
# Each rank is a key of its own for every department above a post: a bound keeps a person's keys in the hundreds.
HIGHEST_RANK = 30


class Classification(models.IntegerChoices):
    """機密性区分 of the 総務省 guideline, ordered from open to closed."""

    C1 = 1, "1"
    C2 = 2, "2"
    C3C = 3, "3C"
    C3B = 4, "3B"
    C3A = 5, "3A"

    @classmethod
    def named(cls, label: str) -> "Classification":
        """Return the classification that is written `label`; raises ValueError for another text."""
        for member in cls:
            if member.label == label.strip().upper():
                return member
        raise ValueError(f"機密性区分は {'・'.join(cls.labels)} のいずれかです: {label}")


class Tenant(models.Model):
    """One office. Every other row belongs to one."""

    slug = models.SlugField(unique=True)
    name = models.CharField(max_length=100)
    # Host names that lead here; the only tenant answers to any host.
    hosts = models.JSONField(default=list)

    def __str__(self) -> str:
        return self.name


class TenantModel(models.Model):
    """Base of every row that belongs to an office."""

    tenant = models.ForeignKey(Tenant, on_delete=models.CASCADE, related_name="+")

    class Meta:
        abstract = True


def in_force(on: date, prefix: str = "") -> Q:
    """Return the condition that a row with `valid_from` and `valid_to` (inclusive) holds on a day."""
    return (Q(**{f"{prefix}valid_from": None}) | Q(**{f"{prefix}valid_from__lte": on})) & (
        Q(**{f"{prefix}valid_to": None}) | Q(**{f"{prefix}valid_to__gte": on})
    )


class Dated(models.Model):
    """Base of rows with effective dates, both inclusive; empty is open."""

    valid_from = models.DateField(null=True, blank=True)
    valid_to = models.DateField(null=True, blank=True)

    class Meta:
        abstract = True


class Department(TenantModel, Dated):
    """所属: a node of the organisation tree, of any depth."""

    parent = models.ForeignKey("self", null=True, blank=True, on_delete=models.PROTECT, related_name="children")
    name = models.CharField(max_length=100, validators=[PLAIN_NAME])
    order = models.PositiveIntegerField(default=0)
    telephone = models.CharField(max_length=30, blank=True)

    class Meta:
        ordering = ("order", "id")
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["tenant", "parent", "name"], name="department_name", nulls_distinct=False),
            models.CheckConstraint(condition=~Q(parent=F("id")), name="department_not_its_own_parent"),
        ]

    def __str__(self) -> str:
        return self.name

    def save(self, *args: Any, **kwargs: Any) -> None:
        """Store it; raises ValidationError when the parent is below it or of another office."""
        with transaction.atomic():
            if self.parent_id is not None:
                # Two moves at once could close a ring that neither sees: one at a time for an office.
                Tenant.objects.select_for_update().get(pk=self.tenant_id)
                self.check_parent()
            super().save(*args, **kwargs)

    def check_parent(self) -> None:
        """Raise ValidationError when the parent is below this department, or of another office."""
        if self.parent_id is None:
            return
        parents = dict(Department.objects.filter(tenant_id=self.tenant_id).values_list("id", "parent_id"))
        if self.parent_id not in parents:
            raise ValidationError({"parent": "上位の所属がこの団体にありません。"})
        above: int | None = self.parent_id
        while above is not None:
            if above == self.pk:
                raise ValidationError({"parent": "自分の下にある所属を上位の所属にはできません。"})
            above = parents[above]


class Position(TenantModel):
    """職位: a rank in the organisation; a higher number stands higher."""

    name = models.CharField(max_length=50, validators=[PLAIN_NAME])
    rank = models.PositiveSmallIntegerField(validators=[MinValueValidator(1), MaxValueValidator(HIGHEST_RANK)])

    class Meta:
        ordering = ("-rank", "id")
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["tenant", "name"], name="position_name"),
            models.CheckConstraint(condition=Q(rank__gte=1, rank__lte=HIGHEST_RANK), name="position_rank"),
        ]

    def __str__(self) -> str:
        return self.name


class UserManager(BaseUserManager["User"]):
    """Makes users; a password is set by `set_password` only."""

    def get_by_natural_key(self, username: str | None) -> "User":
        return self.get(login=username)


class User(AbstractBaseUser, TenantModel, Dated):
    """職員: a person who signs in. Administration is not reading: no role here opens a document."""

    public_id = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    login = models.CharField(max_length=100)
    name = models.CharField(max_length=100)
    mail = models.EmailField(blank=True)
    is_active = models.BooleanField(default=True)
    is_administrator = models.BooleanField(default=False)
    is_auditor = models.BooleanField(default=False)
    clearance = models.PositiveSmallIntegerField(choices=Classification.choices, default=Classification.C3B)
    language = models.CharField(max_length=5, default="ja")
    must_change_password = models.BooleanField(default=False)
    # Until when a password that an administrator issued opens anything; empty for one's own.
    temporary_password_until = models.DateTimeField(null=True, blank=True)
    # Raised to end all sessions of this person at once.
    session_epoch = models.PositiveIntegerField(default=0)

    objects = UserManager()

    USERNAME_FIELD = "login"
    REQUIRED_FIELDS: ClassVar = []

    class Meta:
        ordering = ("login",)
        constraints: ClassVar = [models.UniqueConstraint(fields=["tenant", "login"], name="user_login")]

    def __str__(self) -> str:
        return self.name

    def may_sign_in(self, on: date) -> bool:
        """Return whether this account stands on a day: not suspended, not before or after its dates."""
        return (
            self.is_active
            and (self.valid_from is None or self.valid_from <= on)
            and (self.valid_to is None or on <= self.valid_to)
        )

    def get_session_auth_hash(self) -> str:
        """Return what every session is tied to: password, state and roles. When one changes, all sessions end."""
        state = (
            self.password,
            self.session_epoch,
            self.is_active,
            self.is_administrator,
            self.is_auditor,
            int(self.clearance),
        )
        return salted_hmac("madoguchi.people.session", repr(state), algorithm="sha256").hexdigest()

    def get_session_auth_fallback_hash(self) -> Iterator[str]:
        """Return no fallback: a session that was tied with a former secret key ends."""
        return iter(())


class Post(TenantModel, Dated):
    """One post of a person: a department and a position, main or concurrent (兼務)."""

    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="posts")
    department = models.ForeignKey(Department, on_delete=models.PROTECT, related_name="posts")
    position = models.ForeignKey(Position, on_delete=models.PROTECT, related_name="posts")
    is_main = models.BooleanField(default=True)

    class Meta:
        ordering = ("-is_main", "id")

    def __str__(self) -> str:
        return f"{self.department} {self.position}"


class Group(TenantModel):
    """A named set of persons across departments."""

    name = models.CharField(max_length=100, validators=[PLAIN_NAME])

    class Meta:
        ordering = ("name",)
        constraints: ClassVar = [models.UniqueConstraint(fields=["tenant", "name"], name="group_name")]

    def __str__(self) -> str:
        return self.name


class Membership(TenantModel, Dated):
    """A person in a group for a time; who leaves and comes again has two rows."""

    group = models.ForeignKey(Group, on_delete=models.CASCADE, related_name="memberships")
    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="memberships")

    def __str__(self) -> str:
        return f"{self.group}: {self.user}"


class SignInFailure(TenantModel):
    """One failed sign-in, kept for throttling by account and source."""

    login_digest = models.CharField(max_length=64)
    source = models.GenericIPAddressField()
    at = models.DateTimeField(auto_now_add=True)

    class Meta:
        indexes: ClassVar = [models.Index(fields=["tenant", "source", "at"])]

    def __str__(self) -> str:
        return f"{self.source} {self.at}"


class OpenSession(TenantModel):
    """A session that is signed in. Without its row the session is over, whatever the session store still holds."""

    public_id = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="open_sessions")
    session_key = models.CharField(max_length=40, unique=True)
    # Browser and system in words, never the whole header: `Edge（Windows）`.
    agent = models.CharField(max_length=60, blank=True)
    address = models.GenericIPAddressField(null=True)
    started_at = models.DateTimeField()
    # Written at most once a minute.
    seen_at = models.DateTimeField()

    class Meta:
        ordering = ("-seen_at",)

    def __str__(self) -> str:
        return f"{self.agent} {self.address}"


class DataKey(TenantModel):
    """A key that seals the secrets of an office (`people.sealed`), itself wrapped by the master key.

    An office has one, and two while its secrets are being sealed anew.
    """

    version = models.PositiveIntegerField()
    wrapped = models.BinaryField()
    # Which master key wraps it (`sealing.MasterKey.mark`).
    master = models.CharField(max_length=16)
    made_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ("version",)
        constraints: ClassVar = [models.UniqueConstraint(fields=["tenant", "version"], name="data_key_version")]

    def __str__(self) -> str:
        return f"{self.version}"

"""The organisation: tenants, departments, positions, users with their posts, groups."""

import uuid
from datetime import date
from typing import ClassVar

from django.contrib.auth.base_user import AbstractBaseUser, BaseUserManager
from django.db import models
from django.db.models import Q


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
    name = models.CharField(max_length=100)
    order = models.PositiveIntegerField(default=0)
    telephone = models.CharField(max_length=30, blank=True)

    class Meta:
        ordering = ("order", "id")
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["tenant", "parent", "name"], name="department_name", nulls_distinct=False
            )
        ]

    def __str__(self) -> str:
        return self.name


class Position(TenantModel):
    """職位: a rank in the organisation; a higher number stands higher."""

    name = models.CharField(max_length=50)
    rank = models.PositiveSmallIntegerField()

    class Meta:
        ordering = ("-rank", "id")
        constraints: ClassVar = [models.UniqueConstraint(fields=["tenant", "name"], name="position_name")]

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


class Post(TenantModel, Dated):
    """One post of a person: a department and a position, main or concurrent (兼務)."""

    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="posts")
    department = models.ForeignKey(Department, on_delete=models.PROTECT, related_name="posts")
    position = models.ForeignKey(Position, on_delete=models.PROTECT, related_name="posts")
    is_main = models.BooleanField(default=True)

    class Meta:
        ordering = ("-is_main", "id")


class Group(TenantModel):
    """A named set of persons across departments."""

    name = models.CharField(max_length=100)

    class Meta:
        ordering = ("name",)
        constraints: ClassVar = [models.UniqueConstraint(fields=["tenant", "name"], name="group_name")]

    def __str__(self) -> str:
        return self.name


class Membership(TenantModel, Dated):
    """A person in a group."""

    group = models.ForeignKey(Group, on_delete=models.CASCADE, related_name="memberships")
    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="memberships")

    class Meta:
        constraints: ClassVar = [models.UniqueConstraint(fields=["group", "user"], name="membership_once")]


class SignInFailure(TenantModel):
    """One failed sign-in, kept for throttling by account and source."""

    login_digest = models.CharField(max_length=64)
    source = models.GenericIPAddressField()
    at = models.DateTimeField(auto_now_add=True)

    class Meta:
        indexes: ClassVar = [models.Index(fields=["tenant", "source", "at"])]

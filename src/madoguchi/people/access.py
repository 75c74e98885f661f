"""The one authorisation: what a person holds, what a thing demands, and the scope of one request.

An access key is a short text. A person holds keys, a thing demands some, and one in common opens it:

    public             anybody, residents too
    staff              every person of the office who may sign in
    dept:12            a post in department 12 or below it
    rank:3             a post of rank 3 or above
    dept:12+rank:3     one post that is both
    group:4, user:7    a member, a person
    folder:9           held by who passes folder 9 and every folder above it (see `library.access`)
    document:<id>      the same for a document with readers of its own

On a day, an account that does not stand holds nothing. A post counts when it and its department stand that day; the
line upwards ends at the first department that does not stand.
"""

import hashlib
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from functools import cached_property
from typing import TYPE_CHECKING, Literal, Protocol, TypeVar

from django.conf import settings
from django.db.models import Model, Q, QuerySet
from django.utils import timezone

from madoguchi.people.models import Classification, Department, Membership, Post, Tenant, User, in_force

if TYPE_CHECKING:
    from madoguchi.people.request import Request

Zone = Literal["internal", "lgwan", "internet"]
ModelT = TypeVar("ModelT", bound=Model)


@dataclass(frozen=True)
class Scope:
    """参照範囲: what one request may see. Only `scope_for` and its siblings in this module make one."""

    tenant_id: int
    user_id: int | None
    keys: frozenset[str]
    # The highest classification, as `Classification` numbers it.
    classification: int
    zone: Zone
    on: date
    # Keys by which this person may write, a subset of `keys`: `folder:9`.
    write_keys: frozenset[str] = field(default=frozenset())
    # The operator of the machine, at the command line without `--as`: sees everything, on the record.
    everything: bool = False

    @cached_property
    def digest(self) -> str:
        """Return the key under which anything computed for this scope may be cached."""
        person = (self.tenant_id, self.user_id, self.everything)
        rights = (sorted(self.keys), sorted(self.write_keys), self.classification, self.zone, self.on)
        return hashlib.sha256(repr((person, rights)).encode()).hexdigest()

    def holds(self, demanded: Iterable[str]) -> bool:
        """Return whether one of the demanded keys is held. Nothing demanded opens nothing."""
        return self.everything or not self.keys.isdisjoint(demanded)


class Keyring(Protocol):
    """Adds keys that follow from those a person holds: `(scope) -> (keys to read, keys to write)`."""

    def __call__(self, scope: Scope) -> tuple[Iterable[str], Iterable[str]]: ...


_keyrings: list[Keyring] = []


def register_keyring(keyring: Keyring) -> None:
    """Let a domain below add the keys that its own tree derives (the library: `folder:9`)."""
    _keyrings.append(keyring)


def department_key(department_id: int, rank: int | None = None) -> str:
    """Return the key of a department and all below it, or of those there with a rank and above."""
    return f"dept:{department_id}" if rank is None else f"dept:{department_id}+rank:{rank}"


def ancestors(department_id: int, parents: Mapping[int, int | None]) -> list[int]:
    """Return a department and all above it, nearest first, as far as `parents` knows them."""
    line: list[int] = []
    current: int | None = department_id
    while current is not None and current in parents and current not in line:
        line.append(current)
        current = parents[current]
    return line


def held_keys(user: User, on: date) -> frozenset[str]:
    """Return the keys a person holds on a day by posts, groups and name; none when the account does not stand."""
    if not user.may_sign_in(on):
        return frozenset()
    posts = [(department, rank) for _, department, rank in _posts(user.tenant_id, on).filter(user=user)]
    groups = [group for _, group in _groups(user.tenant_id, on).filter(user=user)]
    return _keys(user.pk, posts, groups, _parents(user.tenant_id, on))


def held_by_each(people: Iterable[User], on: date) -> dict[int, frozenset[str]]:
    """Return what `held_keys` returns for each of some persons of one office, by id: a few queries for thousands."""
    people = list(people)
    if not people:
        return {}
    (tenant_id,) = {person.tenant_id for person in people}
    parents = _parents(tenant_id, on)
    posts: dict[int, list[tuple[int, int]]] = {}
    for user_id, department_id, rank in _posts(tenant_id, on):
        posts.setdefault(user_id, []).append((department_id, rank))
    groups: dict[int, list[int]] = {}
    for user_id, group_id in _groups(tenant_id, on):
        groups.setdefault(user_id, []).append(group_id)
    return {
        person.pk: _keys(person.pk, posts.get(person.pk, []), groups.get(person.pk, []), parents)
        if person.may_sign_in(on)
        else frozenset()
        for person in people
    }


def _parents(tenant_id: int, on: date) -> dict[int, int | None]:
    """Return the departments that stand on a day, each with the one above it."""
    return dict(Department.objects.filter(in_force(on), tenant=tenant_id).values_list("id", "parent_id"))


def _posts(tenant_id: int, on: date) -> "QuerySet[Post, tuple[int, int, int]]":
    """Return (person, department, rank) of each post of an office that stands on a day."""
    found = Post.objects.filter(in_force(on), tenant=tenant_id, position__tenant=tenant_id)
    return found.order_by().values_list("user_id", "department_id", "position__rank")


def _groups(tenant_id: int, on: date) -> "QuerySet[Membership, tuple[int, int]]":
    """Return (person, group) of each membership of an office that stands on a day."""
    found = Membership.objects.filter(in_force(on), tenant=tenant_id, group__tenant=tenant_id)
    return found.order_by().values_list("user_id", "group_id")


def _keys(
    user_id: int, posts: Iterable[tuple[int, int]], groups: Iterable[int], parents: Mapping[int, int | None]
) -> frozenset[str]:
    """Return the keys of a person whose account stands, by the department and rank of each post, and the groups."""
    keys = {"public", "staff", f"user:{user_id}"}
    for department_id, highest in posts:
        line = ancestors(department_id, parents)
        ranks = range(1, highest + 1) if line else ()
        keys.update(f"rank:{rank}" for rank in ranks)
        for above in line:
            keys.add(department_key(above))
            keys.update(department_key(above, rank) for rank in ranks)
    keys.update(f"group:{group_id}" for group_id in groups)
    return frozenset(keys)


def _with_keyrings(scope: Scope) -> Scope:
    reading, writing = set(scope.keys), set(scope.write_keys)
    for keyring in _keyrings:
        more_reading, more_writing = keyring(scope)
        reading.update(more_reading)
        writing.update(more_writing)
    return replace(scope, keys=frozenset(reading), write_keys=frozenset(writing))


def scope_of(user: User, zone: Zone, on: date | None = None) -> Scope:
    """Return the scope of a person who asks from a zone on a day (today when not given)."""
    on = on or timezone.localdate()
    keys = held_keys(user, on)
    highest = min(user.clearance, Classification.named(settings.ZONE_CLASSIFICATION[zone]))
    if not keys:
        return Scope(user.tenant_id, None, frozenset(), 0, zone, on)
    return _with_keyrings(Scope(user.tenant_id, user.pk, keys, highest, zone, on))


def scope_of_resident(tenant: Tenant, zone: Zone = "internet", on: date | None = None) -> Scope:
    """Return the scope of anybody: the key `public` and classification 1."""
    on = on or timezone.localdate()
    return _with_keyrings(Scope(tenant.pk, None, frozenset({"public"}), int(Classification.C1), zone, on))


def scope_of_operator(tenant: Tenant, on: date | None = None) -> Scope:
    """Return the scope of the operator at the command line: all documents of the office. The caller records its use."""
    on = on or timezone.localdate()
    scope = Scope(tenant.pk, None, frozenset(), Classification.C3A, "internal", on, everything=True)
    return _with_keyrings(scope)


def scope_for(request: "Request") -> Scope:
    """Return the scope of a request: its person or anybody, its zone, today."""
    # A person of another office is nobody here, whatever let them this far.
    if request.user.is_authenticated and request.user.tenant_id == request.tenant.pk:
        return scope_of(request.user, request.zone)
    return scope_of_resident(request.tenant, request.zone)


class ScopedQuerySet(QuerySet[ModelT]):
    """Rows of a protected model; every read of them takes a scope."""

    def within(self, scope: Scope) -> "ScopedQuerySet[ModelT]":
        """Return the rows that a scope may see, by the model's own `visible_in`."""
        visible: Callable[[Scope], Q] = self.model.visible_in  # type: ignore[attr-defined]
        return self.filter(Q(tenant_id=scope.tenant_id) & visible(scope))

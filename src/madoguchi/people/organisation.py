"""The organisation tree as pages show it, and its changes."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta

from django.db import transaction
from django.db.models import Count, Q
from django.utils import timezone
from django.utils.translation import gettext as _

from madoguchi.people.events import tell
from madoguchi.people.models import Department, Group, Membership, Post, Tenant, User, in_force


@dataclass(frozen=True)
class Node:
    """A department in the tree: how deep it lies, and how many hold a post right there today."""

    department: Department
    depth: int
    people: int
    stands: bool


def tree(tenant: Tenant, on: date) -> list[Node]:
    """Return all departments, each before those below it."""
    posts = Count("posts__user", filter=in_force(on, "posts__"), distinct=True)
    below: dict[int | None, list[Department]] = {}
    for department in Department.objects.filter(tenant=tenant).annotate(people=posts):
        below.setdefault(department.parent_id, []).append(department)

    def nodes(parent: int | None, depth: int) -> Iterable[Node]:
        for department in below.get(parent, []):
            people: int = department.people  # type: ignore[attr-defined]
            yield Node(department, depth, people, _stands(department, on))
            yield from nodes(department.pk, depth + 1)

    return list(nodes(None, 0))


def with_all_below(department_id: int, nodes: list[Node]) -> set[int]:
    """Return the ids of a department and of all below it."""
    found = {department_id}
    for node in nodes:
        if node.department.parent_id in found:
            found.add(node.department.pk)
    return found


def time_of(row: Post | Department, on: date) -> str:
    """Return `past`, `present` or `future` for a row with dates."""
    if row.valid_to is not None and row.valid_to < on:
        return "past"
    return "future" if row.valid_from is not None and on < row.valid_from else "present"


def _stands(row: Department, on: date) -> bool:
    return time_of(row, on) == "present"


def store(actor: User, row: Post | Department | Group) -> None:
    """Store a row of the organisation, and tell."""
    with transaction.atomic():
        row.save()
        kind = type(row).__name__.lower()
        target = f"user:{row.user_id}" if isinstance(row, Post) else f"{kind}:{row.pk}"
        tell(row.tenant_id, f"user:{actor.pk}", f"people.{kind}", target)


def delete(actor: User, row: Post) -> None:
    """Delete a post, and tell."""
    with transaction.atomic():
        tell(row.tenant_id, f"user:{actor.pk}", "people.post", f"user:{row.user_id}", deleted=row.pk)
        row.delete()


def join(actor: User, group: Group, user: User) -> bool:
    """Take a person into a group from today on; return False when they are in it already."""
    with transaction.atomic():
        today = timezone.localdate()
        if Membership.objects.filter(in_force(today), group=group, user=user).exists():
            return False
        Membership.objects.create(tenant_id=group.tenant_id, group=group, user=user, valid_from=today)
        tell(group.tenant_id, f"user:{actor.pk}", "people.joined", f"user:{user.pk}", group=group.pk)
    return True


def leave(actor: User, membership: Membership) -> None:
    """Take a person out of a group at once."""
    with transaction.atomic():
        tell(
            membership.tenant_id,
            f"user:{actor.pk}",
            "people.left",
            f"user:{membership.user_id}",
            group=membership.group_id,
        )
        yesterday = timezone.localdate() - timedelta(days=1)
        if membership.valid_from is not None and membership.valid_from > yesterday:
            membership.delete()
        else:
            membership.valid_to = yesterday
            membership.save(update_fields=["valid_to"])


def delete_department(actor: User, department: Department) -> None:
    """Delete a department that nothing ever stood on; raises ValueError in Japanese for another."""
    with transaction.atomic():
        if department.children.exists() or department.posts.exists():
            raise ValueError(_("下の所属か職員の所属歴があるため削除できません。終わりの日を入れてください。"))
        tell(department.tenant_id, f"user:{actor.pk}", "people.department", f"department:{department.pk}", deleted=True)
        department.delete()


def groups(tenant: Tenant, on: date) -> list[Group]:
    """Return the groups with `people`, how many are in each on a day."""
    inside = Q(in_force(on, "memberships__"))
    return list(Group.objects.filter(tenant=tenant).annotate(people=Count("memberships", filter=inside)))

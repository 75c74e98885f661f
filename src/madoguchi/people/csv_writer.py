"""Storing what a plan says, one change at a time; `csv_import.apply` holds the transaction around it."""

from datetime import date
from typing import TYPE_CHECKING, Any

from django.utils import timezone

from madoguchi.people import names
from madoguchi.people.models import Department, Group, Membership, Position, Post, Tenant, User

if TYPE_CHECKING:
    from madoguchi.people.csv_import import Change


class Writer:
    """Writes changes of one office from a day on; names become rows as the changes make them."""

    def __init__(self, tenant: Tenant, on: date) -> None:
        self.tenant = tenant
        # What a future import makes begins with it; what is loaded for today has always been, as far as we know.
        self.begin = on if on > timezone.localdate() else None
        self.departments = {path: pk for pk, path in names.paths(tenant).items()}
        self.positions = dict(Position.objects.filter(tenant=tenant).values_list("name", "id"))
        self.groups = dict(Group.objects.filter(tenant=tenant).values_list("name", "id"))
        self.users = dict(User.objects.filter(tenant=tenant).values_list("login", "id"))

    def write(self, change: "Change") -> None:
        """Store one change."""
        value: Any = change.value
        if change.kind == "department":
            above = self.departments[value[:-1]] if value[:-1] else None
            made = Department.objects.create(
                tenant=self.tenant,
                parent_id=above,
                name=value[-1],
                order=len(self.departments) + 1,
                valid_from=self.begin,
            )
            self.departments[value] = made.pk
        elif change.kind == "position":
            self.positions[change.about] = Position.objects.create(
                tenant=self.tenant, name=change.about, rank=value[0]
            ).pk
        elif change.kind == "rank":
            Position.objects.filter(tenant=self.tenant, name=change.about).update(rank=value[0])
        elif change.kind == "group":
            self.groups[change.about] = Group.objects.create(tenant=self.tenant, name=change.about).pk
        elif change.kind == "person":
            user = User(tenant=self.tenant, login=change.about, name=value[0], valid_from=self.begin)
            user.set_unusable_password()
            user.save()
            self.users[change.about] = user.pk
        elif change.kind == "rename":
            User.objects.filter(tenant=self.tenant, login=change.about).update(name=value[0])
        elif change.kind in ("end", "leave"):
            self._end(*value)
        elif change.kind == "post":
            path, position, is_main, begin, until = value
            Post.objects.create(
                tenant=self.tenant,
                user_id=self.users[change.about],
                department_id=self.departments[path],
                position_id=self.positions[position],
                is_main=is_main,
                valid_from=begin,
                valid_to=until,
            )
        else:
            name, begin = value
            Membership.objects.create(
                tenant=self.tenant, user_id=self.users[change.about], group_id=self.groups[name], valid_from=begin
            )

    def _end(self, model: str, pk: int, last: date | None) -> None:
        """End a post or membership with its last day; without one it had not begun, and goes."""
        rows: Any = (Post if model == "post" else Membership).objects.filter(tenant=self.tenant, pk=pk)
        if last is None:
            rows.delete()
        else:
            rows.update(valid_to=last)

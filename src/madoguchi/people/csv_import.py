"""Loading people from a CSV: what would change, line by line, then all of it or nothing.

A file says how the people in it stand from a day on. Posts and groups that are not in it end the day before; who
is not in the file stays as they are. Departments, positions and groups that are missing are made.
"""

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Literal

from django.db import transaction
from django.utils import timezone

from madoguchi.people import csv_rows, names
from madoguchi.people.csv_rows import Place, Row, Wanted, read_rows
from madoguchi.people.csv_writer import Writer
from madoguchi.people.models import Department, Group, Membership, Position, Post, Tenant, User

__all__ = ["Change", "Plan", "Problem", "Row", "StaleError", "apply", "plan", "read_rows"]

Kind = Literal["department", "position", "rank", "group", "person", "rename", "post", "end", "join", "leave"]
KINDS: dict[Kind, str] = {
    "department": "所属の追加",
    "position": "職位の追加",
    "rank": "職位の順位の変更",
    "group": "グループの追加",
    "person": "職員の追加",
    "rename": "氏名の変更",
    "end": "所属の終了",
    "post": "所属の開始",
    "leave": "グループから外れる",
    "join": "グループに入る",
}


class StaleError(Exception):
    """What a plan would change is no longer what it was when the plan was made."""


@dataclass(frozen=True)
class Problem:
    """Why a line cannot be taken, in Japanese."""

    line: int
    message: str


@dataclass(frozen=True)
class Change:
    """One thing that will be done. `about` is a login, or a name of what is made; `value` what `apply` needs."""

    line: int
    kind: Kind
    about: str
    text: str
    value: tuple[object, ...] = ()

    @property
    def label(self) -> str:
        """The kind in Japanese."""
        return KINDS[self.kind]


@dataclass(frozen=True)
class Plan:
    """What a file would change on a day. With errors there is nothing to apply."""

    on: date
    rows: tuple[Row, ...]
    changes: tuple[Change, ...]
    errors: tuple[Problem, ...]
    # People of the office who are not in the file and stay as they are.
    untouched: int

    @property
    def digest(self) -> str:
        """What a confirmation names, so that exactly the plan that was seen is applied."""
        parts = (self.on, self.rows, self.changes, self.errors)
        return hashlib.sha256(repr(parts).encode()).hexdigest()


def plan(tenant: Tenant, rows: list[Row], on: date) -> Plan:
    """Return what the rows would change from a day on, or the errors by line. Changes nothing."""
    people: list[Wanted] = []
    errors: list[Problem] = []
    seen: dict[str, int] = {}
    for row in rows:
        try:
            one = csv_rows.wanted(row)
            if one.login in seen:
                raise ValueError(f"ログイン名 {one.login} が{seen[one.login]}行目にもあります。")
            seen[one.login] = row.line
            people.append(one)
        except ValueError as problem:
            errors.append(Problem(row.line, str(problem)))
    office = _Office(tenant, on)
    changes: list[Change] = []
    ranks = _Ranks(office, people)
    for one in people:
        try:
            changes += ranks.changes(one)
            changes += office.changes(one)
        except ValueError as problem:
            errors.append(Problem(one.line, str(problem)))
    order = list(KINDS)
    changes.sort(key=lambda change: (order.index(change.kind) if change.kind in order[:4] else 4, change.line))
    untouched = sum(login not in seen for login in office.users)
    return Plan(on, tuple(rows), tuple(changes), tuple(sorted(errors, key=lambda error: error.line)), untouched)


def apply(tenant: Tenant, planned: Plan) -> None:
    """Do what a plan says, in one transaction.

    Raises ValueError when the plan has errors, and StaleError when the office has changed since it was made.
    """
    if planned.errors:
        raise ValueError("エラーのある取込みは反映できません。")
    with transaction.atomic():
        Tenant.objects.select_for_update().get(pk=tenant.pk)
        if plan(tenant, list(planned.rows), planned.on).digest != planned.digest:
            raise StaleError
        writer = Writer(tenant, planned.on)
        for change in planned.changes:
            writer.write(change)


def in_words(place: Place) -> str:
    """Return a post as people say it: 「福祉部 高齢福祉課 課長」."""
    return f"{' '.join(place[0])} {place[1]}"


@dataclass
class _Ranks:
    """Positions with their ranks: those that exist, and those that this file brings."""

    office: "_Office"
    people: list[Wanted]
    said: dict[str, tuple[int, int]] = field(default_factory=dict)
    done: set[str] = field(default_factory=set)

    def __post_init__(self) -> None:
        for one in self.people:
            if one.main and one.rank:
                self.said.setdefault(one.main[1], (one.rank, one.line))

    def changes(self, one: Wanted) -> Iterator[Change]:
        """Yield the positions that a line needs; raises ValueError when a rank is missing or contradicts."""
        if one.main and one.rank and self.said[one.main[1]][0] != one.rank:
            rank, line = self.said[one.main[1]]
            raise ValueError(f"職位「{one.main[1]}」の順位が{line}行目では{rank}、この行では{one.rank}です。")
        for _, position in (*((one.main,) if one.main else ()), *(one.concurrent or ())):
            existing = self.office.positions.get(position)
            if existing is None and position not in self.said:
                raise ValueError(f"職位「{position}」は未登録です。順位（rank）を書いてください。")
            if position in self.done or position not in self.said:
                continue
            rank = self.said[position][0]
            if existing is not None and existing.rank != rank:
                if self.office.on > timezone.localdate():
                    raise ValueError(
                        f"職位「{position}」の順位は{existing.rank}です。順位の変更（{rank}）は将来の日付ではできません。"
                    )
                self.done.add(position)
                yield Change(one.line, "rank", position, f"職位「{position}」の順位: {existing.rank} → {rank}", (rank,))
            elif existing is None:
                self.done.add(position)
                yield Change(one.line, "position", position, f"職位「{position}」（順位{rank}）を追加", (rank,))


class _Office:
    """The office as it stands on a day, and what a line changes in it."""

    def __init__(self, tenant: Tenant, on: date) -> None:
        self.on = on
        departments = {one.pk: one for one in Department.objects.filter(tenant=tenant)}
        self.paths = names.paths(tenant)
        self.departments = {path: departments[pk] for pk, path in self.paths.items()}
        self.positions = {one.name: one for one in Position.objects.filter(tenant=tenant)}
        self.groups = {one.name for one in Group.objects.filter(tenant=tenant)}
        self.users = {one.login: one for one in User.objects.filter(tenant=tenant)}
        self.posts: dict[int, list[Post]] = {}
        for post in Post.objects.filter(tenant=tenant).select_related("position"):
            self.posts.setdefault(post.user_id, []).append(post)
        self.memberships: dict[int, list[Membership]] = {}
        for membership in Membership.objects.filter(tenant=tenant).select_related("group"):
            self.memberships.setdefault(membership.user_id, []).append(membership)
        self.made: set[names.Path | str] = set()

    def _stands(self, row: Post | Membership) -> bool:
        return (row.valid_from is None or row.valid_from <= self.on) and (
            row.valid_to is None or self.on <= row.valid_to
        )

    def changes(self, one: Wanted) -> list[Change]:
        """Return what a line changes; raises ValueError when it cannot be."""
        user = self.users.get(one.login)
        if user and ((user.valid_to and user.valid_to < self.on) or (user.valid_from and user.valid_from > self.on)):
            raise ValueError(f"{user.name}さんの在籍期間に {self.on} が入っていません。職員の画面で直してください。")
        changes: list[Change] = []
        if user is None:
            changes.append(Change(one.line, "person", one.login, f"{one.name}（{one.login}）を追加", (one.name,)))
        elif user.name != one.name:
            changes.append(
                Change(one.line, "rename", one.login, f"{user.name} → {one.name}（すぐに変わります）", (one.name,))
            )
        changes += self._post_changes(one, user)
        if one.groups is not None:
            changes += self._group_changes(one, user, one.groups)
        return changes

    def _post_changes(self, one: Wanted, user: User | None) -> list[Change]:
        own = self.posts.get(user.pk, []) if user else []
        now = {
            (self.paths[post.department_id], post.position.name, post.is_main): post
            for post in own
            if self._stands(post)
        }
        wanted = {(*one.main, True)} if one.main else set()
        if one.concurrent is None:
            wanted |= {key for key in now if not key[2] and key[:2] != one.main}
        else:
            wanted |= {(*place, False) for place in one.concurrent}
        changes: list[Change] = []
        standing = {id(now[key]) for key in wanted if key in now}
        for post in own:
            if self._stands(post) and id(post) not in standing:
                changes.append(self._end(one, post))
        later = min(
            (post.valid_from for post in own if post.is_main and post.valid_from and post.valid_from > self.on),
            default=None,
        )
        for path, position, is_main in sorted(wanted - now.keys(), key=lambda key: (not key[2], key)):
            changes += self._new_departments(one.line, path)
            until = later - timedelta(days=1) if later and is_main else None
            # A new person's first post has no known beginning, unless it is still to come.
            begin = self.on if user or self.on > timezone.localdate() else None
            text = f"{one.name}: {in_words((path, position))}{'' if is_main else '（兼務）'}"
            text += f" {begin}から" if begin else ""
            text += f" {until}まで" if until else ""
            changes.append(Change(one.line, "post", one.login, text, (path, position, is_main, begin, until)))
        return changes

    def _end(self, one: Wanted, post: Post) -> Change:
        place = in_words((self.paths[post.department_id], post.position.name))
        last = self.on - timedelta(days=1)
        if post.valid_from is not None and post.valid_from > last:
            return Change(one.line, "end", one.login, f"{one.name}: {place} の予定を取消し", ("post", post.pk, None))
        return Change(one.line, "end", one.login, f"{one.name}: {place} {last}まで", ("post", post.pk, last))

    def _new_departments(self, line: int, path: names.Path) -> Iterator[Change]:
        for depth in range(1, len(path) + 1):
            above = path[:depth]
            existing = self.departments.get(above)
            if existing is not None:
                if existing.valid_to is not None and existing.valid_to < self.on:
                    raise ValueError(f"所属「{'/'.join(above)}」は {existing.valid_to} で終わっています。")
                if existing.valid_from is not None and existing.valid_from > self.on:
                    raise ValueError(f"所属「{'/'.join(above)}」は {existing.valid_from} からです。")
            elif above not in self.made:
                self.made.add(above)
                text = f"所属「{'/'.join(above)}」を追加"
                yield Change(line, "department", "/".join(above), text, above)

    def _group_changes(self, one: Wanted, user: User | None, wanted: tuple[str, ...]) -> list[Change]:
        own = [row for row in (self.memberships.get(user.pk, []) if user else []) if self._stands(row)]
        changes: list[Change] = []
        last = self.on - timedelta(days=1)
        for row in own:
            if row.group.name not in wanted:
                ends = None if row.valid_from is not None and row.valid_from > last else last
                text = f"{one.name}: グループ「{row.group.name}」から外れる"
                changes.append(Change(one.line, "leave", one.login, text, ("membership", row.pk, ends)))
        for name in wanted:
            if name not in self.groups and name not in self.made:
                self.made.add(name)
                changes.append(Change(one.line, "group", name, f"グループ「{name}」を追加"))
            if name not in {row.group.name for row in own}:
                begin = self.on if user or self.on > timezone.localdate() else None
                text = f"{one.name}: グループ「{name}」に入る"
                changes.append(Change(one.line, "join", one.login, text, (name, begin)))
        return changes

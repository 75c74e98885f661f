"""A fresh home for each test process, and an office with people."""

import os
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from django.contrib.auth.hashers import Argon2PasswordHasher
from django.db import connection
from django.test import Client
from django.utils import translation

from madoguchi.people.models import Department, Position, Post, Tenant, User

MakeUser = Callable[..., User]
PASSWORD = "kazami-no-mado-2026"


@contextmanager
def without_the_record_guard() -> Iterator[None]:
    """Lift the triggers that keep the record append-only, as one who holds the database itself can."""
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            cursor.execute("SET session_replication_role = replica")
            yield
            cursor.execute("SET session_replication_role = DEFAULT")
            return
        cursor.execute("SELECT name, sql FROM sqlite_master WHERE type = 'trigger' AND tbl_name = 'audit_event'")
        triggers = cursor.fetchall()
        for name, _ in triggers:
            cursor.execute(f"DROP TRIGGER {name}")
        yield
        for _, sql in triggers:
            cursor.execute(sql)


@pytest.fixture(autouse=True, scope="session")
def let_the_flush_empty_the_record() -> Iterator[None]:
    """Tests that commit are cleaned up by a flush, which the record's triggers rightly refuse: lift them for it."""
    flush = connection.ops.execute_sql_flush

    def unguarded_flush(sql_list: Iterable[str]) -> None:
        with without_the_record_guard():
            flush(sql_list)

    connection.ops.execute_sql_flush = unguarded_flush  # type: ignore[method-assign]
    yield
    connection.ops.execute_sql_flush = flush  # type: ignore[method-assign]


@pytest.fixture(autouse=True)
def quick_argon2(monkeypatch):
    """Argon2 as always, with little memory: the tests hash hundreds of times."""
    for name, value in (("time_cost", 1), ("memory_cost", 1024), ("parallelism", 1)):
        monkeypatch.setattr(Argon2PasswordHasher, name, value)


@pytest.fixture(autouse=True)
def in_japanese():
    """Each test begins in Japanese: a page asked for in English leaves its language with the thread."""
    translation.deactivate()


@pytest.fixture
def office(db) -> Tenant:
    """An office with a small tree and four positions."""
    tenant = Tenant.objects.create(slug="test", name="試験市")
    for path in ("福祉部/高齢福祉課", "福祉部/こども家庭課", "総務部/人事課"):
        parent = None
        for name in path.split("/"):
            parent, _ = Department.objects.get_or_create(tenant=tenant, parent=parent, name=name)
    for name, rank in (("主事", 1), ("係長", 2), ("課長", 3), ("部長", 4)):
        Position.objects.create(tenant=tenant, name=name, rank=rank)
    return tenant


def department(tenant: Tenant, path: str) -> Department:
    """Return the department at a path such as `福祉部/高齢福祉課`."""
    found = None
    for name in path.split("/"):
        found = Department.objects.get(tenant=tenant, parent=found, name=name)
    assert found
    return found


@pytest.fixture
def make_user(office: Tenant) -> MakeUser:
    """Make a person with one main post; a department of `None` leaves them without any."""

    def make(
        login: str, department_path: str | None = "福祉部/高齢福祉課", position: str = "主事", **fields: Any
    ) -> User:
        user = User(tenant=office, login=login, name=fields.pop("name", login), **fields)
        user.set_password(PASSWORD)
        user.save()
        if department_path:
            Post.objects.create(
                tenant=office,
                user=user,
                department=department(office, department_path),
                position=Position.objects.get(tenant=office, name=position),
            )
        return user

    return make


@pytest.fixture
def signed_in() -> Callable[[User], Client]:
    """Return a client that is signed in as a person."""

    def sign_in(user: User) -> Client:
        client = Client()
        client.force_login(user)
        return client

    return sign_in


@pytest.fixture
def home() -> Iterator[Path]:
    """The home of this test process."""
    yield Path(os.environ["MADOGUCHI_HOME"])

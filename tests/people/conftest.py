"""A clock that tests move, and a client that types its password."""

import re
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from tests.conftest import PASSWORD


class Typing(Client):
    """A client that keeps the answer to its sign-in."""

    last: Any


def first(pattern: str, text: str) -> str:
    """What the first group of a pattern finds in a text."""
    found = re.search(pattern, text)
    assert found, pattern
    return found[1]


class Clock:
    """Moves `django.utils.timezone.now` forward; begins at the present."""

    def __init__(self) -> None:
        self.now: datetime = timezone.now()

    def forward(self, **duration: float) -> None:
        self.now += timedelta(**duration)


@pytest.fixture
def clock(monkeypatch) -> Clock:
    moving = Clock()
    monkeypatch.setattr("django.utils.timezone.now", lambda: moving.now)
    return moving


@pytest.fixture
def type_in() -> Callable[..., Client]:
    """Sign in through the page, from an address."""

    def sign_in(login: str, password: str = PASSWORD, source: str = "10.0.0.9", **more: str):
        client = Typing(REMOTE_ADDR=source)
        client.last = client.post("/sign-in/", {"login": login, "password": password, **more})
        return client

    return sign_in


@pytest.fixture
def administrator(make_user):
    return make_user("kanri", is_administrator=True)

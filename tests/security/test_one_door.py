"""What connects to anything: only the threads of `llm` that call models, whatever the product is asked to do."""

import sys
import threading
from collections.abc import Iterator
from typing import Any

import pytest

from madoguchi.answers.ask import answer_of
from madoguchi.llm.models import Endpoint
from madoguchi.people.access import scope_of
from madoguchi.scripted.server import serving
from tests.llm.made import endpoint_at

pytestmark = pytest.mark.django_db

_seen: list[tuple[str, Any]] | None = None


def _hook(event: str, arguments: tuple[Any, ...]) -> None:
    if _seen is not None and event == "socket.connect":
        _seen.append((threading.current_thread().name, arguments[1]))


@pytest.fixture
def connections() -> Iterator[list[tuple[str, Any]]]:
    """All connections that this process begins: (thread, address). A hook stays for good; it only looks while asked."""
    global _seen
    if not getattr(sys, "_madoguchi_hooked", False):
        sys.addaudithook(_hook)
        sys._madoguchi_hooked = True  # type: ignore[attr-defined]
    _seen = []
    yield _seen
    _seen = None


@pytest.mark.req("A3")
def test_only_the_threads_that_call_models_connect_to_anything(office, make_user, client, connections):
    user = make_user("tanaka")
    with serving() as server:
        for use in Endpoint.Use.values:
            endpoint_at(office, f"{server.url}/v1", name=use, use=use)
        client.force_login(user)
        answer_of(scope_of(user, "internal"), "住民票の写しの手数料はいくらですか。")
        for path in ("/", "/search/?q=住民票", "/chat/", "/health"):
            client.get(path)
        client.post("/chat/start/", {"text": "住民票とは", "saw_masks": "1"})
        names = {thread for thread, address in connections if isinstance(address, tuple)}
    assert names <= {"llm-loop", "llm-call"}, connections


@pytest.mark.req("A3")
def test_without_an_endpoint_nothing_connects_to_anything(make_user, client, connections):
    user = make_user("tanaka")
    client.force_login(user)
    answer_of(scope_of(user, "internal"), "住民票の写しの手数料はいくらですか。")
    for path in ("/", "/search/?q=住民票", "/chat/"):
        client.get(path)
    assert [address for _thread, address in connections if isinstance(address, tuple)] == []

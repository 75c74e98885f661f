"""What tests of this domain share."""

import pytest

from madoguchi.llm import breaker, clients, embedding_endpoints, rerank, stops
from madoguchi.people.access import Scope, scope_of


@pytest.fixture(autouse=True)
def fresh(settings) -> None:
    """What a process remembers of endpoints is no part of the database that each test begins with."""
    embedding_endpoints._questions.clear()
    clients._resting.clear()
    rerank._takes_texts.clear()
    breaker._failures.clear()
    stops.forget()
    # Another try of the last endpoint is asked for where it is tried.
    settings.ENDPOINT_BACKOFF_SECONDS = 0


@pytest.fixture
def scope(make_user) -> Scope:
    return scope_of(make_user("tanaka"), "internal")

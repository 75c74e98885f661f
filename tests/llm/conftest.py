"""What tests of this domain share."""

import pytest

from madoguchi.llm import clients, embedding_endpoints, rerank
from madoguchi.people.access import Scope, scope_of


@pytest.fixture(autouse=True)
def fresh() -> None:
    """What a process remembers of endpoints is no part of the database that each test begins with."""
    embedding_endpoints._questions.clear()
    clients._resting.clear()
    rerank._takes_texts.clear()


@pytest.fixture
def scope(make_user) -> Scope:
    return scope_of(make_user("tanaka"), "internal")

"""What tests of the chat share: a person, and a model that says what the test tells it."""

import threading
from collections.abc import Callable, Iterator

import pytest

from madoguchi.chat import live, sending
from madoguchi.chat.models import Conversation, Turn
from madoguchi.chat.sending import Message
from madoguchi.people.access import Scope, scope_of
from madoguchi.scripted.server import Server, serving
from tests.llm.made import endpoint_at


@pytest.fixture
def clerk(make_user):
    return make_user("tanaka")


@pytest.fixture
def scope(clerk) -> Scope:
    return scope_of(clerk, "internal")


@pytest.fixture
def server(office) -> Iterator[Server]:
    """A model inside the office: the scripted endpoint with its default rules; `server.rules` may be replaced."""
    with serving() as running:
        endpoint_at(office, f"{running.url}/v1")
        yield running


@pytest.fixture(autouse=True)
def nothing_left_running() -> Iterator[None]:
    """Writers of one test do not write into the database of the next."""
    yield
    for thread in threading.enumerate():
        if thread.name in ("chat-write", "chat-keep"):
            thread.join(20)
            assert not thread.is_alive()


Say = Callable[..., Turn]


@pytest.fixture
def say(scope) -> Say:
    """Send a text in a conversation (or begin one), wait for the answer, and return it."""

    def send(text: str, after: Turn | None = None, who: Scope | None = None, **fields) -> Turn:
        found = Conversation.objects.get(pk=after.conversation_id) if after else None
        answer = sending.send(who or scope, found, Message(text, parent=after.pk if after else None, **fields))
        return written(answer)

    return send


def written(answer: Turn) -> Turn:
    """Wait until an answer has ended, and return it as it stands."""
    for _moment in live.moments(answer.pk):
        pass
    answer.refresh_from_db()
    return answer

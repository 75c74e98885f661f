"""The only door to a chat model: which endpoint, its limits, its record."""

from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass, field

from madoguchi.llm.clients import http_client
from madoguchi.llm.endpoints import NoEndpoint, allowed, key_of, why_none
from madoguchi.llm.faults import Fault, message
from madoguchi.llm.models import Endpoint
from madoguchi.llm.on_record import on_record
from madoguchi.llm.pump import Pump
from madoguchi.llm.wire import Asked, model_of, pieces
from madoguchi.people.access import Scope


class EndpointFailed(Exception):
    """A call failed; the message says what happened, in Japanese. `begun`: some text had come before."""

    def __init__(self, message: str, begun: bool = False) -> None:
        super().__init__(message)
        self.begun = begun


@dataclass
class Chat:
    """A call: iterate over its pieces of text. `endpoint` is the one that answers, once the first piece came."""

    purpose: str
    scope: Scope
    system: str
    prompt: str
    classification: int
    endpoint: Endpoint | None = field(default=None, init=False)

    def __iter__(self) -> Iterator[str]:
        return _first_that_answers(self)


def stream(purpose: str, scope: Scope, system: str, prompt: str, classification: int) -> Chat:
    """Return the text of a model for a prompt, piece by piece as it comes.

    `classification` is the highest of all that system and prompt carry. The first allowed endpoint is called; when it
    fails before its first piece, the next one is. Iterating raises NoEndpoint when none may take it, and EndpointFailed
    when all failed or one broke off (`begun`).
    """
    return Chat(purpose, scope, system, prompt, classification)


def _first_that_answers(chat: Chat) -> Iterator[str]:
    candidates = allowed(chat.scope.tenant_id, chat.classification, chat.scope.zone)
    if not candidates:
        raise NoEndpoint(why_none(chat.scope.tenant_id, chat.classification))
    failures: list[str] = []
    for endpoint in candidates:
        try:
            for piece in call(endpoint, chat.purpose, chat.scope, Asked(chat.system, chat.prompt)):
                chat.endpoint = endpoint
                yield piece
            return
        except NoEndpoint as reason:
            failures.append(str(reason))
        except EndpointFailed as failure:
            if failure.begun:
                raise
            failures.append(str(failure))
    raise EndpointFailed(" ".join(failures))


def call(endpoint: Endpoint, purpose: str, scope: Scope, asked: Asked, actor: str = "") -> Iterator[str]:
    """Yield the text of one endpoint; raises NoEndpoint when its key is missing, EndpointFailed when it fails.

    The call stands on the record when it ends, however it ends: lengths and time, no text. `actor` is who makes it
    when that is not the person of the scope.
    """
    key = key_of(endpoint)
    sent = {"characters_in": len(asked.system) + len(asked.prompt), "bytes_in": len(asked.picture)}
    written = 0
    try:
        with (
            on_record(endpoint, purpose, scope, actor, **sent, characters_out=0) as detail,
            Pump(lambda: _pieces(endpoint, key, asked), asked.seconds) as received,
        ):
            for piece in received:
                written += len(piece)
                detail["characters_out"] = written
                yield piece
    except Fault as fault:
        raise EndpointFailed(message(endpoint, fault.kind), begun=written > 0) from None


def _pieces(endpoint: Endpoint, key: str, asked: Asked) -> AsyncIterator[str]:
    http = http_client(endpoint, asked.seconds)
    return pieces(model_of(endpoint, key, http), http, asked)

"""The only door to a chat model: which endpoints may, what of the texts they get, what it costs, its record.

A call goes: texts looked at (`guard`) → endpoints that may (`routing`) → for each in turn, until one answers: texts as
it may have them, masked → budget → call → masks taken out of the answer → record.
"""

import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from django.conf import settings

from madoguchi.llm import breaker, guard, stops
from madoguchi.llm.budget import OverBudget
from madoguchi.llm.endpoints import NoEndpoint, key_of
from madoguchi.llm.faults import Fault, message
from madoguchi.llm.guard import Looked, Stopped, Text
from madoguchi.llm.models import Call, Endpoint, Grade
from madoguchi.llm.on_record import Tally, on_record
from madoguchi.llm.pump import Pump
from madoguchi.llm.routing import decide
from madoguchi.llm.wanted import Wanted
from madoguchi.llm.wire import Asked, Turn, pieces, shared_model
from madoguchi.people.access import Scope
from madoguchi.people.models import Classification

__all__ = ["RESTART", "Asked", "Chat", "EndpointFailed", "NoEndpoint", "Stopped", "Turn", "call", "stream"]


class EndpointFailed(Exception):
    """A call failed; the message says what happened, in Japanese. `begun`: some text had come before.

    `kind` and `retry_after` (seconds) are those of the last `Fault`.
    """

    def __init__(self, message: str, begun: bool = False, kind: str = "", retry_after: float | None = None) -> None:
        super().__init__(message)
        self.begun, self.kind, self.retry_after = begun, kind, retry_after


class Restart(str):
    """A piece without text: what came before it is void, another endpoint begins anew."""

    __slots__ = ()


RESTART = Restart()
# After these the last endpoint is tried once more.
_PASSING = ("busy", "server", "unreachable")


@dataclass
class Chat:
    """A call: iterate over its pieces of text. What it was done with stands here once the first of them has come.

    While nothing comes there is an empty piece now and then, so that who reads can look whether to go on.
    """

    wanted: Wanted
    texts: Sequence[Text]
    history: Sequence[Turn] = ()
    # This one alone, where it may; otherwise whichever answers.
    only: Endpoint | None = None
    # Whether another endpoint begins anew when one breaks off, said by RESTART.
    restarts: bool = False
    mask_words: Sequence[str] = ()
    max_tokens: int = 0
    # For the first word, over all endpoints that are tried; 0: each has its own time.
    first_seconds: float = 0
    endpoint: Endpoint | None = field(default=None, init=False)
    # How many values of what were masked: {"氏名": 2}.
    masked: dict[str, int] = field(default_factory=dict, init=False)
    # What stands in the ledger, once the call has ended.
    record: Call | None = field(default=None, init=False)

    def __iter__(self) -> Iterator[str]:
        return _first_that_answers(self)


def stream(
    purpose: str,
    scope: Scope,
    system: str,
    prompt: str,
    classification: int,
    *,
    history: Sequence[Turn] = (),
    grade: Grade | None = None,
    endpoint: Endpoint | None = None,
    restarts: bool = False,
    mask_words: Sequence[str] = (),
    max_tokens: int = 0,
    first_seconds: float = 0,
    app: str = "",
    app_version: str = "",
    desk: str = "",
) -> Chat:
    """Return the text of a model for a prompt, piece by piece as it comes.

    `classification` is the highest of all that the texts carry. The first allowed endpoint is called; when it fails
    before its first piece, the next one is. Iterating raises Stopped when the texts may go to no model, NoEndpoint when
    no endpoint may take them, and EndpointFailed when all failed or one broke off (`begun`).
    """
    wanted = Wanted(
        purpose, scope, classification, grade, max_tokens=max_tokens, app=app, app_version=app_version, desk=desk
    )
    texts = [
        Text("system", system, written=False),
        *(Text(f"history:{number}", turn.text) for number, turn in enumerate(history)),
        Text("prompt", prompt),
    ]
    return Chat(wanted, texts, history, endpoint, restarts, mask_words, max_tokens, first_seconds)


def _first_that_answers(chat: Chat) -> Iterator[str]:
    looked = guard.look(chat.wanted.scope.tenant_id, chat.texts, chat.wanted.classification, chat.mask_words)
    waiting = _candidates(chat, looked)
    deadline = time.monotonic() + (chat.first_seconds or float("inf"))
    failures, kind, begun, again = list[str](), "", False, True
    while waiting and (not failures or time.monotonic() < deadline):
        endpoint = waiting.pop(0)
        try:
            for piece in _of_one(chat, looked, endpoint, deadline):
                if piece:
                    if begun and chat.endpoint != endpoint:
                        yield RESTART
                    chat.endpoint, begun = endpoint, True
                yield piece
            return
        except NoEndpoint as reason:
            failures.append(str(reason))
        except EndpointFailed as failure:
            if failure.begun and not chat.restarts:
                raise
            failures.append(str(failure))
            kind = failure.kind
            if not waiting and again and not failure.begun and _backs_off(failure, deadline):
                waiting, again = [endpoint], False
    raise EndpointFailed(" ".join(dict.fromkeys(failures)), begun, kind)


def _candidates(chat: Chat, looked: Looked) -> list[Endpoint]:
    """Return the endpoints that may have the texts of a call, best first; raises Stopped and NoEndpoint."""
    length = sum(len(one.text) for one in looked.texts)
    chat.wanted = replace(chat.wanted, classification=looked.classification, characters=length)
    decision = decide(chat.wanted)
    if chat.only is None:
        found = decision.endpoints
    else:
        found = [one for one in decision.endpoints if one.pk == chat.only.pk]
        reasons = [reason for one, reason in decision.refused if one.pk == chat.only.pk]
        decision.reason = reasons[0] if reasons else decision.reason
    if not found:
        raise NoEndpoint(decision.reason)
    inside = [one for one in found if looked.may_go_to(one)]
    if not inside:
        looked.for_endpoint(found[0])
    return inside


def _backs_off(failure: EndpointFailed, deadline: float) -> bool:
    """Wait before the last endpoint is tried once more; return whether it is worth it."""
    wait = failure.retry_after if failure.retry_after is not None else settings.ENDPOINT_BACKOFF_SECONDS / 2
    if failure.kind not in _PASSING or not 0 < wait <= settings.ENDPOINT_BACKOFF_SECONDS:
        return False
    if time.monotonic() + wait >= deadline:
        return False
    time.sleep(wait)
    return True


def _of_one(chat: Chat, looked: Looked, endpoint: Endpoint, deadline: float) -> Iterator[str]:
    """Yield what one endpoint answers, with the values that were masked put back."""
    ready = looked.for_endpoint(endpoint)
    chat.masked = ready.masks.counts()
    system = ready.texts["system"] + (f"\n\n{guard.ABOUT_MASKS}" if chat.masked else "")
    history = tuple(Turn(turn.role, ready.texts[f"history:{number}"]) for number, turn in enumerate(chat.history))
    first = min(settings.ENDPOINT_FIRST_TOKEN_SECONDS, max(0.1, deadline - time.monotonic()))
    asked = Asked(system, ready.texts["prompt"], first_seconds=first, history=history)
    if chat.max_tokens:
        asked = replace(asked, max_tokens=chat.max_tokens)
    restoring = ready.masks.restoring()
    for piece in called(endpoint, chat.wanted, asked, chat):
        shown = restoring.feed(piece)
        if shown or not piece:
            yield shown
    if shown := restoring.end():
        yield shown


def call(
    endpoint: Endpoint,
    purpose: str,
    scope: Scope,
    asked: Asked,
    actor: str = "",
    classification: int = Classification.C1,
) -> Iterator[str]:
    """Yield the text of one endpoint for texts of ours, as they are: a trial, a picture. See `called`."""
    return called(endpoint, Wanted(purpose, scope, classification, made_by=actor), asked)


def called(endpoint: Endpoint, wanted: Wanted, asked: Asked, chat: Chat | None = None) -> Iterator[str]:
    """Yield the text of one endpoint; raises NoEndpoint when its key is missing, EndpointFailed when it fails.

    The call is paid from the budgets and stands on the record, and with `chat`, when it ends, however it ends.
    """
    model = shared_model(endpoint, key_of(endpoint))
    texts = [asked.system, asked.prompt, *(turn.text for turn in asked.history)]
    sent: dict[str, Any] = {"characters_in": sum(map(len, texts)), "bytes_in": len(asked.picture), "characters_out": 0}
    paid = on_record(
        endpoint,
        wanted,
        usage=asked.usage,
        masked=chat.masked if chat else None,
        texts=texts,
        max_tokens=asked.max_tokens,
        **sent,
    )
    tally: Tally | None = None
    try:
        with (
            paid as tally,
            Pump(lambda: pieces(model, None, asked), asked.seconds, asked.first_seconds) as received,
        ):
            for piece in received:
                if stops.reason_of(endpoint.tenant_id, wanted.app, wanted.desk, endpoint):
                    raise Fault("stopped")
                if piece:
                    tally.came(piece)
                yield piece
    except Fault as fault:
        breaker.failed(endpoint, fault)
        begun = bool(tally and tally.characters_out)
        said = fault.text if isinstance(fault, OverBudget) else message(endpoint, fault.kind)
        raise EndpointFailed(said, begun, fault.kind, fault.retry_after) from None
    finally:
        if chat and tally:
            chat.record = tally.call
    breaker.succeeded(endpoint)

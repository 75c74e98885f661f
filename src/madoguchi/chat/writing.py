"""Writing an answer: passages sought, the model asked, every piece kept, its end put on the record."""

import threading
import time
import uuid
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

import structlog
from django.conf import settings
from django.db import connections, transaction
from django.db.models import Max
from django.utils import timezone, translation
from django.utils.translation import gettext as _

from madoguchi.audit.record import actor_of, digest, record
from madoguchi.chat import live as lives
from madoguchi.chat import said
from madoguchi.chat.models import Citation, Conversation, Turn
from madoguchi.chat.show import open_answers
from madoguchi.chat.tree import line_above
from madoguchi.library.models import Passage
from madoguchi.llm import chat as door
from madoguchi.llm.models import Grade, Purpose
from madoguchi.llm.system_prompts import text_of
from madoguchi.people.access import Scope, scope_of
from madoguchi.people.models import User
from madoguchi.search.query import find

log = structlog.get_logger(__name__)
State = Turn.State
PASSAGES_GIVEN = 8


def begin(scope: Scope, question: Turn) -> Turn:
    """Have a question answered in a thread of this process; return the answer, which is empty as yet."""
    answer = Turn.objects.create(
        tenant_id=scope.tenant_id,
        conversation=question.conversation,
        parent=question,
        role=Turn.Role.ASSISTANT,
        state=State.WRITING,
        at=timezone.now(),
        beat_at=timezone.now(),
    )
    _start(scope, answer)
    return answer


def go_on(scope: Scope, answer: Turn) -> bool:
    """Have an answer that broke off written on where it ended; return whether it was one, and not taken up already."""
    ended = Turn.objects.filter(pk=answer.pk, state__in=(State.BROKEN, State.STOPPED))
    # What a person confirmed is not what will stand there.
    fresh: dict[str, Any] = {"stop_asked": False, "note": "", "confirmed_by": None, "confirmed_at": None}
    if not ended.update(state=State.WRITING, beat_at=timezone.now(), **fresh):
        return False
    answer.refresh_from_db()
    _start(scope, answer)
    return True


def _start(scope: Scope, answer: Turn) -> None:
    language = translation.get_language()

    def run() -> None:
        live = lives.begin(answer)
        threading.Thread(target=_write, args=(scope, answer.pk, live, language), name="chat-write", daemon=True).start()

    # The row must stand before another connection looks for it.
    transaction.on_commit(run)


@dataclass
class _Call:
    """What is sent for one answer."""

    prompt: str
    history: list[door.Turn]
    classification: int
    passages: list[tuple[int, Passage]] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)


def _write(scope: Scope, pk: uuid.UUID, live: lives.Live, language: str | None) -> None:
    with translation.override(language):
        try:
            answer = Turn.objects.select_related("conversation", "parent").get(pk=pk)
            _written(scope, answer, live)
        except Exception as fault:
            log.error("chat.failed", type=type(fault).__name__, exc_info=True)
            state = State.BROKEN if live.text else State.FAILED
            live.end(state, note=_("問題が起きて止まりました。ここまでの内容は残しています。もう一度お試しください。"))
        finally:
            lives.forget(live)
            connections.close_all()


def _written(scope: Scope, answer: Turn, live: lives.Live) -> None:
    before = answer.text
    call = _call(scope, answer)
    chat = _ask(scope, answer.conversation, call)
    pieces = iter(chat)
    state, reason = str(State.DONE), ""
    writer = ""
    fell = State.BROKEN if before else State.FAILED
    try:
        for piece in _while_allowed(scope, pieces, [passage.pk for _n, passage in call.passages]):
            if piece is door.RESTART:
                live.begin_again(before)
                call.notes.append(_("途中で接続先が止まったため、別のモデルが初めから書き直しました。"))
            elif piece:
                if chat.endpoint is not None and chat.endpoint.model != writer:
                    # Known even if this process ends before the answer does.
                    writer = chat.endpoint.model
                    Turn.objects.filter(pk=answer.pk).update(model=writer[:150])
                live.add(piece)
            if live.state != State.WRITING:
                break
    except door.NoEndpoint as none:
        state, reason = fell, _("いま使えるAIがありません。%(reason)s") % {"reason": none}
        if call.passages:
            reason += _("見つかった資料は、根拠の欄で読めます。")
    except door.Stopped as stopped:
        state, reason = fell, str(stopped)
    except door.EndpointFailed as failure:
        state, reason = (State.BROKEN if failure.begun else fell), str(failure)
    except _Lost:
        # What was written is made from what may no longer be seen.
        live.begin_again(before)
        state, reason = fell, _("閲覧できる範囲が変わったため、回答を止めました。")
    finally:
        # Leaving early ends the call too.
        pieces.close()  # type: ignore[attr-defined]
    model = chat.endpoint.model if chat.endpoint else answer.model
    notes = " ".join(dict.fromkeys([*call.notes, reason])).strip()
    about: dict[str, Any] = {"model": model[:150], "note": notes[:500], "masked": chat.masked}
    if not live.end(state, **about):
        # Somebody stopped it: who wrote stands with it all the same, unless it is written on already.
        Turn.objects.filter(pk=answer.pk, state=State.STOPPED).update(**about)
        state = live.state
    record(
        scope.tenant_id,
        actor_of(scope),
        "chat.answered",
        f"turn:{answer.pk}",
        state=state,
        model=model,
        text=digest(live.text),
        passages=len(call.passages),
    )


class _Lost(Exception):
    """The person lost a right that the answer is made from."""


def _while_allowed(scope: Scope, pieces: Iterator[str], passages: Sequence[uuid.UUID]) -> Iterator[str]:
    """Yield pieces as long as the person may see what they are made from; then raise _Lost."""
    looked = time.monotonic()
    for piece in pieces:
        if time.monotonic() - looked >= settings.RIGHTS_LOOKED_AT_SECONDS:
            looked = time.monotonic()
            if not may_still_see(scope, passages):
                raise _Lost
        yield piece


def may_still_see(scope: Scope, passages: Sequence[uuid.UUID]) -> bool:
    """Return whether the person of a scope may sign in now and see all of some passages."""
    person = User.objects.filter(pk=scope.user_id or 0, tenant_id=scope.tenant_id).first()
    now = scope_of(person, scope.zone) if person else None
    if now is None or now.user_id is None:
        return False
    return Passage.objects.within(now).filter(pk__in=passages).count() == len(set(passages))


def _call(scope: Scope, answer: Turn) -> _Call:
    question, conversation = answer.parent, answer.conversation
    assert question is not None
    fence = said.new_fence()
    above = line_above(question)
    may = open_answers(above, scope)
    for turn in above:
        if turn.is_answer and turn.pk not in may:
            # What its person may no longer see is not told to a model either.
            turn.text = ""
    history, is_shortened = said.history(above, fence)
    passages = _passages(scope, answer, question)
    prompt = said.prompt(question, passages, scope.on, fence)
    call = _Call(prompt, history, conversation.classification, passages)
    if answer.text:
        call.history += [door.Turn("user", prompt), said.answered(answer.text)]
        call.prompt = said.GO_ON
    if is_shortened:
        call.notes.append(_("長い会話のため、前のほうのやりとりは渡していません。"))
    if passages:
        closed = max(passage.version.document.classification for _n, passage in passages)
        call.classification = max(call.classification, closed)
        raised = Conversation.objects.filter(pk=conversation.pk, classification__lt=closed)
        raised.update(classification=closed)
    elif conversation.uses_library:
        call.notes.append(_("庁内の資料では、関係する箇所が見つかりませんでした。"))
    return call


def _passages(scope: Scope, answer: Turn, question: Turn) -> list[tuple[int, Passage]]:
    """Return what the library says to a question, numbered on through the conversation; what was given stays given."""
    given = list(answer.citations.order_by("n").values_list("n", "passage_id"))
    if not given and answer.conversation.uses_library:
        hits = find(scope, question.text[: settings.QUESTION_MAX_CHARACTERS], k=PASSAGES_GIVEN).hits
        found = [hit.passage.pk for hit in hits if hit.passage.is_citable]
        ids = [str(pk) for pk in found]
        record(scope.tenant_id, actor_of(scope), "passages.given", passages=ids, question=digest(question.text))
        with transaction.atomic():
            Conversation.objects.select_for_update().get(pk=answer.conversation_id)
            cited = Citation.objects.filter(turn__conversation=answer.conversation_id)
            first = (cited.aggregate(last=Max("n"))["last"] or 0) + 1
            given = list(enumerate(found, start=first))
            Citation.objects.bulk_create(
                Citation(tenant_id=scope.tenant_id, turn=answer, n=n, passage_id=pk) for n, pk in given
            )
    readable = Passage.objects.within(scope).select_related("version__document__folder")
    passages = readable.in_bulk([pk for _n, pk in given])
    return [(n, passages[pk]) for n, pk in given if pk in passages]


def _ask(scope: Scope, conversation: Conversation, call: _Call) -> door.Chat:
    """Return the call to a model."""
    return door.stream(
        Purpose.CHAT,
        scope,
        text_of(scope.tenant_id, said.PROMPT_NAME),
        call.prompt,
        call.classification,
        history=call.history,
        grade=Grade(conversation.grade),
        restarts=True,
        mask_words=conversation.mask_words,
    )

"""An answer: see it written, stop it, have it written again or on, confirm it, take it away as a file."""

import time
import uuid
from collections.abc import Iterator
from typing import Any

from django.conf import settings
from django.db import transaction
from django.http import Http404, HttpResponse, HttpResponseBase
from django.shortcuts import get_object_or_404
from django.utils import timezone
from django.utils.http import content_disposition_header
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from madoguchi.answers.stream import event_stream
from madoguchi.audit.record import digest, record
from madoguchi.chat import live, out, sending
from madoguchi.chat.models import Citation, Turn
from madoguchi.chat.pages import at, conversation_page
from madoguchi.chat.sending import NotSent
from madoguchi.chat.show import (
    Node,
    blocks_changed,
    blocks_of,
    cited_in,
    html_of,
    mark_of,
    masked_in_words,
    open_answers,
    source_events,
)
from madoguchi.chat.tree import line_above
from madoguchi.people.access import Scope, scope_of
from madoguchi.people.guard import open_to
from madoguchi.people.models import User
from madoguchi.people.request import Request

# Of the time of who reads along, at most a fifth is spent on making the page anew.
RESTS = 4


def own_answer_or_404(request: Request, pk: uuid.UUID) -> Turn:
    """Return an answer in a conversation of one's own."""
    found = Turn.objects.within(request.scope).select_related("conversation", "parent", "confirmed_by")
    return get_object_or_404(found, pk=pk, role=Turn.Role.ASSISTANT, conversation__user_id=request.user.pk)


def is_open(answer: Turn, scope: Scope) -> bool:
    """Return whether a scope may see an answer, with all that it and those before it were made from."""
    return answer.pk in open_answers([*line_above(answer), answer], scope)


@open_to("staff")
@require_GET
def stream(request: Request, pk: uuid.UUID) -> HttpResponseBase:
    """Give an answer as events while it is written: as it stands, then what changes, then its end."""
    turn = get_object_or_404(Turn.objects.within(request.scope), pk=pk, role=Turn.Role.ASSISTANT)
    return event_stream(request, _events(request, turn))


def _events(request: Request, turn: Turn) -> Iterator[dict[str, Any]]:
    before: list[Node] = []
    numbers: set[int] = set()
    is_sourced, looked = False, 0.0
    for now in live.moments(turn.pk):
        started = time.monotonic()
        if not looked or started - looked >= settings.RIGHTS_LOOKED_AT_SECONDS or now.state != Turn.State.WRITING:
            looked = started
            if not _may_still_read(request, turn):
                yield {"event": "gone", "text": _("閲覧できる範囲が変わったため、この回答は表示できません。")}
                return
            yield {"event": "beat"}
        if not is_sourced and (now.text or now.state != Turn.State.WRITING):
            is_sourced = True
            yield from source_events(turn, request.scope)
            cited = Citation.objects.filter(turn__conversation=turn.conversation_id)
            numbers = set(cited.order_by().values_list("n", flat=True))
        blocks = blocks_of(html_of(now.text, numbers))
        if blocks != before:
            same = blocks_changed(before, blocks)
            yield {"event": "text", "from": same, "blocks": blocks[same:]}
            before = blocks
        if now.state == Turn.State.WRITING:
            time.sleep(min((time.monotonic() - started) * RESTS, 1))
    ended = Turn.objects.within(request.scope).select_related("confirmed_by").filter(pk=turn.pk).first()
    if ended is None:
        yield {"event": "gone", "text": _("この会話は削除されました。")}
        return
    yield {
        "event": "done",
        "state": ended.state,
        "label": ended.get_state_display(),
        "note": ended.note,
        "mark": mark_of(ended) if ended.text else "",
        "masked": masked_in_words(ended.masked),
        "cited": sorted(cited_in(ended.text)),
    }


def _may_still_read(request: Request, turn: Turn) -> bool:
    user = User.objects.filter(pk=request.user.pk, tenant=request.tenant).first()
    scope = scope_of(user, request.zone) if user else None
    if scope is None or scope.user_id is None:
        return False
    found = Turn.objects.within(scope).select_related("conversation").filter(pk=turn.pk).first()
    return found is not None and is_open(found, scope)


@open_to("staff")
@require_POST
def stop(request: Request, pk: uuid.UUID) -> HttpResponse:
    """Stop an answer of one's own that is being written, from whichever window."""
    answer = own_answer_or_404(request, pk)
    live.stop(answer)
    record(request.tenant.pk, f"user:{request.user.pk}", "chat.stopped", f"turn:{pk}")
    return at(answer)


@open_to("staff")
@require_POST
def again(request: Request, pk: uuid.UUID) -> HttpResponse:
    """Have the question answered once more, beside this answer."""
    answer = own_answer_or_404(request, pk)
    try:
        return at(sending.again(request.scope, answer))
    except NotSent as problem:
        return conversation_page(request, answer.conversation, None, problem, at=answer.pk)


@open_to("staff")
@require_POST
def go_on(request: Request, pk: uuid.UUID) -> HttpResponse:
    """Have an answer that stopped half-way written on."""
    answer = own_answer_or_404(request, pk)
    if not is_open(answer, request.scope):
        return at(answer)
    try:
        sending.go_on(request.scope, answer)
    except NotSent as problem:
        return conversation_page(request, answer.conversation, None, problem, at=answer.pk)
    return at(answer)


@open_to("staff")
@require_POST
def confirm(request: Request, pk: uuid.UUID) -> HttpResponse:
    """Confirm that one has read an answer and stands for it, or take that back."""
    answer = own_answer_or_404(request, pk)
    if is_open(answer, request.scope) and answer.text and answer.state != Turn.State.WRITING:
        is_taken_back = bool(answer.confirmed_at)
        with transaction.atomic():
            answer.confirmed_by = None if is_taken_back else request.user
            answer.confirmed_at = None if is_taken_back else timezone.now()
            answer.save(update_fields=["confirmed_by", "confirmed_at"])
            action = "chat.unconfirmed" if is_taken_back else "chat.confirmed"
            record(request.tenant.pk, f"user:{request.user.pk}", action, f"turn:{answer.pk}", text=digest(answer.text))
    return at(answer)


@open_to("staff")
@require_GET
def word(request: Request, pk: uuid.UUID) -> HttpResponse:
    """Give an answer as a Word file, marked as what it is."""
    turn = _to_be_taken(request, pk, "docx")
    kind = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"
    return _file(out.word(turn), kind, f"{turn.conversation.title}.docx")


@open_to("staff")
@require_GET
def markdown(request: Request, pk: uuid.UUID) -> HttpResponse:
    """Give an answer as Markdown, marked as what it is."""
    turn = _to_be_taken(request, pk, "md")
    return _file(out.markdown(turn).encode(), "text/markdown; charset=utf-8", f"{turn.conversation.title}.md")


def _to_be_taken(request: Request, pk: uuid.UUID, form: str) -> Turn:
    found = Turn.objects.within(request.scope).select_related("conversation", "confirmed_by")
    turn = get_object_or_404(found, pk=pk, role=Turn.Role.ASSISTANT)
    if not is_open(turn, request.scope):
        raise Http404
    record(request.tenant.pk, f"user:{request.user.pk}", "chat.exported", f"turn:{pk}", form=form)
    return turn


def _file(body: bytes, kind: str, name: str) -> HttpResponse:
    response = HttpResponse(body, content_type=kind)
    plain = "".join("_" if letter in '\\/:*?"<>|' or not letter.isprintable() else letter for letter in name)
    response["Content-Disposition"] = content_disposition_header(True, plain) or "attachment"
    response["Cache-Control"] = "no-store"
    return response

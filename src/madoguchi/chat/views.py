"""The conversation: begin, send, see it written, stop, write again, confirm."""

import time
import uuid
from collections.abc import Iterator
from typing import Any

from django.conf import settings
from django.http import HttpResponse, HttpResponseBase, JsonResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from madoguchi.answers.stream import event_stream
from madoguchi.audit.record import record
from madoguchi.chat import files, live, sending, writing
from madoguchi.chat.finding import own
from madoguchi.chat.models import Attachment, Conversation, Turn
from madoguchi.chat.openings import OPENINGS, opening
from madoguchi.chat.sending import Message, NotSent
from madoguchi.chat.show import (
    Node,
    blocks_changed,
    blocks_of,
    html_of,
    mark_of,
    masked_in_words,
    open_answers,
    shown,
    source_events,
)
from madoguchi.chat.tree import line_above
from madoguchi.library.forms import classifications
from madoguchi.llm.models import Grade
from madoguchi.people.access import scope_of
from madoguchi.people.guard import open_to
from madoguchi.people.models import Classification, User
from madoguchi.people.request import Request

RECENT_SHOWN = 12


@open_to("staff")
@require_GET
def chat(request: Request) -> HttpResponse:
    """Show an empty box, with templates and what was talked about last."""
    return _start_page(request, Message(opening(request.GET.get("template", ""))))


@open_to("staff")
@require_http_methods(["GET", "POST"])
def new(request: Request) -> HttpResponse:
    """Show the box with a text that another page brings; nothing is sent yet."""
    return _start_page(request, Message(request.POST.get("text", "")[: settings.CHAT_MESSAGE_CHARACTERS]))


@open_to("staff")
@require_POST
def start(request: Request) -> HttpResponse:
    """Begin a conversation with what stands in the box."""
    return _send(request, None)


@open_to("staff")
@require_POST
def send(request: Request, pk: uuid.UUID) -> HttpResponse:
    """Send what stands in the box of a conversation of one's own."""
    return _send(request, own_or_404(request, pk))


@open_to("staff")
@require_GET
def conversation(request: Request, pk: uuid.UUID) -> HttpResponse:
    """Show a conversation, one's own or shared, in the branch that is asked for."""
    found = get_object_or_404(Conversation.objects.within(request.scope), pk=pk)
    return _page(request, found, None, at=_uuid(request.GET.get("at")), edits=_uuid(request.GET.get("edit")))


def own_or_404(request: Request, pk: uuid.UUID) -> Conversation:
    """Return a conversation of one's own; a shared one is only read, and so is missing here."""
    return get_object_or_404(Conversation.objects.within(request.scope), pk=pk, user_id=request.user.pk)


def own_answer_or_404(request: Request, pk: uuid.UUID) -> Turn:
    """Return an answer in a conversation of one's own."""
    found = Turn.objects.within(request.scope).select_related("conversation", "parent", "confirmed_by")
    return get_object_or_404(found, pk=pk, role=Turn.Role.ASSISTANT, conversation__user_id=request.user.pk)


def _send(request: Request, found: Conversation | None) -> HttpResponse:
    message = _message(request)
    try:
        taken = [files.take(request.scope, file, file.name or "") for file in request.FILES.getlist("files")]
        message = _message(request, [one.pk for one in taken])
        answer = sending.send(request.scope, found, message)
    except files.NotTaken as problem:
        return _again(request, found, message, NotSent(str(problem)))
    except NotSent as problem:
        return _again(request, found, message, problem)
    return _at(answer)


def _again(request: Request, found: Conversation | None, message: Message, problem: NotSent) -> HttpResponse:
    """Show the box again with all that stood in it, and why it was not sent."""
    if found is None:
        return _start_page(request, message, problem)
    return _page(request, found, message, problem, at=message.parent or message.edits, edits=message.edits)


def _message(request: Request, taken: list[uuid.UUID] | None = None) -> Message:
    posted = request.POST
    closed = posted.get("classification", "")
    return Message(
        text=posted.get("text", ""),
        parent=_uuid(posted.get("parent")),
        edits=_uuid(posted.get("edits")),
        kept=[*filter(None, map(_uuid, posted.getlist("kept"))), *(taken or [])],
        grade=posted.get("grade", Grade.STANDARD),
        uses_library=bool(posted.get("uses_library")),
        classification=int(closed) if closed in map(str, Classification.values) else 0,
        mask_words=posted.get("mask_words", "").splitlines()[: settings.CHAT_MASK_WORDS],
        saw_masks=bool(posted.get("saw_masks")),
        is_no_number=bool(posted.get("is_no_number")),
    )


def _uuid(text: str | None) -> uuid.UUID | None:
    try:
        return uuid.UUID(text or "")
    except ValueError:
        return None


def _at(turn: Turn) -> HttpResponse:
    return redirect(f"{reverse('conversation', args=[turn.conversation_id])}?at={turn.pk}#turn-{turn.pk}")


# --- pages


def _start_page(request: Request, message: Message, problem: NotSent | None = None) -> HttpResponse:
    context = {
        "box": _box(request, message, problem),
        "openings": OPENINGS,
        "recent": own(request.scope)[:RECENT_SHOWN],
    }
    return render(request, "chat/start.html", context, status=422 if problem else 200)


def _page(
    request: Request,
    found: Conversation,
    message: Message | None,
    problem: NotSent | None = None,
    at: uuid.UUID | None = None,
    edits: uuid.UUID | None = None,
) -> HttpResponse:
    rows = shown(found, request.scope, edits or at)
    for row in rows:
        if row.turn.state == Turn.State.WRITING and live.settle(row.turn.pk):
            row.turn.state = Turn.State.BROKEN
    edited = next((row.turn for row in rows if row.turn.pk == edits and not row.turn.is_answer), None)
    if message is None:
        answers = [row.turn.pk for row in rows if row.turn.is_answer]
        message = Message(
            edited.text if edited else "",
            parent=answers[-1] if answers else None,
            edits=edited.pk if edited else None,
            grade=found.grade,
            uses_library=found.uses_library,
            classification=found.classification,
            mask_words=found.mask_words,
        )
    is_own = found.user_id == request.user.pk
    context = {
        "conversation": found,
        "is_own": is_own,
        "rows": rows,
        "is_writing": any(row.turn.state == Turn.State.WRITING for row in rows),
        "is_hidden": any(row.is_hidden for row in rows),
        "sources": [source for row in rows for source in row.sources if source.is_cited or _is_last(row, rows)],
        "edited": edited,
        "box": _box(request, message, problem, found) if is_own else None,
        "recent": own(request.scope).exclude(pk=found.pk)[:RECENT_SHOWN],
    }
    return render(request, "chat/conversation.html", context, status=422 if problem else 200)


def _is_last(row: Any, rows: list[Any]) -> bool:
    return bool(row is rows[-1])


def _box(
    request: Request, message: Message, problem: NotSent | None = None, found: Conversation | None = None
) -> dict[str, Any]:
    """Return what the box shows: the message, its files, and what is wrong with it."""
    lowest = max(
        min(Classification.named(settings.DEFAULT_CLASSIFICATION), request.scope.classification),
        found.classification if found else 0,
    )
    return {
        "message": message,
        "problem": problem,
        "mask_words": "\n".join(message.mask_words),
        "masked": masked_in_words(problem.counts) if problem else "",
        "waiting": Attachment.objects.within(request.scope).filter(turn=None),
        "grades": Grade.choices,
        "classes": classifications(request.scope, lowest),
        "chosen_class": str(max(lowest, message.classification)),
        "limit": settings.CHAT_MESSAGE_CHARACTERS,
        "action": reverse("chat-send", args=[found.pk]) if found else reverse("chat-start"),
    }


# --- an answer on its way


@open_to("staff")
@require_GET
def stream(request: Request, pk: uuid.UUID) -> HttpResponseBase:
    """Give an answer as events while it is written: as it stands, then what changes, then its end."""
    turn = get_object_or_404(Turn.objects.within(request.scope), pk=pk, role=Turn.Role.ASSISTANT)
    return event_stream(request, _events(request, turn))


def _events(request: Request, turn: Turn) -> Iterator[dict[str, Any]]:
    before: list[Node] = []
    sources: list[dict[str, Any]] = []
    looked = 0.0
    for now in live.moments(turn.pk):
        if time.monotonic() - looked >= settings.RIGHTS_LOOKED_AT_SECONDS or now.state != Turn.State.WRITING:
            looked = time.monotonic()
            if not _may_still_read(request, turn):
                yield {"event": "gone"}
                return
            yield {"event": "beat"}
        if now.text and not sources:
            sources = list(source_events(turn, request.scope))
            yield from sources
        numbers = {source["n"] for event in sources for source in event["sources"]}
        blocks = blocks_of(html_of(now.text, numbers))
        if blocks != before:
            same = blocks_changed(before, blocks)
            yield {"event": "text", "from": same, "blocks": blocks[same:], "characters": len(now.text)}
            before = blocks
    turn = Turn.objects.select_related("confirmed_by").get(pk=turn.pk)
    if not sources:
        yield from source_events(turn, request.scope)
    yield {
        "event": "done",
        "state": turn.state,
        "label": turn.get_state_display(),
        "note": turn.note,
        "mark": mark_of(turn),
        "masked": masked_in_words(turn.masked),
    }


def _may_still_read(request: Request, turn: Turn) -> bool:
    user = User.objects.filter(pk=request.user.pk, tenant=request.tenant).first()
    scope = scope_of(user, request.zone) if user else None
    if scope is None or scope.user_id is None:
        return False
    found = Turn.objects.within(scope).select_related("conversation").filter(pk=turn.pk).first()
    return found is not None and found.pk in open_answers([*line_above(found), found], scope)


@open_to("staff")
@require_POST
def stop(request: Request, pk: uuid.UUID) -> HttpResponse:
    """Stop an answer of one's own that is being written, from whichever window."""
    answer = own_answer_or_404(request, pk)
    live.stop(answer)
    return _at(answer)


@open_to("staff")
@require_POST
def again(request: Request, pk: uuid.UUID) -> HttpResponse:
    """Have the question answered once more, beside this answer."""
    answer = own_answer_or_404(request, pk)
    try:
        return _at(sending.again(request.scope, answer))
    except NotSent as problem:
        return _page(request, answer.conversation, None, problem, at=answer.pk)


@open_to("staff")
@require_POST
def go_on(request: Request, pk: uuid.UUID) -> HttpResponse:
    """Have an answer that stopped half-way written on."""
    answer = own_answer_or_404(request, pk)
    try:
        sending.check_free(request.scope, answer.conversation)
    except NotSent as problem:
        return _page(request, answer.conversation, None, problem, at=answer.pk)
    if answer.pk in open_answers([*line_above(answer), answer], request.scope):
        writing.go_on(request.scope, answer)
    return _at(answer)


@open_to("staff")
@require_POST
def confirm(request: Request, pk: uuid.UUID) -> HttpResponse:
    """Confirm that one has read an answer and stands for it, or take that back."""
    answer = own_answer_or_404(request, pk)
    if answer.pk in open_answers([*line_above(answer), answer], request.scope):
        is_taken_back = bool(answer.confirmed_at)
        answer.confirmed_by = None if is_taken_back else request.user
        answer.confirmed_at = None if is_taken_back else timezone.now()
        answer.save(update_fields=["confirmed_by", "confirmed_at"])
        action = "chat.unconfirmed" if is_taken_back else "chat.confirmed"
        record(request.tenant.pk, f"user:{request.user.pk}", action, f"turn:{answer.pk}")
    return _at(answer)


# --- files


@open_to("staff")
@require_POST
def attach(request: Request) -> HttpResponse:
    """Read a file at once and keep it in the box: {id, name, notice, masked, page}, or {error}."""
    file = request.FILES.get("file")
    if file is None:
        return JsonResponse({"error": ""}, status=422)
    try:
        taken = files.take(request.scope, file, file.name or "")
    except files.NotTaken as problem:
        return JsonResponse({"error": str(problem)}, status=422)
    return JsonResponse(
        {
            "id": str(taken.pk),
            "name": taken.name,
            "notice": taken.notice,
            "masked": masked_in_words(taken.personal),
            "page": reverse("chat-attachment", args=[taken.pk]),
        }
    )


@open_to("staff")
@require_GET
def attachment(request: Request, pk: uuid.UUID) -> HttpResponse:
    """Show what was read of a file."""
    found = get_object_or_404(Attachment.objects.within(request.scope).select_related("turn"), pk=pk)
    context = {"attachment": found, "html": html_of(found.text, ()), "masked": masked_in_words(found.personal)}
    return render(request, "chat/attachment.html", context)


@open_to("staff")
@require_POST
def detach(request: Request, pk: uuid.UUID) -> HttpResponse:
    """Take a file that was not sent out of the box."""
    waiting = Attachment.objects.within(request.scope).filter(turn=None, user_id=request.user.pk)
    get_object_or_404(waiting, pk=pk).delete()
    return redirect("chat")

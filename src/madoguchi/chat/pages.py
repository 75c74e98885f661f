"""The two pages with a box: an empty one to begin with, and a conversation."""

import uuid
from typing import Any

from django.conf import settings
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import NoReverseMatch, reverse

from madoguchi.chat import live
from madoguchi.chat.finding import own
from madoguchi.chat.models import Attachment, Conversation, Folder, Turn
from madoguchi.chat.openings import OPENINGS
from madoguchi.chat.sending import Message, NotSent
from madoguchi.chat.show import Shown, masked_in_words, shown
from madoguchi.library.forms import classifications
from madoguchi.llm.models import Grade
from madoguchi.people.models import Classification
from madoguchi.people.request import Request

RECENT_SHOWN = 8


def own_or_404(request: Request, pk: uuid.UUID) -> Conversation:
    """Return a conversation of one's own; a shared one is only read, and so is missing here."""
    return get_object_or_404(Conversation.objects.within(request.scope), pk=pk, user_id=request.user.pk)


def as_uuid(text: str | None) -> uuid.UUID | None:
    """Return an id that a form or an address holds, None when it holds none."""
    try:
        return uuid.UUID(text or "")
    except ValueError:
        return None


def at(turn: Turn) -> HttpResponse:
    """Lead to a turn in its conversation."""
    return redirect(f"{reverse('conversation', args=[turn.conversation_id])}?at={turn.pk}#turn-{turn.pk}")


def start_page(request: Request, message: Message, problem: NotSent | None = None) -> HttpResponse:
    """Show an empty box, with templates and what was talked about last."""
    context = {
        "box": _box(request, message, problem),
        "openings": OPENINGS,
        "prompts": _address_of("prompts"),
        "recent": own(request.scope)[:RECENT_SHOWN],
        "days": settings.CHAT_DAYS,
    }
    return render(request, "chat/start.html", context, status=422 if problem else 200)


def conversation_page(
    request: Request,
    found: Conversation,
    message: Message | None,
    problem: NotSent | None = None,
    at: uuid.UUID | None = None,
    edits: uuid.UUID | None = None,
) -> HttpResponse:
    """Show a conversation in the branch through a turn, with the box where it is one's own."""
    rows, left_out = shown(found, request.scope, edits or at, whole=bool(request.GET.get("all")))
    for row in rows:
        if row.turn.state == Turn.State.WRITING and live.settle(row.turn.pk):
            row.turn.state = Turn.State.BROKEN
    edited = next((row.turn for row in rows if row.turn.pk == edits and not row.turn.is_answer), None)
    is_own = found.user_id == request.user.pk
    message = message or _message_of(found, rows, edited)
    context = {
        "conversation": found,
        "is_own": is_own,
        "rows": rows,
        "left_out": left_out,
        "is_writing": any(row.turn.state == Turn.State.WRITING for row in rows),
        "is_hidden": any(row.is_hidden for row in rows),
        "sources": [source for row in rows for source in row.sources if source.is_cited],
        # What the last answer was given besides.
        "other_sources": [source for row in rows[-1:] for source in row.sources if not source.is_cited],
        "edited": edited,
        "box": _box(request, message, problem, found) if is_own else None,
        "folders": Folder.objects.within(request.scope) if is_own else (),
        "shares": found.shares.count() if is_own else 0,
    }
    return render(request, "chat/conversation.html", context, status=422 if problem else 200)


def _message_of(found: Conversation, rows: list[Shown], edited: Turn | None) -> Message:
    """Return what the box of a conversation begins with."""
    answers = [row.turn.pk for row in rows if row.turn.is_answer]
    return Message(
        edited.text if edited else "",
        parent=answers[-1] if answers else None,
        edits=edited.pk if edited else None,
        grade=found.grade,
        uses_library=found.uses_library,
        classification=found.classification,
        mask_words=found.mask_words,
    )


def _address_of(name: str) -> str:
    """Return the address of a page that may not be there."""
    try:
        return reverse(name)
    except NoReverseMatch:
        return ""


def _box(
    request: Request, message: Message, problem: NotSent | None = None, found: Conversation | None = None
) -> dict[str, Any]:
    """Return what the box shows: the message, its files, and what is wrong with it."""
    lowest = max(
        min(Classification.named(settings.DEFAULT_CLASSIFICATION), request.scope.classification),
        found.classification if found else 0,
    )
    waiting = Attachment.objects.within(request.scope).filter(turn=None)
    return {
        "message": message,
        "problem": problem,
        "mask_words": "\n".join(message.mask_words),
        "masked": masked_in_words(problem.counts) if problem else "",
        # What was just attached goes along unless its person says otherwise.
        "waiting": [(one, problem is None or one.pk in message.kept, masked_in_words(one.personal)) for one in waiting],
        "grades": Grade.choices,
        "classes": classifications(request.scope, lowest),
        "chosen_class": str(max(lowest, message.classification)),
        "limit": settings.CHAT_MESSAGE_CHARACTERS,
        "file_mb": settings.CHAT_FILE_MAX_MB,
        "action": reverse("chat-send", args=[found.pk]) if found else reverse("chat-start"),
    }

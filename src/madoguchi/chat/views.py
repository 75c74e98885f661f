"""The conversation: begin, send, read, name, put away, delete."""

import uuid

from django.conf import settings
from django.contrib import messages
from django.db import transaction
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from madoguchi.audit.record import record
from madoguchi.chat import files, live, sending
from madoguchi.chat.models import TITLE_MAX_CHARACTERS, Attachment, Conversation, Folder, Turn
from madoguchi.chat.openings import opening
from madoguchi.chat.pages import as_uuid, at, conversation_page, own_or_404, start_page
from madoguchi.chat.sending import Message, NotSent
from madoguchi.llm.models import Grade
from madoguchi.people.guard import open_to
from madoguchi.people.models import Classification
from madoguchi.people.request import Request


@open_to("staff")
@require_GET
def chat(request: Request) -> HttpResponse:
    """Show an empty box, with templates and what was talked about last."""
    return start_page(request, Message(opening(request.GET.get("template", ""))))


@open_to("staff")
@require_http_methods(["GET", "POST"])
def new(request: Request) -> HttpResponse:
    """Show the box with a text that another page brings; nothing is sent yet."""
    return start_page(request, Message(request.POST.get("text", "")[: settings.CHAT_MESSAGE_CHARACTERS]))


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
    found = get_object_or_404(Conversation.objects.within(request.scope).select_related("user", "folder"), pk=pk)
    edits = as_uuid(request.GET.get("edit")) if found.user_id == request.user.pk else None
    return conversation_page(request, found, None, at=as_uuid(request.GET.get("at")), edits=edits)


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
    offered = [*filter(None, map(as_uuid, request.POST.getlist("offered")))]
    # What its person took off the message waits for nothing any more.
    Attachment.objects.within(request.scope).filter(turn=None, pk__in=offered).delete()
    return at(answer)


def _again(request: Request, found: Conversation | None, message: Message, problem: NotSent) -> HttpResponse:
    """Show the box again with all that stood in it, and why it was not sent."""
    if found is None:
        return start_page(request, message, problem)
    return conversation_page(request, found, message, problem, at=message.parent or message.edits, edits=message.edits)


def _message(request: Request, taken: list[uuid.UUID] | None = None) -> Message:
    posted = request.POST
    closed = posted.get("classification", "")
    return Message(
        text=posted.get("text", ""),
        parent=as_uuid(posted.get("parent")),
        edits=as_uuid(posted.get("edits")),
        kept=[*filter(None, map(as_uuid, posted.getlist("kept"))), *(taken or [])],
        grade=posted.get("grade", Grade.STANDARD),
        uses_library=bool(posted.get("uses_library")),
        classification=int(closed) if closed in map(str, Classification.values) else 0,
        mask_words=posted.get("mask_words", "").splitlines()[: settings.CHAT_MASK_WORDS],
        saw_masks=posted.get("act") == "masks",
        is_no_number=posted.get("act") == "number" or bool(posted.get("is_no_number")),
        seen=posted.get("seen", ""),
    )


@open_to("staff")
@require_POST
def settings_of(request: Request, pk: uuid.UUID) -> HttpResponse:
    """Give a conversation of one's own another title, and put it into a folder of one's own."""
    found = own_or_404(request, pk)
    title = " ".join(request.POST.get("title", "").replace("\x00", "").split())
    number = request.POST.get("folder", "")
    folder = None
    if number:
        owned = Folder.objects.within(request.scope)
        folder = get_object_or_404(owned, pk=int(number) if number.isascii() and number.isdigit() else 0)
    if not title or len(title) > TITLE_MAX_CHARACTERS:
        messages.error(
            request,
            _("会話の名前は1文字から%(most)s文字までです。前の名前のままにしています。")
            % {"most": TITLE_MAX_CHARACTERS},
        )
        return redirect("conversation", found.pk)
    with transaction.atomic():
        found.title, found.folder = title, folder
        found.save(update_fields=["title", "folder"])
        actor = f"user:{request.user.pk}"
        record(request.tenant.pk, actor, "chat.settled", f"conversation:{pk}", folder=folder.pk if folder else None)
    messages.success(request, _("会話の名前とフォルダーを保存しました。"))
    return redirect("conversation", found.pk)


@open_to("staff")
@require_POST
def delete(request: Request, pk: uuid.UUID) -> HttpResponse:
    """Delete a conversation of one's own with its files, whatever is being written in it; the record says so."""
    found = own_or_404(request, pk)
    for turn in Turn.objects.within(request.scope).filter(conversation=found, state=Turn.State.WRITING):
        live.stop(turn)
    with transaction.atomic():
        record(request.tenant.pk, f"user:{request.user.pk}", "chat.deleted", f"conversation:{pk}")
        found.delete()
    messages.success(request, _("会話を削除しました。"))
    return redirect("chats")

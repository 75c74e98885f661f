"""One's conversations: sought, by folder, those others share; and the folders."""

from typing import Any

from django.conf import settings
from django.contrib import messages
from django.core.paginator import Paginator
from django.db import IntegrityError, transaction
from django.db.models import Count
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from madoguchi.audit.record import record
from madoguchi.chat.finding import own
from madoguchi.chat.models import Conversation, Folder
from madoguchi.people.guard import open_to
from madoguchi.people.request import Request

ON_A_PAGE = 20
SEARCH_MAX_CHARACTERS = 200
NAME_MAX_CHARACTERS = 50


@open_to("staff")
@require_GET
def chats(request: Request) -> HttpResponse:
    """List one's own conversations, newest first, or those that others share."""
    is_shared = request.GET.get("tab") == "shared"
    words = request.GET.get("q", "").strip()[:SEARCH_MAX_CHARACTERS]
    folders = Folder.objects.within(request.scope)
    number = request.GET.get("folder", "")
    chosen = (
        folders.filter(pk=int(number)).first() if number.isascii() and number.isdigit() and len(number) < 10 else None
    )
    if is_shared:
        found = Conversation.objects.within(request.scope).exclude(user_id=request.user.pk)
        for word in words.split()[:10]:
            found = found.filter(title__icontains=word)
    else:
        found = own(request.scope, words)
        if chosen:
            found = found.filter(folder=chosen)
    page = Paginator(found.select_related("folder", "user"), ON_A_PAGE).get_page(request.GET.get("page"))
    context = {
        "page": page,
        "words": words,
        "is_shared": is_shared,
        "folders": folders,
        "chosen": chosen,
        "days": settings.CHAT_DAYS,
    }
    return render(request, "chat/list.html", context)


@open_to("staff")
@require_http_methods(["GET", "POST"])
def folders(request: Request) -> HttpResponse:
    """List one's folders and make one."""
    typed, error = "", ""
    if request.method == "POST":
        typed = request.POST.get("name", "")
        error = _saved(request, Folder(tenant=request.tenant, user=request.user), typed, "chat.folder_made")
        if not error:
            messages.success(request, _("フォルダーを作りました。"))
            return redirect("chat-folders")
    return _folders_page(request, {"typed": typed, "error": error})


@open_to("staff")
@require_POST
def folder(request: Request, pk: int) -> HttpResponse:
    """Rename a folder of one's own, or delete it; the conversations in it stay."""
    found = get_object_or_404(Folder.objects.within(request.scope), pk=pk)
    if request.POST.get("act") == "delete":
        with transaction.atomic():
            record(request.tenant.pk, f"user:{request.user.pk}", "chat.folder_deleted", f"chat-folder:{pk}")
            found.delete()
        messages.success(request, _("フォルダーを削除しました。中の会話は残っています。"))
        return redirect("chat-folders")
    typed = request.POST.get("name", "")
    error = _saved(request, found, typed, "chat.folder_renamed")
    if error:
        return _folders_page(request, {"renamed": pk, "renamed_to": typed, "error": error})
    messages.success(request, _("フォルダーの名前を変えました。"))
    return redirect("chat-folders")


def _folders_page(request: Request, more: dict[str, Any]) -> HttpResponse:
    found = Folder.objects.within(request.scope).annotate(count=Count("conversations"))
    context = {"folders": found, "limit": NAME_MAX_CHARACTERS, **more}
    return render(request, "chat/folders.html", context, status=422 if more["error"] else 200)


def _saved(request: Request, folder: Folder, typed: str, action: str) -> str:
    """Save a folder under a name; return what is wrong with it, empty when it is saved."""
    name = " ".join(typed.replace("\x00", "").split())
    if not name:
        return _("フォルダーの名前を入力してください。")
    if len(name) > NAME_MAX_CHARACTERS:
        return _("フォルダーの名前は%(most)s文字までです。") % {"most": NAME_MAX_CHARACTERS}
    if folder.pk is None and Folder.objects.within(request.scope).count() >= settings.CHAT_FOLDERS_MAX:
        return _("フォルダーは%(most)s個までです。使わないものを削除してください。") % {
            "most": settings.CHAT_FOLDERS_MAX
        }
    folder.name = name
    try:
        with transaction.atomic():
            folder.save()
            record(request.tenant.pk, f"user:{request.user.pk}", action, f"chat-folder:{folder.pk}")
    except IntegrityError:
        return _("同じ名前のフォルダーがあります。別の名前にしてください。")
    return ""

"""Files of a message: read at once, looked at, taken off again."""

import uuid

from django.http import HttpResponse, JsonResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from madoguchi.chat import files
from madoguchi.chat.models import Attachment
from madoguchi.chat.show import UNDER_A_TITLE, html_of, masked_in_words
from madoguchi.people.guard import open_to
from madoguchi.people.request import Request


@open_to("staff")
@require_POST
def attach(request: Request) -> HttpResponse:
    """Read a file at once and keep it in the box: {id, name, notice, masked, page, detach}, or {error}."""
    file = request.FILES.get("file")
    if file is None:
        return JsonResponse({"error": _("ファイルが届きませんでした。もう一度付けてください。")}, status=422)
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
            "detach": reverse("chat-detach", args=[taken.pk]),
        }
    )


@open_to("staff")
@require_GET
def attachment(request: Request, pk: uuid.UUID) -> HttpResponse:
    """Show what was read of a file: what a model is given of it."""
    found = get_object_or_404(Attachment.objects.within(request.scope).select_related("turn__conversation"), pk=pk)
    context = {
        "attachment": found,
        "html": html_of(found.text, (), UNDER_A_TITLE),
        "masked": masked_in_words(found.personal),
    }
    return render(request, "chat/attachment.html", context)


@open_to("staff")
@require_POST
def detach(request: Request, pk: uuid.UUID) -> HttpResponse:
    """Take a file that was not sent off the message."""
    waiting = Attachment.objects.within(request.scope).filter(turn=None, user_id=request.user.pk)
    get_object_or_404(waiting, pk=pk).delete()
    return redirect("chat")

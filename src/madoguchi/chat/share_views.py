"""Sharing a conversation with persons, departments and groups."""

import uuid

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from madoguchi.chat.pages import own_or_404
from madoguchi.chat.sharing import share as share_with
from madoguchi.library.forms import StaffKeysForm
from madoguchi.library.refused import Refused
from madoguchi.people.guard import open_to
from madoguchi.people.request import Request


@open_to("staff")
@require_http_methods(["GET", "POST"])
def share(request: Request, pk: uuid.UUID) -> HttpResponse:
    """Choose who reads a conversation of one's own along."""
    found = own_or_404(request, pk)
    keys = list(found.shares.values_list("key", flat=True))
    form = StaffKeysForm(request.tenant.pk, keys, request.POST or None, prefix="readers")
    if request.method == "POST" and form.is_valid():
        if request.POST.get("act") != "save":
            form = StaffKeysForm(request.tenant.pk, form.cleaned_data["chosen"], prefix="readers")
        else:
            try:
                share_with(request.scope, found, form.cleaned_data["chosen"])
            except Refused as refusal:
                form.add_error(None, str(refusal))
            else:
                messages.success(request, _("共有する相手を保存しました。"))
                return redirect("conversation", found.pk)
    context = {"conversation": found, "readers": form}
    return render(request, "chat/share.html", context, status=422 if form.errors else 200)

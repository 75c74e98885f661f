"""What is done with a prompt that is there: kept at hand, shared, marked official, set back, deleted."""

import uuid

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from madoguchi.library.forms import StaffKeysForm
from madoguchi.library.refused import Refused as KeysRefused
from madoguchi.people.guard import open_to
from madoguchi.people.request import Request
from madoguchi.prompts import editing
from madoguchi.prompts.models import Edition, Prompt
from madoguchi.prompts.pages import own_or_404
from madoguchi.prompts.starter import starter
from madoguchi.web.line_diff import lines_changed
from madoguchi.web.numbers import key_in


@open_to("staff")
@require_POST
def favourite(request: Request, pk: uuid.UUID) -> HttpResponse:
    """Keep a prompt among one's favourites (`on`), or take it out."""
    found = get_object_or_404(Prompt.objects.within(request.scope), pk=pk)
    editing.favour(request.scope, found, "", bool(request.POST.get("on")))
    return redirect("prompt", pk=pk)


@open_to("staff")
@require_POST
def favourite_standard(request: Request, key: str) -> HttpResponse:
    """Keep a prompt that ships among one's favourites (`on`), or take it out."""
    if starter(key) is None:
        raise Http404
    editing.favour(request.scope, None, key, bool(request.POST.get("on")))
    return redirect("prompt-standard", key=key)


@open_to("staff")
@require_http_methods(["GET", "POST"])
def share(request: Request, pk: uuid.UUID) -> HttpResponse:
    """Choose who may use a prompt of one's own."""
    found = own_or_404(request, pk)
    keys = list(found.shares.values_list("key", flat=True))
    form = StaffKeysForm(request.tenant.pk, keys, request.POST or None, prefix="readers")
    if request.method == "POST" and form.is_valid():
        if request.POST.get("act") != "save":
            form = StaffKeysForm(request.tenant.pk, form.cleaned_data["chosen"], prefix="readers")
        else:
            try:
                editing.share(request.scope, found, form.cleaned_data["chosen"])
            except (editing.Refused, KeysRefused) as refusal:
                form.add_error(None, str(refusal))
            else:
                messages.success(request, _("共有する相手を保存しました。"))
                return redirect("prompt", pk=pk)
    context = {"prompt": found, "readers": form}
    return render(request, "prompts/share.html", context, status=422 if form.errors else 200)


@open_to("administrator")
@require_POST
def official(request: Request, pk: uuid.UUID) -> HttpResponse:
    """Mark the edition that an administrator has read as official (`on`), or take the mark away."""
    found = get_object_or_404(Prompt.objects.within(request.scope), pk=pk)
    is_official = bool(request.POST.get("on"))
    try:
        editing.mark(request.scope, found, key_in(request.POST.get("number")) or 0, is_official)
    except editing.Outdated:
        messages.error(request, _("表示後に本文が変わったため、公式にしていません。新しい内容を確かめてください。"))
    except editing.Refused as refused:
        messages.error(request, str(refused))
    else:
        messages.success(request, _("公式にしました。") if is_official else _("公式の印を外しました。"))
    return redirect("prompt", pk=pk)


@open_to("staff")
@require_GET
def editions(request: Request, pk: uuid.UUID) -> HttpResponse:
    """List the editions of a prompt of one's own, and show what differs between any two.

    Only its writer sees them: what was taken out before it was shared stays theirs.
    """
    found = own_or_404(request, pk)
    rows = list(found.editions.select_related("saved_by"))
    before = _edition(rows, request.GET.get("from")) or rows[min(1, len(rows) - 1)]
    after = _edition(rows, request.GET.get("to")) or rows[0]
    lines = lines_changed(before.text, after.text)
    context = {"prompt": found, "editions": rows, "before": before, "after": after, "lines": lines}
    return render(request, "prompts/editions.html", context)


@open_to("staff")
@require_POST
def restore(request: Request, pk: uuid.UUID) -> HttpResponse:
    """Make an older edition (`number`) the newest again; `based_on`: the newest that the page showed."""
    found = own_or_404(request, pk)
    number, based_on = (key_in(request.POST.get(name)) or 0 for name in ("number", "based_on"))
    try:
        editing.restore(request.scope, found, number, based_on)
    except Edition.DoesNotExist:
        raise Http404 from None
    except editing.Outdated:
        messages.error(request, _("表示後に別の画面で保存されたため、戻していません。新しい内容を確かめてください。"))
    except editing.Refused as refused:
        messages.error(request, str(refused))
    else:
        messages.success(request, _("第%(number)s版の内容に戻しました。") % {"number": number})
        return redirect("prompt", pk=pk)
    return redirect("prompt-editions", pk=pk)


@open_to("staff")
@require_POST
def delete(request: Request, pk: uuid.UUID) -> HttpResponse:
    """Delete a prompt of one's own with all its editions."""
    found = own_or_404(request, pk)
    editing.delete(request.scope, found)
    messages.success(request, _("「%(title)s」を削除しました。") % {"title": found.title})
    return redirect("prompts")


def _edition(rows: list[Edition], number: str | None) -> Edition | None:
    return next((row for row in rows if row.number == key_in(number)), None)

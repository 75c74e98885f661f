"""Files coming in, and how far they are."""

import uuid
from typing import Any

from django.contrib import messages
from django.http import Http404, HttpResponse, JsonResponse
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_POST, require_safe

from madoguchi.library import access, ingest, store
from madoguchi.library.models import Document, Folder, Version
from madoguchi.library.refused import NotFound, Refused
from madoguchi.library.views import folders
from madoguchi.people.guard import open_to
from madoguchi.people.request import Request

STATUS_MOST = 100


@open_to("staff")
@require_POST
def upload(request: Request, pk: int) -> HttpResponse:
    """Take one file or several. A script sends one at a time and asks for JSON; a plain form sends all."""
    here = get_object_or_404(Folder.objects.within(request.scope), pk=pk)
    if not access.may_write(request.scope, here):
        raise Http404
    wants_json = request.accepts("application/json") and not request.accepts("text/html")
    form = folders.upload_form_of(request, here, request.POST)
    files = request.FILES.getlist("files")
    if form.is_valid() and not files:
        form.add_error(None, _("ファイルを選んでください。"))
    if not form.is_valid():
        if wants_json:
            said = [str(error) for errors in form.errors.values() for error in errors]
            return JsonResponse({"error": " ".join(said)}, status=400)
        return _folder_again(request, here, form)
    taken: list[Version] = []
    for file in files:
        try:
            taken.append(
                store.add_file(
                    request.tenant,
                    here,
                    file,
                    file.name or "",
                    request.user,
                    scope=request.scope,
                    classification=form.cleaned_data["classification"],
                    department_name=form.cleaned_data["department_name"],
                    fiscal_year=form.cleaned_data["fiscal_year"],
                    replace=form.cleaned_data["clash"] == "replace",
                    rename=form.cleaned_data["clash"] == "rename",
                )
            )
        except NotFound:
            raise Http404 from None
        except Refused as refusal:
            if wants_json:
                return JsonResponse({"error": str(refusal), "clash": refusal.field == "clash"}, status=409)
            form.add_error(
                "clash" if refusal.field == "clash" else None, f"{store.file_name_of(file.name or '')}: {refusal}"
            )
    if wants_json:
        return JsonResponse(as_json(taken[0].document, taken[0]), status=201)
    if taken:
        messages.success(
            request,
            ngettext("%(count)d件のファイルを登録しました。", "%(count)d件のファイルを登録しました。", len(taken))
            % {"count": len(taken)},
        )
    return _folder_again(request, here, form) if form.errors else redirect("folder", here.pk)


@open_to("staff")
@require_POST
def replace(request: Request, pk: uuid.UUID) -> HttpResponse:
    """Take the next version of a document."""
    document = get_object_or_404(Document.objects.within(request.scope).select_related("folder"), pk=pk)
    if not access.may_write(request.scope, document.folder):
        raise Http404
    file = request.FILES.get("file")
    try:
        if file is None:
            raise Refused(_("ファイルを選んでください。"))
        version = store.add_version(request.tenant, document, file, file.name or "", request.user, request.scope)
    except NotFound:
        raise Http404 from None
    except Refused as refusal:
        messages.error(request, str(refusal))
    else:
        messages.success(request, _("第%s版として登録しました。") % version.number)
    return redirect("document", document.pk)


@open_to("staff")
@require_safe
def status(request: Request) -> HttpResponse:
    """How far some documents are, `?id=` each; those that this person cannot see are not in the answer."""
    wanted = []
    for text in request.GET.getlist("id")[:STATUS_MOST]:
        try:
            wanted.append(uuid.UUID(text))
        except ValueError:
            raise Http404 from None
    found = folders.with_versions(request.scope, Document.objects.within(request.scope).filter(pk__in=wanted))
    return JsonResponse({"documents": [as_json(each, each.versions.all()[0]) for each in found]})


def as_json(document: Document, version: Version) -> dict[str, Any]:
    """Return how far a version of a document is, in words and for a script."""
    return {
        "id": str(document.pk),
        "title": document.title,
        "name": document.file_name,
        "address": reverse("document", args=[document.pk]),
        "version": version.number,
        "status": version.status,
        "label": version.get_status_display(),
        "found": found_by(version),
        "reason": version.reason,
        "pages": version.pages,
        "finished": version.status not in (*ingest.UNFINISHED, Version.Status.SCANNING)
        and bool(version.embedded_at or not version.indexed_at),
        "uploaded": date_format(version.uploaded_at, "Y-m-d H:i"),
    }


def found_by(version: Version) -> str:
    """Return by what a version is found so far, in words; empty when it is not."""
    if version.embedded_at:
        return _("ことばと意味で検索できます")
    return _("ことばで検索できます（意味の索引を準備中）") if version.indexed_at else ""


def _folder_again(request: Request, here: Folder, form: Any) -> HttpResponse:
    response = folders.folder_page(request, here, form)
    response.status_code = 400
    return response

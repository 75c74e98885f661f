"""Pages of the folder tree."""

from collections.abc import Callable
from typing import Any

from django.conf import settings as django_settings
from django.contrib import messages
from django.core.paginator import Paginator
from django.db.models import Prefetch
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from madoguchi.library import access, store
from madoguchi.library import folders as verbs
from madoguchi.library.forms import FolderForm, KeysForm, MoveForm, UploadForm
from madoguchi.library.models import Document, Folder, Version
from madoguchi.library.refused import NotFound, Refused
from madoguchi.people import names
from madoguchi.people.access import Scope
from madoguchi.people.guard import open_to
from madoguchi.people.models import Post
from madoguchi.people.request import Request
from madoguchi.web.numbers import key_in

DOCUMENTS_ON_A_PAGE = 50
RECENT_DOCUMENTS = 8


@open_to("staff")
@require_safe
def library(request: Request) -> HttpResponse:
    """The tree, and what came last."""
    newest = Document.objects.within(request.scope).filter(parent=None).order_by("-created_at")
    recent = with_versions(request.scope, newest)[:RECENT_DOCUMENTS]
    context = {"tree": verbs.tree(request.scope), "recent": recent, "may_make": request.user.is_administrator}
    return render(request, "library/library.html", context)


@open_to("staff")
@require_safe
def folder(request: Request, pk: int) -> HttpResponse:
    """What lies in a folder, and where more is put in."""
    return folder_page(request, get_object_or_404(Folder.objects.within(request.scope), pk=pk))


def folder_page(request: Request, here: Folder, upload_form: UploadForm | None = None) -> HttpResponse:
    """Return the page of a folder, with a form for files that was filled in wrongly when there is one."""
    found = with_versions(request.scope, Document.objects.within(request.scope).filter(folder=here, parent=None))
    may_write = access.may_write(request.scope, here)
    context = {
        "page": Paginator(found, DOCUMENTS_ON_A_PAGE).get_page(request.GET.get("page")),
        "folder": here,
        "path": verbs.path_of(here),
        "below": Folder.objects.within(request.scope).filter(parent=here),
        "tree": verbs.tree(request.scope),
        "may_write": may_write,
        "may_manage": verbs.may_manage(request.scope, request.user, here),
        "form": upload_form or (upload_form_of(request, here) if may_write else None),
        "limit_mb": django_settings.UPLOAD_MAX_MB,
    }
    return render(request, "library/folder.html", context)


def upload_form_of(request: Request, here: Folder, data: Any = None) -> UploadForm:
    """Return the form for files of a folder, with what fits this person filled in."""
    lowest = access.effective_classification(here.pk, access.places(request.scope.tenant_id))
    post = Post.objects.filter(tenant=request.tenant, user=request.user, is_main=True).first()
    initial = {
        "classification": max(lowest, store.default_classification()),
        "department_name": names.in_words(request.tenant, post.department_id) if post else "",
    }
    return UploadForm(request.scope, lowest, data, initial=initial)


@open_to("staff")
def new(request: Request) -> HttpResponse:
    """Make a folder: below `?parent=`, or at the top for an administrator."""
    parent = None
    if request.GET.get("parent"):
        parent = get_object_or_404(Folder.objects.within(request.scope), pk=key_in(request.GET["parent"]))
    elif not request.user.is_administrator:
        raise Http404
    if parent and not verbs.may_manage(request.scope, request.user, parent):
        raise Http404
    form = FolderForm(request.scope, request.POST or None, initial={"classification": 1})
    readers = KeysForm(request.tenant.pk, [], request.POST or None, prefix="readers")
    if request.method == "POST" and request.POST.get("act") == "save" and form.is_valid() and readers.is_valid():
        try:
            made = verbs.make(
                request.scope,
                request.user,
                parent,
                form.cleaned_data["name"],
                readers.cleaned_data["chosen"],
                form.cleaned_data["classification"],
            )
        except Refused as refusal:
            say(form, readers, refusal)
        else:
            messages.success(request, _("フォルダー「%s」を作りました。") % made.name)
            seen = Folder.objects.within(_fresh_scope(request)).filter(pk=made.pk).exists()
            return redirect("folder", made.pk) if seen else redirect("library")
    elif request.method == "POST" and readers.is_valid():
        readers = _with_chosen(readers, "readers")
    context = {"form": form, "readers": readers, "parent": parent, "path": verbs.path_of(parent) if parent else []}
    return render(request, "library/folder_new.html", context, status=400 if form.errors or readers.errors else 200)


@open_to("staff")
def settings(request: Request, pk: int) -> HttpResponse:
    """Name, readers, writers and classification of a folder, with what a change would do."""
    here = get_object_or_404(Folder.objects.within(request.scope), pk=pk)
    if not verbs.may_manage(request.scope, request.user, here):
        raise Http404
    data = request.POST or None
    initial = {"name": here.name, "classification": here.classification, "reads_hidden": here.reads_hidden}
    form = FolderForm(request.scope, data, initial=initial)
    readers = KeysForm(request.tenant.pk, here.readers, data, prefix="readers")
    writers = KeysForm(request.tenant.pk, here.writers, data, prefix="writers")
    effect = None
    if request.method == "POST" and all(each.is_valid() for each in (form, readers, writers)):
        wanted, classification = readers.cleaned_data["chosen"], form.cleaned_data["classification"]
        if request.POST.get("act") == "save":
            try:
                verbs.change(
                    request.scope,
                    request.user,
                    here,
                    form.cleaned_data["name"],
                    wanted,
                    writers.cleaned_data["chosen"],
                    classification,
                    form.cleaned_data["reads_hidden"],
                )
            except NotFound:
                raise Http404 from None
            except Refused as refusal:
                say(form, readers, refusal)
            else:
                messages.success(request, _("フォルダーの設定を保存しました。"))
                return redirect("folder", here.pk)
        else:
            effect = verbs.preview(request.scope, here, wanted, classification)
            readers = _with_chosen(readers, "readers")
            writers = _with_chosen(writers, "writers")
    here.refresh_from_db()
    context = {
        "folder": here,
        "path": verbs.path_of(here),
        "form": form,
        "readers": readers,
        "writers": writers,
        "effect": effect,
        "move_form": MoveForm(request.scope),
    }
    failed = form.errors or readers.errors or writers.errors
    return render(request, "library/folder_settings.html", context, status=400 if failed else 200)


@open_to("staff")
@require_POST
def move(request: Request, pk: int) -> HttpResponse:
    """Put a folder under another."""
    here = get_object_or_404(Folder.objects.within(request.scope), pk=pk)
    form = MoveForm(request.scope, request.POST)
    if not form.is_valid():
        raise Http404
    parent = get_object_or_404(Folder.objects.within(request.scope), pk=form.cleaned_data["folder"])
    return done(
        request, lambda: verbs.move(request.scope, request.user, here, parent), _("移動しました。"), "folder", pk
    )


@open_to("staff")
@require_POST
def remove(request: Request, pk: int) -> HttpResponse:
    """Remove an empty folder."""
    here = get_object_or_404(Folder.objects.within(request.scope), pk=pk)
    try:
        verbs.remove(request.scope, request.user, here)
    except NotFound:
        raise Http404 from None
    except Refused as refusal:
        messages.error(request, str(refusal))
        return redirect("folder-settings", pk)
    messages.success(request, _("フォルダーを削除しました。"))
    return redirect("folder", here.parent_id) if here.parent_id else redirect("library")


def done(request: Request, act: Callable[[], object], said: str, page: str, key: object) -> HttpResponse:
    """Do a change, say how it went, and go to a page, named with its key."""
    try:
        act()
    except NotFound:
        raise Http404 from None
    except Refused as refusal:
        messages.error(request, str(refusal))
    else:
        messages.success(request, said)
    return redirect(page, key)


def with_versions(scope: Scope, found: Any) -> Any:
    """Return documents with their versions, newest first, fetched together."""
    versions = Version.objects.within(scope).select_related("blob").order_by("-number")
    return found.prefetch_related(Prefetch("versions", queryset=versions))


def say(form: Any, readers: KeysForm, refusal: Refused) -> None:
    """Put a refusal where it belongs."""
    if refusal.field in ("readers", "writers"):
        readers.add_error("keys", str(refusal))
    else:
        form.add_error(refusal.field if refusal.field in form.fields else None, str(refusal))


def _with_chosen(form: KeysForm, prefix: str) -> KeysForm:
    """Return the form with what was added among what is chosen, ready for the next one."""
    return KeysForm(form.tenant_id, form.cleaned_data["chosen"], prefix=prefix)


def _fresh_scope(request: Request) -> Any:
    from madoguchi.people.access import scope_of

    return scope_of(request.user, request.zone)

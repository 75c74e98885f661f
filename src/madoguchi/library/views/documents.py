"""The page of a document, and what is changed there."""

import uuid
from dataclasses import dataclass
from typing import Any

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from madoguchi.audit.record import record
from madoguchi.library import access, blobs, copies, describing, descriptions, ingest, members, readings, showing, store
from madoguchi.library import folders as folder_verbs
from madoguchi.library.corrections import placed
from madoguchi.library.forms import DocumentForm, KeysForm, MoveForm, PasswordForm
from madoguchi.library.models import Document, Folder, Passage, Version
from madoguchi.library.refused import NotFound, Refused
from madoguchi.library.views import folders, pages, uploads
from madoguchi.people.guard import open_to
from madoguchi.people.request import Request
from madoguchi.readers.blocks import Block, Unreadable
from madoguchi.readers.problems import wants_password
from madoguchi.readers.read import takes_password
from madoguchi.web.numbers import key_in

ANSWERS_SHOWN = 10


@dataclass
class Line:
    """A line of the text layer over a page image, in points; written out, so that no language changes the point."""

    x: str
    y: str
    size: str
    width: str
    text: str


@open_to("staff")
@require_safe
def document(request: Request, pk: uuid.UUID) -> HttpResponse:
    """A document: its pages or its text with the cited part marked, its versions, who may see it and why.

    `?version=` opens an older one, `?page=` a page, `?passage=` marks a passage and opens its version and page.
    """
    found = get_object_or_404(Document.objects.within(request.scope).select_related("folder", "current"), pk=pk)
    return _page(request, found)


@open_to("staff")
@require_POST
def password(request: Request, pk: uuid.UUID, number: int) -> HttpResponse:
    """Read a protected version with the password that opens it."""
    version = pages.version_of(request, pk, number)
    if not access.may_write(request.scope, version.document.folder):
        raise Http404
    form = PasswordForm(request.POST)
    if form.is_valid():
        try:
            store.unlock(request.scope, request.user, version, form.cleaned_data["password"])
        except NotFound:
            raise Http404 from None
        except Refused as refusal:
            messages.error(request, str(refusal))
        except Unreadable as failure:
            form.add_error("password", str(failure))
        else:
            messages.success(request, _("パスワードで開きました。続けて検索の準備をしています。"))
    if form.errors:
        return _page(request, version.document, form, version)
    return redirect("document", pk)


def _page(
    request: Request, found: Document, password_form: PasswordForm | None = None, version: Version | None = None
) -> HttpResponse:
    """Return the page of a document, with a password that did not open it when there is one."""
    pk = found.pk
    passage = pages.passage_of(request, version__document=found)
    version = version or _version(request, found, passage)
    record(request.tenant.pk, f"user:{request.user.pk}", "document.opened", f"document:{pk}", version=version.number)
    may_write = access.may_write(request.scope, found.folder)
    context = {
        "document": found,
        "version": version,
        "versions": found.versions.select_related("uploaded_by"),
        "passage": passage,
        "path": folder_verbs.path_of(found.folder),
        "why": access.why(request.scope, found),
        "answers": _own_answers(request, found),
        "may_write": may_write,
        "members": members.shown(request.scope, found),
        "parent": members.around(request.scope, found),
        "move_form": MoveForm(request.scope) if may_write else None,
        "found_by": uploads.found_by(version),
        "unfinished": version.status in ingest.UNFINISHED,
        "may_retry": version.status in store.RETRIED,
        "held": blobs.why_held(version.blob),
        "crosses": copies.crosses(version, request.zone),
        "not_given": _not_given(request, version),
        "password_form": (password_form or PasswordForm()) if may_write and _is_locked(version) else None,
        **_body(request, version, passage, may_write),
    }
    return render(request, "library/document.html", context, status=400 if password_form else 200)


def _not_given(request: Request, version: Version) -> str:
    """Return why nothing can be saved of a version from here; empty when it can."""
    try:
        copies.given(version, request.zone)
    except blobs.Held as held:
        return str(held)
    return ""


def _is_locked(version: Version) -> bool:
    """Return whether a version waits for a password that its reader takes."""
    failed = version.status == Version.Status.FAILED and wants_password(version.reason)
    return (
        failed and not version.blob.is_held and takes_password(blobs.path_of(version.blob), version.document.file_name)
    )


def _version(request: Request, found: Document, passage: Passage | None) -> Version:
    versions = pages.versions_of(request, found)
    number = _number(request.GET.get("version"))
    if number is not None:
        version = get_object_or_404(versions, number=number)
        if passage is not None and passage.version_id != version.pk:
            raise Http404
        return version
    if passage is not None:
        return get_object_or_404(versions, pk=passage.version_id)
    current = versions.filter(pk=found.current.pk).first() if found.current else None
    current = current or versions.order_by("-number").first()
    if current is None:
        raise Http404
    return current


def _body(request: Request, version: Version, passage: Passage | None, may_write: bool) -> dict[str, Any]:
    """Return what is shown of a version's content: a page image with its text, or a screen of blocks."""
    if version.blob.is_held or version.status in (
        *ingest.HELD,
        Version.Status.FAILED,
        Version.Status.UNSUPPORTED,
        Version.Status.QUEUED,
        Version.Status.READING,
    ):
        return {}
    try:
        blocks = readings.blocks_of(version)
    except Unreadable:
        return {}
    hidden = version.document.folder.reads_hidden
    block = _number(request.GET.get("block"))
    found: dict[str, Any] = {
        "may_correct": may_write,
        "correcting": may_write and "correct" in request.GET,
        "left_out": 0 if hidden else sum(bool(each.hidden) for each in blocks),
        "lost": placed(version.blob, readings.blocks_as_read(version)).lost if may_write else [],
    }
    if not version.pages:
        return found | {"screen": showing.screen(blocks, passage, _number(request.GET.get("part")), hidden, block)}
    page = _number(request.GET.get("page"))
    if page is None:
        page = int(passage.locator.get("page", 1)) if passage else 1
        if block is not None and block < len(blocks):
            page = int(blocks[block].locator.get("page", 1))
    if not 1 <= page <= version.pages:
        raise Http404
    shown = showing.on_page(blocks, page, passage, hidden)
    described = descriptions.shown(version, blocks)
    for each in shown:
        each.described = described.get(each.number)
    found |= _figures(version, blocks, may_write)
    return found | {"page_number": page, "shown": shown} | _picture(version, page, passage, shown)


def _figures(version: Version, blocks: list[Block], may_write: bool) -> dict[str, Any]:
    """Return how far figures are described by a model, and whether one may have it tried again."""
    progress = descriptions.progress(version, blocks)
    open_ = progress is not None and not progress.waiting and progress.made < progress.wanted
    may_describe = may_write and open_ and describing.may_begin(version)
    return {"figures": progress, "may_describe": may_describe}


def _picture(version: Version, page: int, passage: Passage | None, shown: list[showing.Shown]) -> dict[str, Any]:
    frame = pages.page_of(version, page)
    if frame is None or readings.is_locked(version):
        return {}
    for each in shown:
        if each.kind == "figure":
            each.crop = showing.crop_of(frame, each.boxes)
    width, height = frame.width, frame.height
    lines = [
        Line(
            f"{x0 * width:.2f}",
            f"{(bottom - (bottom - top) * 0.15) * height:.2f}",
            f"{max(1.0, (bottom - top) * height * 0.85):.2f}",
            f"{max(0.1, (x1 - x0) * width):.2f}",
            text,
        )
        for x0, top, x1, bottom, text in frame.lines
    ]
    marks = [
        {
            "x": f"{x0 * width:.2f}",
            "y": f"{top * height:.2f}",
            "width": f"{max(0.0, x1 - x0) * width:.2f}",
            "height": f"{max(0.0, bottom - top) * height:.2f}",
        }
        for x0, top, x1, bottom in pages.marks_of(passage, page)
    ]
    address = reverse("page-image", args=[version.document_id, version.number, page])
    return {
        "page_image": address,
        "width": f"{width:.2f}",
        "height": f"{height:.2f}",
        "is_wide": width > height,
        "lines": lines,
        "marks": marks,
    }


def _own_answers(request: Request, found: Document) -> list[dict[str, Any]]:
    """Return this person's own answers that cite the document, newest first."""
    # `citations` belongs to a domain above this one: it is asked for by name.
    rows = (
        Passage.objects.within(request.scope)
        .filter(version__document=found, citations__answer__user=request.user)
        .order_by("-citations__answer__asked_at")
        .values("citations__answer_id", "citations__answer__question", "citations__answer__asked_at")
        .distinct()[:ANSWERS_SHOWN]
    )
    return [
        {
            "id": row["citations__answer_id"],
            "question": row["citations__answer__question"],
            "asked_at": row["citations__answer__asked_at"],
        }
        for row in rows
    ]


@open_to("staff")
def settings(request: Request, pk: uuid.UUID) -> HttpResponse:
    """Title, dates, department, classification and readers of a document."""
    found = get_object_or_404(Document.objects.within(request.scope).select_related("folder"), pk=pk)
    if not access.may_write(request.scope, found.folder):
        raise Http404
    initial = {
        name: getattr(found, name)
        for name in ("title", "classification", "department_name", "fiscal_year", "valid_from", "valid_to")
    }
    lowest = access.effective_classification(found.folder_id, access.places(request.scope.tenant_id))
    form = DocumentForm(request.scope, lowest, request.POST or None, initial=initial)
    readers = KeysForm(request.tenant.pk, found.readers, request.POST or None, prefix="readers")
    if request.method == "POST" and form.is_valid() and readers.is_valid():
        if request.POST.get("act") == "save":
            try:
                store.change(
                    request.scope, request.user, found, readers=readers.cleaned_data["chosen"], **form.cleaned_data
                )
            except NotFound:
                raise Http404 from None
            except Refused as refusal:
                folders.say(form, readers, refusal)
            else:
                messages.success(request, _("文書の設定を保存しました。"))
                return redirect("document", found.pk)
        else:
            readers = KeysForm(request.tenant.pk, readers.cleaned_data["chosen"], prefix="readers")
    context = {
        "document": found,
        "path": folder_verbs.path_of(found.folder),
        "form": form,
        "readers": readers,
        "why": access.why(request.scope, found),
    }
    return render(
        request, "library/document_settings.html", context, status=400 if form.errors or readers.errors else 200
    )


@open_to("staff")
@require_POST
def move(request: Request, pk: uuid.UUID) -> HttpResponse:
    """Put a document into another folder."""
    found = get_object_or_404(Document.objects.within(request.scope), pk=pk)
    form = MoveForm(request.scope, request.POST)
    if not form.is_valid():
        raise Http404
    folder = get_object_or_404(Folder.objects.within(request.scope), pk=form.cleaned_data["folder"])
    return folders.done(
        request, lambda: store.move(request.scope, request.user, found, folder), _("移動しました。"), "document", pk
    )


@open_to("staff")
@require_POST
def delete(request: Request, pk: uuid.UUID) -> HttpResponse:
    """Take a document out of sight."""
    found = get_object_or_404(Document.objects.within(request.scope), pk=pk)
    try:
        store.delete(request.scope, request.user, found)
    except NotFound:
        raise Http404 from None
    messages.success(request, _("「%s」を削除しました。検索にも画面にも出なくなりました。") % found.title)
    return redirect("folder", found.folder_id)


@open_to("staff")
@require_POST
def describe(request: Request, pk: uuid.UUID, number: int) -> HttpResponse:
    """Have the figures of a version described that are not yet."""
    version = pages.version_of(request, pk, number)
    return folders.done(
        request,
        lambda: describing.again(request.scope, request.user, version),
        _("図の説明を作り始めました。できたものから図の下に出ます。しばらくしてから画面を開き直してください。"),
        "document",
        pk,
    )


@open_to("staff")
@require_POST
def retry(request: Request, pk: uuid.UUID, number: int) -> HttpResponse:
    """Read a version again."""
    version = pages.version_of(request, pk, number)
    return folders.done(
        request,
        lambda: store.retry(request.scope, request.user, version),
        _("もう一度読み取っています。"),
        "document",
        pk,
    )


def _number(text: str | None) -> int | None:
    number = key_in(text)
    if text and number is None:
        raise Http404
    return number

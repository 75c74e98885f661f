"""Single pages of a version as image and as lines, and the file itself."""

import asyncio
import uuid
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Any
from urllib.parse import quote

from django.contrib import messages
from django.core.handlers.asgi import ASGIRequest
from django.db.models import QuerySet
from django.http import Http404, HttpResponse, HttpResponseBase, JsonResponse, StreamingHttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.views.decorators.http import require_safe

from madoguchi.audit.record import record
from madoguchi.library import blobs, copies, readings
from madoguchi.library.models import Document, Passage, Version
from madoguchi.people.guard import open_to
from madoguchi.people.request import Request
from madoguchi.readers.blocks import Unreadable

PART_BYTES = 1 << 18
SANDBOX = "sandbox; default-src 'none'; frame-ancestors 'none'"


def version_of(request: Request, pk: uuid.UUID, number: int) -> Version:
    """Return a version through its document, as far as the scope sees it; raises Http404."""
    document = get_object_or_404(Document.objects.within(request.scope), pk=pk)
    return get_object_or_404(versions_of(request, document), number=number)


def versions_of(request: Request, document: Document) -> QuerySet[Version]:
    """Return the versions of a document that the scope sees."""
    return Version.objects.within(request.scope).select_related("blob", "copy", "document").filter(document=document)


def passage_of(request: Request, **parent: Any) -> Passage | None:
    """Return the passage that an address names, looked for under its parent; raises Http404 for one not there."""
    text = request.GET.get("passage")
    if not text:
        return None
    try:
        pk = uuid.UUID(text)
    except ValueError:
        raise Http404 from None
    return get_object_or_404(Passage.objects.within(request.scope).select_related("version"), pk=pk, **parent)


@open_to("staff")
@require_safe
def image(request: Request, pk: uuid.UUID, number: int, page: int) -> HttpResponse:
    """A page drawn as PNG."""
    version = version_of(request, pk, number)
    if not 1 <= page <= version.pages:
        raise Http404
    try:
        return HttpResponse(readings.image_of(version, page), content_type="image/png")
    except Unreadable:
        raise Http404 from None


@open_to("staff")
@require_safe
def data(request: Request, pk: uuid.UUID, number: int, page: int) -> HttpResponse:
    """A page's size, its lines and what is marked: {width, height, lines, marks}, boxes as fractions of the page."""
    version = version_of(request, pk, number)
    passage = passage_of(request, version=version)
    found = page_of(version, page)
    if found is None:
        raise Http404
    return JsonResponse(
        {"width": found.width, "height": found.height, "lines": found.lines, "marks": marks_of(passage, page)}
    )


def page_of(version: Version, page: int) -> Any:
    """Return a page of a version with its lines; None when there is none."""
    if not 1 <= page <= version.pages:
        return None
    try:
        return readings.page_of(version, page)
    except Unreadable:
        return None


def marks_of(passage: Passage | None, page: int) -> list[list[float]]:
    """Return the boxes of a passage on a page."""
    if passage is None or passage.locator.get("page") != page:
        return []
    return list(passage.locator.get("boxes", []))


@open_to("staff")
@require_safe
def download(request: Request, pk: uuid.UUID, number: int) -> HttpResponseBase:
    """The file as it came, or its harmless copy where it came from the internet: to be saved, never to be shown by the
    browser. What is held leads to the page that says why."""
    version = version_of(request, pk, number)
    try:
        given = copies.given(version, request.zone)
        path = blobs.path_of(given.blob)
    except blobs.Held as held:
        messages.error(request, str(held))
        return redirect("document", pk)
    how = version.copied_by if given.blob != version.blob else "original"
    record(request.tenant.pk, f"user:{request.user.pk}", "download", f"document:{pk}", version=number, what=how)
    if not path.is_file():
        raise Http404
    parts = _parts_async(path) if isinstance(request, ASGIRequest) else _parts(path)
    response = StreamingHttpResponse(parts, content_type="application/octet-stream")
    response["Content-Length"] = given.blob.size
    response["Content-Disposition"] = f"attachment; filename*=UTF-8''{quote(given.name, safe='')}"
    response["X-Content-Type-Options"] = "nosniff"
    response["Content-Security-Policy"] = SANDBOX
    return response


def _parts(path: Path) -> Iterator[bytes]:
    with path.open("rb") as file:
        while part := file.read(PART_BYTES):
            yield part


async def _parts_async(path: Path) -> AsyncIterator[bytes]:
    file = await asyncio.to_thread(path.open, "rb")
    try:
        while part := await asyncio.to_thread(file.read, PART_BYTES):
            yield part
    finally:
        file.close()

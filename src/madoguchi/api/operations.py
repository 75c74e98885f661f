"""The public HTTP API: what the screens do, for programs of the office. OpenAPI at `/api/openapi.json`."""

import uuid
from typing import Annotated, Any, cast

from django.conf import settings
from django.http import HttpRequest
from django.shortcuts import get_object_or_404
from ninja import Field, NinjaAPI, Query, Schema
from ninja.errors import HttpError
from ninja.security import django_auth

from madoguchi import __version__
from madoguchi.answers.ask import BadQuestion, answer_of
from madoguchi.audit.record import digest, record
from madoguchi.library.models import Document
from madoguchi.people.request import Request
from madoguchi.search.query import find

api = NinjaAPI(
    title="窓口 Madoguchi",
    version=__version__,
    description="庁内の文書を探し、根拠つきで答える。参照範囲は呼び出した職員のもの。",
    auth=django_auth,
    docs_url=None,
    urls_namespace="api",
)


class Other(Schema):
    """A passage that says nearly the same as one that was found."""

    document: uuid.UUID
    title: str
    path: str
    locator: dict[str, Any]
    fiscal_year: int | None
    differs: bool = Field(description="別の年度の版で、文が同じではないか")


class Found(Schema):
    """One passage that was found."""

    document: uuid.UUID
    title: str
    path: str
    locator: dict[str, Any]
    text: str
    score: float = Field(description="順位から求めた 0〜1 の値")
    by_model: bool = Field(description="図についてのモデルの説明か（文書の原文ではない）")
    others: list[Other] = Field(description="ほぼ同じ内容の引用単位。新しい順")


class Findings(Schema):
    """Passages, best first."""

    results: list[Found]
    took_ms: int


class Question(Schema):
    """What is asked."""

    question: str = Field(min_length=1, max_length=settings.QUESTION_MAX_CHARACTERS)


class DocumentOut(Schema):
    """A document's particulars."""

    id: uuid.UUID
    title: str
    file_name: str
    folder: str
    classification: str
    status: str
    pages: int


@api.get("/search", response=Findings, summary="文書を探す")
def search(
    request: HttpRequest,
    q: Annotated[str, Query(min_length=1, max_length=settings.QUESTION_MAX_CHARACTERS)],
    k: Annotated[int, Query(ge=1, le=settings.SEARCH_MAX_RESULTS)] = 10,
) -> dict[str, Any]:
    """Find passages in the caller's scope."""
    ours = _ours(request)
    results = find(ours.scope, q, k, described=True, folding=True)
    actor = f"user:{ours.user.pk}"
    record(ours.tenant.pk, actor, "question", question=digest(q), found=len(results.hits))
    record(ours.tenant.pk, actor, "passages.given", passages=[str(pk) for hit in results.hits for pk in hit.given])
    return {"results": [hit.to_json() for hit in results.hits], "took_ms": results.took_ms}


@api.post("/ask", summary="根拠つきで答える")
def ask(request: HttpRequest, body: Question) -> dict[str, Any]:
    """Answer a question in the caller's scope, each sentence with its citations."""
    try:
        return answer_of(_ours(request).scope, body.question)
    except BadQuestion as bad:
        raise HttpError(422, str(bad)) from None


@api.get("/documents/{document}", response=DocumentOut, summary="文書の情報")
def document(request: HttpRequest, document: uuid.UUID) -> dict[str, Any]:
    """Return the particulars of a document in the caller's scope."""
    found = get_object_or_404(
        Document.objects.within(_ours(request).scope).select_related("folder", "current"), pk=document
    )
    return {
        "id": found.pk,
        "title": found.title,
        "file_name": found.file_name,
        "folder": found.folder.name,
        "classification": found.get_classification_display(),
        "status": found.current.status if found.current else "queued",
        "pages": found.current.pages if found.current else 0,
    }


def _ours(request: HttpRequest) -> Request:
    """Return the request as the middleware made it."""
    return cast("Request", request)

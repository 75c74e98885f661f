"""Error pages: what happened, what is kept, what to do; never anything inner (G8).

A refusal and a missing page are the same bytes: the page carries no number, no address, no form.
"""

import secrets
from dataclasses import dataclass
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.template.loader import render_to_string
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _


@dataclass(frozen=True)
class Trouble:
    """What an error page says."""

    heading: Promise
    happened: Promise
    kept: Promise
    steps: tuple[Promise, ...]


BAD_REQUEST = Trouble(
    _("受け付けられない内容でした"),
    _("送られた内容の形が、この画面で扱えるものではありませんでした。"),
    _("保存済みの内容はそのままです。今回送った内容は保存されていません。"),
    (
        _("ブラウザーの「戻る」で前の画面に戻り、入力した内容を確かめてもう一度送ってください。"),
        _("同じ画面が続くときは、お問い合わせ番号を添えて情報政策の担当に知らせてください。"),
    ),
)
STALE_FORM = Trouble(
    _("画面の有効期限が切れました"),
    _("入力画面を開いてから時間がたったか、別の画面でサインインし直したため、安全のために受け付けませんでした。"),
    _("今回送った内容は保存されていません。ブラウザーの「戻る」で、入力した内容が残っている画面に戻れます。"),
    (
        _("入力した内容を控えてから、画面を読み込み直してもう一度送ってください。"),
        _("同じ画面が続くときは、ブラウザーでCookieが使えるかを確かめてください。"),
    ),
)
FORBIDDEN = Trouble(
    _("この操作はできません"),
    _("この操作をする権限がありません。"),
    _("保存済みの内容はそのままです。今回の操作は行われていません。"),
    (_("必要な操作であれば、所属長か情報政策の担当に相談してください。"),),
)
NOT_FOUND = Trouble(
    _("ページが見つかりません"),
    _("このアドレスのページはないか、いまの参照範囲では開けません。"),
    _("保存済みの内容はそのままです。"),
    (
        _("アドレスが正しいかを確かめてください。"),
        _("文書やFAQは「探す」から名前や言葉で探せます。"),
        _("業務に必要な文書が見つからないときは、その文書を持つ課に相談してください。"),
    ),
)
FAILED = Trouble(
    _("画面を表示できませんでした"),
    _("システムの中で問題が起きました。あなたの操作が原因ではありません。"),
    _("保存済みの内容はそのままです。入力中だった内容は、ブラウザーの「戻る」で残っていることがあります。"),
    (
        _("少し待ってから、もう一度試してください。"),
        _("続くときは、お問い合わせ番号を添えて情報政策の担当に知らせてください。"),
    ),
)
# When not even a template can be made.
LAST_RESORT = """<!doctype html><html lang="ja"><head><meta charset="utf-8">
<title>画面を表示できませんでした | 窓口</title></head>
<body><main><h1>画面を表示できませんでした</h1><p>保存済みの内容はそのままです。少し待ってから、もう一度試してください。</p>
<p>お問い合わせ番号: {number}</p><p><a href="/">ホームへ</a></p></main></body></html>"""


def _page(request: HttpRequest, status: int, trouble: Trouble, with_number: bool = True) -> HttpResponse:
    number = getattr(request, "number", "") or secrets.token_hex(6)
    context = {
        "heading": trouble.heading,
        "happened": trouble.happened,
        "kept": trouble.kept,
        "steps": trouble.steps,
        "error_id": number if with_number else "",
    }
    return HttpResponse(render_to_string("web/error.html", context, request), status=status)


def bad_request(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:  # noqa: ARG001 - Django's call
    """Answer a request that cannot be understood: 400."""
    return _page(request, 400, BAD_REQUEST)


def forbidden(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:  # noqa: ARG001 - Django's call
    """Answer an act that is not allowed: 403. A thing that may not be seen is a 404 instead."""
    return _page(request, 403, FORBIDDEN)


def stale_form(request: HttpRequest, reason: str = "") -> HttpResponse:  # noqa: ARG001 - Django's call
    """Answer a form whose CSRF token does not fit: 403."""
    return _page(request, 403, STALE_FORM)


def not_found(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:  # noqa: ARG001 - Django's call
    """Answer a missing or denied thing: 404, the same bytes for both."""
    return _page(request, 404, NOT_FOUND, with_number=False)


def failed(request: HttpRequest, *_args: Any) -> HttpResponse:
    """Answer a fault of ours: 500, whatever else is broken."""
    try:
        return _page(request, 500, FAILED)
    except Exception:
        return HttpResponse(LAST_RESORT.format(number=getattr(request, "number", "-")), status=500)

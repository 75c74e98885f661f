"""The administrator's page of what the scanner has not passed: what is held, why, and what is decided on it."""

import uuid
from collections.abc import Callable

from django.conf import settings
from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from madoguchi.library import quarantine as verbs
from madoguchi.library import scanning
from madoguchi.library.models import Blob
from madoguchi.library.refused import NotFound, Refused
from madoguchi.library.views import folders, pages
from madoguchi.people.guard import open_to
from madoguchi.people.request import Request
from madoguchi.web.numbers import key_in

Verdict = Blob.Verdict
DECISIONS: dict[str, tuple[Callable[..., Blob], Callable[[], str]]] = {
    "release": (verbs.release, lambda: _("隔離を解除しました。続けて本文を読み取ります。")),
    "withdraw": (verbs.withdraw, lambda: _("解除を取り消し、隔離に戻しました。")),
    "remove": (verbs.remove, lambda: _("ファイルを削除しました。文書の画面にもその旨を表示します。")),
}


@open_to("administrator")
def quarantine(request: Request) -> HttpResponse:
    """What is held and why; a POST says what to do: `act`, and for a decision `file` and `reason`."""
    kept: dict[str, object] = {}
    if request.method == "POST":
        act = request.POST.get("act", "")
        if act not in DECISIONS:
            _look(request, act)
            return redirect("quarantine")
        try:
            kept = _decide(request, act)
        except NotFound:
            raise Http404 from None
        if not kept:
            return redirect("quarantine")
    held = verbs.shown(request.tenant, request.scope, [Verdict.FOUND, Verdict.WAITING])
    context = {
        "is_set": scanning.is_set(),
        "seconds": settings.SCANNER_SECONDS,
        "sanitiser": bool(settings.SANITISER),
        "counts": verbs.counts(request.tenant),
        "found": [row for row in held if row.blob.verdict == Verdict.FOUND],
        "waiting": [row for row in held if row.blob.verdict == Verdict.WAITING],
        "decided": verbs.shown(request.tenant, request.scope, [Verdict.RELEASED, Verdict.REMOVED]),
        "without_copy": verbs.without_copy(request.tenant).count(),
        "kept": kept,
        "most": verbs.SHOWN_MOST,
        "reason_max": verbs.REASON_MAX_CHARACTERS,
    }
    return render(request, "library/quarantine.html", context, status=400 if kept else 200)


@open_to("staff")
@require_POST
def number(request: Request, pk: uuid.UUID, number: int) -> HttpResponse:
    """Take a person's word on a 個人番号 in a file: `act` is yes, no, or an administrator's `deny` and its reason."""
    version = pages.version_of(request, pk, number)
    act = request.POST.get("act")
    said = {
        "yes": _("個人番号を含むファイルを削除しました。"),
        "no": _("個人番号ではないと記録しました。続けて本文を読み取ります。"),
        "deny": _("個人番号ではないと記録しました。同じファイルをもう一度登録してください。"),
    }
    if act not in said:
        raise Http404

    def decide() -> None:
        if act == "deny":
            verbs.deny_number(request.user, request.scope, version, request.POST.get("reason", ""))
        else:
            verbs.answer_number(request.scope, request.user, version, act == "yes")

    return folders.done(request, decide, said[act], "document", pk)


def _decide(request: Request, act: str) -> dict[str, object]:
    """Carry a decision out and return nothing; or, when it is refused, what was asked and why not."""
    decide, done = DECISIONS[act]
    number = key_in(request.POST.get("file"))
    if number is None:
        raise NotFound
    try:
        decide(request.user, number, request.POST.get("reason", ""))
    except NotFound:
        raise
    except Refused as refusal:
        return {"file": number, "act": act, "reason": request.POST.get("reason", ""), "error": str(refusal)}
    messages.success(request, done())
    return {}


def _look(request: Request, act: str) -> None:
    """Have files looked at, or the scanner tried, and say so."""
    tenant = request.tenant
    if act == "try":
        wrong = scanning.trial() if scanning.is_set() else _("ウイルス検査が設定されていません。")
        if wrong:
            messages.error(request, wrong)
        else:
            messages.success(request, _("検査プログラムは動作しています。試験用のウイルス（EICAR）を検出しました。"))
    elif act == "examine-unasked":
        messages.success(request, _("未検査のファイル%s件の検査を始めました。") % verbs.examine_unasked(tenant))
    elif act == "examine":
        number = key_in(request.POST.get("file"))
        blob = verbs.blob_of(tenant, number) if number is not None else None
        if blob is None:
            raise Http404
        verbs.start(blob)
        messages.success(request, _("検査し直しています。終わるとこの画面に反映します。"))
    elif act == "copy":
        messages.success(request, _("無害化した写し%s件を作り直しています。") % verbs.copy_missing(tenant))
    else:
        raise Http404

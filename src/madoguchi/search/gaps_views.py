"""検索の改善: what people sought in vain and which searches were slow. Administrators only."""

import csv
import io
from dataclasses import dataclass

from django.core.paginator import Paginator
from django.db import transaction
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.http import urlencode
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from madoguchi.audit.record import digest, record
from madoguchi.people.csv_rows import as_text_cell
from madoguchi.people.guard import open_to
from madoguchi.people.request import Request
from madoguchi.search import gaps, showing
from madoguchi.search.finders import Place
from madoguchi.search.masking import without_placeholders
from madoguchi.search.models import Gap
from madoguchi.search.query import Filters
from madoguchi.web.numbers import key_in

GAPS_ON_A_PAGE = 50
SLOWEST = 20
# Of a trial.
RESULTS_SHOWN = 3


@dataclass(frozen=True)
class Trial:
    """What a question finds now, for the administrator who tries it; `is_found`: its words stand in it."""

    gap: Gap
    is_found: bool
    shown: list[showing.Shown]
    # Verified answers and screens, each with what it is.
    above: list[tuple[Promise | str, Place]]


@open_to("administrator")
@require_http_methods(["GET", "HEAD", "POST"])
def page(request: Request) -> HttpResponse:
    """Show what searching lacked; `try` in the address tries one question; a POST says that one is done, or not."""
    if request.method == "POST":
        return _decide(request)
    is_done = request.GET.get("state") == "done"
    rows = Paginator(gaps.shown(request.tenant, done=is_done), GAPS_ON_A_PAGE).get_page(request.GET.get("page"))
    record(request.tenant.pk, f"user:{request.user.pk}", "gaps.opened", shown=len(rows))
    context = {
        "is_done": is_done,
        "page": rows,
        "asked": [(gap, without_placeholders(gap.text)) for gap in rows],
        "counts": {name: gaps.shown(request.tenant, done=name == "done").count() for name in ("open", "done")},
        "once": gaps.asked_once(request.tenant),
        "trial": _trial(request),
        "slow": gaps.slow_ones(request.tenant, SLOWEST),
        "limits": gaps.limits(),
    }
    return render(request, "search/gaps.html", context)


@open_to("administrator")
@require_safe
def export(request: Request) -> HttpResponse:
    """Send the questions in vain that may be read, open and done, as a CSV for Excel."""
    rows = [*gaps.shown(request.tenant), *gaps.shown(request.tenant, done=True)]
    file = io.StringIO(newline="")
    writer = csv.writer(file)
    writer.writerow([_("質問"), _("回数"), _("初めて尋ねられた日"), _("最後に尋ねられた日"), _("対応した日")])
    for gap in rows:
        days = [str(timezone.localdate(day)) if day else "" for day in (gap.first_at, gap.last_at, gap.done_at)]
        writer.writerow([as_text_cell(gap.text), gap.times, *days])
    record(request.tenant.pk, f"user:{request.user.pk}", "gaps.exported", rows=len(rows))
    response = HttpResponse(file.getvalue().encode("utf-8-sig"), content_type="text/csv; charset=utf-8")
    response["Content-Disposition"] = f'attachment; filename="search-gaps-{timezone.localdate()}.csv"'
    return response


def _decide(request: Request) -> HttpResponse:
    """Mark a question as done or as open again, and return to where the person was."""
    gap, act = _gap(request, request.POST.get("gap")), request.POST.get("act")
    if gap is None or act not in ("done", "open"):
        raise Http404
    with transaction.atomic():
        gap.done_at = timezone.now() if act == "done" else None
        gap.save(update_fields=["done_at"])
        record(request.tenant.pk, f"user:{request.user.pk}", f"gap.{act}", f"gap:{gap.pk}")
    back = {name: value for name in ("state", "page") if (value := request.POST.get(name, "")[:10])}
    return redirect(f"{reverse('search-gaps')}?{urlencode(back)}" if back else "search-gaps")


def _gap(request: Request, key: str | None) -> Gap | None:
    """Return a question that the person may read, None for any other."""
    number = key_in(key)
    readable = Gap.objects.filter(tenant=request.tenant, times__gte=gaps.SHOWN_FROM)
    return readable.filter(pk=number).first() if number is not None else None


def _trial(request: Request) -> Trial | None:
    """Return what a question finds with today's documents and synonyms, within the administrator's own scope."""
    gap = _gap(request, request.GET.get("try"))
    question = without_placeholders(gap.text) if gap else ""
    if gap is None or not question:
        return None
    found = showing.found(request.scope, question, Filters(), None)
    is_found = not gaps.in_vain(request.scope, found["results"], [*found["above"], *found["below"]])
    shown = found["shown"][:RESULTS_SHOWN]
    given = [str(pk) for one in shown for pk in one.hit.given]
    actor = f"user:{request.user.pk}"
    record(request.tenant.pk, actor, "question", question=digest(question), found=len(found["results"].hits))
    record(request.tenant.pk, actor, "passages.given", passages=given)
    above = [(group.finder.label, place) for group in found["above"] for place in group.places]
    return Trial(gap, is_found, shown, above)

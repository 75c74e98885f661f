"""Pages that load and save people as a CSV; for administrators."""

from datetime import date

from django.contrib import messages
from django.db import transaction
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from madoguchi.people import csv_export, csv_import, pending
from madoguchi.people.events import tell
from madoguchi.people.forms import ImportForm
from madoguchi.people.guard import open_to
from madoguchi.people.request import Request

# A preview shows so many lines; the counts above it count all.
SHOWN = 500


@open_to("administrator")
@require_http_methods(["GET", "HEAD", "POST"])
def load(request: Request) -> HttpResponse:
    """Take a CSV, show what it would change, and on confirmation do exactly that."""
    if request.method == "POST" and "confirmed" in request.POST:
        return _confirmed(request)
    form = ImportForm(request.POST or None, request.FILES or None, initial={"on": timezone.localdate()})
    if request.method == "POST" and form.is_valid():
        data = form.cleaned_data["file"].read()
        try:
            return _preview(request, data, form.cleaned_data["on"])
        except ValueError as problem:
            form.add_error("file", str(problem))
    return render(request, "people/import.html", {"form": form})


def _preview(request: Request, data: bytes, on: date, changed_since: bool = False) -> HttpResponse:
    planned = csv_import.plan(request.tenant, csv_import.read_rows(data), on)
    counts: dict[str, int] = {}
    for change in planned.changes:
        counts[change.label] = counts.get(change.label, 0) + 1
    context = {
        "planned": planned,
        "counts": counts,
        "shown": planned.changes[:SHOWN],
        "hidden": max(0, len(planned.changes) - SHOWN),
        "sha256": "" if planned.errors else pending.keep(request.user, data),
        "changed_since": changed_since,
    }
    return render(request, "people/import_preview.html", context)


def _confirmed(request: Request) -> HttpResponse:
    """Apply the very file and plan that were shown; when either is another now, show anew."""
    data = pending.kept(request.user, request.POST.get("sha256", ""))
    try:
        on = date.fromisoformat(request.POST.get("on", ""))
    except ValueError:
        on = None
    if data is None or on is None:
        messages.error(
            request, _("確認した取込みファイルが残っていません。何も変わっていません。もう一度選んでください。")
        )
        return redirect("people-import")
    rows = csv_import.read_rows(data)
    planned = csv_import.plan(request.tenant, rows, on)
    if planned.errors or planned.digest != request.POST["confirmed"]:
        return _preview(request, data, on, changed_since=True)
    try:
        with transaction.atomic():
            csv_import.apply(request.tenant, planned)
            tell(
                request.tenant.pk,
                f"user:{request.user.pk}",
                "people.imported",
                rows=len(rows),
                changes=len(planned.changes),
                on=str(on),
                sha256=request.POST["sha256"],
            )
    except csv_import.StaleError:
        return _preview(request, data, on, changed_since=True)
    pending.drop(request.user)
    messages.success(
        request,
        _("適用日%(on)sで%(count)d件を反映しました。") % {"on": on.isoformat(), "count": len(planned.changes)},
    )
    return redirect("people")


@open_to("administrator")
@require_safe
def save(request: Request) -> HttpResponse:
    """Send the people as they stand today, as a CSV."""
    today = timezone.localdate()
    response = HttpResponse(csv_export.export(request.tenant, today), content_type="text/csv; charset=utf-8")
    response["Content-Disposition"] = f'attachment; filename="people-{today}.csv"'
    tell(request.tenant.pk, f"user:{request.user.pk}", "people.exported")
    return response

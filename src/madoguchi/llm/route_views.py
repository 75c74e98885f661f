"""The table of which endpoint would be taken, by the function that takes it, and the order of each purpose."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import get_args

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods

from madoguchi.llm import orders
from madoguchi.llm.models import Cell, Endpoint, Purpose, RequestZone
from madoguchi.llm.routing import Decision, Table, decide, table_of, usual
from madoguchi.people.access import Scope, Zone, scope_of
from madoguchi.people.guard import open_to
from madoguchi.people.models import Classification
from madoguchi.people.request import Request

# What is typed as a place in an order.
_MOST_PLACE = 9_999


@dataclass(frozen=True)
class Shown:
    """One cell of the page: what `decide` says of it, and what an endpoint must be there."""

    classification: Classification
    decision: Decision
    need: str


@dataclass(frozen=True)
class Row:
    """One purpose: its cells, and whether it has an order of its own."""

    purpose: Purpose
    cells: Sequence[Shown]
    has_order: bool


@open_to("administrator")
@require_GET
def routes(request: Request) -> HttpResponse:
    """Show, for requests from a zone, which endpoint every purpose takes with each classification, and why no other."""
    wanted = request.GET.get("zone", RequestZone.INTERNAL)
    zone: Zone | None = next((one for one in get_args(Zone) if one == wanted), None)
    if zone is None:
        raise Http404
    table = table_of(request.tenant.pk)
    scope = scope_of(request.user, zone)
    context = {
        "zone": RequestZone(zone),
        "zones": RequestZone,
        "classes": Classification,
        "rows": [_row(purpose, scope, table) for purpose in Purpose],
        "is_empty": not table.endpoints,
    }
    return render(request, "llm/routes.html", context)


def _row(purpose: Purpose, scope: Scope, table: Table) -> Row:
    cells = [
        Shown(
            classification,
            _of_its_use(decide(usual(purpose, scope, classification), table=table)),
            str(Cell.Need(table.need(scope.zone, classification)).label),
        )
        for classification in Classification
    ]
    return Row(purpose, cells, purpose in table.routes)


def _of_its_use(decision: Decision) -> Decision:
    """Leave out what is for another use altogether: it would hide the reasons that matter."""
    other = _("この用途のモデルではありません。")
    refused = [(endpoint, reason) for endpoint, reason in decision.refused if reason != other]
    return Decision(decision.endpoints, refused, decision.resting, decision.reason)


@open_to("administrator")
@require_http_methods(["GET", "POST"])
def order(request: Request, purpose: str) -> HttpResponse:
    """Show in which order a purpose takes its endpoints, and take another order."""
    if purpose not in Purpose.values:
        raise Http404
    endpoints = orders.candidates(request.tenant, purpose)
    if request.method == "POST":
        chosen, wrong = _typed(request, endpoints)
        if not wrong:
            taken = [] if "reset" in request.POST else chosen
            orders.set_order(request.tenant, purpose, taken, f"user:{request.user.pk}")
            messages.success(request, _("保存しました。次の呼び出しから、この順に使います。"))
            return redirect("endpoint-routes")
        typed = {one.pk: request.POST.get(f"place-{one.pk}", "") for one in endpoints}
        return _page(request, purpose, endpoints, typed, wrong)
    places = {number: str(place) for place, number in enumerate(_routes(request, purpose), start=1)}
    if not places:
        places = {one.pk: str(place) for place, one in enumerate(endpoints, start=1)}
    return _page(request, purpose, endpoints, places, [])


def _routes(request: Request, purpose: str) -> Sequence[int]:
    return table_of(request.tenant.pk).routes.get(purpose, ())


def _typed(request: Request, endpoints: Sequence[Endpoint]) -> tuple[list[Endpoint], list[int]]:
    """Return the endpoints by the places that were typed, and the numbers of those whose place is none."""
    places, wrong = dict[int, int](), list[int]()
    for endpoint in endpoints:
        text = request.POST.get(f"place-{endpoint.pk}", "").strip()
        if text.isdecimal() and len(text) <= len(str(_MOST_PLACE)) and int(text):
            places[endpoint.pk] = int(text)
        elif text:
            wrong.append(endpoint.pk)
    chosen = [endpoint for endpoint in endpoints if endpoint.pk in places]
    return sorted(chosen, key=lambda one: places[one.pk]), wrong


def _page(
    request: Request, purpose: str, endpoints: Sequence[Endpoint], places: dict[int, str], wrong: Sequence[int]
) -> HttpResponse:
    rows = [
        {"endpoint": endpoint, "place": places.get(endpoint.pk, ""), "is_wrong": endpoint.pk in wrong}
        for endpoint in sorted(endpoints, key=lambda one: _place(places.get(one.pk, "")))
    ]
    context = {
        "purpose": Purpose(purpose),
        "rows": rows,
        "wrong": [row["endpoint"] for row in rows if row["is_wrong"]],
        "most": _MOST_PLACE,
        "has_order": bool(_routes(request, purpose)),
    }
    return render(request, "llm/order.html", context, status=422 if wrong else 200)


def _place(text: str) -> int:
    return int(text) if text.isdecimal() and len(text) <= len(str(_MOST_PLACE)) else _MOST_PLACE + 1

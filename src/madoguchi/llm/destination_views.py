"""The list of destinations: where the machine may connect to. Administrators only."""

from datetime import timedelta
from typing import Any

from django import forms
from django.conf import settings
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_POST

from madoguchi.llm import destinations, rules
from madoguchi.llm.endpoints import Invalid
from madoguchi.llm.forms import say_at_fields
from madoguchi.llm.models import Destination
from madoguchi.llm.profiles import lists_destinations, profile_of
from madoguchi.people.guard import open_to
from madoguchi.people.request import Request


class LineForm(forms.Form):
    """One line of the list. What is wrong with it `destinations.check` says."""

    address = forms.CharField(
        label=gettext_lazy("宛先"),
        help_text=gettext_lazy("例: https://api.openai.com"),
        max_length=250,
        widget=forms.TextInput(attrs={"inputmode": "url", "autocomplete": "off"}),
    )
    purpose = forms.CharField(
        label=gettext_lazy("用途"), help_text=gettext_lazy("何のためにつなぐか。例: 回答の作成"), max_length=100
    )
    owner = forms.CharField(label=gettext_lazy("担当"), help_text=gettext_lazy("例: 情報政策課"), max_length=100)
    until = forms.DateField(
        label=gettext_lazy("期限"),
        help_text=gettext_lazy("最後に使える日。空欄なら、外すまで使えます。"),
        required=False,
        widget=forms.DateInput(format="%Y-%m-%d", attrs={"type": "date"}),
    )


class OwnerForm(forms.Form):
    """Who looks after the lines that are made of the endpoints."""

    owner = forms.CharField(label=gettext_lazy("担当"), help_text=gettext_lazy("例: 情報政策課"), max_length=100)
    prefix = "all"


class ReasonForm(forms.Form):
    """Why the list goes out of force."""

    reason = forms.CharField(label=gettext_lazy("理由"), max_length=rules.LONGEST_REASON)
    prefix = "off"


@open_to("administrator")
@require_http_methods(["GET", "POST"])
def page(request: Request) -> HttpResponse:
    """Show the list, and take a new line."""
    form = LineForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        line = destinations.line_at(request.tenant, **form.cleaned_data)
        try:
            destinations.add(line, _actor(request))
        except Invalid as invalid:
            say_at_fields(form, invalid)
        else:
            messages.success(request, _("宛先リストに加えました。"))
            return redirect("destinations")
    return _page(request, form=form)


@open_to("administrator")
@require_POST
def take_over(request: Request) -> HttpResponse:
    """Put the addresses of the endpoints in use on the list."""
    form = OwnerForm(request.POST)
    if form.is_valid():
        try:
            added = destinations.add_those_of_endpoints(request.tenant, form.cleaned_data["owner"], _actor(request))
        except Invalid as invalid:
            form.add_error("owner", str(invalid))
        else:
            messages.success(request, _("%(n)d件の宛先を加えました。") % {"n": added})
            return redirect("destinations")
    return _page(request, owner_form=form)


@open_to("administrator")
@require_POST
def remove(request: Request, pk: int) -> HttpResponse:
    """Take a line off the list."""
    line = get_object_or_404(Destination, tenant=request.tenant, pk=pk)
    try:
        destinations.remove(line, _actor(request))
    except destinations.LastLine:
        messages.error(
            request,
            _(
                "最後の1件のため、外していません。外すと宛先リストによる制限がなくなります。"
                "制限をやめるときは、下の「宛先リストを使うのをやめる」から申請してください。"
            ),
        )
    else:
        messages.success(request, _("宛先リストから外しました。"))
    return redirect("destinations")


@open_to("administrator")
@require_POST
def off(request: Request) -> HttpResponse:
    """Ask that the list go out of force: a second administrator decides."""
    form = ReasonForm(request.POST)
    if form.is_valid():
        try:
            waiting = rules.ask(request.tenant, {"list": ""}, _actor(request), form.cleaned_data["reason"])
        except rules.Refused as refused:
            form.add_error("reason", str(refused))
        else:
            said = _("申請しました。ほかの管理者が承認するまで、宛先リストは有効です。")
            messages.success(request, said if waiting else _("宛先リストを空にしました。"))
            return redirect("endpoint-rules")
    return _page(request, reason_form=form)


def _page(
    request: Request,
    form: LineForm | None = None,
    owner_form: OwnerForm | None = None,
    reason_form: ReasonForm | None = None,
) -> HttpResponse:
    today = timezone.localdate()
    users = destinations.users_of(request.tenant.pk)
    lines = list(Destination.objects.filter(tenant=request.tenant))
    listed = {(line.scheme, line.host, line.port) for line in lines}
    lacking = [
        {"address": destinations.written(origin), "endpoints": endpoints}
        for origin, endpoints in users.items()
        if origin not in listed and any(_counts(endpoint, origin) for endpoint in endpoints)
    ]
    wrong = any(one is not None and one.errors for one in (form, owner_form, reason_form))
    context = {
        "rows": [_row(line, users, today) for line in lines],
        "lacking": lacking,
        "is_asked_for": lists_destinations(profile_of(request.tenant.pk)),
        "form": form or LineForm(),
        "owner_form": owner_form or OwnerForm(),
        "reason_form": reason_form or ReasonForm(),
    }
    return render(request, "llm/destinations.html", context, status=422 if wrong else 200)


def _row(line: Destination, users: dict[destinations.Origin, Any], today: Any) -> dict[str, Any]:
    origin = (line.scheme, line.host, line.port)
    soon = today + timedelta(days=settings.DESTINATION_WARNS_DAYS)
    return {
        "line": line,
        "address": destinations.written(origin),
        "endpoints": users.get(origin, []),
        "is_over": bool(line.until and line.until < today),
        "ends_soon": bool(line.until and today <= line.until <= soon),
    }


def _counts(endpoint: Any, origin: destinations.Origin) -> bool:
    """Whether an endpoint in use needs a line for an address."""
    stays_here = endpoint.zone == endpoint.Zone.INTERNAL and destinations.is_this_machine(origin[1])
    return bool(endpoint.is_enabled and not stays_here)


def _actor(request: Request) -> str:
    return f"user:{request.user.pk}"

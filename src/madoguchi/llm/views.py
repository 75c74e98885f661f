"""Endpoints: which models the office uses. Administrators only; a key is typed and never shown."""

from typing import Any

from django.contrib import messages
from django.http import HttpResponse, JsonResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from madoguchi.llm.endpoints import Invalid, NoEndpoint, address_of, key_of, save
from madoguchi.llm.forms import EndpointForm, PictureRuleForm, as_typed, say_at_fields
from madoguchi.llm.models import Endpoint
from madoguchi.llm.presets import Preset, preset_named, presets_by_use
from madoguchi.llm.removal import remove
from madoguchi.llm.routing import missing_of
from madoguchi.llm.trial import Trial
from madoguchi.llm.trial_views import looked_for
from madoguchi.llm.vision import describers, limit_of, set_limit
from madoguchi.people.guard import open_to
from madoguchi.people.request import Request


@open_to("administrator")
@require_GET
def endpoints(request: Request) -> HttpResponse:
    """List the endpoints in the order in which they are used."""
    return page(request)


@open_to("administrator")
@require_http_methods(["GET", "POST"])
def new(request: Request) -> HttpResponse:
    """Add an endpoint, beginning from a preset when one is named."""
    return _edit(request, Endpoint(tenant=request.tenant), preset_named(request.GET.get("preset", "")))


@open_to("administrator")
@require_http_methods(["GET", "POST"])
def edit(request: Request, pk: int) -> HttpResponse:
    """Change an endpoint."""
    return _edit(request, get_object_or_404(Endpoint, tenant=request.tenant, pk=pk))


@open_to("administrator")
@require_POST
def switch(request: Request, pk: int) -> HttpResponse:
    """Stop using an endpoint, or use it again."""
    endpoint = get_object_or_404(Endpoint, tenant=request.tenant, pk=pk)
    endpoint.is_enabled = not endpoint.is_enabled
    try:
        save(endpoint, f"user:{request.user.pk}")
    except Invalid as invalid:
        messages.error(request, str(invalid))
    else:
        messages.success(request, _("使用を始めました。") if endpoint.is_enabled else _("使用を止めました。"))
    return redirect("endpoints")


@open_to("administrator")
@require_POST
def delete(request: Request, pk: int) -> HttpResponse:
    """Take an endpoint away, with its key."""
    endpoint = get_object_or_404(Endpoint, tenant=request.tenant, pk=pk)
    try:
        remove(endpoint, f"user:{request.user.pk}")
    except Invalid as invalid:
        messages.error(request, str(invalid))
    else:
        messages.success(request, _("接続先「%(name)s」を削除しました。") % {"name": endpoint.name})
    return redirect("endpoints")


@open_to("administrator")
@require_POST
def pictures(request: Request) -> HttpResponse:
    """Set up to which classification figures are described by a model."""
    form = PictureRuleForm(request.POST)
    if not form.is_valid():
        return page(request, rule=form)
    limit = form.cleaned_data["max_classification"]
    set_limit(request.tenant, limit, f"user:{request.user.pk}")
    if limit is None:
        messages.success(request, _("図をモデルに渡すのをやめました。作ってあった説明は、検索と画面から外しました。"))
    else:
        messages.success(
            request,
            _(
                "保存しました。これから取り込む文書の図に説明が付きます。いまある文書には、文書の画面の「図の説明を作る」で付けられます。"
            ),
        )
    return redirect("endpoints")


def page(
    request: Request,
    trial: Trial | None = None,
    tried: Endpoint | None = None,
    rule: PictureRuleForm | None = None,
    found: dict[str, Any] | None = None,
) -> HttpResponse:
    """Return the list, with a trial and what it found out when one was made."""
    known = list(Endpoint.objects.filter(tenant=request.tenant))
    rows = [
        {
            "endpoint": endpoint,
            "address": address_of(endpoint),
            "key_is_missing": not _has_its_key(endpoint),
            "missing": _missing(endpoint),
            "is_in_time": _is_in_time(endpoint),
        }
        for endpoint in known
    ]
    limit = limit_of(request.tenant.pk)
    context = {
        "rows": rows,
        "presets": presets_by_use(),
        "trial": trial,
        "marks": _marks(trial) if trial else [],
        "tried": tried,
        "found": found,
        "rule": rule or PictureRuleForm(initial={"max_classification": limit}),
        "limit": limit,
        "describers": describers(request.tenant.pk, limit) if limit else [],
        "sees_pictures": any(endpoint.sees_pictures for endpoint in known),
    }
    return render(request, "llm/endpoints.html", context, status=422 if rule else 200)


def _edit(request: Request, endpoint: Endpoint, preset: Preset | None = None) -> HttpResponse:
    looked = looked_for(endpoint, request.POST) if "look" in request.POST else None
    if looked is not None and "part" in request.GET:
        return JsonResponse(looked)
    known = endpoint if endpoint.pk else None
    missing = _missing(endpoint) if known else []
    if looked is None:
        form = EndpointForm(request.POST or None, instance=endpoint, initial=preset.settings() if preset else {})
    else:
        form = EndpointForm(instance=endpoint, initial=as_typed(request.POST))
    if form.is_bound and form.is_valid():
        try:
            save(form.instance, f"user:{request.user.pk}", form.key())
        except Invalid as invalid:
            say_at_fields(form, invalid)
        else:
            messages.success(request, _("接続先を保存しました。「試す」で確かめられます。"))
            return redirect("endpoints")
    context = {
        "form": form,
        "endpoint": known,
        "missing": missing,
        "looked": looked,
        "preset": preset,
        "presets": presets_by_use(),
        "begun": form.is_bound or bool(preset) or looked is not None,
    }
    return render(request, "llm/edit.html", context, status=422 if form.errors else 200)


def _marks(trial: Trial) -> list[tuple[str, bool | None]]:
    return [
        (_("文章"), trial.chat),
        (_("逐次表示"), trial.stream),
        ("JSON", trial.json),
        (_("道具"), trial.tools),
        (_("画像"), trial.vision),
    ]


def _missing(endpoint: Endpoint) -> list[str]:
    """Return what lacks in the record of the contract before more than class 1 may go to an endpoint outside."""
    return [] if endpoint.zone == Endpoint.Zone.INTERNAL else missing_of(endpoint, timezone.localdate())


def _is_in_time(endpoint: Endpoint) -> bool:
    today = timezone.localdate()
    return (endpoint.valid_from or today) <= today <= (endpoint.valid_to or today)


def _has_its_key(endpoint: Endpoint) -> bool:
    """Whether nothing lacks for a call: the key that it needs or was given is there and opens."""
    try:
        key_of(endpoint)
    except NoEndpoint:
        return False
    return True

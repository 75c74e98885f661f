"""Endpoints: which models the office uses. Administrators only; a key is typed and never shown."""

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from madoguchi.llm.endpoints import Invalid, NoEndpoint, address_of, key_of, save
from madoguchi.llm.forms import EndpointForm, PictureRuleForm
from madoguchi.llm.models import Endpoint
from madoguchi.llm.presets import PRESETS, presets_by_use
from madoguchi.llm.trial import Trial, try_out
from madoguchi.llm.vision import describers, limit_of, set_limit
from madoguchi.people.guard import open_to
from madoguchi.people.request import Request


@open_to("administrator")
@require_GET
def endpoints(request: Request) -> HttpResponse:
    """List the endpoints in the order in which they are used."""
    return _page(request)


@open_to("administrator")
@require_http_methods(["GET", "POST"])
def new(request: Request) -> HttpResponse:
    """Add an endpoint, beginning from a preset when one is named."""
    return _edit(request, Endpoint(tenant=request.tenant), _preset(request.GET.get("preset", "")))


@open_to("administrator")
@require_http_methods(["GET", "POST"])
def edit(request: Request, pk: int) -> HttpResponse:
    """Change an endpoint."""
    return _edit(request, get_object_or_404(Endpoint, tenant=request.tenant, pk=pk), {})


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
def test(request: Request, pk: int) -> HttpResponse:
    """Send a short text to an endpoint and show what works."""
    endpoint = get_object_or_404(Endpoint, tenant=request.tenant, pk=pk)
    return _page(request, try_out(endpoint, request.scope), endpoint)


@open_to("administrator")
@require_POST
def pictures(request: Request) -> HttpResponse:
    """Set up to which classification figures are described by a model."""
    form = PictureRuleForm(request.POST)
    if not form.is_valid():
        return _page(request, rule=form)
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


def _page(
    request: Request,
    trial: Trial | None = None,
    tried: Endpoint | None = None,
    rule: PictureRuleForm | None = None,
) -> HttpResponse:
    found = list(Endpoint.objects.filter(tenant=request.tenant))
    rows = [
        {"endpoint": endpoint, "address": address_of(endpoint), "key_is_missing": not _has_its_key(endpoint)}
        for endpoint in found
    ]
    limit = limit_of(request.tenant.pk)
    context = {
        "rows": rows,
        "presets": presets_by_use(),
        "trial": trial,
        "tried": tried,
        "rule": rule or PictureRuleForm(initial={"max_classification": limit}),
        "limit": limit,
        "describers": describers(request.tenant.pk, limit) if limit else [],
        "sees_pictures": any(endpoint.sees_pictures for endpoint in found),
    }
    return render(request, "llm/endpoints.html", context, status=422 if rule else 200)


def _edit(request: Request, endpoint: Endpoint, initial: dict[str, str]) -> HttpResponse:
    known = endpoint if endpoint.pk else None
    form = EndpointForm(request.POST or None, instance=endpoint, initial=initial)
    if request.method == "POST" and form.is_valid():
        try:
            save(form.instance, f"user:{request.user.pk}", form.key())
        except Invalid as invalid:
            form.refuse(invalid)
        else:
            messages.success(request, _("接続先を保存しました。「試す」で確かめられます。"))
            return redirect("endpoints")
    context = {
        "form": form,
        "endpoint": known,
        "presets": presets_by_use(),
        "begun": form.is_bound or bool(initial),
    }
    return render(request, "llm/edit.html", context, status=422 if form.errors else 200)


def _has_its_key(endpoint: Endpoint) -> bool:
    """Whether nothing lacks for a call: the key that it needs or was given is there and opens."""
    try:
        key_of(endpoint)
    except NoEndpoint:
        return False
    return True


def _preset(key: str) -> dict[str, str]:
    for preset in PRESETS:
        if preset.key == key:
            return {
                "use": preset.use,
                "name": str(preset.title).split("（")[0],
                "provider": preset.provider,
                "model": preset.model,
                "base_url": preset.base_url,
                "zone": preset.zone,
            }
    return {}

"""Trying an endpoint on its page, taking over what was found, and asking a server which models it has."""

from typing import Any

from django.contrib import messages
from django.core import signing
from django.http import HttpResponse, QueryDict
from django.shortcuts import get_object_or_404, redirect
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from madoguchi.llm import routing, server_models
from madoguchi.llm.credentials import joined
from madoguchi.llm.endpoints import KEY_FIELD, Invalid, NoEndpoint, address_of, check, key_of
from madoguchi.llm.faults import Fault, message
from madoguchi.llm.models import Endpoint
from madoguchi.llm.trial import adopt, found_out, try_out
from madoguchi.people.guard import open_to
from madoguchi.people.request import Request

# What a trial found stands signed in its page: for so long it may be taken over.
_SALT, _SECONDS = "madoguchi.llm.trial", 3600
# Of a server's models, those that stand on the page.
_MOST_SHOWN = 30
# Without these nothing can be asked of a server.
_ASKED_WITH = ("provider", "base_url", "zone", KEY_FIELD)


@open_to("administrator")
@require_POST
def test(request: Request, pk: int) -> HttpResponse:
    """Send fixed texts to an endpoint and show what works."""
    from madoguchi.llm.views import page

    endpoint = get_object_or_404(Endpoint, tenant=request.tenant, pk=pk)
    trial = try_out(endpoint, request.scope)
    found = found_out(trial, endpoint)
    sealed = signing.dumps([*_which(endpoint), found], salt=_SALT) if found else ""
    return page(request, trial, endpoint, found={"sealed": sealed, "lines": _lines(found)})


@open_to("administrator")
@require_POST
def take_over(request: Request, pk: int) -> HttpResponse:
    """Save what the trial on the page found out."""
    endpoint = get_object_or_404(Endpoint, tenant=request.tenant, pk=pk)
    try:
        *which, found = signing.loads(request.POST.get("found", ""), salt=_SALT, max_age=_SECONDS)
        if which != _which(endpoint):
            raise signing.BadSignature
        adopt(endpoint, found, f"user:{request.user.pk}")
    except signing.BadSignature:
        messages.error(request, _("試したあとで設定が変わったか、時間がたちました。もう一度「試す」を押してください。"))
    except Invalid as invalid:
        messages.error(request, str(invalid))
    else:
        messages.success(request, _("試した結果を設定に反映しました。"))
    return redirect("endpoints")


def looked_for(endpoint: Endpoint, posted: QueryDict) -> dict[str, Any]:
    """Ask the server that a form names for its models; nothing is saved.

    {said, is_problem, names, list}: a sentence, the names that may be called, and how long a text the first ones take.
    """
    names = ("provider", "base_url", "use", "zone")
    given: dict[str, str] = {name: str(posted.get(name, "")).strip() for name in names}
    asked = Endpoint(pk=endpoint.pk, tenant_id=endpoint.tenant_id, name=endpoint.name or _("新しい接続先"), **given)
    typed = str(posted.get(KEY_FIELD, "")).strip()
    key = joined(asked.provider, typed, {name: str(value) for name, value in posted.items()}) if typed else None
    errors = check(asked, key)
    if wrong := [errors[name] for name in _ASKED_WITH if name in errors]:
        return _problem(" ".join(wrong))
    if not server_models.can_say(asked):
        return _problem(_("この提供元には一覧がありません。管理画面にある名前を入力してください。"))
    if reason := routing.why_not_reached(asked):
        return _problem(reason)
    try:
        stored = key_of(endpoint) if key is None and endpoint.pk else ""
        models = server_models.models_of(asked, key or stored)
    except NoEndpoint as lacking:
        return _problem(str(lacking))
    except Fault as fault:
        return _problem(message(asked, fault.kind))
    if not models:
        return _problem(_("この用途のモデルは、サーバーの一覧にありませんでした。"))
    said = _("%(n)d件のモデルがあります。「モデル名」の欄で選べます。") % {"n": len(models)}
    shown = "、".join(_with_length(model) for model in models[:_MOST_SHOWN])
    return {"said": said, "is_problem": False, "names": [model.name for model in models], "list": shown}


def _problem(said: str) -> dict[str, Any]:
    return {"said": said, "is_problem": True, "names": [], "list": ""}


def _with_length(model: server_models.ServerModel) -> str:
    if model.context_tokens is None:
        return model.name
    return _("%(name)s（%(tokens)dトークン）") % {"name": model.name, "tokens": model.context_tokens}


def _which(endpoint: Endpoint) -> list[Any]:
    return [endpoint.pk, endpoint.provider, endpoint.model, address_of(endpoint)]


def _lines(found: dict[str, Any]) -> list[str]:
    from madoguchi.llm.forms import EndpointForm

    words = {True: _("はい"), False: _("いいえ")}
    labels = EndpointForm.Meta.labels
    return [f"{labels[name]}: {words[value] if type(value) is bool else value}" for name, value in found.items()]

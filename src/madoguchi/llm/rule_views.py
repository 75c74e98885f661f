"""The rules of what may go where: network model, cells, words that stop a call, and changes that wait."""

from collections.abc import Callable, Mapping
from typing import Any

from django import forms
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from madoguchi.llm import rules
from madoguchi.llm.actor_names import names_of
from madoguchi.llm.endpoints import Invalid
from madoguchi.llm.forms import say_at_fields
from madoguchi.llm.models import Cell, RequestZone, RuleChange, Rules
from madoguchi.llm.profiles import ABOUT, INSIDE_ONLY_FROM, need_under, zones_from
from madoguchi.people.guard import open_to
from madoguchi.people.models import Classification
from madoguchi.people.request import Request


class OtherForm(forms.ModelForm):  # type: ignore[type-arg]
    """What opens nothing: words that stop a call, the yen rate, how long things are kept."""

    forbidden_words = forms.CharField(
        label=gettext_lazy("渡さない語"),
        help_text=gettext_lazy("1行に1語。この語を含む文は、どのモデルにも渡さず、入力した人に知らせます。"),
        required=False,
        strip=False,
        widget=forms.Textarea(attrs={"rows": 6}),
    )

    class Meta:
        model = Rules
        fields = ("forbidden_words", "yen_per_dollar", "keeps_texts", "texts_days", "calls_days")
        labels = {  # noqa: RUF012
            "yen_per_dollar": gettext_lazy("1米ドルの円換算"),
            "keeps_texts": gettext_lazy("モデルに渡した文と返った文を残す（暗号化して保存）"),
            "texts_days": gettext_lazy("文を残す日数"),
            "calls_days": gettext_lazy("呼び出しの記録（文を含まない）を残す日数"),
        }

    def clean_forbidden_words(self) -> list[str]:
        """Return the words, each once."""
        return rules.words_in(self.cleaned_data["forbidden_words"])


@open_to("administrator")
@require_GET
def page(request: Request) -> HttpResponse:
    """Show the rules and the changes that wait for a second administrator."""
    return _page(request)


@open_to("administrator")
@require_http_methods(["GET", "POST"])
def profile(request: Request) -> HttpResponse:
    """Show what another network model would change, and set it."""
    given = request.POST if request.method == "POST" else request.GET
    change = {"profile": given.get("profile", "")}
    reason = request.POST.get("reason", "")
    try:
        rules.checked(change)
        if request.method == "POST":
            return _asked(request, rules.ask(request.tenant, change, _actor(request), reason))
    except rules.Refused as refused:
        if change["profile"] not in ABOUT:
            messages.error(request, str(refused))
            return redirect("endpoint-rules")
        return _preview(request, change, reason, str(refused))
    return _preview(request, change)


@open_to("administrator")
@require_POST
def cells(request: Request) -> HttpResponse:
    """Set what an endpoint must be, by zone and classification."""
    before = rules.walls_of(request.tenant.pk)
    typed = {place: request.POST.get(_field(*place), before.cells.get(place, "")) for place in rules.places()}
    reason = request.POST.get("reason", "")
    changed = [[*place, need] for place, need in typed.items() if need != before.cells.get(place, "")]
    try:
        waiting = rules.ask(request.tenant, {"cells": changed}, _actor(request), reason)
    except rules.Refused as refused:
        return _page(request, typed=typed, reason=reason, cells_wrong=str(refused))
    return _asked(request, waiting)


@open_to("administrator")
@require_POST
def others(request: Request) -> HttpResponse:
    """Set forbidden words, the yen rate and how long things are kept."""
    form = OtherForm(request.POST, instance=rules.rules_of(request.tenant.pk))
    if form.is_valid():
        try:
            rules.set_others(request.tenant, _actor(request), **form.cleaned_data)
        except Invalid as invalid:
            say_at_fields(form, invalid)
        else:
            messages.success(request, _("保存しました。次の呼び出しから使います。"))
            return redirect("endpoint-rules")
    return _page(request, form=form)


@open_to("administrator")
@require_POST
def accept(request: Request, pk: int) -> HttpResponse:
    """Let in a change that another administrator asked for."""
    return _decided(request, pk, rules.accept, _("承認しました。次の呼び出しから、この規則に従います。"))


@open_to("administrator")
@require_POST
def refuse(request: Request, pk: int) -> HttpResponse:
    """Say no to a change that another administrator asked for."""
    return _decided(request, pk, rules.refuse, _("却下しました。規則は変わっていません。"))


@open_to("administrator")
@require_POST
def withdraw(request: Request, pk: int) -> HttpResponse:
    """Take one's own change back."""
    return _decided(request, pk, rules.withdraw, _("取り下げました。規則は変わっていません。"))


def _decided(request: Request, pk: int, verb: Callable[[RuleChange, str], None], said: str) -> HttpResponse:
    waiting = get_object_or_404(RuleChange, tenant=request.tenant, pk=pk)
    try:
        verb(waiting, _actor(request))
    except rules.Refused as refused:
        messages.error(request, str(refused))
    else:
        messages.success(request, said)
    return redirect("endpoint-rules")


def _asked(request: Request, waiting: RuleChange | None) -> HttpResponse:
    if waiting is None:
        messages.success(request, _("変えました。次の呼び出しから、この規則に従います。"))
    else:
        messages.success(request, _("申請しました。ほかの管理者が承認するまで、いまの規則のままです。"))
    return redirect("endpoint-rules")


def _preview(request: Request, change: Mapping[str, Any], reason: str = "", wrong: str = "") -> HttpResponse:
    before = rules.walls_of(request.tenant.pk)
    after = rules.with_change(before, change)
    context = {
        "profile": Rules.Profile(after.profile),
        "about": ABOUT[after.profile],
        "is_same": after == before,
        "differences": rules.differences(before, after),
        "opens": rules.opens(before, after),
        "reason": reason,
        "longest": rules.LONGEST_REASON,
        "wrong": wrong,
    }
    return render(request, "llm/rules_profile.html", context, status=422 if wrong else 200)


def _page(
    request: Request,
    form: OtherForm | None = None,
    typed: Mapping[rules.Place, str] | None = None,
    reason: str = "",
    cells_wrong: str = "",
) -> HttpResponse:
    walls = rules.walls_of(request.tenant.pk)
    known = rules.rules_of(request.tenant.pk)
    if form is None:
        form = OtherForm(instance=known, initial={"forbidden_words": "\n".join(known.forbidden_words)})
    context = {
        "waiting": _waiting(request, walls),
        "profiles": [
            {"value": value, "label": label, "about": ABOUT[value], "is_set": value == walls.profile}
            for value, label in Rules.Profile.choices
        ],
        "zones": [_zone(zone, walls, typed or walls.cells) for zone in RequestZone],
        "form": form,
        "reason": reason,
        "longest": rules.LONGEST_REASON,
        "cells_wrong": cells_wrong,
    }
    return render(request, "llm/rules.html", context, status=422 if form.errors or cells_wrong else 200)


def _waiting(request: Request, walls: rules.Walls) -> list[dict[str, Any]]:
    found = rules.waiting_of(request.tenant.pk)
    names = names_of(request.tenant, [one.asked_by for one in found])
    return [
        {
            "change": one,
            "who": names[one.asked_by],
            "is_own": one.asked_by == _actor(request),
            "is_outdated": rules.is_outdated(one),
            "differences": rules.differences_of(one, walls),
        }
        for one in found
    ]


def _zone(zone: RequestZone, walls: rules.Walls, chosen: Mapping[rules.Place, str]) -> dict[str, Any]:
    """Return one zone of requests: where it reaches, and for each classification what may be chosen."""
    cells = []
    for one in Classification:
        usual = Cell.Need(need_under(walls.profile, {}, zone, one))
        needs = [Cell.Need.INSIDE, Cell.Need.NONE] if one >= INSIDE_ONLY_FROM else list(Cell.Need)
        cells.append(
            {
                "field": _field(zone, one),
                "label": one.label,
                "usual": usual.label,
                "chosen": chosen.get((zone, one), ""),
                "needs": needs,
            }
        )
    reached = "、".join(str(RequestZone(name).label) for name in zones_from(walls.profile, zone))
    return {"zone": zone, "cells": cells, "reached": reached}


def _field(zone: str, classification: int) -> str:
    return f"need-{zone}-{int(classification)}"


def _actor(request: Request) -> str:
    return f"user:{request.user.pk}"

"""Stop buttons: pressed, seen and lifted. Administrators only."""

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from madoguchi.llm import stops
from madoguchi.llm.actor_names import names_of
from madoguchi.llm.models import Endpoint, Stop
from madoguchi.people.guard import open_to
from madoguchi.people.request import Request

# Of those that were lifted, the latest.
_MOST_PAST = 20
_LONGEST_NAME = 64


@open_to("administrator")
@require_http_methods(["GET", "POST"])
def page(request: Request) -> HttpResponse:
    """List what is stopped, and stop something."""
    if request.method == "GET":
        return _page(request)
    what, key = request.POST.get("what", ""), request.POST.get("key", "").strip()
    reason = request.POST.get("reason", "").strip()
    if what not in Stop.What.values:
        raise Http404
    if wrong := _wrong(request, what, key, reason):
        return _page(request, typed={"what": what, "key": key, "reason": reason}, wrong=wrong)
    key = "" if what == Stop.What.ALL else key
    stop = stops.press(request.tenant, what, key, f"user:{request.user.pk}", reason)
    said = _("%(title)sを止めました。書いている途中の回答も、2秒以内に止まります。")
    messages.success(request, said % {"title": stops.title_of(stop)})
    return redirect("stops")


@open_to("administrator")
@require_POST
def lift(request: Request) -> HttpResponse:
    """Let go on what was stopped."""
    what, key = request.POST.get("what", ""), request.POST.get("key", "")
    if stops.lift(request.tenant, what, key, f"user:{request.user.pk}"):
        messages.success(request, _("再開しました。次の呼び出しから使えます。"))
    else:
        messages.info(request, _("すでに再開されています。"))
    return redirect("stops")


def _wrong(request: Request, what: str, key: str, reason: str) -> str:
    if len(reason) > stops.LONGEST_REASON or not reason.isprintable():
        return _("まだ止めていません。理由は%(most)d文字以内で、改行せずに入力してください。") % {
            "most": stops.LONGEST_REASON
        }
    if what == Stop.What.ENDPOINT:
        known = key.isdecimal() and Endpoint.objects.filter(tenant=request.tenant, pk=int(key[:18])).exists()
        return "" if known else _("まだ止めていません。止める接続先を選んでください。")
    if what != Stop.What.ALL and not (0 < len(key) <= _LONGEST_NAME and key.isprintable()):
        return _("まだ止めていません。止めるものの名前を%(most)d文字以内で入力してください。") % {"most": _LONGEST_NAME}
    return ""


def _page(request: Request, typed: dict[str, str] | None = None, wrong: str = "") -> HttpResponse:
    pressed = list(stops.open_stops(request.tenant.pk))
    past = list(Stop.objects.filter(tenant=request.tenant).exclude(lifted_at=None)[:_MOST_PAST])
    titles = stops.titles_of([*pressed, *past])
    names = names_of(
        request.tenant, [actor for stop in [*pressed, *past] for actor in (stop.stopped_by, stop.lifted_by)]
    )

    def shown(stop: Stop) -> dict[str, object]:
        return {
            "stop": stop,
            "title": titles[stop.pk],
            "who": names[stop.stopped_by],
            "lifted_by": names[stop.lifted_by] if stop.lifted_at else "",
        }

    context = {
        "pressed": [shown(stop) for stop in pressed],
        "past": [shown(stop) for stop in past],
        "all_is_stopped": any(stop.what == Stop.What.ALL for stop in pressed),
        "endpoints": Endpoint.objects.filter(tenant=request.tenant),
        "typed": typed or {},
        "wrong": wrong,
        "longest": stops.LONGEST_REASON,
        "longest_name": _LONGEST_NAME,
    }
    return render(request, "llm/stops.html", context, status=422 if wrong else 200)

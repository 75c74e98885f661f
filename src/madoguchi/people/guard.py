"""Every view says who may come: `@open_to("staff")`. A view that does not say so stops the start."""

from collections.abc import Callable, Iterator
from functools import wraps
from inspect import iscoroutinefunction
from typing import Any, Literal

from django.contrib.auth.views import redirect_to_login
from django.core import checks
from django.http import Http404, HttpResponseBase, JsonResponse
from django.shortcuts import resolve_url
from django.urls import URLPattern, URLResolver, get_resolver
from django.utils.translation import gettext as _

from madoguchi.people import kept

Audience = Literal["anybody", "staff", "administrator", "auditor"]
View = Callable[..., Any]


def open_to(audience: Audience) -> Callable[[View], View]:
    """Declare who may come to a view. Others find nothing there; who is not signed in is asked to, and comes back."""

    def wrap(view: View) -> View:
        @wraps(view)
        def guarded(request: Any, *args: Any, **kwargs: Any) -> HttpResponseBase:
            return _turn_away(request, audience) or view(request, *args, **kwargs)

        @wraps(view)
        async def guarded_async(request: Any, *args: Any, **kwargs: Any) -> HttpResponseBase:
            # `SessionRules` has read the person already: no database here.
            return _turn_away(request, audience) or await view(request, *args, **kwargs)

        chosen: Any = guarded_async if iscoroutinefunction(view) else guarded
        chosen.audience = audience
        return chosen  # type: ignore[no-any-return]

    return wrap


def _turn_away(request: Any, audience: Audience) -> HttpResponseBase | None:
    """Return what somebody gets who may not come, or None for who may."""
    if audience == "anybody":
        return None
    if not request.user.is_authenticated:
        return ask_to_sign_in(request)
    if audience == "administrator" and not request.user.is_administrator:
        raise Http404
    if audience == "auditor" and not request.user.is_auditor:
        raise Http404
    return None


def ask_to_sign_in(request: Any) -> HttpResponseBase:
    """Return the way to sign-in: a redirect that comes back, the page with what was typed, or JSON for a script."""
    if _from_script(request):
        text = _(
            "サインインが必要です。入力した内容はこの画面に残っています。別のタブでサインインしてから、もう一度お試しください。"
        )
        return JsonResponse({"error": text, "sign_in": resolve_url("sign-in")}, status=401)
    if request.method in ("GET", "HEAD"):
        return _redirect(request, request.get_full_path())
    token = kept.keep(request)
    if token is None:
        return _redirect(request, resolve_url("home"))
    from madoguchi.people.sign_in_views import sign_in_page

    return sign_in_page(request, token)


def _redirect(request: Any, back_to: str) -> HttpResponseBase:
    ended = getattr(request, "ended", None)
    why = f"?ended={ended}" if ended else ""
    return redirect_to_login(back_to, login_url=resolve_url("sign-in") + why)


def _from_script(request: Any) -> bool:
    accepts: str = request.headers.get("Accept", "")
    wants_no_page = accepts.startswith(("application/json", "text/event-stream"))
    return wants_no_page or request.headers.get("Sec-Fetch-Dest") == "empty"


def routes(resolver: URLResolver | None = None, prefix: str = "") -> Iterator[tuple[str, URLPattern]]:
    """Yield every route of the product with its whole path."""
    for pattern in (resolver or get_resolver()).url_patterns:
        if isinstance(pattern, URLResolver):
            yield from routes(pattern, prefix + str(pattern.pattern))
        else:
            yield prefix + str(pattern.pattern), pattern


@checks.register(checks.Tags.urls)
def every_route_declares_its_audience(**_: Any) -> list[checks.CheckMessage]:
    """Return an error for each route whose view does not say who may come."""
    return [
        checks.Error(f"/{path} declares no audience: decorate its view with people.guard.open_to", id="people.E001")
        for path, pattern in routes()
        if not hasattr(pattern.callback, "audience")
    ]

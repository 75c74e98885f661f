"""Every view says who may come: `@open_to("staff")`. A view that does not say so stops the start."""

from collections.abc import Callable, Iterator
from functools import wraps
from typing import Any, Literal

from django.contrib.auth.views import redirect_to_login
from django.core import checks
from django.http import Http404, HttpResponseBase
from django.urls import URLPattern, URLResolver, get_resolver

Audience = Literal["anybody", "staff", "administrator", "auditor"]
View = Callable[..., Any]


def open_to(audience: Audience) -> Callable[[View], View]:
    """Declare who may come to a view. Others find nothing there; who is not signed in is asked to, and comes back."""

    def wrap(view: View) -> View:
        @wraps(view)
        def guarded(request: Any, *args: Any, **kwargs: Any) -> HttpResponseBase:
            if audience != "anybody":
                if not request.user.is_authenticated:
                    return redirect_to_login(request.get_full_path())
                if audience == "administrator" and not request.user.is_administrator:
                    raise Http404
                if audience == "auditor" and not request.user.is_auditor:
                    raise Http404
            return view(request, *args, **kwargs)  # type: ignore[no-any-return]

        guarded.audience = audience  # type: ignore[attr-defined]
        return guarded

    return wrap


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

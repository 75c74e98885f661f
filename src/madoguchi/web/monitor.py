"""What a monitor asks: does the process live, can it serve. Any host name will do; no office, no session."""

from collections.abc import Callable
from typing import cast

from django.db import DatabaseError, connection
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.views.decorators.http import require_safe

from madoguchi.people.guard import open_to


@open_to("anybody")
@require_safe
def healthz(_request: HttpRequest) -> HttpResponse:
    """Answer that the process lives."""
    return JsonResponse({"status": "ok"})


@open_to("anybody")
@require_safe
def readyz(_request: HttpRequest) -> HttpResponse:
    """Answer whether the process can serve: 200, or 503 when its database does not answer."""
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1 FROM people_tenant LIMIT 1")
    except DatabaseError:
        return JsonResponse({"status": "unavailable", "database": "down"}, status=503, headers={"Retry-After": "5"})
    return JsonResponse({"status": "ok", "database": "ok"})


class Monitor:
    """Answers before the layers that need a database: one that is down must not look like a dead process."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if request.path == "/healthz":
            return cast("HttpResponse", healthz(request))
        if request.path == "/readyz":
            return cast("HttpResponse", readyz(request))
        return self.get_response(request)

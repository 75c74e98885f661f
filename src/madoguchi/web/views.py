"""The look, the language, and what a monitor asks."""

from django.conf import settings
from django.core.exceptions import BadRequest
from django.db import DatabaseError, connection
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.http import require_POST, require_safe

from madoguchi.people.guard import open_to
from madoguchi.people.models import User
from madoguchi.web.theme import COOKIE, THEMES

YEAR = 365 * 24 * 3600


def _back(request: HttpRequest) -> HttpResponse:
    """Return a redirect to the page the form stood on; an address of another host is not followed."""
    target = request.POST.get("next", "")
    if not url_has_allowed_host_and_scheme(target, allowed_hosts=None, require_https=request.is_secure()):
        target = "/"
    return redirect(target)


@open_to("anybody")
@require_POST
def theme(request: HttpRequest) -> HttpResponse:
    """Keep the look that a person chose, in this browser."""
    response = _back(request)
    chosen = request.POST.get("theme")
    if chosen in THEMES:
        # Read by shell.js too, which changes it without a new page.
        response.set_cookie(COOKIE, chosen, max_age=YEAR, samesite="Lax", secure=settings.HTTPS)
    else:
        response.delete_cookie(COOKIE, samesite="Lax")
    return response


@open_to("anybody")
@require_POST
def language(request: HttpRequest) -> HttpResponse:
    """Keep the language that a person chose: in this browser, and with their account when signed in."""
    chosen = request.POST.get("language")
    if chosen not in dict(settings.LANGUAGES):
        raise BadRequest("language")
    if isinstance(request.user, User):
        User.objects.filter(pk=request.user.pk, tenant=request.user.tenant_id).update(language=chosen)
    response = _back(request)
    response.set_cookie(
        settings.LANGUAGE_COOKIE_NAME, chosen, max_age=YEAR, samesite="Lax", secure=settings.HTTPS, httponly=True
    )
    return response


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

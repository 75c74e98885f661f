"""The look and the language, as a person chose them."""

from django.conf import settings
from django.core.exceptions import BadRequest
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.http import require_POST

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

"""Security headers on every response, errors too (G4, C8)."""

import secrets
import time
from collections.abc import Callable
from typing import Any

import structlog
from django.conf import settings
from django.http import HttpRequest, HttpResponse

log = structlog.get_logger("madoguchi.request")

POLICY = "; ".join(
    (
        "default-src 'none'",
        "script-src 'nonce-{nonce}'",
        "style-src 'self'",
        "img-src 'self'",
        "font-src 'self'",
        "connect-src 'self'",
        "manifest-src 'self'",
        "form-action 'self'",
        "base-uri 'none'",
        "frame-ancestors 'none'",
        "require-trusted-types-for 'script'",
        "trusted-types 'none'",
    )
)
# What a browser may be asked for by these pages: nothing. A microphone for minutes comes with its own page.
PERMISSIONS = ", ".join(
    f"{feature}=()"
    for feature in (
        "accelerometer",
        "browsing-topics",
        "camera",
        "display-capture",
        "encrypted-media",
        "fullscreen",
        "geolocation",
        "gyroscope",
        "magnetometer",
        "microphone",
        "midi",
        "payment",
        "picture-in-picture",
        "publickey-credentials-get",
        "screen-wake-lock",
        "serial",
        "usb",
        "xr-spatial-tracking",
    )
)


class SecurityHeaders:
    """Gives a request its nonce and number, and every response its headers. Stands outermost."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        ours: Any = request
        ours.csp_nonce = secrets.token_urlsafe(18)
        ours.number = secrets.token_hex(6)
        structlog.contextvars.clear_contextvars()
        structlog.contextvars.bind_contextvars(request=ours.number)
        began = time.perf_counter()
        response = self.get_response(request)
        headers = response.headers
        # A file that goes out as it came is shut in tighter by its view.
        if not headers.get("Content-Security-Policy", "").startswith("sandbox"):
            headers["Content-Security-Policy"] = POLICY.format(nonce=ours.csp_nonce)
        headers["X-Content-Type-Options"] = "nosniff"
        headers["X-Frame-Options"] = "DENY"
        headers["Referrer-Policy"] = "no-referrer"
        headers["Permissions-Policy"] = PERMISSIONS
        headers["Cross-Origin-Opener-Policy"] = "same-origin"
        headers["Cross-Origin-Resource-Policy"] = "same-origin"
        headers["X-Robots-Tag"] = "noindex, nofollow"
        headers["X-Request-Id"] = ours.number
        if settings.SECURE_HSTS_SECONDS and request.is_secure():
            headers["Strict-Transport-Security"] = f"max-age={settings.SECURE_HSTS_SECONDS}; includeSubDomains"
        # The files of the product are the same for everybody; whatever else a view makes is for one person, once.
        if not request.path.startswith(settings.STATIC_URL) or response.status_code >= 400:
            headers["Cache-Control"] = "no-store, private"
            _write_line(request, response, time.perf_counter() - began)
        return response


def _write_line(request: HttpRequest, response: HttpResponse, seconds: float) -> None:
    """Log a request by its route and its person's number, never by its address: a question may stand in that."""
    match = request.resolver_match
    log.info(
        "request",
        method=request.method,
        route=match.route if match else None,
        status=response.status_code,
        ms=round(seconds * 1000),
        # The session's own word for the person; asking for the user here could ask the database again.
        user=getattr(request, "_cached_user", None) and request._cached_user.pk,  # type: ignore[attr-defined]
    )

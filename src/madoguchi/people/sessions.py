"""Sessions that are signed in: when they end, and who may see and end them."""

import ipaddress
import re
from datetime import timedelta
from importlib import import_module
from typing import TYPE_CHECKING, Any, Literal

from django.conf import settings
from django.contrib.sessions.models import Session
from django.db.models import F
from django.http import HttpRequest
from django.utils import timezone

from madoguchi.people.models import OpenSession, User

if TYPE_CHECKING:
    from madoguchi.people.request import Request

End = Literal["idle", "old", "ended", "office", "account"]
# How often the last use is written down: a page asks for many things at once, each would be a write.
SEEN_EVERY = timedelta(minutes=1)
_BROWSERS = [("Edg", "Edge"), ("OPR", "Opera"), ("Firefox", "Firefox"), ("Chrome", "Chrome"), ("Safari", "Safari")]
_SYSTEMS = [("Android", "Android"), ("iPhone", "iPhone"), ("iPad", "iPad"), ("Windows", "Windows"), ("Mac OS", "Mac")]


def idle_limit(user: User) -> timedelta:
    """Return after how long without use a person's session ends."""
    minutes = settings.SESSION_IDLE_MINUTES_ADMINISTRATOR if user.is_administrator else settings.SESSION_IDLE_MINUTES
    return timedelta(minutes=minutes)


def absolute_limit(user: User) -> timedelta:
    """Return after how long a person's session ends in any case."""
    hours = settings.SESSION_ABSOLUTE_HOURS_ADMINISTRATOR if user.is_administrator else settings.SESSION_ABSOLUTE_HOURS
    return timedelta(hours=hours)


def begin(request: HttpRequest, user: User) -> None:
    """Write down a session that has just signed in, and clear away those that are long over."""
    from madoguchi.people.request import client_address

    now = timezone.now()
    _clear(now)
    if request.session.session_key is None:
        request.session.save()
    OpenSession.objects.update_or_create(
        session_key=request.session.session_key,
        defaults={
            "tenant_id": user.tenant_id,
            "user": user,
            "agent": agent_in_words(request.META.get("HTTP_USER_AGENT", "")),
            "address": client_address(request) or None,
            "started_at": now,
            "seen_at": now,
        },
    )


def reason_to_end(request: "Request", user: User) -> End | None:
    """Return why this request's session is over, or None; a session that goes on is written down as seen."""
    row = OpenSession.objects.filter(session_key=request.session.session_key, user=user).first()
    now = timezone.now()
    if row is None:
        return "ended"
    if user.tenant_id != request.tenant.pk:
        return "office"
    if not user.may_sign_in(timezone.localdate()):
        return "account"
    if now - row.started_at >= absolute_limit(user):
        return "old"
    if now - row.seen_at >= idle_limit(user):
        return "idle"
    if now - row.seen_at >= SEEN_EVERY:
        OpenSession.objects.filter(pk=row.pk).update(seen_at=now)
    return None


def forget(session_key: str | None) -> None:
    """End the session with a key, if there is one."""
    if session_key:
        _store(session_key).delete()
        OpenSession.objects.filter(session_key=session_key).delete()


def end_all(user: User, but: str | None = None) -> int:
    """End a person's sessions, but one when its key is given, and what is tied to the old epoch; return how many."""
    keys = list(user.open_sessions.exclude(session_key=but or "").values_list("session_key", flat=True))
    for key in keys:
        forget(key)
    User.objects.filter(pk=user.pk).update(session_epoch=F("session_epoch") + 1)
    user.refresh_from_db(fields=["session_epoch"])
    return len(keys)


def follow(old_key: str | None, request: HttpRequest) -> None:
    """Let the row of a session follow it to its new key."""
    if request.session.session_key is None:
        request.session.save()
    OpenSession.objects.filter(session_key=old_key).update(session_key=request.session.session_key)


def of(user: User) -> list[OpenSession]:
    """Return a person's sessions that are not over, last used first."""
    now = timezone.now()
    return list(
        user.open_sessions.filter(seen_at__gt=now - idle_limit(user), started_at__gt=now - absolute_limit(user))
    )


def agent_in_words(header: str) -> str:
    """Return browser and system of a User-Agent header in words: `Edge（Windows）`."""
    browser = next((name for mark, name in _BROWSERS if re.search(rf"\b{mark}", header)), "その他のブラウザー")
    system = next((name for mark, name in _SYSTEMS if mark in header), "Linux" if "Linux" in header else "")
    return f"{browser}（{system}）" if system else browser


def source_of(address: str) -> str:
    """Return what failures are counted by: an IPv4 address, or the /64 that one IPv6 customer holds whole."""
    if not address:
        return "::"
    parsed = ipaddress.ip_address(address)
    if isinstance(parsed, ipaddress.IPv6Address):
        return str(ipaddress.ip_network((int(parsed) >> 64 << 64, 64)).network_address)
    return str(parsed)


def _store(session_key: str) -> Any:
    return import_module(settings.SESSION_ENGINE).SessionStore(session_key)


def _clear(now: Any) -> None:
    longest_use = max(settings.SESSION_IDLE_MINUTES, settings.SESSION_IDLE_MINUTES_ADMINISTRATOR)
    longest = max(settings.SESSION_ABSOLUTE_HOURS, settings.SESSION_ABSOLUTE_HOURS_ADMINISTRATOR)
    OpenSession.objects.filter(seen_at__lt=now - timedelta(minutes=longest_use)).delete()
    OpenSession.objects.filter(started_at__lt=now - timedelta(hours=longest)).delete()
    Session.objects.filter(expire_date__lt=now).delete()

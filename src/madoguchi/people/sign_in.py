"""Signing in with a local account: who it is, and how often one may try."""

import threading
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, cast

from django.conf import settings
from django.contrib.auth import authenticate
from django.contrib.auth.backends import ModelBackend
from django.contrib.auth.hashers import make_password
from django.db import transaction
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils import timezone
from django.utils.crypto import salted_hmac

from madoguchi.people import names, sessions
from madoguchi.people.events import tell
from madoguchi.people.models import SignInFailure, Tenant, User
from madoguchi.people.request import Request, client_address

# Each check of a password takes much memory: the others wait.
_turns = threading.BoundedSemaphore(settings.SIGN_IN_CHECKS_AT_ONCE)


class TenantBackend(ModelBackend):
    """Finds an account within the request's office. All that can be wrong looks alike and costs one hash."""

    def authenticate(
        self, request: HttpRequest | None, username: str | None = None, password: str | None = None, **_: Any
    ) -> User | None:
        """Return the person whose login and password these are and whose account stands, or None."""
        if request is None or username is None or password is None:
            return None
        tenant = cast("Request", request).tenant
        user = User.objects.filter(tenant_id=tenant.pk, login=names.login_of(username)).first()
        with _turns:
            if user is None or not user.has_usable_password():
                make_password(password)
                return None
            right = user.check_password(password)
        return user if right and self.user_can_authenticate(user) else None

    def user_can_authenticate(self, user: Any) -> bool:
        """Return whether an account stands today; a temporary password that ran out does not stand."""
        until = user.temporary_password_until
        in_time = until is None or not user.must_change_password or timezone.now() < until
        return bool(user.may_sign_in(timezone.localdate())) and in_time

    def get_user(self, user_id: Any) -> User | None:
        """Return the person of a session. Whether the account stands, `SessionRules` asks at each request."""
        return User.objects.filter(pk=user_id).first()


@dataclass(frozen=True)
class Attempt:
    """What came of trying: a person; or nobody; or nobody, and no further try until a time."""

    user: User | None = None
    locked_until: datetime | None = None


def attempt(request: Request, login: str, password: str) -> Attempt:
    """Try a login and password from where the request comes.

    Failures are counted by account and source, and by source: nobody can lock another person out from elsewhere.
    """
    source = sessions.source_of(client_address(request))
    login_digest = salted_hmac("madoguchi.people.sign-in", names.login_of(login), algorithm="sha256").hexdigest()
    here = SignInFailure.objects.filter(tenant=request.tenant, source=source)
    with transaction.atomic():
        # Counted before it is tried, one at a time: many tries at once are not more tries.
        Tenant.objects.select_for_update().get(pk=request.tenant.pk)
        lock = timedelta(minutes=settings.SIGN_IN_LOCK_MINUTES)
        SignInFailure.objects.filter(tenant=request.tenant, at__lte=timezone.now() - lock).delete()
        until = max(
            _locked_until(
                here.filter(login_digest=login_digest), settings.SIGN_IN_FAILURES_PER_ACCOUNT_AND_SOURCE, lock
            ),
            _locked_until(here, settings.SIGN_IN_FAILURES_PER_SOURCE, lock),
            key=lambda moment: moment.timestamp() if moment else 0,
        )
        if until:
            return Attempt(locked_until=until)
        SignInFailure.objects.create(tenant=request.tenant, login_digest=login_digest, source=source)
    user = authenticate(request, username=login, password=password)
    if user is None:
        tell(request.tenant.pk, "anybody", "sign-in.failed", login=login_digest, zone=request.zone)
        return Attempt()
    here.filter(login_digest=login_digest).delete()
    return Attempt(user)


def _locked_until(failures: QuerySet[SignInFailure], allowed: int, lock: timedelta) -> datetime | None:
    """Return when the oldest of the last `allowed` failures is forgotten, or None with fewer."""
    times = list(failures.order_by("-at").values_list("at", flat=True)[:allowed])
    return times[-1] + lock if len(times) == allowed else None

"""The first start: a code from the console makes the first administrator, once."""

import hashlib
import hmac
import os
import secrets
from pathlib import Path

from django.db import transaction

from madoguchi import paths
from madoguchi.people.events import tell
from madoguchi.people.models import Tenant, User

# Read from a console and typed once: no letter that is taken for another.
_LETTERS = "ABCDEFGHJKLMNPQRSTUVWXYZ23456789"


def is_open(tenant: Tenant) -> bool:
    """Return whether an office (or the product, while the office is not stored) still waits for its administrator."""
    if tenant.pk is None:
        return not Tenant.objects.exists()
    return not User.objects.filter(tenant=tenant, is_administrator=True).exists()


def code() -> str | None:
    """Return a new one-time code for the console, or None when no office waits. The former code is void.

    Only its hash is kept, in the secrets of the home.
    """
    waiting = not Tenant.objects.exists() or any(is_open(tenant) for tenant in Tenant.objects.all())
    if not waiting:
        _file().unlink(missing_ok=True)
        return None
    fresh = "-".join("".join(secrets.choice(_LETTERS) for _i in range(5)) for _j in range(5))
    handle = os.open(_file(), os.O_CREAT | os.O_TRUNC | os.O_WRONLY, 0o600)
    with os.fdopen(handle, "w") as file:
        file.write(_hash(fresh))
    return fresh


def is_code(typed: str) -> bool:
    """Return whether this is the code of the console."""
    try:
        kept = _file().read_text()
    except FileNotFoundError:
        return False
    return hmac.compare_digest(kept, _hash(typed))


def make_first_administrator(tenant: Tenant, office: str, user: User, password: str) -> User:
    """Store the office, when it is not, and its first administrator, and use the code up, all in one.

    Raises PermissionError when somebody else was first.
    """
    with transaction.atomic():
        if tenant.pk is not None:
            Tenant.objects.select_for_update().get(pk=tenant.pk)
        if not is_open(tenant):
            raise PermissionError
        tenant.name = office
        tenant.slug = tenant.slug or "office"
        tenant.save()
        # People may have been loaded before: the same login is the same person.
        stored = User.objects.filter(tenant=tenant, login=user.login).first() or user
        stored.tenant, stored.name, stored.is_administrator = tenant, user.name, True
        stored.set_password(password)
        stored.save()
        tell(tenant.pk, f"user:{stored.pk}", "office.set-up")
        try:
            # Last, and the arbiter of two at once: the file goes for one of them only.
            _file().unlink()
        except FileNotFoundError:
            raise PermissionError from None
    return stored


def _file() -> Path:
    return paths.folder("secrets") / "set-up"


def _hash(typed: str) -> str:
    plain = "".join(letter for letter in typed.upper() if letter in _LETTERS)
    return hashlib.sha256(plain.encode()).hexdigest()

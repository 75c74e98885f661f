"""A CSV between its preview and its confirmation: one for each administrator, readable by this process's owner only."""

import hashlib
import os
import time
from pathlib import Path

from madoguchi import paths
from madoguchi.people.models import User

# Who has not confirmed by then begins anew.
OLDEST_SECONDS = 24 * 3600


def keep(user: User, data: bytes) -> str:
    """Keep a file until it is confirmed, and return its SHA-256; the former one of the same person goes."""
    _sweep()
    handle = os.open(_file(user), os.O_CREAT | os.O_TRUNC | os.O_WRONLY, 0o600)
    with os.fdopen(handle, "wb") as file:
        file.write(data)
    return hashlib.sha256(data).hexdigest()


def kept(user: User, sha256: str) -> bytes | None:
    """Return the file that a person saw, or None when it is gone or another one."""
    try:
        data = _file(user).read_bytes()
    except FileNotFoundError:
        return None
    return data if hashlib.sha256(data).hexdigest() == sha256 else None


def drop(user: User) -> None:
    """Let the file go."""
    _file(user).unlink(missing_ok=True)


def _file(user: User) -> Path:
    return paths.folder("imports") / f"{user.tenant_id}-{user.pk}.csv"


def _sweep() -> None:
    for path in paths.folder("imports").glob("*.csv"):
        if path.stat().st_mtime < time.time() - OLDEST_SECONDS:
            path.unlink(missing_ok=True)

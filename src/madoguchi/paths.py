"""The one door to paths: everything an installation keeps lies under `$MADOGUCHI_HOME`."""

import os
import secrets
from pathlib import Path


def root() -> Path:
    """Return `$MADOGUCHI_HOME` (default `./var`), absolute."""
    return Path(os.environ.get("MADOGUCHI_HOME", "var")).expanduser().resolve()


def folder(name: str) -> Path:
    """Return a folder of the home, made when missing and readable by its owner only."""
    path = root() / name
    path.mkdir(mode=0o700, parents=True, exist_ok=True)
    return path


def secret(name: str) -> str:
    """Return a secret of this installation (256 random bits, hex), made at its first use.

    Kept as `secrets/<name>` with mode 0600: outside the database, its backup and the environment.
    """
    path = folder("secrets") / name
    try:
        handle = os.open(path, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600)
    except FileExistsError:
        return path.read_text()
    value = secrets.token_hex(32)
    with os.fdopen(handle, "w") as file:
        file.write(value)
    return value

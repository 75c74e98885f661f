"""Settings that an office may change by environment variable, each `MADOGUCHI_<NAME>`, with its unit in the name."""

import os
import shlex


def text(name: str, default: str) -> str:
    """Return a text setting."""
    return os.environ.get(f"MADOGUCHI_{name}", default)


def number(name: str, default: int) -> int:
    """Return a whole-number setting; a value that is not one stops the start with its name."""
    raw = text(name, str(default))
    try:
        return int(raw)
    except ValueError:
        raise SystemExit(f"MADOGUCHI_{name}={raw!r}: 整数で指定してください。") from None


def flag(name: str, default: bool) -> bool:
    """Return a yes/no setting (`1` or `0`)."""
    return text(name, "1" if default else "0") == "1"


def command(name: str) -> list[str]:
    """Return a program with its arguments, quoted as a shell quotes them; no shell ever runs it. Empty: none is set."""
    raw = text(name, "")
    try:
        return shlex.split(raw)
    except ValueError:
        raise SystemExit(f"MADOGUCHI_{name}={raw!r}: 引用符の対応を確かめてください。") from None


def words(name: str, default: list[str]) -> list[str]:
    """Return a comma-separated setting as a list."""
    raw = text(name, ",".join(default))
    return [word.strip() for word in raw.split(",") if word.strip()]

"""Logging: one JSON line an event on stderr, ids and digests only."""

from typing import Any


def configure(_: dict[str, Any]) -> None:
    """Set up logging."""

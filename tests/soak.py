"""How much a test tries: little in `make test`, much in `make soak`."""

import os


def size(short: int, soak: int) -> int:
    """Return the number for this run. `make soak` runs the files that use this, and sets MADOGUCHI_SOAK."""
    return soak if os.environ.get("MADOGUCHI_SOAK") == "1" else short

"""標準のプロンプト: prompts that ship. They are used and copied, never changed."""

import tomllib
from dataclasses import dataclass
from functools import cache
from pathlib import Path

_FILE = Path(__file__).with_name("starter.toml")


@dataclass(frozen=True)
class Starter:
    """One prompt that ships: its key in addresses, what it is for, what it says."""

    key: str
    category: str
    title: str
    summary: str
    text: str


@cache
def starters() -> tuple[Starter, ...]:
    """Return the prompts that ship, in the order in which they are offered."""
    rows = tomllib.loads(_FILE.read_text(encoding="utf-8"))["prompt"]
    return tuple(Starter(**(row | {"text": row["text"].strip()})) for row in rows)


def starter(key: str) -> Starter | None:
    """Return the prompt that ships under a key, None when there is none."""
    return next((one for one in starters() if one.key == key), None)

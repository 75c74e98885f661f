"""What goes by itself in the working process: calls and texts whose time is over, what was held for dead calls."""

from madoguchi import durable
from madoguchi.llm import budget, ledger

PERIOD_SECONDS = 600


def run() -> None:
    """Look at once and every ten minutes, while this process works."""
    durable.repeat(PERIOD_SECONDS, budget.reclaim, ledger.expire)

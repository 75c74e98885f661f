"""Circuit breakers: an endpoint that failed several times is left alone for a while."""

from madoguchi.llm.models import Endpoint


def is_open(endpoint: Endpoint) -> bool:
    """Whether an endpoint is left alone now."""
    return False

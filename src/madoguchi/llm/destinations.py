"""The allow-list: where this office's machine may connect to at all."""

from datetime import date

from madoguchi.llm.models import Endpoint


def why_not(endpoint: Endpoint, on: date) -> str:
    """Return why nothing may connect to the address of an endpoint on a day, in Japanese; "" when it may."""
    return ""

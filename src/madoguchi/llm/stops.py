"""Stop buttons: of an endpoint, an app, a desk or everything. They hold for the next call at once, and for streams."""

from madoguchi.llm.models import Endpoint


def reason_of(tenant_id: int, app: str = "", desk: str = "", endpoint: Endpoint | None = None) -> str:
    """Return, in Japanese, that a call is stopped by a button; "" when none is pressed for it."""
    return ""

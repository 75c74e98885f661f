"""What happens here and is worth the record. The audit lies below and listens."""

from typing import Any

from django.dispatch import Signal

# Sent with tenant_id, actor, action, target and detail (a dict of digests, ids and counts), inside the act's
# transaction: a receiver that raises undoes the act.
acted = Signal()


def tell(tenant_id: int, actor: str, action: str, target: str = "", **detail: Any) -> None:
    """Tell who listens that something was done; arguments as `audit.record.record` takes them."""
    acted.send(sender=None, tenant_id=tenant_id, actor=actor, action=action, target=target, detail=detail)

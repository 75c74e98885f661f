from typing import Any

from django.apps import AppConfig


class AuditConfig(AppConfig):
    name = "madoguchi.audit"
    label = "audit"

    def ready(self) -> None:
        """Write down what the people's domain, which stands above and may not know of us, tells."""
        from madoguchi.people.events import acted

        acted.connect(record_what_was_told, dispatch_uid="audit")


def record_what_was_told(
    tenant_id: int, actor: str, action: str, target: str, detail: dict[str, Any], **_: object
) -> None:
    """Append what was told to the office's chain; a failure undoes the act."""
    from madoguchi.audit.record import record

    record(tenant_id, actor, action, target, **detail)

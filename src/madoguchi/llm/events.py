"""What this domain tells those below it."""

from django.dispatch import Signal

# The classification up to which figures may be described changed: `tenant_id`. Sent inside the change's transaction.
picture_rule_changed = Signal()

"""How every command that needs the database begins."""

from typing import TYPE_CHECKING

import django

if TYPE_CHECKING:
    from madoguchi.people.models import Tenant


def start() -> "Tenant | None":
    """Set Django up, bring the database to this version, and return the office, when there is one."""
    django.setup()
    from django.core.management import call_command

    from madoguchi.people.models import Tenant

    call_command("migrate", verbosity=0, interactive=False)
    return Tenant.objects.order_by("pk").first()

"""How every command that needs the database begins."""

import os
import sys
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


def end(code: int = 0) -> int:
    """End the work of this process and return the exit code. What still runs is continued by the next that works."""
    from madoguchi import durable

    durable.stop()
    if durable.still_running():
        # A step in another thread would hold the process for as long as it takes.
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(code)
    return code

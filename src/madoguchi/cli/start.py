"""How every command that needs the database begins."""

import os
import sys
from typing import TYPE_CHECKING

import django

from madoguchi.cli.main import Failure

if TYPE_CHECKING:
    from madoguchi.people.access import Scope
    from madoguchi.people.models import Tenant


def start() -> "Tenant | None":
    """Set Django up, bring the database to this version, and return the office, when there is one."""
    django.setup()
    from django.core.management import call_command

    from madoguchi.people.models import Tenant

    call_command("migrate", verbosity=0, interactive=False)
    return Tenant.objects.order_by("pk").first()


def office() -> "Tenant":
    """Start, and return the office; raises Failure in a home that has none yet."""
    tenant = start()
    if tenant is None:
        raise Failure("組織がまだありません。「madoguchi demo」で見本の市を用意できます。")
    return tenant


def scope_named(tenant: "Tenant", login: str | None) -> "tuple[Scope, str]":
    """Return the scope of a person, or of the operator without a login, and the actor for the record."""
    from madoguchi.people.access import scope_of, scope_of_operator
    from madoguchi.people.models import User

    if login is None:
        return scope_of_operator(tenant), "operator"
    person = User.objects.filter(tenant=tenant, login=login).first()
    if person is None:
        raise Failure(f"職員「{login}」がいません。ログイン名を確認してください。")
    return scope_of(person, "internal"), f"user:{person.pk}"


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

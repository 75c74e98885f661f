"""In which order a purpose takes its endpoints, where the office set one of its own."""

from collections.abc import Sequence

from django.db import transaction

from madoguchi.audit.record import record
from madoguchi.llm.models import Endpoint, Purpose, Route
from madoguchi.llm.wanted import USES
from madoguchi.people.models import Tenant


def candidates(tenant: Tenant, purpose: str) -> list[Endpoint]:
    """Return the endpoints that can serve a purpose by their use, in their own order."""
    return list(Endpoint.objects.filter(tenant=tenant, use__in=USES[purpose]))


@transaction.atomic
def set_order(tenant: Tenant, purpose: str, endpoints: Sequence[Endpoint], actor: str) -> None:
    """Have a purpose take these endpoints alone, in this order, on the record; none: all that can, in their own."""
    Tenant.objects.select_for_update().get(pk=tenant.pk)
    Route.objects.filter(tenant=tenant, purpose=purpose).delete()
    Route.objects.bulk_create(
        Route(tenant=tenant, purpose=Purpose(purpose), endpoint=endpoint, order=place)
        for place, endpoint in enumerate(endpoints, start=1)
    )
    numbers = [endpoint.pk for endpoint in endpoints]
    record(tenant.pk, actor, "settings.changed", f"route:{purpose}", endpoints=numbers)

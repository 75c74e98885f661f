"""Endpoints for tests."""

from typing import Any

from madoguchi.llm.models import Endpoint
from madoguchi.people.models import Classification, Tenant


def endpoint_at(office: Tenant, address: str, **fields: Any) -> Endpoint:
    """Make an endpoint inside the office that speaks as OpenAI does and may have everything."""
    given: dict[str, Any] = {
        "name": "庁内",
        "provider": Endpoint.Provider.OPENAI_COMPATIBLE,
        "model": "scripted",
        "base_url": address,
        "zone": Endpoint.Zone.INTERNAL,
        "max_classification": Classification.C3A,
    }
    return Endpoint.objects.create(tenant=office, **(given | fields))

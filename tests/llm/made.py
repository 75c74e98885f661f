"""Endpoints for tests."""

from datetime import timedelta
from typing import Any

from django.utils import timezone

from madoguchi.llm.models import Endpoint
from madoguchi.people.models import Classification, Tenant
from madoguchi.people.sealed import put


def endpoint_at(office: Tenant, address: str, **fields: Any) -> Endpoint:
    """Make an endpoint inside the office that speaks as OpenAI does and may have everything; `key`: with this one."""
    key = fields.pop("key", "")
    given: dict[str, Any] = {
        "name": "庁内",
        "provider": Endpoint.Provider.OPENAI_COMPATIBLE,
        "model": "scripted",
        "base_url": address,
        "zone": Endpoint.Zone.INTERNAL,
        "max_classification": Classification.C3A,
    }
    made = Endpoint.objects.create(tenant=office, **(given | fields))
    return with_key(made, key) if key else made


def full_record() -> dict[str, Any]:
    """Return the fields of a contract that lets class 2 leave the office."""
    return {
        "contract": Endpoint.Contract.INDIVIDUAL,
        "region": Endpoint.Region.JAPAN,
        "trains_on_input": False,
        "retention_days": 0,
        "sub_processors": "なし",
        "checked_on": timezone.localdate() - timedelta(days=1),
    }


def with_key(endpoint: Endpoint, key: str) -> Endpoint:
    """Give an endpoint a key, as saving it does."""
    endpoint.key_changed_at = timezone.now()
    endpoint.save()
    put(endpoint, "sealed_key", key)
    return endpoint

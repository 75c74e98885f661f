"""What the network model of an office (α, α′, β, β′, closed) lets endpoints be."""

from django.conf import settings

from madoguchi.llm.models import Rules


def profile_of(tenant_id: int) -> str:
    """Return the profile of an office, "" when it chose none."""
    return Rules.objects.filter(tenant_id=tenant_id).values_list("profile", flat=True).first() or ""


def zones_of(tenant_id: int, zone: str) -> list[str]:
    """Return the zones of the endpoints that a request from a zone may go to."""
    return list(settings.ENDPOINT_ZONES[zone])

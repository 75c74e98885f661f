"""Which endpoint may see a text, and which settings are refused."""

import itertools

import pytest

from madoguchi.llm.endpoints import Invalid, NoEndpoint, allowed, check, choose, save, standing_zone
from madoguchi.llm.models import Endpoint
from madoguchi.llm.vision import describers, set_limit
from madoguchi.people.access import Zone
from madoguchi.people.models import Classification, Tenant

pytestmark = pytest.mark.django_db


def endpoint(office, **fields) -> Endpoint:
    settings = {
        "name": "庁内",
        "provider": "openai-compatible",
        "model": "m",
        "base_url": "http://127.0.0.1:8000/v1",
        "zone": "internal",
        "max_classification": Classification.C3A,
    }
    return Endpoint(tenant=office, **{**settings, **fields})


@pytest.mark.req("A4")
def test_every_cell_of_zone_and_class_is_as_the_rule_says(office):
    """An endpoint takes a text of at most its class; 3B and 3A stay inside; LGWAN does not reach the internet."""
    zones: tuple[Zone, ...] = ("internal", "lgwan", "internet")
    for zone, limit, classification, asking in itertools.product(zones, Classification, Classification, zones):
        Endpoint.objects.all().delete()
        endpoint(office, zone=zone, max_classification=limit, base_url="https://model.example/v1").save()
        allowed = (
            classification <= limit
            and (zone == "internal" or classification < Classification.C3B)
            and not (asking == "lgwan" and zone == "internet")
        )
        if allowed:
            assert choose(office.pk, classification, asking).zone == zone
        else:
            with pytest.raises(NoEndpoint):
                choose(office.pk, classification, asking)


def test_the_first_in_order_is_taken_and_a_stopped_one_never(office):
    endpoint(office, name="三", order=3).save()
    endpoint(office, name="一", order=1, is_enabled=False).save()
    endpoint(office, name="二", order=2).save()
    assert choose(office.pk, 2, "internal").name == "二"


def test_a_text_goes_to_endpoints_of_its_use_alone(office):
    for number, use in enumerate(Endpoint.Use):
        endpoint(office, name=use.value, use=use, order=9 - number, sees_pictures=True).save()
    for use in Endpoint.Use:
        assert [one.name for one in allowed(office.pk, 2, "internal", use)] == [use]
        assert choose(office.pk, 2, "internal", use).use == use
    assert choose(office.pk, 2, "internal").use == "chat"
    set_limit(office, 5, "operator")
    assert [one.use for one in describers(office.pk, 2)] == ["chat"]
    Endpoint.objects.filter(use="chat").delete()
    with pytest.raises(NoEndpoint, match="登録されていません"):
        choose(office.pk, 2, "internal")
    assert describers(office.pk, 2) == []


@pytest.mark.req("N1")
def test_another_office_has_its_own_endpoints(office):
    endpoint(office).save()
    other = Tenant.objects.create(slug="other", name="隣市")
    with pytest.raises(NoEndpoint, match="登録されていません"):
        choose(other.pk, 1, "internal")


@pytest.mark.parametrize(
    ("field", "changes"),
    [
        ("base_url", {"base_url": ""}),
        ("base_url", {"base_url": "ftp://model.example"}),
        ("base_url", {"base_url": "http://user:secret@10.0.0.1/v1"}),
        ("base_url", {"base_url": "http://169.254.169.254/latest"}),
        ("base_url", {"base_url": "http://0.0.0.0/v1"}),
        ("base_url", {"base_url": "http://8.8.8.8/v1"}),
        ("base_url", {"base_url": "http://model.example/v1", "zone": "internet", "max_classification": 1}),
        ("base_url", {"provider": "openai", "base_url": ""}),
        ("base_url", {"base_url": "http://127.0.0.1/v1?key=x"}),
        ("base_url", {"base_url": "http://[::1"}),
        ("key_token", {"provider": "anthropic", "base_url": "", "zone": "internet", "max_classification": 1}),
        ("max_classification", {"zone": "lgwan", "base_url": "http://10.0.0.1/v1"}),
        ("name", {"name": ""}),
        ("name", {"name": "x" * 51}),
        ("model", {"model": ""}),
        ("provider", {"provider": "litellm"}),
        ("use", {"use": "speech"}),
        ("provider", {"use": "embedding", "provider": "anthropic"}),
        ("provider", {"use": "rerank", "provider": "openai"}),
        ("base_url", {"use": "rerank", "base_url": ""}),
        ("base_url", {"use": "embedding", "base_url": "http://8.8.8.8/v1"}),
        ("max_classification", {"use": "embedding", "zone": "lgwan", "base_url": "http://10.0.0.1/v1"}),
        ("sees_pictures", {"use": "embedding", "sees_pictures": True}),
        ("query_prefix", {"query_prefix": "問: "}),
        ("passage_prefix", {"use": "embedding", "passage_prefix": "文" * 201}),
        ("passage_prefix", {"use": "embedding", "passage_prefix": "文\n"}),
        ("dimensions", {"use": "rerank", "dimensions": 256}),
        ("dimensions", {"use": "embedding", "dimensions": 7}),
        ("dimensions", {"use": "embedding", "dimensions": 4097}),
    ],
)
def test_settings_that_do_not_fit_are_refused_at_their_field(office, field, changes):
    assert field in check(endpoint(office, **changes))
    with pytest.raises(Invalid):
        save(endpoint(office, **changes), "operator")


@pytest.mark.parametrize(
    "changes",
    [
        {},
        {
            "provider": "openai",
            "base_url": "",
            "zone": "internet",
            "max_classification": 1,
        },
        {
            "provider": "azure",
            "base_url": "https://r.openai.azure.com/?api-version=2026-01-01",
            "zone": "internet",
            "max_classification": 2,
        },
        {"use": "embedding", "query_prefix": "検索クエリ: ", "dimensions": 4096},
        {"use": "rerank"},
        {"use": "rerank-chat"},
    ],
)
def test_settings_that_fit_are_saved_on_the_record(office, changes):
    from madoguchi.audit.models import Event

    save(endpoint(office, **changes), "operator", "a-key")
    assert Event.objects.get(action="settings.changed").actor == "operator"


def test_an_address_says_where_it_stands():
    assert standing_zone("http://127.0.0.1:1/v1") == standing_zone("http://192.168.1.9") == "internal"
    assert standing_zone("https://model.example") == standing_zone("") == standing_zone("https://8.8.8.8") == "internet"

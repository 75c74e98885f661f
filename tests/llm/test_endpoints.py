"""Which settings of an endpoint are refused."""

import pytest

from madoguchi.llm.endpoints import Invalid, check, save, standing_zone
from madoguchi.llm.models import Endpoint
from madoguchi.people.models import Classification

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

"""Addresses of the public API. Every operation says by its `auth` who may call it; the description is for anybody."""

from typing import Any

from madoguchi.api.operations import api

_patterns: list[Any] = api.urls[0]
for _pattern in _patterns:
    _pattern.callback.audience = "anybody" if _pattern.name in ("openapi-json", "api-root") else "staff"

app_name = "api"
urlpatterns = _patterns

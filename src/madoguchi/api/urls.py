"""Addresses of the public API. Every operation says by its `auth` who may call it; the description is for anybody."""

from madoguchi.api.operations import api

urlpatterns, _, _ = api.urls
for _pattern in urlpatterns:
    _pattern.callback.audience = "anybody" if _pattern.name in ("openapi-json", "api-root") else "staff"

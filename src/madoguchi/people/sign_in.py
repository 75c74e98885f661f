"""Signing in with a local account."""

from django.contrib.auth.backends import ModelBackend


class TenantBackend(ModelBackend):
    """Finds an account within its office; the people builder fills it."""

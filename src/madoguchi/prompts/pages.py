"""What the pages of prompts have in common."""

import uuid

from django.shortcuts import get_object_or_404

from madoguchi.people.access import Scope
from madoguchi.people.request import Request
from madoguchi.prompts.models import Prompt


def own_or_404(request: Request, pk: uuid.UUID) -> Prompt:
    """Return a prompt that the person wrote; what others wrote is missing here."""
    return get_object_or_404(Prompt.objects.within(request.scope), pk=pk, user_id=request.user.pk)


def named(scope: Scope, text: str | None) -> Prompt | None:
    """Return the prompt that a form or an address names, None when it names none that the person may use."""
    try:
        return Prompt.objects.within(scope).filter(pk=uuid.UUID(text or "")).first()
    except ValueError:
        return None

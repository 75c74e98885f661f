"""What goes when its time has come: conversations after CHAT_DAYS, files that were never sent after a day."""

from datetime import timedelta

from django.db import transaction
from django.utils import timezone

from madoguchi.audit.record import record
from madoguchi.chat.live import settle
from madoguchi.chat.models import Attachment, Conversation, Turn

UNSENT_DAYS = 1


def expire() -> int:
    """Delete what its time has come for, with all its turns and files; return how many conversations went."""
    for pk in Turn.objects.filter(state=Turn.State.WRITING).values_list("pk", flat=True):
        settle(pk)
    Attachment.objects.filter(turn=None, at__lt=timezone.now() - timedelta(days=UNSENT_DAYS)).delete()
    over = list(Conversation.objects.filter(delete_on__lte=timezone.localdate()))
    for conversation in over:
        with transaction.atomic():
            record(conversation.tenant_id, "system", "chat.expired", f"conversation:{conversation.pk}")
            conversation.delete()
    return len(over)

"""What goes when its time has come: trials after PROMPT_TRIAL_DAYS, counts of use after PROMPT_USE_DAYS."""

from datetime import timedelta

from django.conf import settings
from django.utils import timezone

from madoguchi import durable
from madoguchi.prompts.models import Trial, Use

PERIOD_SECONDS = 3600


def run() -> None:
    """Look at once and every hour, while this process works."""
    durable.repeat(PERIOD_SECONDS, expire)


def expire() -> int:
    """Delete what its time has come for; return how many trials went."""
    Use.objects.filter(at__lt=timezone.now() - timedelta(days=settings.PROMPT_USE_DAYS)).delete()
    over = Trial.objects.filter(delete_on__lte=timezone.localdate())
    count = over.count()
    over.delete()
    return count

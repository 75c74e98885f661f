"""What goes when its time has come: trials after PROMPT_TRIAL_DAYS, counts of use after PROMPT_USE_DAYS."""

import time
from datetime import timedelta

import structlog
from django.conf import settings
from django.db import close_old_connections
from django.utils import timezone

from madoguchi import durable
from madoguchi.prompts.models import Trial, Use

log = structlog.get_logger(__name__)
PERIOD_SECONDS = 3600


def run() -> None:
    """Look at once and every hour, while this process works."""
    while durable.working():
        try:
            expire()
        except Exception as error:
            log.error("prompt.upkeep_failed", kind=type(error).__name__)
        finally:
            close_old_connections()
        for _second in range(PERIOD_SECONDS):
            if not durable.working():
                return
            time.sleep(1)


def expire() -> int:
    """Delete what its time has come for; return how many trials went."""
    Use.objects.filter(at__lt=timezone.now() - timedelta(days=settings.PROMPT_USE_DAYS)).delete()
    over = Trial.objects.filter(delete_on__lte=timezone.localdate())
    count = over.count()
    over.delete()
    return count

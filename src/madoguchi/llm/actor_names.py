"""Who an actor of the record is, as pages say it."""

from collections.abc import Iterable

from django.utils.translation import gettext as _

from madoguchi.people.models import Tenant, User
from madoguchi.web.numbers import key_in


def names_of(tenant: Tenant, actors: Iterable[str]) -> dict[str, str]:
    """Return who each actor of the record is, in Japanese: {"user:7": "佐藤 花子"}."""
    actors = set(actors)
    numbers = [key_in(actor.removeprefix("user:")) for actor in actors if actor.startswith("user:")]
    people = {f"user:{user.pk}": user.name for user in User.objects.filter(tenant=tenant, pk__in=filter(None, numbers))}
    return {
        actor: people.get(actor) or (_("この機械の運用者") if actor == "operator" else _("（削除された職員）"))
        for actor in actors
    }

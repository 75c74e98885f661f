"""Who else may read a conversation: access keys of this office, on the record."""

from collections.abc import Iterable

from django.conf import settings
from django.db import transaction
from django.utils.translation import gettext as _

from madoguchi.audit.record import actor_of, record
from madoguchi.chat.models import Conversation, Share
from madoguchi.library.folders import checked_keys
from madoguchi.library.refused import Refused
from madoguchi.people.access import Scope


def share(scope: Scope, conversation: Conversation, keys: Iterable[str]) -> None:
    """Let exactly those who hold one of some keys read a conversation along; raises Refused.

    What of it they see is decided as they look: nothing that was made from what they may not see.
    """
    wanted = checked_keys(scope.tenant_id, keys)
    if "public" in wanted:
        raise Refused(_("会話は住民には公開できません。職員の中から選んでください。"))
    if len(wanted) > settings.CHAT_SHARES_MAX:
        raise Refused(
            _("共有する相手は%(most)s件までです。所属やグループで選ぶと少なくできます。")
            % {"most": settings.CHAT_SHARES_MAX}
        )
    with transaction.atomic():
        # Two windows that save at once end with what one of them says.
        Conversation.objects.within(scope).select_for_update().get(pk=conversation.pk)
        before = set(conversation.shares.values_list("key", flat=True))
        if before == set(wanted):
            return
        conversation.shares.exclude(key__in=wanted).delete()
        Share.objects.bulk_create(
            Share(tenant_id=scope.tenant_id, conversation=conversation, key=key) for key in wanted if key not in before
        )
        record(scope.tenant_id, actor_of(scope), "chat.shared", f"conversation:{conversation.pk}", keys=wanted)

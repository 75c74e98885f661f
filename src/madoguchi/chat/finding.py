"""A person's own conversations, sought by words: on the page of conversations and by the one box."""

from django.db.models import Q
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from madoguchi.chat.models import Conversation, Turn
from madoguchi.chat.show import moment
from madoguchi.people.access import Scope, ScopedQuerySet
from madoguchi.search.finders import Finder, Place

MOST_WORDS = 10


def own(scope: Scope, words: str = "") -> ScopedQuerySet[Conversation]:
    """Return a person's own conversations, newest first: those whose title or own questions hold every word.

    Answers are not looked through: what they were made from may be lost to the person by now.
    """
    found = Conversation.objects.within(scope)
    if scope.user_id is None:
        return found.none()
    found = found.filter(user_id=scope.user_id)
    for word in words.split()[:MOST_WORDS]:
        said = Turn.objects.within(scope).filter(role=Turn.Role.USER, text__icontains=word)
        found = found.filter(Q(title__icontains=word) | Q(pk__in=said.order_by().values("conversation")))
    return found


def find(scope: Scope, question: str, most: int) -> list[Place]:
    """Return the person's own conversations that hold every word of a question."""
    if not question.split():
        return []
    return [
        Place(one.title, reverse("conversation", args=[one.pk]), note=moment(one.updated_at))
        for one in own(scope, question)[:most]
    ]


finder = Finder("chats", _("自分のチャット"), "chat", find)

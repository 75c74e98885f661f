"""Verified answers as the one box finds them."""

from functools import partial

from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from madoguchi.faq.models import Entry
from madoguchi.people.access import Scope
from madoguchi.search.finders import Finder, Place
from madoguchi.search.query import find_faq


def find(scope: Scope, question: str, most: int, *, typing: bool = False) -> list[Place]:
    """Return verified answers of the scope that may answer a question, best first; `typing` as in `find_faq`."""
    ids = [hit.entry_id for hit in find_faq(scope, question, most, typing=typing) if hit.level != "none"]
    # The index proposes; what may be shown, and what it says, is read here from the database.
    entries = Entry.objects.within(scope).in_bulk(ids)
    found = [entries[pk] for pk in ids if pk in entries]
    return [Place(entry.question, reverse("faq-entry", args=[entry.pk]), entry.answer) for entry in found]


finder = Finder(
    "verified", _("確認済みの回答（FAQ）"), "verified", find, while_typing=True, typed=partial(find, typing=True)
)

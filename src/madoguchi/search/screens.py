"""Screens of the product by what people call them: 「パスワードを変えたい」 leads to パスワードの変更."""

from functools import cache

from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from madoguchi.letters import folded
from madoguchi.people.access import Scope
from madoguchi.people.models import User
from madoguchi.search import tokens
from madoguchi.search.finders import Finder, Place
from madoguchi.web.context import ALSO_CALLED, rows_of

# Words that say a screen is wanted, and not which.
_WISH = "画面 ページ 場所 どこ 開く 見る 行く 使う 変える 変更 確認 方法 仕方 使い方 手順 知る 教える 下さい 為る 成る"
# From this many letters on the beginning of a name is enough: a person types on.
SHORTEST_BEGINNING = 2


def find(scope: Scope, question: str, most: int) -> list[Place]:
    """Return the screens that a question means and this person may open: nothing of it may speak of anything else."""
    if scope.user_id is None:
        return []
    person = User.objects.filter(pk=scope.user_id, tenant_id=scope.tenant_id).first()
    begun = folded(question).strip()
    asked = frozenset(tokens.words(question)) - _wish()
    if person is None or not begun:
        return []
    found = []
    for name, label, icon, _on_phone in rows_of(person):
        called = str(label)
        is_begun = len(begun) >= SHORTEST_BEGINNING and folded(called).startswith(begun)
        if name != "search" and (is_begun or (asked and asked <= _words(called, ALSO_CALLED.get(name, "")))):
            found.append(Place(called, reverse(name), icon=icon))
    return found[:most]


@cache
def _words(called: str, also: str) -> frozenset[str]:
    return frozenset(tokens.words(f"{called} {also}"))


@cache
def _wish() -> frozenset[str]:
    return frozenset(tokens.words(_WISH))


finder = Finder("screens", _("画面を開く"), "arrow-right", find, while_typing=True, in_a_line=True)

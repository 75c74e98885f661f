"""Why a passage is among the results, in words: what of the question stands where, what came by a synonym, what the
question asks for besides, meaning.

Made of the question and the passage alone. No score is in it: its size would tell of hidden documents.
"""

from collections.abc import Iterable
from dataclasses import dataclass

from django.utils.translation import gettext as _

from madoguchi.library.models import Passage
from madoguchi.search import tokens
from madoguchi.search.favour import Favour, of_department
from madoguchi.search.query import Hit, Results, marks
from madoguchi.web.fiscal_years import shown

# Wordings of one synonym that are named, the longest ones.
MOST_WORDINGS = 3


@dataclass(frozen=True)
class Reason:
    """One reason: what it is about, and what is said of it."""

    name: str
    said: str


def reasons(results: Results, favour: Favour, hit: Hit) -> list[Reason]:
    """Return why a result was found, the plainest first; `favour` is what the question asks for besides its words."""
    asked, passage, question = results.asked, hit.passage, favour.meant.plain
    if asked is None:
        return []
    found = []
    standing: set[str] = set()
    places = _places(passage)
    for name, text in places.items():
        here = frozenset(asked.words).intersection(tokens.words(text))
        standing |= here
        if written := _written(question, here):
            found.append(Reason(name, "、".join(written)))
    whole = "\n".join(places.values())
    for one in asked.brought:
        wordings = _written(whole, one.words)
        if wordings and not standing.issuperset(one.own):
            wordings = sorted(wordings, key=len, reverse=True)[:MOST_WORDINGS]
            own = "、".join(_written(question, one.own))
            found.append(Reason(_("同じ意味・関連する語"), f"{own} → {'、'.join(wordings)}"))
    document = passage.version.document
    if favour.meant.article and favour.meant.article.is_heading(passage.heading):
        found.append(Reason(_("条"), _("質問にある条です。")))
    if any(of_department(document.department_name, path) for path in favour.departments):
        found.append(
            Reason(_("所属"), _("質問にある所属（%(name)s）の文書です。") % {"name": document.department_name})
        )
    year = document.fiscal_year
    if year in asked.years:
        found.append(Reason(_("年度"), _("質問にある%(year)sの文書です。") % {"year": shown(year)}))
    if results.by_meaning and passage.version.embedded_at:
        near = _("質問と意味が近い文章です。") if not found else _("意味の近さも合わせて並べています。")
        found.append(Reason(_("意味"), near))
    elif not found:
        found.append(Reason(_("文字"), _("質問と文字の並びが似ています。")))
    return found


def _places(passage: Passage) -> dict[str, str]:
    return {
        _("題名にある語"): passage.version.document.title,
        _("見出しにある語"): "\n".join(passage.heading),
        _("本文にある語"): passage.text,
    }


def _written(text: str, words: Iterable[str]) -> list[str]:
    """Return how words of the index are written in a text, each run of them once."""
    return list(dict.fromkeys(text[start:end] for start, end in marks(text, frozenset(words))))

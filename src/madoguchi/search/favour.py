"""Which of the ranked passages stand before others that are about as near: the article, the department, the days and
the new ones that a question asks for.

Each is read of the passage within the scope, so what is hidden changes nothing.
"""

import re
from dataclasses import replace
from datetime import date

from madoguchi.eras import fiscal_year_of
from madoguchi.letters import folded
from madoguchi.library.models import Document, Passage
from madoguchi.people import names
from madoguchi.people.access import Scope
from madoguchi.search.articles import Article
from madoguchi.search.index import Condition
from madoguchi.search.understand import Understood

# Ranked rows that are looked at, of which the first k come.
ROWS = 100
# More than any score differs: the article that is named by its law comes first.
ARTICLE_BONUS = 2.0
# Editions and copies of one law that are looked at.
MOST_LAWS = 50
# What a letter of the law's name counts more: of 税条例 and 市税条例 the one that agrees longer.
LETTER_BONUS = 0.01
# The same article of another law, or of any where none is named. One standard deviation of cosines is about .02.
SAME_NUMBER_BONUS = 0.02
DEPARTMENT_BONUS = 0.02
DAYS_BONUS = 0.03
# A passage that speaks of the whole year that holds the days asked for.
AROUND_BONUS = 0.01
# Of this fiscal year; a year older is a fifth less.
NEWEST_BONUS = 0.03
NEWEST_YEARS = 5

_ENDING = re.compile("[部局室課係]$")
# 市民課 stands in 国際市民課, and 高齢福祉 in 高齢福祉課.
_INSIDE = r"(?<![一-龠々ァ-ヺー]){}(?![一-龠々ァ-ヺー])"
SHORTEST_STEM = 3

Path = tuple[str, ...]


def departments_in(question: str, tenant_id: int) -> list[Path]:
    """Return the departments of an office that a question names: by their path or last name, or without 課 at its end
    where one department only is called so. Their names are folded.
    """
    question = folded(question)
    paths = [tuple(folded(name) for name in path) for path in names.paths(tenant_id).values()]
    stems: dict[str, list[Path]] = {}
    for path in paths:
        stems.setdefault(_ENDING.sub("", path[-1]), []).append(path)
    found = []
    for path in paths:
        stem = _ENDING.sub("", path[-1])
        by_stem = len(stem) >= SHORTEST_STEM and len(stems[stem]) == 1
        called = [_INSIDE.format(re.escape(name)) for name in (path[-1], stem) if name != stem or by_stem]
        if "".join(path) in question or any(re.search(one, question) for one in called):
            found.append(path)
    return found


def laws_of(article: Article, scope: Scope) -> tuple[str, ...]:
    """Return the ids of the documents of a scope whose title is that of an article's law, as far as one agrees best."""
    if not article.law:
        return ()
    titles = Document.objects.within(scope).filter(title__contains=article.kind).values_list("pk", "title")
    agreements = {str(pk): article.agreement(title) for pk, title in titles}
    most = max(agreements.values(), default=0)
    return tuple(key for key, letters in agreements.items() if letters == most)[:MOST_LAWS] if most else ()


def of_department(name: str, path: Path) -> bool:
    """Return whether a document's department is this one or below it; it may be written without what is above.

    The names of the path are folded.
    """
    plain = folded(name)
    return f" {' '.join(path)} " in f" {plain} " or plain.split(" ")[0] == path[-1]


class Favour:
    """What a question asks for, ready to be looked for in passages."""

    def __init__(self, meant: Understood, scope: Scope) -> None:
        self.meant, self.scope = meant, scope
        self.departments = departments_in(meant.plain, scope.tenant_id)

    @property
    def asks(self) -> bool:
        """Whether anything is asked for."""
        return bool(self.meant.article or self.departments or self.meant.days or self.meant.newest)

    @property
    def rows(self) -> int:
        """Return how many ranked rows are to be looked at."""
        return ROWS if self.asks else 0

    def also(self, condition: Condition) -> Condition | None:
        """Return the condition of rows that may be the article that is asked for, in the laws it may be of."""
        article = self.meant.article
        if article is None:
            return None
        laws = laws_of(article, self.scope)
        return replace(condition, holding=(*condition.holding, article.run), documents=laws)

    def bonus(self, passage: Passage) -> float:
        """Return what a passage gets beside its score."""
        document = passage.version.document
        bonus = 0.0
        if self.meant.article and self.meant.article.is_heading(passage.heading):
            letters = self.meant.article.agreement(document.title)
            bonus += ARTICLE_BONUS + LETTER_BONUS * letters if letters else SAME_NUMBER_BONUS
        if any(of_department(document.department_name, path) for path in self.departments):
            bonus += DEPARTMENT_BONUS
        spans = [(date.fromisoformat(first), date.fromisoformat(last)) for first, last in passage.dates]
        if self.meant.days:
            bonus += max((_meeting(asked, span) for asked in self.meant.days for span in spans), default=0.0)
        if self.meant.newest:
            bonus += self._newness(document.fiscal_year, [last for _first, last in spans])
        return bonus

    def _newness(self, fiscal_year: int | None, days: list[date]) -> float:
        """Return the bonus of a passage by its document's fiscal year, else by its last day that has been."""
        if fiscal_year is None:
            been = [day for day in days if day <= self.scope.on]
            if not been:
                return 0.0
            fiscal_year = fiscal_year_of(max(been))
        age = max(0, fiscal_year_of(self.scope.on) - fiscal_year)
        return NEWEST_BONUS * max(0.0, 1 - age / NEWEST_YEARS)


def _meeting(asked: tuple[date, date], span: tuple[date, date]) -> float:
    if asked[0] <= span[0] and span[1] <= asked[1]:
        return DAYS_BONUS
    return AROUND_BONUS if span[0] <= asked[1] and asked[0] <= span[1] else 0.0

"""What a question asks for besides its words: phrases as they are written, words that must not stand, an article,
days, years named or relative to the day it is asked, the newest.
"""

import re
from dataclasses import dataclass
from datetime import date

from django.utils.translation import gettext as _

from madoguchi.eras import FISCAL_FROM_NOW, FROM_NOW, MONTH_FROM_NOW, era_year, fiscal_year_of, named
from madoguchi.search import articles, tokens
from madoguchi.search.articles import Article
from madoguchi.spans import fiscal_years_in, spans_in

# The office counts in fiscal years (4月–3月): 「昨年の予算」 is that of the year before, and so is 「前年の予算」.
# Longer words first.
_RELATIVE = FISCAL_FROM_NOW | {"前年度": -1} | FROM_NOW | {"前年": -1}
# 日本年金機構, 以来年々, 従来年1回, 過去年間; 先月 and 来月 stand in no other word, 今月 and 再来月 neither.
_RELATIVE_WORD = re.compile(rf"(?<![日以従過])(?:{'|'.join([*_RELATIVE, *MONTH_FROM_NOW])})")
# 「」 stands around names in any Japanese question, so it asks for nothing.
_QUOTED = re.compile(r"[“”\"＂〝]([^“”\"＂〝〟\n]+)[“”\"＂〟]")
# A minus sign before a word and after space; between letters it is part of a number or a name (A-1, 1-2番地).
_EXCLUDED = re.compile(rf"(?:(?<=[ 　\t])|^)[-－−](?:{_QUOTED.pattern}|([^\s　“”\"＂〝〟]+))")
# Phrases, and words to leave out, that count; each is read for in the whole scope.
MOST_PARTS = 8
_NEWEST = re.compile("直近|最新(?!鋭)|(?:一番|いちばん|最も|もっとも)(?:新しい|最近)")


@dataclass(frozen=True)
class Understood:
    """A question with its relative years and months named and without what must not stand, and what it asks for.

    `phrases` must stand as they are written and `excluded` must not; `years` are fiscal years; `days` the first and
    last days it speaks of; `newest` asks for new documents first. `note` tells the person of all this.
    """

    plain: str
    years: tuple[int, ...] = ()
    note: str = ""
    phrases: tuple[str, ...] = ()
    excluded: tuple[str, ...] = ()
    days: tuple[tuple[date, date], ...] = ()
    newest: bool = False
    article: Article | None = None

    @property
    def only_excludes(self) -> bool:
        """Whether nothing is left to look for."""
        return bool(self.excluded) and not tokens.bigrams(self.plain)


def understood(question: str, on: date) -> Understood:
    """Return what a question means on a day."""
    notes: dict[str, str] = {}
    phrases: dict[str, None] = {}
    excluded: dict[str, None] = {}

    def exclude(match: re.Match[str]) -> str:
        if len(excluded) < MOST_PARTS and run_of(word := (match[1] or match[2]).strip()):
            excluded[word] = None
        return ""

    def name(match: re.Match[str]) -> str:
        word = match[0]
        said = _month(on, MONTH_FROM_NOW[word]) if word in MONTH_FROM_NOW else _year(on, word)
        notes[word] = _("%(word)s＝%(said)sとして") % {"word": word, "said": said}
        return said

    asked = _EXCLUDED.sub(exclude, question)
    parts, last = list[str](), 0
    # What is quoted stays as it is written: its 「昨年」 is that of the text.
    for match in _QUOTED.finditer(asked):
        parts += [_RELATIVE_WORD.sub(name, asked[last : match.start()]), match[1]]
        last = match.end()
        if len(phrases) < MOST_PARTS and run_of(phrase := match[1].strip()):
            phrases[phrase] = None
    parts.append(_RELATIVE_WORD.sub(name, asked[last:]))
    plain = "".join(parts).strip() if excluded else "".join(parts)
    newest = _NEWEST.search(plain) is not None
    told = [*notes.values(), *(_("“%(phrase)s”をそのまま含むものを") % {"phrase": phrase} for phrase in phrases)]
    told += [_("『%(word)s』を含まないものを") % {"word": word} for word in excluded]
    if newest:
        told.append(_("新しいものを先に"))
    one = Understood(
        plain,
        tuple(fiscal_years_in(plain)),
        "、".join(told),
        tuple(phrases),
        tuple(excluded),
        tuple((span.first_day, span.last_day) for span in spans_in(plain, on)),
        newest,
        articles.asked_for(plain),
    )
    if not one.only_excludes:
        return one
    return Understood(plain, note=_("除く語だけでは探せません。探す語も入れてください。"), excluded=one.excluded)


def run_of(phrase: str) -> str:
    """Return a phrase as the index writes its bigrams: where they stand one after another, the phrase stands."""
    return " ".join(tokens.bigrams(phrase))


def _year(on: date, word: str) -> str:
    return named(fiscal_year_of(on) + _RELATIVE[word])


def _month(on: date, further: int) -> str:
    year, month = divmod(on.year * 12 + on.month - 1 + further, 12)
    return f"{era_year(year)[0]}{month + 1}月"

"""Documents and folders by their names, read or not: what is typed of a title or a file name leads to it.

The database proposes by how a word may be spelled; what agrees is decided on folded letters (`madoguchi.letters`).
"""

import re
from collections.abc import Sequence
from functools import partial
from pathlib import PurePath
from typing import Any

from django.db.models import Case, IntegerField, Q, QuerySet, Value, When
from django.db.models.functions import Length
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from madoguchi.letters import FORMS, folded
from madoguchi.library.folders import below, path_of
from madoguchi.library.models import Document, Folder
from madoguchi.people.access import Scope
from madoguchi.search import tokens
from madoguchi.search.finders import Finder, Place
from madoguchi.search.query import Filters
from madoguchi.search.understand import understood
from madoguchi.web.fiscal_years import shown as year_in_words

# Words of a question that are looked for, and spellings of each, the longest first: each is one pass over the names.
MOST_WORDS = 6
MOST_SPELLINGS = 5
# Names that the database proposes, for each that is shown and at least.
PROPOSED, LEAST_PROPOSED = 10, 100
# The share of a question's letters, in words, that a name must hold.
ENOUGH = 0.5
NAME_MAX_CHARACTERS = 300
# All that is shown is read in the one pass over the names: to come back for it costs SQLite the same again.
DOCUMENT_COLUMNS = ("title", "file_name", "folder_id", "fiscal_year")
FOLDER_COLUMNS = ("name",)
NAMES = ("title", "file_name", "name")
_HIRAGANA = re.compile("[ぁ-ゖー]+")
_WIDE = str.maketrans({chr(code): chr(code + 0xFEE0) for code in range(0x21, 0x7F)})
_OTHERS: dict[str, str] = {}
for _old, _new in FORMS.items():
    _OTHERS[_new] = _OTHERS.get(_new, "") + _old


def finder_within(filters: Filters) -> Finder:
    """Return the finder of names among what a person narrowed to."""
    return Finder("names", _("ファイル・フォルダー名"), "folder", partial(find, filters=filters))


def find(scope: Scope, question: str, most: int, filters: Filters | None = None) -> list[Place]:
    """Return documents and folders whose names hold the words of a question; those that begin with it come first."""
    filters = filters or Filters()
    meant = understood(question, scope.on)
    typed, words = _asked(meant.plain)
    if not words or meant.only_excludes:
        return []
    ranked = partial(_rank, typed, words, [*map(folded, meant.phrases)], [*map(folded, meant.excluded)])
    folders = Folder.objects.within(scope)
    found = [
        (ranked(one["title"], PurePath(one["file_name"]).stem, one["file_name"]), one["title"], one)
        for one in _proposed(_within(scope, filters), DOCUMENT_COLUMNS, typed, words, most)
    ]
    if filters == Filters():
        proposed = _proposed(folders, FOLDER_COLUMNS, typed, words, most)
        found += [(ranked(one["name"]), one["name"], one) for one in proposed]
    found.sort(key=lambda row: (-row[0], len(row[1]), row[1], str(row[2]["pk"])))
    best = [one for rank, _name, one in found[:most] if rank]
    ids = {one.get("folder_id", one["pk"]) for one in best}
    paths = {
        pk: "/".join(each.name for each in path_of(folder))
        for pk, folder in folders.select_related("parent__parent").in_bulk(ids).items()
    }
    return [_place(one, paths) for one in best]


def _asked(question: str) -> tuple[str, list[str]]:
    """Return a question as it was typed, and its words as they are written, the longest first."""
    typed = " ".join(folded(question).split())
    written = {typed[word.start : word.end] for word in tokens.located_words(typed)}
    telling = {word for word in written if not _HIRAGANA.fullmatch(word)}
    words = {word for word in telling if len(word) > 1} or telling or ({typed} if len(typed) > 1 else set())
    words = {word for word in words if len(word) <= NAME_MAX_CHARACTERS}
    return typed, sorted(words, key=lambda word: (-len(word), word))[:MOST_WORDS]


def _within(scope: Scope, filters: Filters) -> QuerySet[Document]:
    documents = Document.objects.within(scope)
    if filters.folder is not None:
        documents = documents.filter(folder_id__in=below(scope.tenant_id, filters.folder) | {filters.folder})
    if filters.department:
        documents = documents.filter(department_name=filters.department)
    if filters.fiscal_year is not None:
        documents = documents.filter(fiscal_year=filters.fiscal_year)
    if filters.file_type:
        documents = documents.filter(file_name__iendswith=f".{filters.file_type}")
    if filters.classification is not None:
        documents = documents.filter(classification=filters.classification)
    return documents


def _proposed(
    rows: QuerySet[Any], columns: Sequence[str], typed: str, words: Sequence[str], most: int
) -> list[dict[str, Any]]:
    """Return the columns of rows whose names hold words in some spelling: those that begin as typed, then with most."""
    names = [column for column in columns if column in NAMES]

    def holds(how: str, text: str) -> Q:
        condition = Q()
        for spelling in spellings(text):
            for column in names:
                condition |= Q(**{f"{column}__{how}": spelling})
        return condition

    held: Any = Value(0)
    for word in words:
        held = held + Case(When(holds("icontains", word), then=len(word)), default=0, output_field=IntegerField())
    begun = holds("istartswith", typed[:NAME_MAX_CHARACTERS])
    least = max(1, int(ENOUGH * sum(map(len, words))))
    proposed = rows.annotate(held=held, begins=Case(When(begun, then=1), default=0, output_field=IntegerField()))
    # What is sorted by is among the columns too: it is worked out once a row then.
    proposed = proposed.filter(held__gte=least).values("pk", "held", "begins", *columns)
    return list(proposed.order_by("-begins", "-held", Length(names[0]), "pk")[: max(LEAST_PROPOSED, PROPOSED * most)])


def spellings(word: str) -> list[str]:
    """Return how a folded word may be written in a name: so, in wide letters, with one letter in another form."""
    found = [word]
    if (wide := word.translate(_WIDE)) != word:
        found += [wide, wide.upper()]
    for at, letter in enumerate(word):
        found += [word[:at] + other + word[at + 1 :] for other in _OTHERS.get(letter, "")]
    return list(dict.fromkeys(found))[:MOST_SPELLINGS]


def _rank(typed: str, words: Sequence[str], phrases: Sequence[str], excluded: Sequence[str], *names: str) -> float:
    """Return how well the best of a thing's names agrees with what was typed.

    4: the same, 3: it begins so, 2: it holds it, below: the share of letters in words that it holds. 0: not enough, or
    it lacks a phrase or holds what must not stand.
    """
    ranks = [0.0]
    plain_names = [" ".join(folded(name).split()) for name in names]
    if any(word in plain for word in excluded for plain in plain_names):
        return 0.0
    for plain in plain_names:
        if not all(phrase in plain for phrase in phrases):
            continue
        if plain == typed:
            ranks.append(4)
        elif plain.startswith(typed):
            ranks.append(3)
        elif typed in plain:
            ranks.append(2)
        else:
            share = sum(len(word) for word in words if word in plain) / sum(map(len, words))
            ranks.append(share if share >= ENOUGH else 0)
    return max(ranks)


def _place(one: dict[str, Any], paths: dict[int, str]) -> Place:
    if "name" in one:
        return Place(one["name"], reverse("folder", args=[one["pk"]]), paths.get(one["pk"], ""))
    path = "/".join(filter(None, [paths.get(one["folder_id"]), one["file_name"]]))
    year = year_in_words(one["fiscal_year"]) if one["fiscal_year"] else ""
    return Place(one["title"], reverse("document", args=[one["pk"]]), path, year, "document")

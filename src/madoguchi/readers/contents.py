"""Where a document's table of contents stands among its paragraphs: its lines look like headings and are none."""

import re
from collections import Counter
from collections.abc import Iterator, Sequence

from madoguchi.readers import structure

_TITLE = re.compile(r"[〔【［<＜]?(?:総|全体)?(?:目次|もくじ|CONTENTS|Contents)[〕】］>＞]?")
_LEADERS = re.compile(r"\.{4}|[…‥]{2}|[・･]{3}|[．]{3}|(?:…\s*){2}")
# What stands behind an entry's name: leaders, a gap, a page number; of a law the articles it spans.
_BEHIND = re.compile(
    r"(?:[\s　…‥・･.．]*(?:[\s　]|[…‥・･.．]{2})[\s　…‥・･.．]*"
    r"(?:[0-9０-９A-Z]{1,3}[-－])?[\-－]?[0-9０-９]{1,4}[\-－]?\s*(?:頁|ページ)?"
    r"|[（(]第[^（）()]{1,30}条[^（）()]{0,40}[）)])$"
)
_NUMBER = re.compile(r"([0-9０-９]{1,4})[\-－]?\s*(?:頁|ページ)?$")
_SPACES = re.compile(r"[\s　…‥・･.．]+")
# Lines without a page number that may stand between those with one: a part's own line, a wrapped name.
_REACH = 3
_FEWEST = 3
_LONGEST = 90


def name_of(text: str) -> str:
    """Return what an entry of the contents and the heading it points to have in common."""
    return _SPACES.sub("", _BEHIND.sub("", text.strip()))


def is_title(text: str) -> bool:
    """Return whether a line says 「目次」 and nothing else."""
    return bool(_TITLE.fullmatch(_SPACES.sub("", text)))


def find(lines: Sequence[tuple[int, str]]) -> list[tuple[int, int, int]]:
    """Return the tables of contents among a document's paragraphs, given as (page, text; empty for a table), as
    (index of the title or -1, first index, index behind the last)."""
    found: list[tuple[int, int, int]] = []
    index = 0
    while index < len(lines):
        if is_title(lines[index][1]):
            stop = _end_of_titled(lines, index)
            if stop - index > 2:
                found.append((index, index + 1, stop))
                index = stop
                continue
        elif structure.is_contents(lines[index][1]):
            stop = _end_of_run(lines, index)
            if stop:
                found.append((-1, index, stop))
                index = stop
                continue
        index += 1
    return found


def _end_of_titled(lines: Sequence[tuple[int, str]], title: int) -> int:
    """Where the body begins: at running text, an article, the first entry said again, or a page without entries."""
    names: set[str] = set()
    end = title + 1
    for index in range(title + 1, len(lines)):
        page, text = lines[index]
        entry = is_entry(text)
        name = name_of(text)
        if not text or structure.part_of(text).rank == structure.ARTICLE_RANK:
            break
        if not entry and (len(text) > _LONGEST or text.endswith("。") or name in names):
            break
        if not entry and page != lines[title][0] and not _entry_within_reach(lines, index):
            break
        if is_title(text):
            break
        names.add(name)
        end = index + 1
    # 「（目的）」 belongs to the article below it.
    while end > title + 1 and end < len(lines) and structure.is_caption(lines[end - 1][1]):
        end -= 1
    return end


def _end_of_run(lines: Sequence[tuple[int, str]], first: int) -> int:
    """Behind the last of at least three lines whose page numbers do not fall; 0 when there are fewer."""
    entries, highest, end = 0, 0, first
    for index in range(first, len(lines)):
        text = lines[index][1]
        if structure.is_contents(text):
            number = _NUMBER.search(text)
            if number and int(number[1]) < highest:
                break
            highest = int(number[1]) if number else highest
            entries, end = entries + 1, index + 1
        elif index - end >= 1 or not text or len(text) > 60 or text.endswith("。"):
            break
    return end if entries >= _FEWEST else 0


def is_entry(text: str) -> bool:
    """Return whether a line is an entry by itself: it ends with leaders or a gap and a number, or has leaders."""
    return structure.is_contents(text) or bool(_LEADERS.search(text))


def _entry_within_reach(lines: Sequence[tuple[int, str]], index: int) -> bool:
    page = lines[index][0]
    return any(is_entry(text) and other == page for other, text in lines[index + 1 : index + 1 + _REACH])


def listed(headings: Sequence[tuple[int, int, str]]) -> Iterator[tuple[int, int]]:
    """Yield (first index, index behind the last) of what would be headings, as (index, page, text) in order, that only
    list what follows: three or more with nothing between, on one page, each said again further on."""
    left = Counter(name_of(text) for _, _, text in headings)
    run: list[tuple[int, int, str]] = []
    for heading in headings:
        index, page, text = heading
        name = name_of(text)
        left[name] -= 1
        if run and (index != run[-1][0] + 1 or page != run[-1][1] or not left[name]):
            if len(run) >= _FEWEST:
                yield run[0][0], run[-1][0] + 1
            run = []
        if left[name] and all(name != other for _, _, other in run):
            run.append((index, page, name))
    if len(run) >= _FEWEST:
        yield run[0][0], run[-1][0] + 1

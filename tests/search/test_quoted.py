"""What is quoted or left out is found by the index as reading every row finds it, in any scope."""

import random
from dataclasses import replace

import pytest

from madoguchi.search import lance
from madoguchi.search.understand import run_of
from tests.search.rows import TENANT, row, seen_by, unit

WORDS = ("住民票の写し", "住民税", "国民年金", "年金手帳", "転出届", "廃車", "犬")


def texts_of(seed: int, many: int) -> list[str]:
    chance = random.Random(seed)
    return ["".join(chance.choices(WORDS, k=chance.randint(1, 4))) for _ in range(many)]


def put(index, prefix: str, texts: list[str], key: str = "staff") -> dict[str, str]:
    """Put each text in as a document of its own; return them by the id of their row."""
    rows = {f"{prefix}{at}": text for at, text in enumerate(texts)}
    for name, text in rows.items():
        one = row(name, "年金", name, key, unit(len(name)))
        index.put(TENANT, name, [replace(one, bigrams=run_of(text).split(), digest=name)])
    return rows


@pytest.mark.parametrize("most_named", [10_000, 2], ids=["named", "too many to name"])
@pytest.mark.req("C2")
def test_rows_are_those_that_hold_what_is_quoted_and_lack_what_is_left_out(index, monkeypatch, most_named):
    monkeypatch.setattr(lance, "MOST_NAMED", most_named)
    rows = put(index, "a", texts_of(1, 30))
    hidden = put(index, "h", texts_of(2, 10), "dept:9")
    index.tidy(TENANT)
    # Rows that no index has taken up yet.
    rows |= put(index, "b", texts_of(3, 8))
    for holding, lacking in [
        (("住民票",), ()),
        (("年金",), ()),
        (("住民",), ("写し",)),
        ((), ("年金", "廃車")),
        (("民票の写", "転出"), ("犬",)),
        (("犬",), ()),
        (("届出書",), ()),
        ((), ("届出書",)),
    ]:
        asked = seen_by("staff", holding=tuple(map(run_of, holding)), lacking=tuple(map(run_of, lacking)))
        truth = {
            name
            for name, text in rows.items()
            if all(run_of(one) in run_of(text) for one in holding)
            and not any(run_of(one) in run_of(text) for one in lacking)
        }
        assert {one.id for one in index.by_words(asked, "words", ["年金"], 100)} == truth
        assert {one.id for one in index.by_vector(asked, unit(2), 100, 40)} == truth
        assert index.count(asked) == len(truth)
    assert not hidden.keys() & {one.id for one in index.sample(seen_by("staff"), 100)}


@pytest.mark.req("C9")
def test_what_is_quoted_is_looked_up_anew_after_any_change(index):
    put(index, "a", ["住民票の写し"])
    asked = seen_by("staff", holding=(run_of("住民票"),))
    assert index.count(asked) == 1
    put(index, "b", ["住民票"])
    assert index.count(asked) == 2
    index.change_access(TENANT, {"a0": replace(row("x").access, access_key="dept:9")})
    assert [one.id for one in index.by_words(asked, "words", ["年金"], 9)] == ["b0"]
    index.remove(TENANT, "b0")
    assert index.count(asked) == 0

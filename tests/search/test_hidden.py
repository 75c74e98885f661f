"""What somebody may not see changes nothing of what they see."""

import json
import re

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from madoguchi.people.access import scope_of
from madoguchi.search.lance import LanceIndex
from madoguchi.search.query import find
from madoguchi.search.question import Question
from madoguchi.search.ranking import rank
from tests.search.rows import TENANT, row, seen_by, unit
from tests.soak import size

WORDS = ["年金", "免除", "申請", "窓口", "手数料", "国保"]
texts = st.lists(st.sampled_from(WORDS), min_size=1, max_size=12).map(" ".join)


def shown(index: LanceIndex, words: tuple[str, ...], vector: int) -> bytes:
    question = Question(words, tuple(words), lambda: unit(vector))
    ranked = rank(index, seen_by("dept:1"), question, 50)
    return json.dumps([(one.row.id, one.score) for one in ranked]).encode()


@pytest.mark.req("C10")
@settings(max_examples=size(12, 480), deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    seen=st.lists(texts, min_size=1, max_size=8),
    hidden=st.lists(texts, min_size=1, max_size=30),
    words=st.lists(st.sampled_from(WORDS), min_size=1, max_size=3, unique=True).map(tuple),
    vector=st.integers(0, 5),
)
def test_hidden_rows_change_neither_hits_nor_order_nor_scores(tmp_path_factory, seen, hidden, words, vector):
    index = LanceIndex(tmp_path_factory.mktemp("index"))
    index.put(TENANT, "seen", [row(f"s{n}", text, "seen", "dept:1", unit(n)) for n, text in enumerate(seen)])
    alone = shown(index, words, vector)
    rows = [row(f"h{n}", text, "hidden", "dept:2", unit(vector)) for n, text in enumerate(hidden)]
    index.put(TENANT, "hidden", rows)
    index.tidy(TENANT)
    assert index.count(seen_by("dept:1")) == len(seen)
    assert shown(index, words, vector) == alone
    index.remove(TENANT, "hidden")
    assert shown(index, words, vector) == alone


@pytest.mark.req("C10")
def test_words_common_in_hidden_rows_only_still_tell_much(index):
    """The engine's own statistics would turn these two round."""
    index.put(
        TENANT, "seen", [row("rare", "免除 届け出", "seen", "dept:1"), row("common", "申請 届け出", "seen", "dept:1")]
    )
    index.put(TENANT, "more", [row(f"m{n}", "申請 予約", "more", "dept:1") for n in range(9)])
    question = Question(("免除", "申請"), ())
    before = [one.row.id for one in rank(index, seen_by("dept:1"), question, 3)]
    index.load(TENANT, [row(f"h{n}", "免除", "hidden", "dept:2") for n in range(500)])
    assert [one.row.id for one in rank(index, seen_by("dept:1"), question, 3)] == before
    assert before[0] == "rare"


@pytest.mark.django_db
@pytest.mark.req("C10")
def test_the_page_is_the_same_to_the_byte_with_and_without_hidden_documents(shelf, closed, add, make_user, signed_in):
    add(shelf, "# 年金\n\n年金の免除の申請は窓口で受け付けます。\n", fiscal_year=2026)
    client = signed_in(make_user("tanaka"))

    def page() -> str:
        text = client.get("/search/?q=年金の免除").content.decode()
        # The seal of what is shown is compared without its hour.
        text = re.sub(r'(data-shown="[^":]+):[^"]+"', r"\1", text)
        return re.sub(r'nonce="[^"]+"|name="csrfmiddlewaretoken" value="[^"]+"', "", text)

    alone = page()
    assert "申請は窓口で" in alone.replace("<mark>", "").replace("</mark>", "")
    for number in range(3):
        add(
            closed,
            "# 年金\n\n年金の免除 ひみつのかなりあ\n",
            f"秘密{number}.md",
            fiscal_year=2025,
            department_name="人事課",
        )
    assert page() == alone


@pytest.mark.django_db
@pytest.mark.req("C8")
def test_nothing_is_remembered_between_persons_nor_after_a_right_is_lost(shelf, closed, add, make_user):
    add(closed, "# 異動\n\n異動の内示は三月に行います。\n")
    insider = make_user("suzuki", "総務部/人事課")
    outsider = make_user("tanaka")
    assert find(scope_of(insider, "internal"), "異動の内示").hits
    assert find(scope_of(outsider, "internal"), "異動の内示").hits == []
    insider.posts.all().delete()
    assert find(scope_of(insider, "internal"), "異動の内示").hits == []

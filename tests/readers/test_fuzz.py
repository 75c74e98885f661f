"""Damaged files of every format end in a reading or a sentence."""

import pytest
from bench.fuzz import run

from tests.soak import size


@pytest.mark.req("E1")
def test_damaged_files_of_every_format_end_in_a_reading_or_a_sentence():
    outcomes = run(size(63, 5000), seed=1)
    assert [line for outcome in outcomes.values() for line in outcome.wrong] == []
    assert sum(outcome.endings["read"] for outcome in outcomes.values()) > 5
    assert sum(outcome.endings["unreadable"] for outcome in outcomes.values()) > 5

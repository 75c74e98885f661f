"""What readers need that run in the process of the tests."""

import time

import pytest

from madoguchi.readers.limits import Limits


@pytest.fixture(autouse=True)
def a_reading_begins_with_its_time_unspent(monkeypatch):
    """In the product each reading is a process of its own; here hundreds of tests share one."""
    begun = time.process_time()
    monkeypatch.setattr(Limits, "cpu_used", staticmethod(lambda: time.process_time() - begun))

"""The record is one gapless chain that cannot be changed unseen."""

import os
import subprocess
import sys

import pytest
from django.db import DatabaseError, connection, transaction

from madoguchi.audit.models import Event
from madoguchi.audit.record import record
from madoguchi.audit.verify import verify
from tests.conftest import without_the_record_guard


@pytest.fixture
def chain(office):
    for number in range(1, 8):
        record(office.pk, "user:1", "document.opened", f"document:{number}", pages=number)
    return office


@pytest.fixture
def unguarded(chain):
    """The table as one who holds the database itself may change it."""
    with without_the_record_guard():
        yield chain


def test_an_untouched_chain_verifies(chain):
    verdict = verify(chain.pk)
    assert (verdict.events, verdict.bad) == (7, None)


@pytest.mark.req("L2")
@pytest.mark.parametrize(
    ("change", "first_bad"),
    [
        (lambda events: events.filter(number=3).update(target="document:9"), 3),
        (lambda events: events.filter(number=3).update(detail={"pages": 4}), 3),
        (lambda events: events.filter(number=3).delete(), 3),
        (lambda events: events.filter(number=5).update(previous="f" * 64), 5),
        (lambda events: events.filter(number=2).update(number=99), 2),
        (lambda events: swap(events, 4, 5), 4),
    ],
)
def test_verify_names_the_first_bad_number(unguarded, change, first_bad):
    change(Event.objects.filter(tenant=unguarded))
    assert verify(unguarded.pk).bad == first_bad


@pytest.mark.req("L2")
def test_an_inserted_event_is_found(unguarded):
    events = Event.objects.filter(tenant=unguarded)
    for number in (7, 6, 5, 4):
        events.filter(number=number).update(number=number + 1)
    copy = events.get(number=3)
    copy.pk, copy.number = None, 4
    copy.save()
    assert verify(unguarded.pk).bad == 4


def swap(events, first, second):
    events.filter(number=first).update(number=1000)
    events.filter(number=second).update(number=first)
    events.filter(number=1000).update(number=second)


@pytest.mark.req("L3")
def test_the_database_refuses_to_change_or_delete_an_event(chain):
    with pytest.raises(DatabaseError), transaction.atomic():
        Event.objects.filter(tenant=chain, number=2).update(actor="nobody")
    with pytest.raises(DatabaseError), transaction.atomic():
        Event.objects.filter(tenant=chain, number=2).delete()
    assert verify(chain.pk).events == 7


def test_an_event_falls_with_the_act_it_records(office):
    class Undone(Exception):
        pass

    with pytest.raises(Undone), transaction.atomic():
        record(office.pk, "user:1", "faq.saved")
        raise Undone
    assert verify(office.pk).events == 0


WRITERS = """
from tests.audit.same_database import *
import django; django.setup()
from concurrent.futures import ThreadPoolExecutor
from madoguchi.audit.record import record
def write(thread):
    for number in range(4): record({tenant}, f"user:{{thread}}", "document.opened", f"document:{{number}}")
with ThreadPoolExecutor(10) as pool: list(pool.map(write, range(10)))
"""


@pytest.mark.req("L2")
@pytest.mark.django_db(transaction=True)
def test_fifty_writers_make_one_chain(office):
    """Five processes of ten threads each: no gap, no fork."""
    environment = os.environ | {"MADOGUCHI_TEST_DATABASE": str(connection.settings_dict["NAME"])}
    command = [sys.executable, "-c", WRITERS.format(tenant=office.pk)]
    writers = [subprocess.Popen(command, env=environment) for _ in range(5)]
    assert [writer.wait(120) for writer in writers] == [0] * 5
    verdict = verify(office.pk)
    assert (verdict.events, verdict.bad) == (200, None)

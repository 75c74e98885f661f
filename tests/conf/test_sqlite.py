"""Which SQLite the product writes with, and how."""

import sqlite3

import pytest
from django.db import connection

from madoguchi.conf import sqlite

on_sqlite = pytest.mark.skipif("connection.vendor != 'sqlite'", reason="says something of SQLite alone")


@pytest.mark.parametrize(
    ("version", "mended"),
    [
        ((3, 40, 1), False),
        ((3, 44, 5), False),
        ((3, 44, 6), True),
        ((3, 50, 6), False),
        ((3, 50, 7), True),
        ((3, 51, 2), False),
        ((3, 51, 3), True),
        ((3, 53, 0), True),
    ],
)
def test_a_release_whose_wal_may_tear_is_known(version, mended):
    assert sqlite.is_mended(version) == mended


def test_without_the_mend_there_is_no_wal(monkeypatch):
    monkeypatch.setattr(sqlite3, "sqlite_version_info", (3, 40, 1))
    assert sqlite.journal_pragmas() == ("journal_mode=TRUNCATE", "synchronous=FULL")


@pytest.mark.django_db
@on_sqlite
def test_the_database_is_written_by_a_mended_sqlite():
    with connection.cursor() as cursor:
        cursor.execute("SELECT sqlite_version()")
        ((version,),) = cursor.fetchall()
    assert sqlite.is_mended(tuple(map(int, version.split("."))))

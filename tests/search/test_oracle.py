"""What search and answers bring up of a random office is exactly what the oracle allows, by the index itself."""

import json
import tempfile
from pathlib import Path
from typing import Any

import pytest
from django.db import transaction
from hypothesis import HealthCheck, given, settings

from madoguchi.answers.ask import answer_of
from madoguchi.search import indexing, query, rebuild
from madoguchi.search.facets import facets_of
from madoguchi.search.lance import LanceIndex
from madoguchi.search.query import Filters, condition, find
from tests.library.library_worlds import build_library, word_of
from tests.library.test_access import expected, scope_from
from tests.people import oracle
from tests.people.worlds import build, worlds
from tests.soak import size

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("without_meaning")]
QUESTION = "ことば ひみつ"
NO_LIMITS: dict[str, Any] = {
    "deadline": None,
    "suppress_health_check": [HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
}


@pytest.mark.req("C4")
@pytest.mark.req("C2")
@given(world=worlds(max_departments=4, max_persons=2, max_folders=4, max_documents=5))
@settings(max_examples=size(12, 480), **NO_LIMITS)
def test_search_and_answers_bring_up_what_the_oracle_allows(world, monkeypatch):
    with tempfile.TemporaryDirectory() as folder, transaction.atomic():
        # One index an example: the database's numbers come again after each roll-back.
        fresh = LanceIndex(Path(folder))
        for module in (indexing, query, rebuild):
            monkeypatch.setattr(module, "the_index", lambda: fresh)
        built = build(world)
        shelves = build_library(world, built)
        for document in shelves.documents.values():
            document.refresh_from_db()
            if document.deleted_at is None and document.current:
                indexing.index_version(document.current)
        for number in (None, *built.people):
            for zone in oracle.HIGHEST_FROM:
                scope = scope_from(built, number, zone)
                allowed = expected(world, number, zone)
                # The engine by its own filter alone, before the database is asked.
                assert fresh.count(condition(scope, Filters())) == len(allowed)
                hits = find(scope, QUESTION, k=50).hits
                assert shelves.numbers(hit.passage.version.document for hit in hits) == allowed
                said = json.dumps(answer_of(scope, QUESTION), ensure_ascii=False, default=str)
                shown = json.dumps([str(facet) for facet in facets_of(scope, {})], ensure_ascii=False)
                for each in shelves.documents:
                    assert each in allowed or word_of(each) not in said + shown
        transaction.set_rollback(True)

"""Harmful files through the whole of ingestion: each ends in a clear status, and the next good file is read."""

import pytest

from madoguchi.library import ingest, store
from madoguchi.library.models import Version
from madoguchi.library.refused import Refused
from tests.readers.files import bad_files

from .conftest import GUIDE

pytestmark = pytest.mark.django_db


def test_every_bad_file_ends_in_a_clear_status_and_the_next_is_read(office, shelf, add_document, tmp_path, settings):
    settings.READER_CPU_SECONDS = settings.READER_WALL_SECONDS = 20
    outcomes = {}
    for kind, path in bad_files(tmp_path / "bad").items():
        try:
            with path.open("rb") as file:
                version = store.add_file(office, shelf, file, path.name, rename=True)
        except Refused as refusal:
            outcomes[kind] = ("refused", str(refusal))
            continue
        outcomes[kind] = (ingest.ingest(str(version.pk)), Version.objects.get(pk=version.pk).reason)
    for kind, (status, reason) in outcomes.items():
        assert status in ("refused", "failed", "unsupported", "ready"), kind
        # Whatever is not simply readable says so in Japanese.
        if status != "ready":
            assert any(character > "\u3000" for character in reason), (kind, reason)
        assert reason != ingest.UNEXPECTED, kind
    assert outcomes["empty"][0] == "refused"
    for kind in ("truncated pdf", "encrypted pdf", "docx named pdf", "zip and pdf", "zip bomb"):
        assert outcomes[kind][0] == "failed", (kind, outcomes[kind])
    assert outcomes["no text pdf"][0] == "unsupported"
    assert not Version.objects.filter(status__in=ingest.UNFINISHED).exists()
    assert add_document(shelf, GUIDE, name="good.md").status == "ready"

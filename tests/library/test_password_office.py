"""A protected Office file waits for its password, is read with it once, and keeps it nowhere."""

import io

import pytest
from msoffcrypto.format.ooxml import OOXMLFile

from madoguchi.library import ingest
from tests.readers import files

from .test_password import PASSWORD, everything_under, rows_of_all_tables, unlock

pytestmark = pytest.mark.django_db


@pytest.fixture
def client(make_user, signed_in):
    return signed_in(make_user("tanaka"))


@pytest.fixture
def locked(shelf, add_document, tmp_path):
    """A Word file that waits for its password."""
    out = io.BytesIO()
    OOXMLFile(io.BytesIO(files.small_docx(tmp_path / "a.docx").read_bytes())).encrypt(PASSWORD, out)
    version = add_document(shelf, out.getvalue(), "要綱.docx")
    assert (version.status, version.passages.count()) == ("failed", 0)
    return version


def test_a_protected_word_file_is_read_once_and_its_password_kept_nowhere(client, locked, home, caplog, capfd):
    assert unlock(client, locked, "違うもの").status_code == 400
    assert unlock(client, locked, PASSWORD).status_code == 302
    assert ingest.ingest(str(locked.pk)) == "ready"
    assert "手数料" in "".join(locked.passages.values_list("text", flat=True))
    kept = everything_under(home) + caplog.text.encode() + "".join(capfd.readouterr()).encode()
    kept += repr(client.session.items()).encode() + "".join(rows_of_all_tables()).encode()
    for form in (PASSWORD.encode(), PASSWORD.encode("utf-16-le"), repr(PASSWORD).encode("ascii", "backslashreplace")):
        assert form not in kept

import pytest

from tests.answers import stand_in
from tests.answers.conftest import library  # noqa: F401 - the same office

stand_in.install()


@pytest.fixture(autouse=True)
def empty_index():
    stand_in.faq_rows.clear()

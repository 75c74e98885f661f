import pytest

from madoguchi.search.lance import LanceIndex


@pytest.fixture
def index(tmp_path) -> LanceIndex:
    """An empty index of its own."""
    return LanceIndex(tmp_path)

from tests.answers.conftest import empty_index, library  # noqa: F401 - the same office

# Each target does all the set-up it needs on a fresh Debian machine.
.PHONY: demo setup test lint types bench soak licences offline-bundle clean

RUN = .venv/bin
# Where this is set, each of the hundreds of processes that tests start would compile all its modules anew (4 s each).
unexport PYTHONDONTWRITEBYTECODE
# What speaks to the database in its own way is tried on PostgreSQL too.
POSTGRESQL_TESTS = tests/audit tests/people/test_access.py tests/people/test_sessions.py tests/faq tests/library/test_store.py \
	tests/library/test_access.py tests/people/test_rotation.py tests/security/test_matrix.py
# What has a longer form (tests/soak.py).
SOAK_TESTS = $(shell grep -rl --include='test_*.py' 'from tests.soak import size' tests)
LOOPBACK = $(RUN)/python tools/loopback_only.py

demo: setup
	$(RUN)/madoguchi demo

setup: .venv/.setup

.venv/.setup: pyproject.toml uv.lock tools/setup.sh
	sh tools/setup.sh

.venv/.setup-dev: .venv/.setup tools/setup-dev.sh
	sh tools/setup-dev.sh

lint: .venv/.setup-dev
	$(RUN)/ruff check .
	$(RUN)/ruff format --check .
	$(RUN)/lint-imports --no-cache
	$(RUN)/python tools/requirements.py --check

types: .venv/.setup-dev
	$(RUN)/mypy

test: lint types
	$(LOOPBACK) $(RUN)/pytest -n 2 --dist loadfile --durations 15
	$(LOOPBACK) $(RUN)/python tools/with_postgresql.py $(RUN)/pytest -n 2 --dist loadfile -q $(POSTGRESQL_TESTS)

bench: .venv/.setup-dev
	$(RUN)/python -m bench.all

soak: .venv/.setup-dev
	MADOGUCHI_SOAK=1 $(LOOPBACK) $(RUN)/pytest -n 2 --dist loadfile --durations 20 $(SOAK_TESTS)

licences: setup
	$(RUN)/madoguchi licences

offline-bundle: setup
	sh tools/offline_bundle.sh

clean:
	rm -rf .venv .tools build dist

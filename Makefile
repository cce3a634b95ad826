# The same targets here and in CI. Each works in a fresh clone: the environment is made first.

PYTHON ?= python3
BIN := .venv/bin

.PHONY: demo test check dev docs clean

demo: .venv/.ready  ## invented exports -> snapshot -> 1%, 10%, 100% -> data/app.db, with a summary
	@$(BIN)/moonlanding demo

test: .venv/.ready  ## every test, a file to a process; parts of the machine that are missing skip (with CI=true: fail)
	$(BIN)/pytest -n 2 --dist loadfile

check: .venv/.ready  ## style, types, import layers, ceilings
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy --strict -p moonlanding_assets
	$(BIN)/lint-imports
	$(BIN)/pytest -q -p no:xdist moonlanding_assets_tests/unit/test_ceilings.py

dev: .venv/.ready  ## the Dagster UI on this machine, on the same runs as the command line
	@$(BIN)/moonlanding ui

docs: .venv/.ready  ## write the generated pages of docs/ again
	@$(BIN)/moonlanding docs --out docs

clean:  ## the environment and caches; data/ stays
	rm -rf .venv .mypy_cache .pytest_cache .ruff_cache .hypothesis .import_linter_cache *.egg-info

.venv/.ready: requirements.txt pyproject.toml
	@echo "making .venv (a few minutes the first time)"
	@$(PYTHON) -m venv .venv
	@$(BIN)/pip install --quiet --disable-pip-version-check -r requirements.txt
	@$(BIN)/pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation -e .
	@touch $@

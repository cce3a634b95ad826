# The same targets here and in CI. Each works in a fresh clone: the environment is made first.

PYTHON ?= python3
BIN := .venv/bin

.PHONY: pictures demo test test-cluster test-faults soak rehearse bench bench-peers bench-scale check dev docs mutants clean

demo: .venv/.ready  ## invented exports -> snapshot -> phases 3.4 to 3.7 -> data/app.db, with a summary
	@$(BIN)/moonlanding demo

test: .venv/.ready  ## every test, a file to a process; parts of the machine that are missing skip (with CI=true: fail)
	$(BIN)/pytest -n 2 --dist loadfile

test-faults: .venv/.ready  ## kill -9 at a hundred random moments of full runs and at every named step, and all other faults of the machine
	MOONLANDING_KILLS=$${MOONLANDING_KILLS:-100} $(BIN)/pytest -s -p no:xdist moonlanding_assets_tests/real/test_faults.py moonlanding_assets_tests/real/test_gateway_killed.py \
		moonlanding_assets_tests/real/test_phase_faults.py moonlanding_assets_tests/real/test_gates_by_hand.py \
		moonlanding_assets_tests/real/test_sync_service_killed.py moonlanding_assets_tests/real/test_sync_killed.py \
		moonlanding_assets_tests/real/test_backward_killed.py \
		moonlanding_assets_tests/unit/test_named_steps.py moonlanding_assets_tests/unit/test_backup.py \
		moonlanding_assets_tests/unit/test_exercise.py moonlanding_assets_tests/unit/test_publish.py \
		moonlanding_assets_tests/unit/test_leaving.py moonlanding_assets_tests/unit/test_workers.py
	$(BIN)/python -m moonlanding_assets_tests.switch_kills

rehearse: .venv/.ready  ## a hundred switches each way at 200 requests a second, then back after 10,000 writes; on a machine that does nothing else
	$(BIN)/python -m moonlanding_assets_tests.measure_switch --switches 200 --rate 200
	$(BIN)/python -m moonlanding_assets_tests.measure_reverse --writes 10000

test-cluster: .venv-cluster/.ready  ## what needs several machines, on this one: Spark and Celery, each with two workers
	$(BIN)/pytest -p no:xdist moonlanding_assets_tests/real/test_spark.py moonlanding_assets_tests/real/test_celery.py

soak: .venv/.ready  ## half an hour of real time before a real gateway, watched; open files, memory and log of both processes
	$(BIN)/python -m moonlanding_assets_tests.real.soak_for_real $${MOONLANDING_SOAK_MINUTES:-30}

bench: .venv/.ready  ## every stage, the whole job and the floors, measured (docs/benchmark.md); not in CI
	@$(BIN)/moonlanding bench --docs $${BENCH_DOCS:-16735} --repeat $${BENCH_REPEAT:-3}

bench-peers: .venv/.ready .venv-peers/.ready  ## the same, with what others would pick beside it on the same documents, and what it loses
	@$(BIN)/moonlanding bench --docs $${BENCH_DOCS:-16735} --repeat $${BENCH_REPEAT:-3} --peers .venv-peers/bin/python

bench-scale: .venv/.ready  ## the curve: seconds a document and peak memory at three sizes (about 30 GB of disk, hours)
	@$(BIN)/moonlanding bench --docs $${BENCH_SIZES:-250000,500000,1000000} --repeat $${BENCH_REPEAT:-1}

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

pictures: .venv/.ready  ## take the pictures of docs/images again, by the test of the UI (some minutes)
	MOONLANDING_SCREENSHOTS=1 $(BIN)/pytest -q -p no:xdist moonlanding_assets_tests/real/test_ui.py

mutants: .venv-mutants/.ready  ## which changes to transforms, merge and residue no test notices (docs/mutation.md); not in CI
	@for group in transforms engine; do \
		rm -rf .mutants/$$group && mkdir -p .mutants/$$group && \
		cp -r moonlanding_assets moonlanding_assets_tests mutation pyproject.toml .mutants/$$group && \
		cp mutation/$$group.cfg .mutants/$$group/setup.cfg && \
		(cd .mutants/$$group && nice -n 15 $(CURDIR)/.venv-mutants/bin/mutmut run --max-children 1) || exit 1; \
	done
	@for group in transforms engine; do \
		(cd .mutants/$$group && $(CURDIR)/.venv-mutants/bin/python mutation/score.py) || exit 1; \
	done

clean:  ## the environment and caches; data/ stays
	rm -rf .venv .venv-cluster .venv-mutants .venv-peers .mutants .mypy_cache .pytest_cache .ruff_cache .hypothesis .import_linter_cache *.egg-info

.venv/.ready: requirements.txt pyproject.toml
	@echo "making .venv (a few minutes the first time)"
	@$(PYTHON) -m venv .venv
	@$(BIN)/pip install --quiet --disable-pip-version-check -r requirements.txt
	@$(BIN)/pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation -e .
	@$(BIN)/python -c "from moonlanding_assets.source import export_texts; export_texts.load()"
	@touch $@

.venv-cluster/.ready: .venv/.ready cluster/requirements.txt  ## what .venv has, Spark and Celery (some 720 MB)
	@echo "making .venv-cluster (some 720 MB the first time)"
	@$(PYTHON) -m venv .venv-cluster
	@.venv-cluster/bin/python cluster/see.py $(CURDIR)/$(BIN)/python
	@.venv-cluster/bin/pip install --quiet --disable-pip-version-check --no-deps -r cluster/requirements.txt
	@touch $@

.venv-mutants/.ready: requirements.txt mutation/requirements.txt
	@$(PYTHON) -m venv .venv-mutants
	@.venv-mutants/bin/pip install --quiet --disable-pip-version-check -r mutation/requirements.txt
	@touch $@

.venv-peers/.ready: benchmark/requirements.txt
	@$(PYTHON) -m venv .venv-peers
	@.venv-peers/bin/pip install --quiet --disable-pip-version-check -r benchmark/requirements.txt
	@touch $@

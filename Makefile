SHELL := /bin/sh
.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
.PHONY: help run test check format bench kill months lock clean chromium

VENV := .venv
PY := $(VENV)/bin/python
PYTHONS ?= python3 python3.14 python3.13 python3.12 python3.11
INSTALL := $(PY) -m pip install --quiet --disable-pip-version-check --require-hashes
RUN_STAMP := $(VENV)/installed-run
DEV_STAMP := $(VENV)/installed-dev

COMPILE = $(VENV)/lock/bin/pip-compile --quiet $(UPGRADE) --generate-hashes --allow-unsafe --strip-extras \
	--no-header --no-annotate --no-emit-index-url --no-emit-find-links --no-emit-trusted-host

KILLS ?= 200
REPORTS ?= 500
MONTHS ?= 25

help: ## list the commands
	@awk -F ':.*## ' '/^[a-z]+:.*## / { printf "  make %-7s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

run: $(RUN_STAMP) ## start the bot; without a bot token, open the web chat with a demo province
	@if [ -n "$$TELEGRAM_BOT_TOKEN$$ZALO_BOT_TOKEN" ] \
	|| grep -Eqs "^[[:space:]]*(export[[:space:]]+)?(TELEGRAM|ZALO)_BOT_TOKEN[[:space:]]*=[[:space:]]*[\"']?[^[:space:]#\"']" .env; \
	then exec $(PY) -m bot run; else exec $(PY) -m bot demo; fi

test: $(DEV_STAMP) chromium ## run every test
	$(PY) -m pytest -q -n 2 --dist loadfile

check: $(DEV_STAMP) ## lint, formatting, types and the one-way imports
	$(VENV)/bin/ruff check .
	$(VENV)/bin/ruff format --check .
	$(VENV)/bin/mypy --strict
	$(VENV)/bin/lint-imports --no-logo

format: $(DEV_STAMP) ## mend formatting and what the linter can mend
	$(VENV)/bin/ruff check --fix-only --quiet .
	$(VENV)/bin/ruff format .

bench: $(DEV_STAMP) ## measure speed and size, side by side with others
	$(PY) -m tests.bench

kill: $(DEV_STAMP) ## the long kill test: KILLS=200 times during REPORTS=500 reports
	KILLS=$(KILLS) REPORTS=$(REPORTS) $(PY) -m pytest -q --timeout=3600 tests/kill

months: $(DEV_STAMP) ## the long test of reminders: MONTHS=25 offices live four months each, on both databases
	MONTHS=$(MONTHS) $(PY) -m pytest -q --timeout=3600 -n 2 tests/test_months.py

lock: $(PY) ## write the lock files again from pyproject.toml (UPGRADE=--upgrade takes newer versions)
	@[ -x $(VENV)/lock/bin/pip-compile ] || { $(PY) -m venv $(VENV)/lock && $(VENV)/lock/bin/pip install -q pip-tools; }
	$(COMPILE) -o requirements.lock pyproject.toml
	$(COMPILE) --extra dev -c requirements.lock -o requirements-dev.lock pyproject.toml

clean: ## remove what make made; .env and data stay
	rm -rf $(VENV) build *.egg-info .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache .grimp_cache
	find . -name .git -prune -o -type d -name __pycache__ -prune -exec rm -rf {} +

$(PY):
	@for python in $(PYTHONS); do \
	  if $$python -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; then \
	    $$python -m venv $(VENV) && exit 0; \
	    rm -rf $(VENV); \
	    echo "$$python cannot make a virtual environment; on Debian or Ubuntu: apt install python3-venv" >&2; \
	    exit 1; \
	  fi; \
	done; \
	echo "Python 3.11 or newer is needed; on Debian or Ubuntu: apt install python3 python3-venv" >&2; \
	exit 1

$(RUN_STAMP): requirements.lock | $(PY)
	@echo "Installing what the bot needs…"
	@$(INSTALL) -r requirements.lock
	@touch $@

# The development lock holds everything of the run-time one, so one installation serves both.
$(DEV_STAMP): requirements-dev.lock requirements.lock | $(PY)
	@echo "Installing what the bot and its tests need…"
	@$(INSTALL) -r requirements-dev.lock
	@touch $(RUN_STAMP) $@

APT_CHROMIUM := apt-get install -y --no-install-recommends chromium fonts-noto-core

# The first try spares the machine a refresh of its package lists; a fresh machine has none yet.
chromium:
	@if command -v chromium || command -v chromium-browser || command -v google-chrome; then :; \
	elif command -v apt-get && [ "$$(id -u)" = 0 ]; then \
	  export DEBIAN_FRONTEND=noninteractive; \
	  $(APT_CHROMIUM) || { apt-get update && $(APT_CHROMIUM); }; \
	else false; fi </dev/null >/dev/null 2>&1 \
	|| echo "No Chromium here and none could be installed: the browser tests are skipped."

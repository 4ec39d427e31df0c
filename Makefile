# Countersign. `make help` lists the commands; `make run` and `make test` do all set-up by themselves.
.DEFAULT_GOAL := help
.PHONY: help setup run test check lock clean

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
STAMP := $(VENV)/.installed
MODEL := .models/minilm-l6-v2
PYTEST_ARGS ?=
# Files of tests go to so many processes, each with a PostgreSQL of its own.
TEST_PROCESSES ?= 2

help: ## list the commands
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | awk -F ':.*## ' '{ printf "  make %-8s %s\n", $$1, $$2 }'

setup: $(STAMP) ## build everything that is needed, start nothing
	@OMP_NUM_THREADS=2 $(BIN)/python -m gateway.export_model $(MODEL)
	@$(BIN)/python -W "ignore:XDG_RUNTIME_DIR is not set" -m deploy env

$(STAMP): requirements.lock
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info[:2] != (3, 11))' \
	    || { echo "Python 3.11 is needed; '$(PYTHON)' is $$($(PYTHON) --version 2>&1). Try: make PYTHON=python3.11"; exit 1; }
	@$(PYTHON) -c 'import ensurepip' 2>/dev/null \
	    || { echo "Python's venv module is missing. On Debian: apt-get install python3.11-venv"; exit 1; }
	@echo "installing the locked versions into $(VENV) (a few minutes the first time)…"
	@test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check "$$(grep '^torch==' requirements.lock)"
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check -r requirements.lock
	@touch $@

run: setup ## start everything on this machine and print the address
	@exec $(BIN)/python -W "ignore:XDG_RUNTIME_DIR is not set" -m deploy local

check: setup ## format, lint, types, import contracts
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/lint-imports --no-cache
	$(BIN)/pyright

test: check ## check, then every test
	@command -v chromium >/dev/null || command -v chromium-browser >/dev/null || command -v google-chrome >/dev/null \
	    || { echo "The browser test needs Chromium. On Debian: apt-get install chromium"; exit 1; }
	OMP_NUM_THREADS=1 OPENBLAS_NUM_THREADS=1 $(BIN)/pytest -n $(TEST_PROCESSES) --dist loadfile $(PYTEST_ARGS)

lock: ## write requirements.lock from what requirements.in resolves to
	rm -rf .lock-venv && $(PYTHON) -m venv .lock-venv
	.lock-venv/bin/pip install --quiet torch==2.13.0 && .lock-venv/bin/pip install --quiet -r requirements.in
	{ echo "# Written by 'make lock' from requirements.in: every package and its version."; \
	  .lock-venv/bin/pip freeze | sed 's/^torch==2.13.0.*/torch==2.13.0/'; } > requirements.lock
	rm -rf .lock-venv

clean: ## delete what make built (your data in .data/ stays)
	rm -rf $(VENV) .models .pytest_cache .ruff_cache .hypothesis

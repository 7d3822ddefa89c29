# The commands of a checkout. Each makes .venv with everything in requirements-dev.txt first, when that is missing or old.
#   make PYTHON=/path/to/python ...   another Python than the first new enough one of those named below

SHELL := /bin/bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := help
.PHONY: help demo test run lint bench

CUSTOMERS ?= 20000
DATA ?=
ARGS ?=
UV_VERSION := 0.13.9

BIN := .venv/bin
INSTALLED := .venv/requirements-installed
IS_NEW_ENOUGH := import sys; sys.exit(sys.version_info < (3, 11))

help:
	@echo 'make demo    plan, steer, send, answer, measure and learn, on $(CUSTOMERS) synthetic customers'
	@echo '             (CUSTOMERS=1000 for another number, DATA=../shared/data/hillstrom.csv for real data)'
	@echo 'make test    the whole test suite            (ARGS="tests/channels -x" for a part)'
	@echo 'make run     web, worker, beat and local mail server in this terminal; Ctrl-C ends them'
	@echo 'make lint    style, import contract, migrations'
	@echo 'make bench   every benchmark                 (ARGS="allocation" for one)'

demo: $(INSTALLED)
	$(BIN)/python manage.py demo --customers $(CUSTOMERS) $(if $(DATA),--data $(DATA)) $(ARGS)

test: $(INSTALLED)
	$(BIN)/python -m pytest -n auto --dist loadgroup $(ARGS)

run: $(INSTALLED)
	exec $(BIN)/python -m steering.run

lint: $(INSTALLED)
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/lint-imports
	$(BIN)/python manage.py makemigrations --check --dry-run

bench: $(INSTALLED)
	$(BIN)/python -m benchmarks $(ARGS)

$(INSTALLED): requirements.txt requirements-dev.txt requirements-tracing.txt
	@if ! $(BIN)/python -c '$(IS_NEW_ENOUGH)' 2>/dev/null; then
	  for candidate in $(or $(PYTHON),python3 python3.13 python3.12 python3.11); do
	    if "$$candidate" -c '$(IS_NEW_ENOUGH)' 2>/dev/null; then python=$$candidate; break; fi
	  done
	  if [ -z "$${python:-}" ]; then
	    echo 'Python 3.11 or newer is needed, and none of $(or $(PYTHON),python3 python3.13 python3.12 python3.11) is.' >&2
	    echo 'Install one, or say where it is: make PYTHON=/path/to/python ...' >&2
	    exit 1
	  fi
	  echo "Making .venv with $$("$$python" --version)"
	  rm -rf .venv
	  if command -v uv >/dev/null; then
	    uv venv --quiet --python "$$("$$python" -c 'import sys; print(sys.executable)')" .venv
	  else
	    "$$python" -m venv .venv || { echo 'Python lacks its venv module (Debian: apt-get install python3-venv).' >&2; exit 1; }
	  fi
	fi
	uv=$$(command -v uv || echo $(BIN)/uv)
	if [ ! -x "$$uv" ]; then $(BIN)/python -m pip install --quiet --disable-pip-version-check uv==$(UV_VERSION); fi
	echo 'Installing what requirements-dev.txt names'
	"$$uv" pip install --quiet --python $(BIN)/python -r requirements-dev.txt
	touch $@

.ONESHELL:

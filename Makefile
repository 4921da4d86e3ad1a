# Two commands on a fresh machine: `make quickstart` and `make test`. Python 3.11 or newer and make are enough.

PYTHON ?= python3
SERVE ?= 1
PORT ?= 8501
VENV := .venv
BIN := $(VENV)/bin
STAMP := $(VENV)/installed

.DEFAULT_GOAL := help
.PHONY: help install quickstart test check bench accept ui up

help: ## this list
	@grep -hE '^[a-z]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 14

install: $(STAMP) ## the environment in .venv, with everything tests need

$(STAMP): pyproject.toml constraints.txt
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check uv
	$(BIN)/uv pip install --quiet --python $(BIN)/python --constraint constraints.txt --editable '.[all,dev]'
	touch $@

quickstart: install ## load, train, predict and explain the samples; ends serving the pages (SERVE=0: does not)
	$(BIN)/kgp quickstart --port $(PORT) $(if $(filter 0,$(SERVE)),--no-serve)

test: install ## every test; fetches Neo4j and Chromium where it may, and says what it had to skip
	$(BIN)/python -m tests.prepare
	$(BIN)/python -m pytest

check: install ## style, types, imports
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/basedpyright
	$(BIN)/lint-imports

bench: install ## all benchmarks, one line of JSON each, kept in results/
	set -e; for file in benchmarks/[a-z]*.py; do $(BIN)/python $$file; done

accept: install ## all long checks, one line of JSON each, kept in results/
	set -e; for file in acceptance/[a-z]*.py; do $(BIN)/python $$file; done

ui: install ## the pages over the default store
	$(BIN)/kgp serve --port $(PORT)

up: install ## the local server
	$(BIN)/kgp up

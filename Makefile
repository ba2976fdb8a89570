# Set-up and checks. A fresh machine needs Python 3.11 or later and make, nothing else.
#
# PYTHON chooses the interpreter (make test PYTHON=python3.12). pip keeps its own settings: the
# PIP_* variables and pip.conf say where packages come from and through which proxy.

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
OUT ?= demo
INSTALL := $(BIN)/python -m pip install --quiet --disable-pip-version-check

.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
.PHONY: help demo test test-full test-spark format readme lock clean

help: ## Say what can be made.
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 12

demo: $(VENV)/demo.stamp ## Set up, plant leaks in a made-up market, trace them, show the report.
	@$(BIN)/whence demo --out $(OUT)

test: $(VENV)/test.stamp ## Set up, then check format, lint, types, floors and tests.
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports --no-cache
	$(BIN)/pytest -n 2 -m "not slow and not spark"
	@echo "Left out: the tests of the second engine, Spark. make test-spark runs them."

test-full: $(VENV)/test.stamp ## Also the slow tests; what cannot run here is a failure.
	WHENCE_FULL=1 $(BIN)/pytest -n 2 -m "not spark"

test-spark: $(VENV)/spark.stamp ## The tests on Spark, on a cluster started here; needs Java 17.
	WHENCE_FULL=1 $(BIN)/pytest -n 0 -m spark --durations=5

format: $(VENV)/test.stamp ## Put the code into the one format.
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

readme: $(VENV)/demo.stamp ## Put what the commands print today into the READMEs.
	$(BIN)/python tools/readme.py

lock: ## Pin every package anew, by hash; needs uv.
	uv pip compile $(COMPILE) --group build pyproject.toml -o lock/runtime.txt
	uv pip compile $(COMPILE) --group dev pyproject.toml -c lock/runtime.txt -o lock/dev.txt
	uv pip compile $(COMPILE) --extra spark pyproject.toml -c lock/dev.txt -o lock/spark.txt
COMPILE := --quiet --upgrade --universal --python-version 3.11 --no-header --no-emit-index-url --generate-hashes

clean: ## Remove what make has made here.
	rm -rf $(VENV) demo .mypy_cache .ruff_cache .pytest_cache .hypothesis

# One stamp a set-up: it is made again only when what is pinned or declared has changed.

$(BIN)/python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' \
		|| { echo "whence needs Python 3.11 or later: make PYTHON=python3.11" >&2; exit 2; }
	$(PYTHON) -m venv $(VENV)

$(VENV)/demo.stamp: lock/runtime.txt pyproject.toml | $(BIN)/python
	$(INSTALL) --require-hashes -r lock/runtime.txt
	$(INSTALL) --no-deps --no-build-isolation --editable .
	@touch $@

$(VENV)/test.stamp: lock/dev.txt $(VENV)/demo.stamp
	$(INSTALL) --require-hashes -r lock/dev.txt
	@touch $@

$(VENV)/spark.stamp: lock/spark.txt $(VENV)/test.stamp
	$(INSTALL) --require-hashes -r lock/spark.txt
	@touch $@

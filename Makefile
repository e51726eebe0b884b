# Everything a person runs here; `make` alone lists it.
.PHONY: help setup demo test lab-test bench clean lock lint
PYTHON ?= python3
BIN := .venv/bin

help: ## This list
	@sed -n 's/^\([a-z-]*\):.*## /  make \1\t/p' Makefile

setup: .venv/.done ## The tools, from the lock, into .venv
.venv/.done: requirements/dev.txt pyproject.toml tools/setup-host.sh
	tools/setup-host.sh
	$(PYTHON) -m venv .venv
	$(BIN)/python -m pip install --quiet --require-hashes --requirement requirements/dev.txt
	$(BIN)/python -m pip install --quiet --no-deps --no-build-isolation --editable .
	touch $@

demo: setup ## From nothing to a proven highly available identity service
	$(BIN)/holdfast demo

test: setup ## The whole suite: fast tests anywhere, lab tests where root and namespaces allow
	tools/test.sh

lint: setup ## Style and types
	$(BIN)/ruff check src tests bench
	$(BIN)/ruff format --check src tests bench
	$(BIN)/mypy

bench: setup .venv-bench/.done ## All benchmarks in one sitting, written to docs/benchmarks.md; ONLY=noop for one
	$(BIN)/python -m bench $(if $(ONLY),--only $(ONLY))

# The peers that are measured beside us, apart from our own tools.
.venv-bench/.done: requirements/bench.txt
	$(PYTHON) -m venv .venv-bench
	.venv-bench/bin/python -m pip install --quiet --require-hashes --requirement requirements/bench.txt
	echo '*' > .venv-bench/.gitignore
	touch $@

clean: ## Removes every trace of every lab: machines, mounts, namespaces, groups
	@if [ -x $(BIN)/holdfast ]; then $(BIN)/holdfast lab clean --yes; fi

lock: setup ## Makes the locks anew
	$(BIN)/uv pip compile --quiet --generate-hashes --no-header --python-version 3.11 --extra dev --extra client pyproject.toml --output-file requirements/dev.txt
	$(BIN)/uv pip compile --quiet --generate-hashes --no-header --python-version 3.11 pyproject.toml --output-file requirements/run.txt
	$(BIN)/uv pip compile --quiet --generate-hashes --no-header --python-version 3.11 requirements/bench.in --output-file requirements/bench.txt
	for series in src/holdfast/releases/*.in; do $(BIN)/uv pip compile --quiet --generate-hashes --no-header --no-annotate --python-version 3.13 --python-platform x86_64-manylinux_2_40 $$series --output-file $${series%.in}.txt; done

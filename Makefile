.PHONY: setup demo test bench clean lock lint
PY := .venv/bin/python

setup: .venv/.done
.venv/.done: requirements/dev.txt pyproject.toml tools/setup.sh
	tools/setup.sh
	touch $@

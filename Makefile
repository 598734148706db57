# `make demo` and `make test` set up what they need in .venv and then do their job.

VENV := .venv
BIN := $(VENV)/bin
# The first Python that runs and is of a version that we support.
PYTHON ?= $(shell for p in python3 python3.13 python3.12 python3.11; do \
	$$p -c 'import sys; sys.exit(not (3, 11) <= sys.version_info[:2] <= (3, 13))' 2>/dev/null \
	&& command -v $$p && break; done)
PIP_INSTALL := $(BIN)/python -m pip install --disable-pip-version-check -q -c constraints.txt
WORKERS ?= 2

.PHONY: demo test lint format clean

demo: $(VENV)/.runtime
	$(BIN)/tumorcast demo quick -o demo-hnscc-dm

test: lint
	$(BIN)/python -m pytest -n $(WORKERS)

lint: $(VENV)/.dev
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy

format: $(VENV)/.dev
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

clean:
	rm -rf $(VENV) demo-* .pytest_cache .mypy_cache .ruff_cache

$(VENV)/.runtime: pyproject.toml constraints.txt
	@test -n "$(PYTHON)" || { echo "tumorcast needs Python 3.11, 3.12 or 3.13 on the PATH"; exit 1; }
	test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	$(PIP_INSTALL) torch
	$(PIP_INSTALL) -e '.[dicom]'
	touch $@

$(VENV)/.dev: $(VENV)/.runtime
	$(PIP_INSTALL) -e '.[dicom,dev]'
	touch $@

# make run: the app on http://localhost:8501    make test: lint, types and tests    make clean: remove the environment
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
PORT ?= 8501

.PHONY: run test lint types clean

$(BIN)/python:
	$(PYTHON) -m venv $(VENV)

$(VENV)/.installed: requirements.txt | $(BIN)/python
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -r requirements.txt
	touch $@

$(VENV)/.installed-dev: requirements-dev.txt requirements.txt | $(BIN)/python
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -r requirements-dev.txt
	touch $@ $(VENV)/.installed

# Half a minute that the first visitor need not wait for.
$(VENV)/.compiled: $(VENV)/.installed sparsemix/compiled.py sparsemix/simd.py $(wildcard sparsemix/*_kernels.py)
	$(BIN)/python -m sparsemix compile
	touch $@

run: $(VENV)/.compiled
	$(BIN)/python -m dashboard --port $(PORT)

lint: $(VENV)/.installed-dev
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .

types: $(VENV)/.installed-dev
	$(BIN)/mypy -p audit -p sparsemix -p dashboard -p sample_data

test: lint types
	$(BIN)/python -m pytest

clean:
	rm -rf $(VENV)

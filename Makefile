# make run: the app on http://localhost:8501    make check, test, test-all, drills: four tiers of tests, see CONTRIBUTING.md
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
PORT ?= 8501
# One more than the two cores of a small machine: a sixth of a test's time is waiting, for a server, a process or a page.
WORKERS ?= 3
# A file's tests stay together, for they share records, servers and trained models. The browser's walks run by themselves:
# Playwright's event loop must end before other tests begin.
# Each test process computes on one thread: threads of several processes on two cores would wait for each other.
PYTEST := OMP_NUM_THREADS=1 $(BIN)/python -m pytest -n $(WORKERS) --dist loadfile --no-loadscope-reorder

# LOCKED=1: exactly the versions and files of requirements.lock, checked by their hashes; else the newest that the ranges allow.
LOCKED ?=
INSTALLED := $(VENV)/.installed$(if $(LOCKED),-locked)

.PHONY: run lint types docs licences static check unit test test-all moved-clock drills lock sbom clean

$(BIN)/python:
	$(PYTHON) -m venv $(VENV)

$(VENV)/.installed: requirements.txt | $(BIN)/python
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -r requirements.txt
	touch $@

# Which build of torch there is shows without the network: the one for processors lies in a folder of this machine, or not.
$(VENV)/.installed-locked: $(wildcard requirements*.lock) | $(BIN)/python
	pip="$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes"; torch=requirements-torch-cpu.lock; \
	$$pip --dry-run --no-index --no-deps -r $$torch 2>/dev/null || torch=requirements-torch.lock; \
	$$pip -r requirements.lock -r $$torch
	touch $@

$(VENV)/.installed-dev: $(wildcard requirements*.txt) | $(BIN)/python
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -r requirements-dev.txt
	touch $@ $(VENV)/.installed

# Half a minute that the first visitor need not wait for.
$(VENV)/.compiled: $(INSTALLED) $(shell find sparsemix/kernels sparsemix/attention -name "*.py")
	$(BIN)/python -m sparsemix compile
	touch $@

run: $(VENV)/.compiled
	$(BIN)/python -m dashboard --port $(PORT)

lint: $(VENV)/.installed-dev
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/lint-imports --no-cache > $(VENV)/contracts.txt || (cat $(VENV)/contracts.txt && false)

types: $(VENV)/.installed-dev
	$(BIN)/mypy -p audit -p sparsemix -p dashboard -p sample_data -p tests.benchmarks

docs: $(VENV)/.installed-dev
	NO_MKDOCS_2_WARNING=1 $(BIN)/mkdocs build --strict --quiet

licences: $(VENV)/.installed-dev
	$(BIN)/python docs/licences.py --check

# What runs nothing, side by side.
static: $(VENV)/.installed-dev
	$(MAKE) --no-print-directory --output-sync -j 3 lint types docs licences

# Lint, types and unit tests: 3 minutes at most.
check: $(VENV)/.installed-dev $(VENV)/.compiled
	$(MAKE) --no-print-directory --output-sync -j 3 lint types unit

unit: $(VENV)/.installed-dev $(VENV)/.compiled
	$(PYTEST) tests/unit -m "not deep"

# And integration tests on SQLite and PostgreSQL, the pages, and the main walk in Chromium: about 12 minutes on two cores, 10 are the aim.
test: static $(VENV)/.compiled
	$(PYTEST) -m "not deep" --ignore tests/browser
	$(PYTEST) -m "not deep" tests/browser

# Everything, drills in their short form: about 35 minutes on two cores, 30 are the aim.
test-all: static $(VENV)/.compiled
	HYPOTHESIS_PROFILE=deep $(PYTEST) --ignore tests/browser
	$(PYTEST) tests/browser

# Tests on another day, in another zone: make moved-clock DAY="2028-02-29 23:30" ZONE=Asia/Tokyo TESTS=tests/unit/audit
# Needs Debian's faketime. Waiting is not moved, so time limits hold; a browser keeps the machine's clock. Without
# FAKETIME_FORCE_MONOTONIC_FIX=0 a thread's wait for the interpreter ends at once, and two that compute take ten times as long.
ZONE ?= America/Sao_Paulo
# A distance, not a date, so that the clock of a process that a test starts is not set back to the beginning.
MOVED ?= $(if $(DAY),+$$(($$(TZ=$(ZONE) date -d "$(DAY)" +%s) - $$(date +%s))),+400d)
# On SQLite alone, whose records have their time from this process; a PostgreSQL server keeps its own clock.
TESTS ?= -m "not deep" -k "not postgresql" tests/unit/audit tests/integration/audit
moved-clock: $(VENV)/.installed-dev $(VENV)/.compiled
	TZ=$(ZONE) FAKETIME_DONT_FAKE_MONOTONIC=1 FAKETIME_FORCE_MONOTONIC_FIX=0 faketime -f "$(MOVED)" env $(PYTEST) $(TESTS)

# Drills and those benchmarks that need no data of others, at their full size: hours.
drills: $(VENV)/.installed-dev $(VENV)/.compiled
	mkdir -p data
	missed=; \
	for drill in kill disk backup race clock gate mutate proofs witness speed roles authority web batch feedback watch bombs fuzz catalogue outcomes switched; do \
	    $(BIN)/python -m tests.drills $$drill --json || missed="$$missed $$drill"; done; \
	for benchmark in accuracy attention collapse drift edge explanations parallel pipeline transfer; do \
	    $(BIN)/python -m tests.benchmarks $$benchmark --json data/bench-$$benchmark.json || missed="$$missed $$benchmark"; done; \
	[ -z "$$missed" ] || { echo "failed, or missed a target:$$missed"; exit 1; }

# Once in a while, and after a change of requirements.txt: the newest versions, then docs/licences.py and the tests.
lock: $(VENV)/.installed-dev
	$(BIN)/python .ci/lock.py

# What LOCKED=1 installs, as a CycloneDX list for scanners of vulnerabilities and licences.
sbom: $(VENV)/.installed-dev
	mkdir -p data
	cat requirements.lock requirements-torch.lock | $(BIN)/cyclonedx-py requirements - --pyproject pyproject.toml \
	    --output-reproducible --output-file data/sbom.cdx.json

clean:
	rm -rf $(VENV)

# The commands of the project; CONTRIBUTING.md tells more. All work in a folder whose path has spaces: nothing here
# names the folder, and Python's tools are run as modules, since their scripts in .venv/bin can't start there.

SHELL := bash
MAKEFLAGS += --no-print-directory
.DEFAULT_GOAL := help
.DELETE_ON_ERROR:

PYTHON ?= python3
WORKERS ?= auto
py := .venv/bin/python
pip := $(py) -m pip --quiet --disable-pip-version-check --no-input
ARGS ?=

.PHONY: help demo test lint bench bench-ingest bench-data bench-models bench-analysis faults golden screens lock clean install dev servers

help:  ## these lines
	@sed -n 's/^\([a-z-]*\):.*  ## /make \1\t/p' $(firstword $(MAKEFILE_LIST)) | expand -t 14

demo: install  ## everything on this machine, with a simulated region; ARGS="--speed 60"
	@$(py) -m smartvoda demo $(ARGS)

test: dev servers lint  ## lint, then all tests on real servers; ARGS="-k night_flow"
	@INFLUXD="$$(bash scripts/influxd.sh)" && export INFLUXD && $(py) -m pytest $(parallel) $(ARGS)

lint: dev  ## ruff, mypy --strict, import-linter
	@$(py) -m ruff check --quiet .
	@$(py) -m ruff format --quiet --check . || { echo 'to format: $(py) -m ruff format .' >&2; exit 1; }
	@$(py) -m mypy
	@$(py) -m mypy tests/conftest.py tests/servers tests/deploy
	@$(py) -c 'from importlinter.cli import lint_imports_command as run; run()' --no-cache

bench: dev servers  ## speed and memory, as ratios against plain tools
	@INFLUXD="$$(bash scripts/influxd.sh)" && export INFLUXD && $(py) -m bench $(ARGS)

bench-ingest: dev servers  ## ingest end to end against Telegraf and plain paho; ARGS="--rounds 1"
	@INFLUXD="$$(bash scripts/influxd.sh)" && TELEGRAF="$$(bash scripts/telegraf.sh)" && export INFLUXD TELEGRAF && \
	  $(py) -m bench.ingest $(ARGS)

bench-data: dev  ## our figures on data that others published; DATA=FOLDER, ARGS="daiad" runs one part
	@$(py) -m bench.data "$(DATA)" $(ARGS)

bench-models: dev  ## forecasts and detectors by published scores; DATA=FOLDER SCORING=FOLDER, ARGS="forecast --weeks 8"
	@$(py) -m bench.models "$(DATA)" "$(SCORING)" $(ARGS)

bench-analysis: dev  ## analysis' seconds and memory for 2,000 to 200,000 meters, a town's year, one late reading
	@$(py) -m bench.analysis $(ARGS)

faults: dev servers  ## ten rounds of every fault: servers killed, disks full, connections lost
	@INFLUXD="$$(bash scripts/influxd.sh)" && export INFLUXD && SMARTVODA_FAULT_ROUNDS=10 $(py) -m pytest tests/faults $(ARGS)

golden: dev  ## rewrite the decoders' expected output, for review in the diff
	@$(py) -m tests.golden $(ARGS)
	@$(py) -m tests.golden_tables
	@$(py) -m tests.golden_regions

screens: dev servers  ## screenshots of every page into docs/screens
	@$(py) -m tests.screens $(ARGS)

lock: .venv/uv/made  ## pin what pyproject.toml asks for, keeping old pins; ARGS=--upgrade takes the newest
	@$(uv) --all-extras pyproject.toml -o requirements.lock $(ARGS)
	@$(uv) --all-extras --group dev pyproject.toml -o requirements-dev.lock $(ARGS)

clean:  ## what these commands made in this folder
	@rm -rf .venv .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache build dist *.egg-info
	@find . -name __pycache__ -type d -prune -exec rm -rf {} +

install: .venv/self.made
dev: .venv/dev.made .venv/self.made

# The servers' programs; bash scripts/influxd.sh brings InfluxDB.
servers:
	@bash scripts/system_packages.sh mosquitto chromium libatomic1 postgresql docker-compose openssl

# A file's tests stay together, since they share what they set up; each worker has servers of its own.
parallel = -n $(WORKERS) --maxprocesses 4 --dist loadfile

# A stamp is newer than what it was made of; a changed lock makes it anew.
.venv/made:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo 'Python 3.11 or newer is needed: make PYTHON=python3.12 ...' >&2; exit 2; }
	@echo 'making .venv' >&2
	@$(PYTHON) -m venv --clear .venv || { rm -rf .venv; echo 'Run this, then the same command again: sudo apt install python3-venv' >&2; exit 2; }
	@touch $@

.venv/libraries.made: requirements.lock | .venv/made
	@echo 'installing requirements.lock (a minute or two)' >&2
	@$(pip) install --require-hashes -r requirements.lock
	@touch $@

.venv/self.made: pyproject.toml .venv/libraries.made
	@$(pip) install --no-deps -e .
	@touch $@

.venv/dev.made: requirements-dev.lock .venv/libraries.made
	@echo 'installing requirements-dev.lock' >&2
	@$(pip) install --require-hashes -r requirements-dev.lock
	@touch $@

uv = .venv/uv/bin/python -m uv pip compile --quiet --universal --python-version 3.11 --generate-hashes
.venv/uv/made: | .venv/made
	@$(PYTHON) -m venv .venv/uv && .venv/uv/bin/python -m pip install --quiet --disable-pip-version-check uv
	@touch $@

# Two commands: `make run` and `make test`. `make help` lists the others.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
NIGHT ?=

.DEFAULT_GOAL := help
.PHONY: help run test test-clients test-notebooks client setup check bench bench-api bench-ingest bench-pipeline soak soak-live schema lock tour timescaledb clean

help:  ## List what can be made.
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed 's/:.*##/\t/' | expand -t 14

run: setup  ## Database, tables, a night of alerts and the server. NIGHT=<file, folder, .tar.gz> takes yours in.
	@$(BIN)/arrayan up $(if $(NIGHT),--night "$(NIGHT)")

test: $(VENV)/.test  ## Run every test, on every database that can be had here.
	$(BIN)/pytest --numprocesses 2 --dist loadgroup

setup: $(VENV)/.run  ## Make the environment from the locked dependencies; leaves .venv/bin/arrayan.

check: $(VENV)/.test  ## Lint and types.
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/mypy --config-file clients/tom_arrayan/pyproject.toml clients/tom_arrayan/tom_arrayan

bench: $(VENV)/.test  ## Measure ratios against the peers; takes some minutes, on an otherwise idle machine.
	$(BIN)/python -m benchmarks

bench-api: $(VENV)/.test  ## Measure the endpoint beside REST by hand and PostGraphile (needs wrk and npm).
	$(BIN)/python -m benchmarks api

bench-ingest: $(VENV)/.test  ## Measure ingest from Kafka into 30 million detections; needs 60 GB of disk.
	$(BIN)/python -m benchmarks append decode_share scaling stream stream_lsst

bench-pipeline: $(VENV)/.test  ## Measure alerts from Kafka to stored classifications; needs 60 GB of disk.
	$(BIN)/python -m benchmarks pipeline

test-clients: $(VENV)/.test  ## Run our client and clients of others against the endpoint; installs them once.
	ARRAYAN_TEST_CLIENTS=all $(BIN)/pytest tests/clients tests/api/test_http_audit.py

soak: $(VENV)/.test  ## Kill and starve ingest for ARRAYAN_SOAK_MINUTES (5), and count what is lost.
	$(BIN)/pytest -s tests/ingest/faults/soak.py

soak-live: $(VENV)/.test  ## 100,000 events of 8 writers to clients that are killed, and count what is lost.
	$(BIN)/pytest -s tests/api/live/soak.py

test-notebooks: $(VENV)/.test  ## Run the notebooks against a server of their own; installs what they need once.
	ARRAYAN_TEST_CLIENTS=all $(BIN)/pytest --durations=0 tests/clients/test_notebooks.py

client: $(VENV)/.test  ## Write the generated parts of clients/arrayan-client anew.
	$(BIN)/python -m tests.support.generated_client

schema: $(VENV)/.run  ## Write graphql_schema/schema.graphql anew.
	$(BIN)/python -m graphql_schema.export

lock:  ## Resolve the dependencies anew (needs uv).
	uv pip compile pyproject.toml --extra build $(LOCK_OPTIONS) -o requirements.lock
	uv pip compile pyproject.toml --extra build --extra dev $(LOCK_OPTIONS) -o requirements-dev.lock
	uv pip compile pyproject.toml --extra build --extra train $(LOCK_OPTIONS) -o requirements-train.lock

LOCK_OPTIONS := --universal --python-version 3.11 --generate-hashes --no-annotate --no-header \
	--no-emit-index-url --no-emit-find-links --quiet

tour: $(VENV)/.test  ## Take the screenshots of docs/tour.md anew, from the sample night (needs chromium).
	$(BIN)/python -m tests.tour

timescaledb:  ## Start a real TimescaleDB for development; prints its URL.
	@deploy/timescaledb.sh start

clean:  ## Remove the environment; data stays.
	rm -rf $(VENV)

$(BIN)/python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' \
		|| { echo "Python 3.11 or newer is needed; name one with PYTHON=..."; exit 1; }
	@$(PYTHON) -m venv $(VENV) \
		|| { rm -rf $(VENV); echo "python3 cannot make environments: on Debian or Ubuntu, apt install python3-venv"; exit 1; }

$(VENV)/.run: requirements.lock pyproject.toml | $(BIN)/python
	@echo "Installing the locked dependencies into $(VENV) ..."
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --require-hashes -r requirements.lock
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation -e .
	@touch $@

$(VENV)/.test: requirements-dev.lock $(VENV)/.run
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --require-hashes -r requirements-dev.lock
	@touch $@

# `make run` and `make test` are all there is to know; `make help` lists the rest.
SHELL := /bin/sh
.DEFAULT_GOAL := help
PYTHON ?= python3
BIN := .venv/bin

.PHONY: help run test faults soak bench bench-growth bench-revocation bench-management bench-console lint format lock services clean

help:  ## Say what each target does
	@sed -n 's/^\([a-z-]*\):.*## \(.*\)/  make \1\t\2/p' $(MAKEFILE_LIST) | expand -t 26

run: .venv/.runtime  ## Set up what is missing, then run web server, worker and beat until Ctrl-C
	@exec $(BIN)/python manage.py up

test: .venv/.dev services  ## Set up what is missing, then run the whole suite on SQLite and PostgreSQL
	@exec $(BIN)/python -m tests.run $(ARGS)

faults: .venv/.dev services  ## Every fault of tests/faults, the slow ones, too
	@ALL_FAULTS=1 $(BIN)/python -m tests.run tests/faults $(ARGS)

soak: .venv/.dev services  ## A million operations while a nemesis kills and hangs servers (SOAK_OPERATIONS, SOAK_MINUTES)
	@exec $(BIN)/python -m tests.history.soak

bench: .venv/.dev  ## The token path beside its peers, on a machine that does nothing else (BENCH=quick)
	@sh deploy/install-services.sh wrk
	@exec $(BIN)/python -m tests.bench.edge

bench-growth: .venv/.dev  ## The token path with a thousand and with ten million tokens in the tables
	@sh deploy/install-services.sh wrk
	@exec $(BIN)/python -m tests.bench.edge.growth

bench-revocation: .venv/.dev services  ## What a revocation costs at a million tokens, beside django-oauth-toolkit
	@$(BIN)/python -m tests.bench.revocation

bench-management: .venv/.dev services  ## What list and read calls cost at 1,000 servers and 50,000 clients
	@$(BIN)/python -m tests.bench.management

bench-console: .venv/.dev services  ## What lists, searches and pages of the console cost at 10 million tokens (BENCH_ROWS)
	@$(BIN)/python -m tests.bench.console

lint: .venv/.dev  ## Formatting, style, types, import rules, system checks, missing migrations
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/python -m tests.house.writes
	@folder=$$(mktemp -d) && trap 'rm -rf "$$folder"' EXIT && \
	export DATA_DIR=$$folder BASE_URL=https://auth.example.com TRUSTED_PROXIES=127.0.0.1 && \
	$(BIN)/python manage.py check --deploy --fail-level WARNING && \
	$(BIN)/python manage.py makemigrations --check --dry-run

format: .venv/.dev  ## Format the code and fix what can be fixed
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

lock: .venv/lock-tools  ## Pin the newest versions that pyproject.toml allows
	.venv/lock-tools/bin/uv pip compile $(COMPILE) -o deploy/requirements.lock
	.venv/lock-tools/bin/uv pip compile $(COMPILE) --group dev -c deploy/requirements.lock -o deploy/requirements-dev.lock

services:
	@sh deploy/install-services.sh

clean:  ## Remove the environment and the caches, not the data in var/
	rm -rf .venv .mypy_cache .ruff_cache .import_linter_cache .hypothesis .coverage htmlcov

COMPILE := pyproject.toml --quiet --upgrade --universal --python-version 3.11 --generate-hashes \
	--no-emit-index-url --no-emit-find-links --custom-compile-command 'make lock'

# Installed again only when the lock has changed; the development lock holds the other one.
.venv/.runtime: deploy/requirements.lock
	@PYTHON=$(PYTHON) sh deploy/install-python.sh deploy/requirements.lock
	@touch $@

.venv/.dev: deploy/requirements-dev.lock deploy/requirements.lock
	@PYTHON=$(PYTHON) sh deploy/install-python.sh deploy/requirements-dev.lock
	@touch .venv/.runtime $@

.venv/lock-tools: .venv/.dev
	$(PYTHON) -m venv $@
	$@/bin/pip install --quiet uv
